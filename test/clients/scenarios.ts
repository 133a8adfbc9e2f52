import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { noTarget, startBroker, type TestBroker } from '../support/broker.ts'
import { until } from '../support/wait.ts'
import { type Client, type Compression, commit, type Member, type Outgoing, type Received } from './client.ts'

const START = 1_700_000_000_000

/** Records with every shape of key, value and header that a client can send, spread over partitions. */
function sampleRecords(count: number, partitions: number): Outgoing[] {
  return Array.from({ length: count }, (_, i) => ({
    key: i % 4 === 0 ? null : Buffer.from(`key-${i % 7}`),
    value:
      i % 4 !== 0 && i % 11 === 5
        ? null
        : i % 13 === 6
          ? Buffer.alloc(0)
          : Buffer.from(`value ${i} ${'äöü'.repeat(i % 20)}`),
    headers:
      i % 3 === 0
        ? []
        : ([
            ['trace', Buffer.from([0, 255, i])],
            ['trace', Buffer.from('twice')],
          ] as const),
    partition: i % partitions,
    timestamp: START + i * 1_000,
  }))
}

const shown = (record: Outgoing) => ({
  partition: record.partition,
  timestamp: record.timestamp,
  key: record.key?.toString('hex') ?? null,
  value:
    record.value === null ? null : record.value.length > 1_000 ? record.value.length : record.value.toString('hex'),
  headers: record.headers.map(([name, value]) => `${name}=${value.toString('hex')}`),
})

/** The records of each partition in order, as something that a failing test can print. */
function byPartition(records: readonly Outgoing[]): unknown[][] {
  const partitions: unknown[][] = []
  for (const record of records) {
    partitions[record.partition] ??= []
    partitions[record.partition]?.push(shown(record))
  }
  return partitions
}

function expectOffsetsInOrder(records: readonly Received[]): void {
  const next = new Map<number, number>()
  for (const { partition, offset } of records) {
    expect(offset).toBe(next.get(partition) ?? 0)
    next.set(partition, offset + 1)
  }
}

const sorted = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b)

async function owns(members: readonly Member[], all: readonly number[]): Promise<boolean> {
  const owned = await Promise.all(members.map((member) => member.assignment()))
  return owned.every((list) => list.length > 0) && sorted(owned.flat()).join() === all.join()
}

