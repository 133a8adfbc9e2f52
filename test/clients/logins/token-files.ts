import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const SLOTS = 20

/** Files with a token each, whose urls are known before: Java reads what it was allowed to at its start. */
export class TokenFiles {
  readonly #dir = mkdtempSync(join(tmpdir(), 'odradek-tokens-'))
  readonly #paths = Array.from({ length: SLOTS }, (_, slot) => join(this.#dir, `${slot}.jwt`))
  #next = 0

  get urls(): string[] {
    return this.#paths.map((path) => String(pathToFileURL(path)))
  }

  /** Gives the url of a file with this token. */
  keep(token: string): string {
    const slot = this.#next++ % SLOTS
    writeFileSync(this.#paths[slot] ?? '', token)
    return this.urls[slot] ?? ''
  }

  remove(): void {
    rmSync(this.#dir, { recursive: true, force: true })
  }
}
