import { buildBatch } from '../../src/record/builder.ts'
import { type Reply, Session } from '../clients/differential/session.ts'
import { askConsole } from '../support/ask-console.ts'
import { until } from '../support/wait.ts'

const GROUP = 0
const TRANSACTION = 1
const JOINING = 0
const ONE_LOGIN = { mechanism: 'SCRAM-SHA-256', iterations: 4096 }

/** `order-value` as two languages have it, and a change of it that its readers would not bear. */
export const ORDER = { type: 'record', name: 'Order', fields: [{ name: 'id', type: 'long' }] }
export const ORDER_WITH_NOTE = {
  ...ORDER,
  fields: [...ORDER.fields, { name: 'note', type: ['null', 'string'], default: null }],
}
export const ORDER_OF_TEXT = { ...ORDER, fields: [{ name: 'id', type: 'string' }] }

/** What goes on in a cluster that somebody looks at: groups of all kinds, transactions, schemas, users and limits. */
export class Scene implements Disposable {
  readonly #brokers: readonly number[]
  readonly #console: number
  readonly #sessions = new Map<string, Session>()

  /** By the ports of its brokers and of one console. */
  constructor(brokers: readonly number[], console: number) {
    this.#brokers = brokers
    this.#console = console
  }

  [Symbol.dispose](): void {
    for (const session of this.#sessions.values()) session.close()
  }

  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
  async ask(path: string, body?: unknown): Promise<any> {
    const { status, json, text } = await askConsole(this.#console, `/api/${path}`, body === undefined ? {} : { body })
    if (status !== 200) throw new Error(`${path}: ${status} ${text}`)
    return json
  }

  async topic(name: string, partitions: number, records: number, replicationFactor = 1): Promise<void> {
    await this.ask('topics/create', { name, partitions, replicationFactor })
    await until(name, async () => (await askConsole(this.#console, `/api/topics/${name}`)).status === 200)
    for (let partition = 0; records > 0 && partition < partitions; partition += 1) {
      const values = Array.from({ length: records }, (_, at) => ({ value: { text: `{"id":${at}}` } }))
      const written = values.map((value, at) => ({ key: { text: `key-${at % 7}` }, ...value }))
      await this.ask('produce', { topic: name, partition, records: written })
    }
  }

  /** A group that only commits. */
  async commit(group: string, topic: string, offsets: readonly number[]): Promise<void> {
    const partitions = offsets.map((committedOffset, partitionIndex) => {
      return { partitionIndex, committedOffset, committedLeaderEpoch: -1, committedMetadata: '' }
    })
    await this.#coordinator(GROUP, group, 'OffsetCommit', 9, (answer) => answer.topics[0].partitions[0].errorCode, {
      groupId: group,
      memberId: '',
      topics: [{ name: topic, partitions }],
    })
  }

  /** A consumer of the old kind, which has all partitions. */
  async classicMember(group: string, topic: string, partitions: number, clientId = 'billing-service'): Promise<void> {
    const metadata = listed([topic], (name) => Buffer.concat([int16(name.length), Buffer.from(name)]))
    const join = {
      groupId: group,
      sessionTimeoutMs: 300_000,
      rebalanceTimeoutMs: 300_000,
      memberId: '',
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata }],
    }
    const { generationId, memberId } = await this.#coordinator(
      GROUP,
      group,
      'JoinGroup',
      3,
      ({ errorCode }) => errorCode,
      join,
      clientId,
    )
    const its = Array.from({ length: partitions }, (_, partition) => partition)
    const assignment = listed([topic], (name) =>
      Buffer.concat([int16(name.length), Buffer.from(name), int32(its.length), ...its.map(int32)]),
    )
    const sync = { groupId: group, generationId, memberId, assignments: [{ memberId, assignment }] }
    await this.#coordinator(GROUP, group, 'SyncGroup', 3, ({ errorCode }) => errorCode, sync, clientId)
  }

  /** A consumer of KIP-848. */
  async consumerMember(group: string, topic: string, memberId: string): Promise<void> {
    const body = { groupId: group, memberId, memberEpoch: JOINING, rebalanceTimeoutMs: 300_000 }
    const first = { ...body, subscribedTopicNames: [topic], topicPartitions: [] }
    await this.#coordinator(GROUP, group, 'ConsumerGroupHeartbeat', 0, ({ errorCode }) => errorCode, first, memberId)
  }

  async shareMember(group: string, topic: string, memberId: string): Promise<void> {
    const body = { groupId: group, memberId, memberEpoch: JOINING, subscribedTopicNames: [topic] }
    await this.#coordinator(GROUP, group, 'ShareGroupHeartbeat', 1, ({ errorCode }) => errorCode, body, memberId)
  }

