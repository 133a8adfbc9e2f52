import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync, statfsSync } from 'node:fs'
import { isAlive } from '../support/process.ts'

const ROOMY = '4g'
const LEFT_BYTES = 128 * 1024

function mount(...args: string[]): string | undefined {
  const done = spawnSync('mount', args, { encoding: 'utf8' })
  return done.status === 0 ? undefined : done.stderr
}

/** A file system in memory for one volume, as large as it is told to be. */
export class SmallDisk {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
    const failed = mount('-t', 'tmpfs', '-o', `size=${ROOMY},mode=755`, 'tmpfs', path)
    if (failed !== undefined) throw new Error(`could not mount at ${path}: ${failed}`)
  }

  /** Leaves almost no room; whoever writes gets ENOSPC soon. */
  fill(): void {
    for (let tries = 0; tries < 10; tries += 1) {
      const { blocks, bfree, bsize } = statfsSync(this.#path)
      // What is written meanwhile may be more than what is left.
      if (mount('-o', `remount,size=${(blocks - bfree) * bsize + LEFT_BYTES}`, this.#path) === undefined) return
    }
    throw new Error(`could not fill ${this.#path}`)
  }

  free(): void {
    mount('-o', `remount,size=${ROOMY}`, this.#path)
  }

  remove(): void {
    spawnSync('umount', ['--lazy', this.#path])
  }
}

/** Unmounts and removes directories `<prefix><pid>-…` whose process ended without doing it. */
export function removeAbandoned(prefix: string): void {
  const abandoned = new Set<string>()
  for (const line of readFileSync('/proc/mounts', 'utf8').split('\n')) {
    const path = line.split(' ')[1] ?? ''
    const owner = path.startsWith(prefix) ? Number(/^\d+/.exec(path.slice(prefix.length))?.[0]) : Number.NaN
    if (!(owner > 0) || isAlive(owner)) continue
    spawnSync('umount', ['--lazy', path])
    abandoned.add(path.slice(0, path.indexOf('/', prefix.length)))
  }
  for (const dir of abandoned) {
    try {
      rmSync(dir, { recursive: true, force: true })
    } catch {
      // Another test process is at it too, or still has it mounted; whoever comes next removes the rest.
    }
  }
}
