import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startBroker, TARGET, type Target } from '../support/broker.ts'
import { noKafka } from '../support/kafka.ts'
import { Tools } from '../support/tools.ts'
import { until } from '../support/wait.ts'
import { batch as oldBatch } from './differential/data.ts'
import { type Reply, Session } from './differential/session.ts'
import { topicId } from './differential/step.ts'

const COMPRESSIONS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const

/** Young records: producers whose last batch is a day old are forgotten at a start. */
function batch(count: number, more: Parameters<typeof oldBatch>[1]): Buffer {
  const records = Array.from({ length: count }, (_, i) => ({
    timestamp: Date.now(),
    key: Buffer.from(`key ${i}`),
    value: Buffer.from(`value ${i}`),
  }))
  return oldBatch(count, { records, ...more })
}

/** Topics, records, a producer's numbers and a group's offsets: what another broker must find in the directory. */
async function fill(session: Session): Promise<void> {
  const topics = [
    {
      name: 'kept',
      numPartitions: 2,
      replicationFactor: 1,
      assignments: [],
      configs: [{ name: 'retention.ms', value: '-1' }],
    },
    { name: 'dropped', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] },
  ]
  await session.call('CreateTopics', 7, { topics, timeoutMs: 10_000, validateOnly: false })
  for (const index of [0, 1]) {
    for (const [i, compression] of COMPRESSIONS.entries()) {
      const records = batch(20, { compression, producerId: 1_234, producerEpoch: 0, baseSequence: i * 20 })
      await until('the records', async () => {
        const topicData = [{ name: 'kept', partitionData: [{ index, records }] }]
        const reply = await session.call('Produce', 9, { acks: -1, timeoutMs: 5_000, topicData })
        return reply.responses[0].partitionResponses[0].errorCode === 0
      })
    }
  }
  await until('the offset', async () => {
    await session.call('FindCoordinator', 3, { key: 'keepers', keyType: 0 })
    const partitions = [{ partitionIndex: 0, committedOffset: 33, committedLeaderEpoch: 0, committedMetadata: 'note' }]
    const reply = await session.call('OffsetCommit', 7, {
      groupId: 'keepers',
      memberId: '',
      topics: [{ name: 'kept', partitions }],
    })
    return reply.topics[0].partitions[0].errorCode === 0
  })
  await session.call('DeleteRecords', 1, {
    topics: [{ name: 'kept', partitions: [{ partitionIndex: 1, offset: 25 }] }],
    timeoutMs: 5_000,
  })
  await session.call('DeleteTopics', 5, { topicNames: ['dropped'], timeoutMs: 10_000 })
}

/** All that a client can see of it. */
async function view(session: Session): Promise<Reply> {
  const partitions = await until('leaders', async () => {
    const metadata = await session.call('Metadata', 9, { topics: [{ name: 'kept' }], allowAutoTopicCreation: false })
    const found: Reply[] = metadata.topics[0]?.partitions ?? []
    return found.length === 2 && found.every((p) => p.leaderId === 1) ? found : undefined
  })
  const logs = []
  for (const index of [0, 1]) {
    const from = index === 0 ? 0 : 25
    const fetched = await until('records', async () => {
      const wanted = [{ partition: index, fetchOffset: from, partitionMaxBytes: 10_000_000 }]
      const reply = await session.call('Fetch', 11, {
        maxWaitMs: 100,
        minBytes: 1,
        maxBytes: 10_000_000,
        topics: [{ topic: 'kept', partitions: wanted }],
      })
      const found = reply.responses[0].partitions[0]
      return found.errorCode === 0 && found.highWatermark === 100 ? found : undefined
    })
    logs.push({ start: fetched.logStartOffset, end: fetched.highWatermark, bytes: fetched.records.toString('hex') })
  }
  const committed = await until('the committed offset', async () => {
    await session.call('FindCoordinator', 3, { key: 'keepers', keyType: 0 })
    const reply = await session.call('OffsetFetch', 7, { groupId: 'keepers', topics: null })
    return reply.errorCode === 0 && reply.topics.length > 0 ? reply.topics : undefined
  })
  const producers = await session.call('DescribeProducers', 0, { topics: [{ name: 'kept', partitionIndexes: [0] }] })
  const configs = await session.call('DescribeConfigs', 4, {
    resources: [{ resourceType: 2, resourceName: 'kept', configurationKeys: ['retention.ms'] }],
  })
  const all = await session.call('Metadata', 12, { topics: null, allowAutoTopicCreation: false })
  const ids = new Map<string, string>(
    all.topics.map((topic: { name: string; topicId: string }) => [topic.name, topic.topicId]),
  )
  return {
    partitions: partitions.length,
    logs,
    committed,
    lastSequence: producers.topics[0].partitions[0].activeProducers.map((p: Reply) => [p.producerId, p.lastSequence]),
    retention: configs.results[0].configs[0].value,
    topics: [...ids.keys()].sort(),
    id: topicId({ topicIds: ids }, 'kept'),
  }
}

