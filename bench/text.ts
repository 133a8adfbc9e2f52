import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const WORDS = ['spool', 'thread', 'log', 'offset', 'leader', 'epoch', 'batch', 'record', 'partition', 'replica']
const LINES = 5_000

/** About half of it is numbers that differ: it shrinks to two fifths, as logs and JSON do. */
function line(bytes: number, seed: number): string {
  let text = ''
  for (let i = seed; text.length < bytes; i = (Math.imul(i, 1_103_515_245) + 12_345) >>> 0) {
    text += `${WORDS[(i >>> 16) % WORDS.length]}=${(i >>> 8) % 10_000} `
  }
  return text.slice(0, bytes)
}

/** A file of lines of `bytes` each, for as long as it is wanted. */
export function textFile(bytes: number): { readonly path: string } & Disposable {
  const dir = mkdtempSync(join(tmpdir(), 'text-'))
  const path = join(dir, 'lines')
  writeFileSync(path, Array.from({ length: LINES }, (_, i) => line(bytes, i)).join('\n'))
  return { path, [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }) }
}
