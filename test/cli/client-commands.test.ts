import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { COMMANDS } from '../../src/cli/commands/names.ts'
import { odradek, startBroker, type TestBroker } from '../support/broker.ts'
import { noKafka } from '../support/kafka.ts'

const dir = mkdtempSync(join(tmpdir(), 'odradek-commands-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
const LINES = join(dir, 'lines.txt')
writeFileSync(LINES, '1=one\n2=two\n3=three\n')

describe('without a broker', () => {
  test('each command says how it is used', async () => {
    const helps = await Promise.all(Object.keys(COMMANDS).map((name) => odradek([name, '--help'])))
    for (const { code, out } of helps) {
      expect(out).toContain('Usage: odradek')
      expect(code).toBe(0)
    }
  })

  test.each([
    [2, ['topics', 'list', '--nonsense'], 'unknown option'],
    [2, ['topics', 'create'], 'missing required argument'],
    [2, ['consume', 't', '--limit', 'many'], 'whole number'],
    [1, ['topics', 'list', '-b', 'nonsense'], 'host:port'],
    [1, ['topics', 'list', '-b', '127.0.0.1:1'], 'ECONNREFUSED'],
    [1, ['topics', 'list', '-c', '/nowhere.properties'], 'can be read'],
    [1, ['dump-log', '/nowhere.log'], 'can be read'],
  ] as const)('exits with %i: %j', async (wanted, args, sentence) => {
    const { code, out, err } = await odradek(args)
    expect(err).toContain(sentence)
    expect(err).not.toContain('    at ')
    expect(out).toBe('')
    expect(code).toBe(wanted)
  })

  test('doctor finds a port that is taken by nobody and a configuration that is wrong', async () => {
    const file = join(dir, 'broken.properties')
    writeFileSync(file, 'process.roles=broker,controller\nnode.id=x\n')
    const { code, out } = await odradek(['doctor', file, '--json'])
    expect(JSON.parse(out)).toContainEqual(expect.objectContaining({ level: 'problem', about: 'configuration' }))
    expect(code).toBe(1)
  })

  test.each(['bash', 'zsh', 'fish'])('prints completion for %s', async (shell) => {
    const { code, out } = await odradek(['completion', shell])
    expect(out).toContain('reset-offsets')
    expect(code).toBe(0)
  })
})

interface Step {
  readonly args: readonly string[]
  /** What is printed, as JSON where the arguments ask for it. */
  readonly out: unknown
  readonly code?: number
}

const text = (pattern: RegExp) => expect.stringMatching(pattern)
const like = (shape: object) => expect.objectContaining(shape)

/** The same commands print the same at both. */
const STEPS: readonly Step[] = [
  { args: ['topics', 'create', 't', '-p', '1', '--set', 'retention.ms=-1'], out: text(/^Created t with 1 partition/) },
  { args: ['topics', 'create', 't'], out: '', code: 1 },
  {
    args: ['produce', 't', '-f', LINES, '--key-separator', '=', '-z', 'gzip', '--json'],
    out: { topic: 't', records: 3 },
  },
  { args: ['consume', 't'], out: 'one\ntwo\nthree\n' },
  { args: ['consume', 't', '--key', '2'], out: 'two\n' },
  { args: ['consume', 't', '--grep', '^t', '--limit', '1'], out: 'two\n' },
  { args: ['consume', 't', '--last', '1', '--json'], out: like({ offset: 2, key: '3', value: 'three', headers: {} }) },
  { args: ['consume', 'nowhere'], out: '', code: 1 },
  { args: ['topics', 'offsets', 't', '--json'], out: [{ topic: 't', partition: 0, begin: 0, end: 3 }] },
  { args: ['topics', 'alter', 't', '-p', '2', '--json'], out: like({ partitions: 2, changed: true }) },
  {
    args: ['groups', 'reset-offsets', 'g', '-t', 't:0', '--to-earliest', '--execute', '--json'],
    out: [like({ target: 0 })],
  },
  { args: ['consume', 't', '--group', 'g', '--limit', '2'], out: 'one\ntwo\n' },
  {
    args: ['groups', 'describe', 'g', '--json'],
    out: like({ state: 'Empty', offsets: expect.arrayContaining([like({ committed: 2, lag: 1 })]) }),
  },
  {
    args: ['groups', 'reset-offsets', 'g', '--shift-by', '-1', '--json'],
    out: expect.arrayContaining([like({ current: 2, target: 1 })]),
  },
  { args: ['groups', 'delete', 'g'], out: 'Deleted g.\n' },
  { args: ['configs', 'set', 'topic', 't', 'retention.ms=9000'], out: text(/set retention\.ms/) },
  {
    args: ['configs', 'describe', 'topic', 't', '--json'],
    out: expect.arrayContaining([like({ name: 'retention.ms', value: '9000', source: 'topic' })]),
  },
  { args: ['configs', 'set', 'topic', 't', 'nonsense=1'], out: '', code: 1 },
  { args: ['configs', 'set', 'user', 'u', 'producer_byte_rate=1000', '--json'], out: like({ kind: 'user' }) },
  { args: ['acls', 'list'], out: '', code: 1 },
  { args: ['status', '--json'], out: like({ isHealthy: true, topics: 2, underReplicated: 0, offline: 0 }) },
  { args: ['perf', 'produce', 't', '-n', '100', '--json'], out: like({ records: 100, bytes: 10_000 }) },
  { args: ['topics', 'delete', 't'], out: 'Deleted t.\n' },
]

describe.each(['odradek', 'kafka'] as const)('with %s', (target) => {
  describe.skipIf(target === 'kafka' && noKafka())('', () => {
    let broker: TestBroker
    beforeAll(async () => {
      broker = await startBroker({ target, properties: { 'group.initial.rebalance.delay.ms': '0' } })
    })
    afterAll(() => broker?.stop())

    test('commands do what they say, one after another', async () => {
      for (const { args, out: wanted, code: exit = 0 } of STEPS) {
        const { code, out, err } = await odradek([...args, '-b', broker.bootstrap])
        const isJson = args.includes('--json')
        expect.soft({ args, code, out: isJson ? JSON.parse(out) : out, err }).toEqual({
          args,
          code: exit,
          out: wanted,
          err: exit === 0 ? expect.any(String) : expect.stringMatching(/^[^\n]+\n$/),
        })
      }
    })
  })
})
