import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { LAZY } from '../tools/lazy-modules.ts'

/** What every start waits for. Whatever else a source imports belongs to `LAZY`, or behind an `import()`. */
const EVERY_START = [
  '@node-rs/crc32',
  'commander',
  'node:crypto',
  'node:fs',
  'node:module',
  'node:net',
  'node:os',
  'node:path',
  'node:url',
  'node:util',
]

const SRC = join(import.meta.dirname, '../src')
const IMPORT = /^(?:import|export)\s+(?!type\b)(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm

/** The packages and modules of Node that are imported, not with `import()`, by the files and what they import. */
function imported(entries: readonly string[]): Map<string, string> {
  const seen = new Set<string>()
  const found = new Map<string, string>()
  const visit = (file: string): void => {
    if (seen.has(file)) return
    seen.add(file)
    for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(IMPORT)) {
      if (name.startsWith('.')) visit(join(dirname(file), name))
      else found.set(name, file)
    }
  }
  for (const entry of entries) visit(join(SRC, entry))
  return found
}

test('a plain start loads no module that it does not need', () => {
  const found = imported(['cli/program.ts', 'cli/start.ts', 'node.ts'])
  const others = [...found].filter(([name]) => !EVERY_START.includes(name) && !LAZY.includes(name))
  expect(others).toEqual([])
})
