import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { prepareDirectories } from '../../src/cli/prepare-directories.ts'
import { BrokerConfig } from '../../src/config/broker-config.ts'

let dir = ''
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'odradek-prepare-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

function prepare(): string[] {
  const lines: string[] = []
  const file = new Map([
    ['process.roles', 'broker,controller'],
    ['node.id', '1'],
    ['listeners', 'PLAINTEXT://localhost:19092,CONTROLLER://localhost:19093'],
    ['controller.listener.names', 'CONTROLLER'],
    ['controller.quorum.bootstrap.servers', 'localhost:19093'],
    ['log.dirs', dir],
  ])
  prepareDirectories(new BrokerConfig({ file }), undefined, (line) => lines.push(line))
  return lines
}

const meta = () => join(dir, 'meta.properties')

describe('a directory before the start', () => {
  test('is formatted once', () => {
    expect(prepare()).toEqual([expect.stringMatching(/^Formatted .* for the new cluster /)])
    const before = readFileSync(meta(), 'utf8')
    expect(prepare()).toEqual([])
    expect(readFileSync(meta(), 'utf8')).toBe(before)
  })

  test('is formatted where a kill interrupted that', () => {
    prepare()
    rmSync(meta())
    expect(prepare()).toHaveLength(1)
  })

  test('that was in use and lost meta.properties gets no new identity', () => {
    mkdirSync(join(dir, '__cluster_metadata-0'))
    writeFileSync(join(dir, '__cluster_metadata-0', '00000000000000000000.log'), '')
    expect(prepare).toThrow(`Put meta.properties back into ${dir}, or set another directory in log.dirs`)
    expect(() => readFileSync(meta())).toThrow('ENOENT')
  })

  test('of a Kafka before 3.7 gets the id that it lacks', () => {
    const old = '#\n#Tue Jan 02 03:04:05 UTC 2024\ncluster.id=EsoipPllTquqfWLYvC7-jw\nversion=1\nnode.id=1\n'
    writeFileSync(meta(), old)
    expect(prepare()).toEqual([])
    expect(readFileSync(meta(), 'utf8')).toMatch(
      /^#\n#Tue.*\ncluster\.id=Eso.*\nversion=1\nnode\.id=1\ndirectory\.id=[\w-]{22}\n$/,
    )
  })
})
