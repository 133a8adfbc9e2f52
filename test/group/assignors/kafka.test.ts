import { describe, expect, test } from 'vitest'
import type { Uuid } from '../../../src/base/ids.ts'
import { Prng } from '../../../src/base/prng.ts'
import { xxh3 } from '../../../src/base/xxh3.ts'
import { type GroupTopic, NO_TOPICS, TopicWatch } from '../../../src/group/consumer/topics.ts'
import { compiled, LIGHT_JVM, noKafka } from '../../support/kafka.ts'
import { run } from '../../support/process.ts'
import { type AssignorName, ask, history, shown } from './cases.ts'

const oracle = new URL('./GroupOracle.java', import.meta.url)

async function answers(questions: readonly unknown[]): Promise<string[]> {
  const classpath = compiled([oracle], 'kafka')
  const input = questions.map((question) => `${JSON.stringify(question)}\n`).join('')
  const { out, err } = await run('java', [...LIGHT_JVM, '-cp', classpath, 'GroupOracle'], {
    input,
    timeoutMs: 60_000,
  })
  const lines = out.trim().split('\n')
  expect(lines.length, err).toBe(questions.length)
  return lines
}

describe.skipIf(noKafka())("beside Kafka's own classes", () => {
  test.each(['uniform', 'range'] as const)('%s', { timeout: 90_000 }, async (assignor: AssignorName) => {
    const questions = Array.from({ length: 1500 }, (_, seed) => [...history(seed, assignor)]).flat()
    const told = await answers(questions)
    questions.forEach((question, at) => {
      expect(shown(ask(question)), JSON.stringify(question)).toEqual(JSON.parse(told[at] ?? ''))
    })
  })

  test('XXH3 of every length', { timeout: 90_000 }, async () => {
    const prng = new Prng(1)
    const lengths = [...Array(300).keys(), 511, 512, 513, 1023, 1024, 1025, 1088, 1089, 2048, 5000]
    const buffers = lengths.map((length) => Buffer.from(Array.from({ length }, () => prng.below(256))))
    const told = await answers(buffers.map((buffer) => ({ hex: buffer.toString('hex') })))
    expect(buffers.map((buffer) => String(xxh3(buffer)))).toEqual(told)
  })

  test('the hash of what a group is subscribed to', { timeout: 90_000 }, async () => {
    const prng = new Prng(2)
    const names = ['a', 'orders', 'Ж-ünïcode', 'x'.repeat(249), 'z.9']
    const racks = ['', 'r', 'rack-1', 'Москва', 'b,c']
    const groups = Array.from({ length: 60 }, (_, n) =>
      names
        .filter(() => n === 1 || (n > 1 && prng.below(2) === 0))
        .map((name) => ({
          name,
          id: Buffer.from(Array.from({ length: 16 }, () => prng.below(256))).toString('base64url') as Uuid,
          racks: Array.from({ length: 1 + prng.below(20) }, () => racks.filter(() => prng.below(3) === 0)),
        })),
    )
    const told = await answers(groups.map((group) => ({ group })))
    expect(groups.map((group) => String(hashOf(group)))).toEqual(told)
  })
})

interface RackedTopic {
  readonly name: string
  readonly id: Uuid
  readonly racks: readonly (readonly string[])[]
}

function hashOf(topics: readonly RackedTopic[]): bigint {
  const known = new Map<string, GroupTopic>(
    topics.map(({ name, id, racks }) => [
      name,
      { name, id, partitions: racks.length, racks: (partition) => racks[partition] ?? [] },
    ]),
  )
  return new TopicWatch({ ...NO_TOPICS, named: (name) => known.get(name) }).groupHash([...known.keys(), 'nowhere'])
}