/** The same scenarios for every client library: what issue after issue in the field shows that clients trip over. */
export function describeClient(name: string, skip: () => boolean, make: () => Client): void {
  describe.skipIf(skip() || noTarget())(name, () => {
    let broker: TestBroker
    let client: Client
    let topics = 0
    const newTopic = async (partitions: number) => {
      topics += 1
      const topic = `topic-${topics}`
      await client.createTopic(topic, partitions)
      await until('the topic to be there', async () => (await client.listTopics()).includes(topic))
      return topic
    }

    beforeAll(async () => {
      broker = await startBroker()
      client = make()
      await client.connect(broker.bootstrap)
    })
    afterAll(async () => {
      await client?.close()
      await broker?.[Symbol.asyncDispose]()
    })

    it.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] satisfies Compression[])(
      'round-trips keys, values and headers, compressed with %s',
      async (compression) => {
        if (!client.compressions.includes(compression)) throw new Error(`no adapter for ${compression}`)
        const topic = await newTopic(3)
        const records = sampleRecords(120, 3)
        await client.produce(topic, records, compression)
        const found = await client.consume(topic, 'beginning', records.length)
        expect(byPartition(found)).toEqual(byPartition(records))
        expectOffsetsInOrder(found)
      },
    )

    it.each(['none', 'lz4'] satisfies Compression[])(
      'carries messages of a megabyte, compressed with %s',
      async (compression) => {
        const topic = await newTopic(1)
        const records = [1_000_000, 10, 1_000_000].map((size, i) => ({
          key: Buffer.from(`big-${i}`),
          value: randomBytes(size),
          headers: [],
          partition: 0,
          timestamp: START + i,
        }))
        // One by one: some clients put everything they are given into one batch, which would be larger than the broker takes.
        for (const record of records) await client.produce(topic, [record], compression)
        const found = await client.consume(topic, 'beginning', records.length)
        expect(found.map((record) => record.value?.equals(records[record.offset]?.value ?? Buffer.alloc(0)))).toEqual([
          true,
          true,
          true,
        ])
      },
    )

    it('consumes from a point in time', async () => {
      const topic = await newTopic(2)
      const records = sampleRecords(60, 2)
      await client.produce(topic, records.slice(0, 30), 'none')
      await client.produce(topic, records.slice(30), 'gzip')
      const since = START + 20_500
      const expected = records.filter((record) => record.timestamp >= since)
      const found = await client.consume(topic, since, expected.length)
      // A fetch gives whole batches and the client drops what lies before its offset.
      expect(byPartition(found)).toEqual(byPartition(expected))
    })

    it('shares partitions between two members of a group and gives them back when one leaves', async () => {
      const topic = await newTopic(4)
      const all = [0, 1, 2, 3]
      const records = sampleRecords(40, 4)
      await client.produce(topic, records, 'none')
      const first = await client.join('sharing', topic)
      await until('the first member to own everything', () => owns([first], all))
      await until('all records', async () => (await first.received()).length >= records.length)
      await commit(first)
      const second = await client.join('sharing', topic)
      await until('both members to own a part', () => owns([first, second], all))
      await client.produce(topic, records, 'none')
      await until('every record at one of them', async () => {
        const got = [...(await first.received()), ...(await second.received())]
        return new Set(got.map((record) => `${record.partition}/${record.offset}`)).size === 2 * records.length
      })
      await commit(first)
      await commit(second)
      await second.leave()
      await until('the first member to own everything again', () => owns([first], all))
      expect(Object.values(await client.committed('sharing', topic))).toEqual([20, 20, 20, 20])
      expect(await client.groups()).toContain('sharing')
      await first.leave()
    })

    it('goes on from the committed offsets after the broker was restarted', async () => {
      const topic = await newTopic(2)
      const records = sampleRecords(20, 2)
      await client.produce(topic, records, 'none')
      const before = await client.join('resuming', topic)
      await until('the first half', async () => (await before.received()).length >= records.length)
      await commit(before)
      await before.leave()
      await broker.restart()
      await client.connect(broker.bootstrap)
      expect(await client.committed('resuming', topic)).toEqual({ 0: 10, 1: 10 })
      const late = records.map((record) => ({ ...record, key: Buffer.from('late') }))
      await client.produce(topic, late, 'none')
      const after = await client.join('resuming', topic)
      await until('the second half', async () => (await after.received()).length >= late.length)
      const found = await after.received()
      expect(byPartition(found)).toEqual(byPartition(late))
      await after.leave()
    })

    it('manages topics, configs, records and groups', async () => {
      const topic = await newTopic(2)
      expect(await client.partitions(topic)).toBe(2)
      await client.addPartitions(topic, 5)
      await until('the new partitions', async () => (await client.partitions(topic)) === 5)
      expect(await client.getConfig(topic, 'retention.ms')).toBe('604800000')
      await client.setConfig(topic, 'retention.ms', '86400000')
      await until('the new setting', async () => (await client.getConfig(topic, 'retention.ms')) === '86400000')
      if (!client.lacks?.includes('deleteRecords')) {
        await client.produce(topic, sampleRecords(20, 1), 'none')
        await client.deleteRecords(topic, 0, 15)
        const left = await client.consume(topic, 'beginning', 5)
        expect(left.map((record) => record.offset)).toEqual([15, 16, 17, 18, 19])
      }
      if (!client.lacks?.includes('clusterId')) expect(await client.clusterId()).toMatch(/^[\w-]{22}$/)
      await client.deleteTopic(topic)
      await until('the topic to be gone', async () => !(await client.listTopics()).includes(topic))
    })
  })
}
