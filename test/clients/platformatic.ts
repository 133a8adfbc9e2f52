import {
  Admin,
  type ConfigDescription,
  ConfigResourceTypes,
  Consumer,
  type MessagesStream,
  Producer,
} from '@platformatic/kafka'
import type { Client, Compression, Member, MemberOptions, Outgoing, Received } from './client.ts'
import { ALL_COMPRESSIONS } from './client.ts'

const TOPIC_RESOURCE = ConfigResourceTypes.TOPIC

export class PlatformaticClient implements Client {
  readonly compressions = ALL_COMPRESSIONS
  // Its describeCluster is not part of the public admin.
  readonly lacks = ['clusterId'] as const
  #bootstrap = ''
  #admin: Admin | undefined
  #consumers = 0

  get admin(): Admin {
    if (this.#admin === undefined) throw new Error('not connected')
    return this.#admin
  }

  get #base() {
    return { clientId: 'platformatic', bootstrapBrokers: [this.#bootstrap] }
  }

  async connect(bootstrap: string): Promise<void> {
    await this.#admin?.close()
    this.#bootstrap = bootstrap
    this.#admin = new Admin(this.#base)
  }

  async createTopic(topic: string, partitions: number): Promise<void> {
    await this.admin.createTopics({ topics: [topic], partitions, replicas: 1 })
  }

  async produce(topic: string, records: readonly Outgoing[], compression: Compression): Promise<void> {
    const producer = new Producer({ ...this.#base, idempotent: true })
    const messages = records.map((record) => ({
      topic,
      partition: record.partition,
      timestamp: BigInt(record.timestamp),
      ...(record.key === null ? {} : { key: record.key }),
      ...(record.value === null ? {} : { value: record.value }),
      headers: new Map(record.headers.map(([name, value]) => [Buffer.from(name), value] as const)),
    }))
    await producer.send({ messages, compression, acks: -1 })
    await producer.close()
  }

  #consumer(groupId: string, groupProtocol: 'classic' | 'consumer' = 'classic'): Consumer {
    const told = { groupId, groupProtocol, autocommit: false, heartbeatInterval: 300, maxWaitTime: 100 }
    return new Consumer({ ...this.#base, ...told })
  }

  #collect(stream: MessagesStream<Buffer, Buffer, Buffer, Buffer>): Received[] {
    const records: Received[] = []
    stream.on('data', (message) => {
      records.push({
        key: message.key ?? null,
        value: message.value ?? null,
        partition: message.partition,
        offset: Number(message.offset),
        timestamp: Number(message.timestamp),
        headers: [...message.headers].map(([name, value]) => [String(name), value] as const),
      })
    })
    stream.on('error', () => {})
    return records
  }

  async consume(topic: string, from: 'beginning' | number, count: number): Promise<Received[]> {
    this.#consumers += 1
    const consumer = this.#consumer(`alone-${this.#consumers}`)
    const timestamp = from === 'beginning' ? -2n : BigInt(from)
    const starts = (await consumer.listOffsets({ topics: [topic], timestamp })).get(topic) ?? []
    const offsets = starts.map((offset, partition) => ({ topic, partition, offset }))
    const stream = await consumer.consume({ topics: [topic], mode: 'manual', offsets })
    const records = this.#collect(stream)
    const end = performance.now() + 60_000
    while (records.length < count && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 20))
    await consumer.close(true)
    return records
  }

  async join(group: string, topic: string, { protocol = 'classic' }: MemberOptions = {}): Promise<Member> {
    const consumer = this.#consumer(group, protocol)
    const stream = await consumer.consume({ topics: [topic], mode: 'committed', fallbackMode: 'earliest' })
    const records = this.#collect(stream)
    const owned = () => consumer.assignments?.find((assignment) => assignment.topic === topic)?.partitions ?? []
    return {
      assignment: async () => [...owned()],
      received: async () => [...records],
      commit: async () => {
        const next = new Map<number, number>()
        for (const { partition, offset } of records) next.set(partition, Math.max(next.get(partition) ?? 0, offset + 1))
        const offsets = owned().flatMap((partition) => {
          const offset = next.get(partition)
          return offset === undefined ? [] : [{ topic, partition, offset: BigInt(offset), leaderEpoch: 0 }]
        })
        await consumer.commit({ offsets })
      },
      leave: async () => consumer.close(true),
    }
  }

  async committed(groupId: string, topic: string): Promise<Record<string, number>> {
    const [group] = await this.admin.listConsumerGroupOffsets({ groups: [groupId] })
    const found = group?.topics.find((each) => each.name === topic)?.partitions ?? []
    return Object.fromEntries(found.map((each) => [each.partitionIndex, Number(each.committedOffset)]))
  }

  listTopics(): Promise<string[]> {
    return this.admin.listTopics()
  }

  async partitions(topic: string): Promise<number> {
    const metadata = await this.admin.metadata({ topics: [topic], forceUpdate: true })
    return metadata.topics.get(topic)?.partitionsCount ?? 0
  }

  async getConfig(topic: string, name: string): Promise<string | null> {
    const resources = [{ resourceType: TOPIC_RESOURCE, resourceName: topic, configurationKeys: [name] }]
    const found: ConfigDescription[] = await this.admin.describeConfigs({ resources, includeSynonyms: true })
    return found[0]?.configs[0]?.value ?? null
  }

  async setConfig(topic: string, name: string, value: string): Promise<void> {
    const configs = [{ name, value, configOperation: 0 as const }]
    await this.admin.incrementalAlterConfigs({
      resources: [{ resourceType: TOPIC_RESOURCE, resourceName: topic, configs }],
    })
  }

  async addPartitions(topic: string, count: number): Promise<void> {
    await this.admin.createPartitions({ topics: [{ name: topic, count, assignments: null as never }] })
  }

  async deleteRecords(topic: string, partition: number, before: number): Promise<void> {
    await this.admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition, offset: BigInt(before) }] }] })
  }

  async groups(): Promise<string[]> {
    return [...(await this.admin.listGroups()).keys()]
  }

  async deleteTopic(topic: string): Promise<void> {
    await this.admin.deleteTopics({ topics: [topic] })
  }

  clusterId(): Promise<string> {
    throw new Error('not offered by this client')
  }

  async close(): Promise<void> {
    await this.#admin?.close()
  }
}