const OTHER: Target = 'kafka'

describe.skipIf(noKafka())(`data directories of ${TARGET} and of Apache Kafka`, () => {
  const base = mkdtempSync(join(tmpdir(), 'odradek-interchange-'))
  const tools = new Tools()
  const views = new Map<string, Reply>()

  /** Fills a directory with one broker, stops it, and keeps what it showed. */
  async function written(name: string, target: Target): Promise<string> {
    const dir = join(base, name)
    const broker = await startBroker({ target, dir })
    const session = new Session(broker.port)
    await fill(session)
    views.set(name, await view(session))
    session.close()
    await broker.stop()
    return dir
  }

  async function readBy(name: string, target: Target): Promise<Reply> {
    const copy = join(base, `${name}-by-${target}`)
    cpSync(join(base, name), copy, { recursive: true })
    await using broker = await startBroker({ target, dir: copy })
    const session = new Session(broker.port)
    const seen = await view(session)
    // It is a broker like any other: the next number of the same producer is taken, the last one again is a duplicate.
    for (const baseSequence of [100, 100]) {
      const records = batch(1, { producerId: 1_234, producerEpoch: 0, baseSequence })
      const reply = await session.call('Produce', 9, {
        acks: -1,
        timeoutMs: 5_000,
        topicData: [{ name: 'kept', partitionData: [{ index: 0, records }] }],
      })
      expect(reply.responses[0].partitionResponses[0]).toMatchObject({ errorCode: 0, baseOffset: 100 })
    }
    session.close()
    return seen
  }

  beforeAll(async () => {
    await Promise.all([written('ours', TARGET), written('theirs', OTHER)])
  })
  afterAll(async () => {
    await tools[Symbol.asyncDispose]()
    rmSync(base, { recursive: true, force: true })
  })

  it('Apache Kafka serves what ours wrote', async () => {
    expect(await readBy('ours', OTHER)).toEqual(views.get('ours'))
  })

  it('ours serves what Apache Kafka wrote', async () => {
    expect(await readBy('theirs', TARGET)).toEqual(views.get('theirs'))
  })

  const files = (folder: string, ending: string) =>
    readdirSync(join(base, 'ours', 'data', folder))
      .filter((name) => name.endsWith(ending))
      .map((name) => join(base, 'ours', 'data', folder, name))
      .sort()

  it('kafka-dump-log finds nothing wrong in our segments and indexes', async () => {
    for (const folder of ['kept-0', 'kept-1']) {
      const log = files(folder, '.log')
      const out = await tools.ok('kafka-dump-log', ['--deep-iteration', '--print-data-log', '--files', log.join()])
      expect(out.match(/isvalid: true/g)?.length).toBeGreaterThan(0)
      expect(out).not.toMatch(/isvalid: false/)
      const indexes = [...files(folder, '.index'), ...files(folder, '.timeindex')]
      const checked = await tools.ok('kafka-dump-log', ['--verify-index-only', '--files', indexes.join()])
      expect(checked).toContain('Dumping')
      expect(checked).not.toMatch(/mismatch|Found/i)
    }
    const dumped = await tools.ok('kafka-dump-log', [
      '--deep-iteration',
      '--print-data-log',
      '--files',
      files('kept-0', '.log').join(),
    ])
    expect(dumped.match(/payload: value \d+/g)?.length).toBe(100)
    for (const snapshot of files('kept-0', '.snapshot')) {
      expect(await tools.ok('kafka-dump-log', ['--files', snapshot])).toContain('producerId: 1234')
    }
  })

  it('kafka-dump-log decodes our offsets and our metadata', async () => {
    const folders = readdirSync(join(base, 'ours', 'data')).filter((name) => name.startsWith('__consumer_offsets-'))
    const logs = folders.flatMap((folder) => files(folder, '.log'))
    const offsets = await tools.ok('kafka-dump-log', ['--offsets-decoder', '--files', logs.join()])
    expect(offsets).toMatch(/"group":"keepers","topic":"kept","partition":0/)
    expect(offsets).toMatch(/"offset":33/)
    const metadata = await tools.ok('kafka-dump-log', [
      '--cluster-metadata-decoder',
      '--files',
      files('__cluster_metadata-0', '.log').join(),
    ])
    for (const type of [
      'TOPIC_RECORD',
      'PARTITION_RECORD',
      'CONFIG_RECORD',
      'REMOVE_TOPIC_RECORD',
      'REGISTER_BROKER_RECORD',
    ]) {
      expect(metadata).toContain(`"type":"${type}"`)
    }
  })

  it('kafka-metadata-shell reads our metadata log', async () => {
    const [log] = files('__cluster_metadata-0', '.log')
    const out = await tools.ok('kafka-metadata-shell', ['--snapshot', log ?? '', 'ls', '/image/topics/byName'])
    expect(out).toContain('kept')
  })
})
