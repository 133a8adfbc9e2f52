import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/cli/load-config.ts'

const ROOT = join(import.meta.dirname, '../..')
const CLUSTER = 'EsoipPllTquqfWLYvC7-jw'
const run = promisify(execFile)

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

/** What the comments of a file tell its reader to type. */
function commandsIn(file: string): string[][] {
  const text = readFileSync(join(ROOT, 'config', file), 'utf8')
  return [...text.matchAll(/^# {3}npm start -- (.+)$/gm)].map(([, line = '']) =>
    line
      .replace('CLUSTER-ID', CLUSTER)
      .split(' ')
      .map((word) => word.replaceAll("'", '')),
  )
}

const FILES = readdirSync(join(ROOT, 'config')).filter((name) => name.endsWith('.properties'))

describe.each(FILES)('config/%s', (file) => {
  test('is a configuration that a node takes', () => {
    expect(loadConfig(join(ROOT, 'config', file)).nodeId).toBeGreaterThan(0)
  })

  test('names commands that work', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'odradek-config-'))
    folders.push(folder)
    symlinkSync(join(ROOT, 'config'), join(folder, 'config'))
    for (const command of commandsIn(file)) {
      if (command[0] === 'storage')
        await run(process.execPath, [join(ROOT, 'src/main.ts'), ...command], { cwd: folder })
      else expect(command[0]).toBe(`config/${file}`)
    }
  })
})

test('storage format and info take the overrides that the start takes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'odradek-config-'))
  folders.push(folder)
  const node = [
    '-c',
    join(ROOT, 'config/cluster-node.properties'),
    '--override',
    'node.id=2',
    '--override',
    'log.dirs=two',
  ]
  const storage = (...args: string[]) =>
    run(process.execPath, [join(ROOT, 'src/main.ts'), 'storage', ...args], { cwd: folder })
  await storage('format', '-t', CLUSTER, ...node)
  expect((await storage('info', ...node)).stdout).toContain(join(folder, 'two'))
  expect(readFileSync(join(folder, 'two/meta.properties'), 'utf8')).toContain('node.id=2')
})
