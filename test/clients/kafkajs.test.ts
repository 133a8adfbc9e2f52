import { promisify } from 'node:util'
import zlib from 'node:zlib'
import kafkajs, { type Admin, type Kafka as KafkaJs } from 'kafkajs'
import lz4 from 'lz4-napi'
import snappy from 'snappy'
import { ALL_COMPRESSIONS, type Client, type Compression, type Member, type Outgoing, type Received } from './client.ts'
import { describeClient } from './scenarios.ts'
import { frameSnappy, snappyBlocks } from './snappy-framing.ts'

const { CompressionCodecs, CompressionTypes, ConfigResourceTypes, Kafka, logLevel } = kafkajs

// kafkajs has gzip built in and takes the others as plug-ins.
CompressionCodecs[CompressionTypes.Snappy] = () => ({
  compress: async (encoder: { buffer: Buffer }) => frameSnappy(await snappy.compress(encoder.buffer)),
  decompress: async (bytes: Buffer) =>
    Buffer.concat(
      await Promise.all(snappyBlocks(bytes).map(async (block) => Buffer.from(await snappy.uncompress(block)))),
    ),
})
CompressionCodecs[CompressionTypes.LZ4] = () => ({
  compress: async (encoder: { buffer: Buffer }) => lz4.compressFrame(encoder.buffer),
  decompress: async (bytes: Buffer) => lz4.decompressFrame(bytes),
})
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: async (encoder: { buffer: Buffer }) => promisify(zlib.zstdCompress)(encoder.buffer),
  decompress: async (bytes: Buffer) => promisify(zlib.zstdDecompress)(bytes),
})

const TYPES = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
} as const

function headersOf(pairs: Outgoing['headers']): Record<string, Buffer[]> {
  const headers: Record<string, Buffer[]> = {}
  for (const [name, value] of pairs) headers[name] = [...(headers[name] ?? []), value]
  return headers
}

class KafkaJsClient implements Client {
  readonly compressions = ALL_COMPRESSIONS
  #kafka: KafkaJs | undefined
  #admin: Admin | undefined
  #consumers = 0

  get #client(): KafkaJs {
    if (this.#kafka === undefined) throw new Error('not connected')
    return this.#kafka
  }

  get admin(): Admin {
    if (this.#admin === undefined) throw new Error('not connected')
    return this.#admin
  }

  async connect(bootstrap: string): Promise<void> {
    await this.#admin?.disconnect()
    this.#kafka = new Kafka({ brokers: [bootstrap], clientId: 'kafkajs', logLevel: logLevel.NOTHING })
    this.#admin = this.#kafka.admin()
    await this.#admin.connect()
  }

  async createTopic(topic: string, partitions: number): Promise<void> {
    await this.admin.createTopics({ topics: [{ topic, numPartitions: partitions }] })
  }

  async produce(topic: string, records: readonly Outgoing[], compression: Compression): Promise<void> {
    const producer = this.#client.producer({ idempotent: true, maxInFlightRequests: 1 })
    await producer.connect()
    const messages = records.map((record) => ({
      ...record,
      timestamp: String(record.timestamp),
      headers: headersOf(record.headers),
    }))
    await producer.send({ topic, messages, compression: TYPES[compression], acks: -1 })
    await producer.disconnect()
  }

  async #run(group: string, topic: string, onStart: (seek: (partition: number, offset: string) => void) => void) {
    const consumer = this.#client.consumer({ groupId: group, heartbeatInterval: 300, maxWaitTimeInMs: 100 })
    const records: Received[] = []
    let assigned: number[] = []
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      assigned = payload.memberAssignment[topic] ?? []
    })
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ partition, message }) => {
        records.push({
          key: message.key,
          value: message.value,
          partition,
          offset: Number(message.offset),
          timestamp: Number(message.timestamp),
          headers: Object.entries(message.headers ?? {}).flatMap(([name, values]) =>
            [values ?? []].flat().map((value) => [name, Buffer.from(value)] as const),
          ),
        })
      },
    })
    onStart((partition, offset) => consumer.seek({ topic, partition, offset }))
    return { consumer, records, assigned: () => assigned }
  }

  async consume(topic: string, from: 'beginning' | number, count: number): Promise<Received[]> {
    const starts =
      from === 'beginning'
        ? (await this.admin.fetchTopicOffsets(topic)).map(({ partition, low }) => ({ partition, offset: low }))
        : await this.admin.fetchTopicOffsetsByTimestamp(topic, from)
    this.#consumers += 1
    const { consumer, records } = await this.#run(`alone-${this.#consumers}`, topic, (seek) => {
      for (const start of starts) seek(start.partition, start.offset)
    })
    const end = performance.now() + 60_000
    while (records.length < count && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 20))
    await consumer.disconnect()
    return records
  }

  async join(group: string, topic: string): Promise<Member> {
    const { consumer, records, assigned } = await this.#run(group, topic, () => {})
    return {
      assignment: async () => assigned(),
      received: async () => [...records],
      commit: async () => {
        const next = new Map<number, number>()
        for (const { partition, offset } of records) next.set(partition, Math.max(next.get(partition) ?? 0, offset + 1))
        const owned = assigned().filter((partition) => next.has(partition))
        await consumer.commitOffsets(
          owned.map((partition) => ({ topic, partition, offset: String(next.get(partition)) })),
        )
      },
      leave: async () => consumer.disconnect(),
    }
  }

  async committed(groupId: string, topic: string): Promise<Record<string, number>> {
    const [found] = await this.admin.fetchOffsets({ groupId, topics: [topic] })
    return Object.fromEntries((found?.partitions ?? []).map(({ partition, offset }) => [partition, Number(offset)]))
  }

  listTopics(): Promise<string[]> {
    return this.admin.listTopics()
  }

  async partitions(topic: string): Promise<number> {
    const { topics } = await this.admin.fetchTopicMetadata({ topics: [topic] })
    return topics[0]?.partitions.length ?? 0
  }

  async getConfig(topic: string, name: string): Promise<string | null> {
    const resources = [{ type: ConfigResourceTypes.TOPIC, name: topic, configNames: [name] }]
    const found = await this.admin.describeConfigs({ resources, includeSynonyms: true })
    return found.resources[0]?.configEntries[0]?.configValue ?? null
  }

  async setConfig(topic: string, name: string, value: string): Promise<void> {
    const resources = [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries: [{ name, value }] }]
    await this.admin.alterConfigs({ validateOnly: false, resources })
  }

  async addPartitions(topic: string, count: number): Promise<void> {
    await this.admin.createPartitions({ topicPartitions: [{ topic, count }] })
  }

  async deleteRecords(topic: string, partition: number, before: number): Promise<void> {
    // It looks for the leaders before it has asked for them.
    await this.admin.fetchTopicOffsets(topic)
    await this.admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(before) }] })
  }

  async groups(): Promise<string[]> {
    return (await this.admin.listGroups()).groups.map((group) => group.groupId)
  }

  async deleteTopic(topic: string): Promise<void> {
    await this.admin.deleteTopics({ topics: [topic] })
  }

  async clusterId(): Promise<string> {
    return (await this.admin.describeCluster()).clusterId
  }

  async close(): Promise<void> {
    await this.#admin?.disconnect()
  }
}

describeClient(
  'kafkajs',
  () => false,
  () => new KafkaJsClient(),
)