  async streamsMember(group: string, topic: string, memberId: string): Promise<void> {
    const subtopology = {
      subtopologyId: '0',
      sourceTopics: [topic],
      sourceTopicRegex: [],
      stateChangelogTopics: [],
      repartitionSinkTopics: [],
      repartitionSourceTopics: [],
      copartitionGroups: [],
    }
    await this.#coordinator(
      GROUP,
      group,
      'StreamsGroupHeartbeat',
      0,
      ({ errorCode }) => errorCode,
      {
        groupId: group,
        memberId,
        memberEpoch: JOINING,
        endpointInformationEpoch: 0,
        rebalanceTimeoutMs: 300_000,
        topology: { epoch: 1, subtopologies: [subtopology] },
        activeTasks: [],
        standbyTasks: [],
        warmupTasks: [],
        processId: 'process-1',
        clientTags: [],
      },
      memberId,
    )
  }

  /** A transaction that wrote a record; ended, or left open. */
  async transaction(transactionalId: string, topic: string, end: 'committed' | 'open'): Promise<void> {
    const begin = { transactionalId, transactionTimeoutMs: 600_000 }
    const { producerId, producerEpoch } = await this.#coordinator(
      TRANSACTION,
      transactionalId,
      'InitProducerId',
      4,
      ({ errorCode }) => errorCode,
      begin,
    )
    const known = { v3AndBelowTransactionalId: transactionalId, v3AndBelowProducerId: producerId }
    const topics = [{ name: topic, partitions: [0] }]
    await this.#coordinator(
      TRANSACTION,
      transactionalId,
      'AddPartitionsToTxn',
      3,
      (answer) => answer.resultsByTopicV3AndBelow[0].resultsByPartition[0].partitionErrorCode,
      { ...known, v3AndBelowProducerEpoch: producerEpoch, v3AndBelowTopics: topics },
    )
    await this.#write(transactionalId, producerId, producerEpoch, topic)
    if (end === 'open') return
    await this.#coordinator(TRANSACTION, transactionalId, 'EndTxn', 3, (answer) => answer.errorCode, {
      transactionalId,
      producerId,
      producerEpoch,
      committed: true,
    })
  }

  /** A record of a transaction that no coordinator knows: it stays open for ever. The broker must not ask one whether it may be. */
  async hanging(topic: string): Promise<void> {
    await this.#write('of nobody', 4711, 0, topic)
  }

  async #write(transactionalId: string, producerId: number, producerEpoch: number, topic: string): Promise<void> {
    const value = Buffer.from(`of ${transactionalId}`)
    const records = buildBatch({
      baseOffset: 0,
      producerId,
      producerEpoch,
      baseSequence: 0,
      isTransactional: true,
      records: [{ timestamp: Date.now(), key: null, value, headers: [] }],
    } as never)
    const leader = await this.#leader(topic)
    const { responses } = await leader.call('Produce', 9, {
      transactionalId,
      acks: -1,
      timeoutMs: 10_000,
      topicData: [{ name: topic, partitionData: [{ index: 0, records }] }],
    })
    const { errorCode } = responses[0].partitionResponses[0]
    if (errorCode !== 0) throw new Error(`a record of ${transactionalId}: ${errorCode}`)
  }

  async people(): Promise<void> {
    await this.ask('users/set', { name: 'alice', password: 'of alice', ...ONE_LOGIN })
    await this.ask('users/set', { name: 'bob', password: 'of bob', ...ONE_LOGIN, mechanism: 'SCRAM-SHA-512' })
    const of = (name: string | null) => [{ type: 'user', name }]
    const writes = { key: 'producer_byte_rate', value: 5_000_000 }
    await this.ask('quotas/alter', { entity: of('alice'), changes: [writes] })
    await this.ask('quotas/alter', { entity: of(null), changes: [{ key: 'request_percentage', value: 200 }] })
  }

  async schemas(): Promise<void> {
    const register = (subject: string, type: string, schema: unknown) =>
      this.ask('subjects/register', { subject, type, schema: typeof schema === 'string' ? schema : stringOf(schema) })
    await register('orders-value', 'AVRO', ORDER)
    await register('orders-value', 'AVRO', ORDER_WITH_NOTE)
    await register('payments-value', 'JSON', { type: 'object', properties: { amount: { type: 'number' } } })
    await register('clicks-value', 'PROTOBUF', 'syntax = "proto3";\nmessage Click {\n  string page = 1;\n}\n')
  }

  async #leader(topic: string): Promise<Session> {
    const body = { topics: [{ name: topic }], allowAutoTopicCreation: false }
    const { brokers, topics } = await this.#to(this.#brokers[0] ?? 0).call('Metadata', 12, body)
    const { leaderId } = topics[0].partitions[0]
    return this.#to(brokers.find(({ nodeId }: Reply) => nodeId === leaderId).port)
  }

  /** Asked again as long as the coordinator is being found or loads. */
  async #coordinator(
    keyType: number,
    key: string,
    api: Parameters<Session['call']>[0],
    version: number,
    errorOf: (answer: Reply) => number,
    body: object,
    clientId?: string,
  ): Promise<Reply> {
    const loading = [14, 15, 16, 51]
    let answer: Reply
    await until(`${api} of ${key}`, async () => {
      const find = { keyType, coordinatorKeys: [key] }
      const found = await this.#to(this.#brokers[0] ?? 0).call('FindCoordinator', 4, find)
      const [{ errorCode, port }] = found.coordinators
      if (errorCode !== 0) return false
      answer = await this.#to(port, clientId).call(api, version, { ...body })
      return !loading.includes(errorOf(answer))
    })
    if (errorOf(answer) !== 0) throw new Error(`${api} of ${key}: ${JSON.stringify(answer)}`)
    return answer
  }

  #to(port: number, clientId = 'checkout'): Session {
    const name = `${clientId} ${port}`
    const session = this.#sessions.get(name) ?? new Session(port, undefined, clientId)
    this.#sessions.set(name, session)
    return session
  }
}

const stringOf = (schema: unknown): string => JSON.stringify(schema)

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

/** As consumers write their subscriptions and assignments: a version, a list, no data of the user's. */
function listed(names: readonly string[], one: (name: string) => Buffer): Buffer {
  return Buffer.concat([int16(0), int32(names.length), ...names.map(one), int32(-1)])
}
