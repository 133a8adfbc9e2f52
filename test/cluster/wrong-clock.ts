import { spawnSync } from 'node:child_process'
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hasProgram, missing } from '../support/available.ts'

const SOURCE = fileURLToPath(new URL('./clock.c', import.meta.url))
/** In a volume that every image of ours has. */
const INSIDE = '/mnt/shared/config'

/** Whether clocks can't be set wrong here. */
export function noWrongClocks(): boolean {
  return missing('a C compiler', hasProgram('cc'))
}

/** A container's wall clock, which may be set wrong while it runs; other containers don't see it. */
export class WrongClock {
  readonly #file: string

  /** `directory` is where the container's INSIDE is on this machine. */
  constructor(directory: string) {
    this.#file = join(directory, 'clock')
    writeFileSync(this.#file, Buffer.alloc(8), { mode: 0o644 })
    const library = join(directory, 'clock.so')
    const built = spawnSync('cc', ['-O2', '-shared', '-fPIC', '-o', library, SOURCE], { encoding: 'utf8' })
    if (built.status !== 0) throw new Error(`could not build ${SOURCE}: ${built.stderr}`)
  }

  static readonly inside = INSIDE
  /** What comes before the command in the container. */
  static readonly wrapper = ['env', `LD_PRELOAD=${INSIDE}/clock.so`, `CLOCK_SKEW_FILE=${INSIDE}/clock`]

  /** Written in place, because the process has it mapped. */
  set(wrongByMs: number): void {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(BigInt(wrongByMs))
    const file = openSync(this.#file, 'r+')
    writeSync(file, bytes, 0, 8, 0)
    closeSync(file)
  }
}
