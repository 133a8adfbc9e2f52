import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'

const MAIN = join(import.meta.dirname, '../../src/main.ts')
const dir = mkdtempSync(join(tmpdir(), 'odradek-cli-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

function odradek(...args: string[]): { code: number | null; out: string; err: string } {
  const done = spawnSync(process.execPath, [MAIN, ...args], { cwd: dir, encoding: 'utf8', timeout: 120_000 })
  return { code: done.status, out: done.stdout, err: done.stderr }
}

function file(name: string, text: string): string {
  const path = join(dir, name)
  writeFileSync(path, text)
  return path
}

const NODE = [
  'process.roles=broker,controller',
  'node.id=1',
  'listeners=PLAINTEXT://localhost:0,CONTROLLER://localhost:19093',
  'controller.listener.names=CONTROLLER',
]
const single = file(
  'single.properties',
  [...NODE, 'controller.quorum.bootstrap.servers=localhost:19093', 'log.dirs=d'].join('\n'),
)

describe('the command line', () => {
  test('--version', () => {
    const { code, out } = odradek('--version')
    expect(out).toMatch(/^\d+\.\d+\.\d+ \(Apache Kafka 4\.3\.1\)\n$/)
    expect(code).toBe(0)
  })

  test.each([[['--nope']], [['storage']], [['storage', 'format']], [['storage', 'nope']]])(
    'usage and exit code 1 for %j',
    (args) => {
      const { code, err } = odradek(...args)
      expect(err).toMatch(/Usage|required option/)
      expect(code).toBe(1)
    },
  )

  test.each([[['storage', 'format', '-t', '--', '-c', single]], [['storage', 'format', '-t', '-x', '-c', single]]])(
    'what looks like an option is no value: %j',
    (args) => {
      const { code, err } = odradek(...args)
      expect(err).toMatch(/^error: option '-t, --cluster-id <id>' argument missing\n/)
      expect(code).toBe(1)
    },
  )

  test.each([
    ['no such file', ['nowhere.properties'], /^Give the path of a properties file that can be read: nowhere/],
    ['a broken escape', [file('broken.properties', 'a=\\u12')], /^Correct .*broken\.properties: line 1 /],
    ['a bad value', [single, '--override', 'num.partitions=x'], /^Invalid value x for configuration num\.partitions/],
    ['an override without key', [single, '--override', '=x'], /^Write --override as key=value/],
    [
      'a member of a quorum that was never formatted',
      [single, '--override', 'controller.quorum.voters=1@localhost:19093,2@localhost:19094'],
      /^Run npm start -- storage format -t <cluster id> -c .*single\.properties .*was never formatted\.\n$/,
    ],
    [
      'a directory that is a file',
      [single, '--override', `log.dirs=${file('plain', '')}`],
      /^Set log\.dirs to directories/,
    ],
  ])('one sentence and exit code 1 for %s', (_case, args, sentence) => {
    const { code, err, out } = odradek(...args)
    expect(err).toMatch(sentence)
    expect(err.trim().split('\n')).toHaveLength(1)
    expect(out).toBe('')
    expect(code).toBe(1)
  })

  test('storage: a new id, then format, then info', () => {
    const id = odradek('storage', 'random-uuid').out.trim()
    expect(id).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/)
    const before = odradek('storage', 'info', '-c', single)
    expect([before.code, before.out]).toEqual([1, `Found problem:\n  ${join(dir, 'd')} does not exist\n\n`])
    const formatted = odradek('storage', 'format', '-t', id, '-c', single, '--standalone')
    expect(formatted.out).toMatch(
      /Formatting dynamic metadata voter directory .*\/d with metadata\.version 4\.3-IV0\.\n$/,
    )
    expect(formatted.code).toBe(0)
    const after = odradek('storage', 'info', '-c', single)
    expect(after.out).toContain(`Found metadata: {cluster.id=${id}, directory.id=`)
    expect(after.code).toBe(0)
    const again = odradek('storage', 'format', `-t=${id}`, '-c', single, '--standalone', '-g')
    expect([again.code, again.out]).toEqual([0, 'All of the log directories are already formatted.\n'])
    const conflicting = odradek('storage', 'format', '-t', id, '-c', single, '--standalone', '--no-initial-controllers')
    expect(conflicting.err).toContain('cannot be used with')
    expect(conflicting.code).toBe(1)
  })

  test.each(['a snapshot of garbage', 'a snapshot that is cut short'])(
    'one sentence and exit code 1 for %s',
    (damage) => {
      const logs = mkdtempSync(join(dir, 'damaged-'))
      const node = file(
        'damaged.properties',
        `${readFileSync(single, 'utf8').replace('log.dirs=d', '')}\nlog.dirs=${logs}`,
      )
      odradek('storage', 'format', '-t', 'a-cluster', '-c', node, '--standalone')
      const snapshot = join(logs, '__cluster_metadata-0', '00000000000000000000-0000000000.checkpoint')
      const bytes = readFileSync(snapshot)
      writeFileSync(snapshot, damage.endsWith('garbage') ? Buffer.alloc(500, 0xa5) : bytes.subarray(0, -30))
      const { code, err, out } = odradek(node)
      expect(err).toMatch(/^Restore .*\.checkpoint, which is damaged: .*\.\n$/)
      expect(err.startsWith(`Restore ${snapshot}, `)).toBe(true)
      expect(out).not.toContain('stack')
      expect(code).toBe(1)
    },
  )

  test('storage: what features need, up to the one that there is not', () => {
    const asked = ['-f', 'group.version=1', '-f', 'nope=1', '-f', 'kraft.version=1']
    expect(odradek('storage', 'feature-dependencies', ...asked)).toEqual({
      code: 1,
      out: 'group.version=1 has no dependencies.\n',
      err: 'Unknown feature: nope\n',
    })
    expect(odradek('storage', 'version-mapping', '-r', '3.5').out).toContain('metadata.version=11 (3.5)\n')
  })
})
