import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nodeBinary, odradek, odradekMain, startBroker, type Target, type TestBroker } from '../support/broker.ts'
import { command } from '../support/command.ts'
import { noKafka } from '../support/kafka.ts'
import { run } from '../support/process.ts'

const dir = mkdtempSync(join(tmpdir(), 'odradek-commands-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
const LINES = join(dir, 'lines.txt')
writeFileSync(LINES, '1=one\n2=two\n3=three\n')

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

const LOOKS = /^(topics offsets|groups describe|configs describe|status)/

async function printed(args: readonly string[]) {
  const { code, out, err } = await command(args)
  return { code, out: args.includes('--json') && out !== '' ? JSON.parse(out) : out, err }
}

export function commandCases(target: Target): void {
  describe.skipIf(target === 'kafka' && noKafka())(`commands with ${target}`, () => {
    let broker: TestBroker
    beforeAll(async () => {
      broker = await startBroker({ target, properties: { 'group.initial.rebalance.delay.ms': '0' } })
    })
    afterAll(() => broker?.stop())

    test('commands do what they say, one after another', async () => {
      for (const { args, out: wanted, code: exit = 0 } of STEPS) {
        const err = exit === 0 ? expect.any(String) : expect.stringMatching(/^[^\n]+\n$/)
        const step = async () => ({ args, ...(await printed([...args, '-b', broker.bootstrap])) })
        // A broker knows a little later what the controller did: what only looks may look again.
        const isLook = LOOKS.test(args.join(' ')) && exit === 0
        const isDone = isLook ? expect.poll(step, { timeout: 30_000 }) : expect(await step())
        await isDone.toEqual({ args, code: exit, out: wanted, err })
      }
    })

    test('the program itself stands in a pipe', async () => {
      const at = ['-b', broker.bootstrap]
      expect(await odradek(['topics', 'create', 'pipe', ...at])).toMatchObject({ code: 0, err: '' })
      const input = `${'a line that is written\n'.repeat(20_000)}the last\n`
      const written = await run(nodeBinary(), [odradekMain(), 'produce', 'pipe', '--json', ...at], { input })
      expect(JSON.parse(written.out)).toEqual({ topic: 'pipe', records: 20_001 })
      const pipe = `"$@" | head -n 1`
      const words = ['-c', pipe, 'sh', nodeBinary(), odradekMain(), 'consume', 'pipe', ...at]
      expect(await run('sh', words)).toMatchObject({ code: 0, out: 'a line that is written\n', err: '' })
      const last = await odradek(['consume', 'pipe', '--last', '1', ...at])
      expect(last).toMatchObject({ code: 0, out: 'the last\n', err: '' })
    })
  })
}
