import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { buildBatch } from '../../src/record/builder.ts'
import { noTarget, startBroker, type TestBroker } from '../support/broker.ts'
import { LIGHT_JVM } from '../support/kafka.ts'
import { compiledForStreams, noKafkaStreams } from '../support/kafka-streams.ts'
import { Running } from '../support/running.ts'
import { until } from '../support/wait.ts'
import { Session } from './differential/session.ts'

/** Quick heartbeats, so that tasks move in the time of a test. */
const properties = {
  'group.streams.min.heartbeat.interval.ms': '100',
  'group.streams.heartbeat.interval.ms': '100',
  'group.streams.initial.rebalance.delay.ms': '0',
  'group.streams.assignment.interval.ms': '0',
}

const ALL = ['0_0', '0_1', '0_2', '1_0', '1_1', '1_2']
const SOON = 60_000

describe.skipIf(noTarget() || noKafkaStreams())('a Kafka Streams application', () => {
  const dir = mkdtempSync(join(tmpdir(), 'odradek-streams-'))
  const apps: Running[] = []
  let broker: TestBroker
  let session: Session
  let classpath: string

  beforeAll(async () => {
    classpath = compiledForStreams(new URL('./java/WordCount.java', import.meta.url), dir)
    broker = await startBroker({ properties })
    session = new Session(broker.port)
    const topics = [{ name: 'lines', numPartitions: 3, replicationFactor: 1, assignments: [], configs: [] }]
    await session.call('CreateTopics', 7, { topics, timeoutMs: 20_000, validateOnly: false })
  })
  afterEach(async () => {
    await Promise.all(apps.splice(0).map((app) => app.kill()))
  })
  afterAll(async () => {
    session?.close()
    await broker?.[Symbol.asyncDispose]()
    rmSync(dir, { recursive: true, force: true })
  })

  function start(name: string): Running {
    const args = [...LIGHT_JVM, '-cp', classpath, 'WordCount', broker.bootstrap, join(dir, name)]
    const app = new Running('java', args)
    apps.push(app)
    return app
  }

  async function say(line: string, partition: number): Promise<void> {
    const records = buildBatch({ records: [{ timestamp: Date.now(), key: null, value: Buffer.from(line) }] })
    const topicData = [{ name: 'lines', partitionData: [{ index: partition, records }] }]
    await until('a record', async () => {
      const reply = await session.call('Produce', 9, { acks: -1, timeoutMs: 5_000, topicData })
      return reply.responses[0].partitionResponses[0].errorCode === 0
    })
  }

  it('shares its tasks among instances that come and go, and counts every word once', async () => {
    const first = start('first')
    await until('all tasks', () => same(tasksOf(first), ALL), SOON)
    await say('a b a', 0)
    await until('the counts', () => first.output.includes('count a 2') && first.output.includes('count b 1'), SOON)
    const second = start('second')
    await until(
      'shared tasks',
      () => same([...tasksOf(first), ...tasksOf(second)], ALL) && tasksOf(second).length === 3,
      SOON,
    )
    await say('a', 1)
    await say('c', 2)
    const both = () => first.output + second.output
    await until('more counts', () => both().includes('count a 3') && both().includes('count c 1'), SOON)
    expect(await first.stop()).toBe(143)
    await until('all tasks at the second', () => same(tasksOf(second), ALL), SOON)
    await broker.stop()
    await broker.start()
    await say('a b', 0)
    await until(
      'counts after a restart',
      () => second.output.includes('count a 4') && second.output.includes('count b 2'),
      SOON,
    )
    expect(second.output).not.toContain('count a 5')
    expect(second.output).not.toContain('state ERROR')
  })
})

/** Those that it told of last. */
function tasksOf(app: Running): string[] {
  const last = app.output.split('\n').findLast((line) => line.startsWith('tasks '))
  return (last ?? '').slice('tasks '.length).split(' / ')[0]?.split(' ').filter(Boolean) ?? []
}

function same(tasks: readonly string[], expected: readonly string[]): boolean {
  return [...tasks].sort().join() === expected.join()
}
