import { expect, test } from 'vitest'
import { type ErrorName, KafkaError } from '../../src/base/errors.ts'
import { InternalTopicCreation } from '../../src/broker/internal-topics.ts'
import { silentLogger } from '../../src/io/logger.ts'
import type { NewTopic } from '../../src/metadata/topics/commands.ts'

type Made = readonly { readonly name: string; readonly error: ErrorName; readonly message?: string | null }[]

const topic = (name: string, replicationFactor = 0) => {
  return { name, partitions: 2, replicationFactor, configs: new Map([['cleanup.policy', 'compact']]) }
}

function world() {
  const asked: { readonly topics: readonly NewTopic[]; done(made: Made): void; failed(error: KafkaError): void }[] = []
  const clock = { ms: 0, monotonic: () => clock.ms }
  const create = (topics: readonly NewTopic[]) =>
    new Promise<Made>((done, failed) => {
      asked.push({ topics, done, failed })
    })
  return { asked, clock, creation: new InternalTopicCreation({ create }, clock, silentLogger) }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

test('asks for what nobody makes yet, with the default of replicas where none is named', async () => {
  const { asked, creation } = world()
  creation.request([topic('a'), topic('b', 3)], 1000)
  creation.request([topic('a'), topic('c')], 1000)
  expect(asked.map(({ topics }) => topics.map(({ name }) => name))).toEqual([['a', 'b'], ['c']])
  expect(asked[0]?.topics[0]).toMatchObject({
    numPartitions: 2,
    replicationFactor: -1,
    configs: [{ name: 'cleanup.policy', value: 'compact' }],
  })
  expect(asked[0]?.topics[1]?.replicationFactor).toBe(3)
  asked[0]?.done([
    { name: 'a', error: 'NONE' },
    { name: 'b', error: 'NONE' },
  ])
  await settled()
  creation.request([topic('a')], 1000)
  expect(asked).toHaveLength(3)
})

test('remembers for a while why a topic could not be made, and does not try again meanwhile', async () => {
  const { asked, clock, creation } = world()
  creation.request([topic('a'), topic('b')], 1000)
  asked[0]?.done([
    { name: 'a', error: 'INVALID_CONFIG', message: 'not like this' },
    { name: 'b', error: 'POLICY_VIOLATION' },
  ])
  await settled()
  const failures = [
    ['a', 'not like this'],
    ['b', 'POLICY_VIOLATION'],
  ]
  expect([...creation.failures([topic('a'), topic('b'), topic('c')])]).toEqual(failures)
  creation.request([topic('a')], 1000)
  expect(asked).toHaveLength(1)
  clock.ms = 1000
  expect(creation.failures([topic('a')]).size).toBe(0)
  creation.request([topic('a')], 1000)
  expect(asked).toHaveLength(2)
})

test('says of all of them that no controller answered', async () => {
  const { asked, creation } = world()
  creation.request([topic('a'), topic('b')], 1000)
  asked[0]?.failed(new KafkaError('COORDINATOR_LOAD_IN_PROGRESS', 'no controller'))
  await settled()
  expect([...creation.failures([topic('a'), topic('b')]).values()]).toEqual(['no controller', 'no controller'])
})

test('bounds what it remembers', async () => {
  const { asked, creation } = world()
  const topics = Array.from({ length: 1500 }, (_, at) => topic(`t${at}`))
  creation.request(topics, 1000)
  asked[0]?.done(topics.map(({ name }) => ({ name, error: 'INVALID_CONFIG', message: 'no' })))
  await settled()
  expect(creation.failures(topics).size).toBe(1000)
})
