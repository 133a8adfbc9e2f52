import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readProperties } from '../../src/cli/load-config.ts'

const dir = mkdtempSync(join(tmpdir(), 'odradek-load-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

test('a properties file is read as Java reads it: each byte is a character, others are escaped', () => {
  const file = join(dir, 'node.properties')
  writeFileSync(file, Buffer.from('latin=\xe9\nescaped=\\u4e2d\nutf8=\xc3\xa9\n', 'latin1'))
  expect(Object.fromEntries(readProperties(file))).toEqual({ latin: 'é', escaped: '中', utf8: 'Ã©' })
})
