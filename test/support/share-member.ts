import { setTimeout as delay } from 'node:timers/promises'
import { type Reply, Session } from '../clients/differential/session.ts'

const JOINING = 0
const FIRST_EPOCH = 0
const ACCEPT = 1
const GROUP = 0

/** What happened to the records of a topic, by partition and offset. */
export class ShareHistory {
  readonly delivered = new Map<string, number>()
  readonly accepted = new Set<string>()
  /** Delivered by an answer to a request that was sent after they were known to be accepted. */
  readonly again: string[] = []

  isAccepted(partition: number, offset: number): boolean {
    return this.accepted.has(`${partition}:${offset}`)
  }
}

export interface ShareMemberOptions {
  readonly ports: readonly number[]
  readonly groupId: string
  readonly memberId: string
  readonly topic: string
  readonly history: ShareHistory
}

interface Open {
  readonly session: Session
  epoch: number
  partitions: readonly number[]
}

/** Fetches from every leader of a topic and accepts what it gets; begins anew wherever anything goes wrong. */
export class ShareMember {
  readonly #options: ShareMemberOptions
  /** By the port of the broker. */
  #open = new Map<number, Open>()
  #coordinator: Session | undefined
  #memberEpoch = JOINING
  #assigned: readonly number[] = []
  #topicId = ''
  #nextBeat = 0
  #isOver = false

  constructor(options: ShareMemberOptions) {
    this.#options = options
  }

  stop(): void {
    this.#isOver = true
  }

  async run(): Promise<void> {
    while (!this.#isOver) {
      try {
        await this.#beat()
        await this.#round()
      } catch {
        this.#forget()
        await delay(50)
      }
    }
    this.#forget()
  }

  #forget(): void {
    for (const { session } of this.#open.values()) session.close()
    this.#open = new Map()
    this.#coordinator?.close()
    this.#coordinator = undefined
    this.#nextBeat = 0
  }

  async #beat(): Promise<void> {
    if (performance.now() < this.#nextBeat) return
    const { groupId, memberId, topic } = this.#options
    this.#coordinator ??= await this.#find()
    const isNew = this.#memberEpoch === JOINING
    const body = { groupId, memberId, memberEpoch: this.#memberEpoch, ...(isNew && { subscribedTopicNames: [topic] }) }
    const reply = await ask(this.#coordinator, 'ShareGroupHeartbeat', 1, body)
    if (reply.errorCode !== 0) {
      this.#memberEpoch = JOINING
      throw new Error(`heartbeat: ${reply.errorCode}`)
    }
    this.#memberEpoch = reply.memberEpoch
    const [mine] = reply.assignment?.topicPartitions ?? []
    if (mine) {
      this.#topicId = mine.topicId
      this.#assigned = mine.partitions
    }
    this.#nextBeat = performance.now() + reply.heartbeatIntervalMs
  }

  /** Any broker says who coordinates the group. */
  async #find(): Promise<Session> {
    const found = await this.#any('FindCoordinator', 4, { keyType: GROUP, coordinatorKeys: [this.#options.groupId] })
    const [coordinator] = found.coordinators
    if (coordinator.errorCode !== 0) throw new Error('no coordinator')
    return new Session(coordinator.port)
  }

  async #any(name: 'FindCoordinator' | 'Metadata', version: number, body: object): Promise<Reply> {
    for (const port of this.#options.ports) {
      const session = new Session(port)
      try {
        return await ask(session, name, version, { ...body })
      } catch {
        // The next one may live.
      } finally {
        session.close()
      }
    }
    throw new Error('no broker')
  }

  async #round(): Promise<void> {
    if (this.#open.size === 0) await this.#begin()
    if (this.#open.size === 0) await delay(50)
    await Promise.all([...this.#open.values()].map((open) => this.#fetch(open)))
  }

  async #begin(): Promise<void> {
    const topics = [{ name: this.#options.topic }]
    const { brokers, topics: known } = await this.#any('Metadata', 12, { topics, allowAutoTopicCreation: false })
    const ports = new Map<number, number>(brokers.map((broker: Reply) => [broker.nodeId, broker.port]))
    for (const { partitionIndex, leaderId } of known[0].partitions) {
      const port = ports.get(leaderId)
      if (port === undefined || !this.#assigned.includes(partitionIndex)) continue
      const open = this.#open.get(port) ?? { session: new Session(port), epoch: FIRST_EPOCH, partitions: [] }
      this.#open.set(port, { ...open, partitions: [...open.partitions, partitionIndex] })
    }
  }

  async #fetch(open: Open): Promise<void> {
    const { groupId, memberId, history } = this.#options
    const sentAfter = new Set(history.accepted)
    const asked = open.partitions.map((partitionIndex) => ({ partitionIndex, acknowledgementBatches: [] }))
    const reply = await ask(open.session, 'ShareFetch', 1, {
      groupId,
      memberId,
      shareSessionEpoch: open.epoch,
      maxWaitMs: 200,
      minBytes: 1,
      maxRecords: 20,
      batchSize: 20,
      topics: open.epoch === FIRST_EPOCH ? [{ topicId: this.#topicId, partitions: asked }] : [],
      forgottenTopicsData: [],
    })
    if (reply.errorCode !== 0) throw new Error(`fetch: ${reply.errorCode}`)
    open.epoch += 1
    const failed: number[] = []
    const acknowledged: { partitionIndex: number; acknowledgementBatches: object[] }[] = []
    for (const { partitionIndex, errorCode, acquiredRecords } of reply.responses[0]?.partitions ?? []) {
      if (errorCode !== 0) failed.push(errorCode)
      const acknowledgementBatches: object[] = []
      for (const { firstOffset, lastOffset } of acquiredRecords) {
        for (let offset = firstOffset; offset <= lastOffset; offset += 1) {
          const key = `${partitionIndex}:${offset}`
          if (sentAfter.has(key)) history.again.push(key)
          history.delivered.set(key, (history.delivered.get(key) ?? 0) + 1)
        }
        acknowledgementBatches.push({ firstOffset, lastOffset, acknowledgeTypes: [ACCEPT] })
      }
      if (acknowledgementBatches.length > 0) acknowledged.push({ partitionIndex, acknowledgementBatches })
    }
    if (acknowledged.length > 0) await this.#accept(open, acknowledged)
    if (failed.length > 0) throw new Error(`fetch of a partition: ${failed.join()}`)
  }

  async #accept(open: Open, partitions: readonly { partitionIndex: number; acknowledgementBatches: Reply[] }[]) {
    const { groupId, memberId, history } = this.#options
    const topics = [{ topicId: this.#topicId, partitions }]
    const body = { groupId, memberId, shareSessionEpoch: open.epoch, topics }
    const reply = await ask(open.session, 'ShareAcknowledge', 1, body)
    if (reply.errorCode !== 0) throw new Error(`acknowledge: ${reply.errorCode}`)
    open.epoch += 1
    for (const { partitionIndex, errorCode } of reply.responses[0].partitions) {
      if (errorCode !== 0) throw new Error(`acknowledge of a partition: ${errorCode}`)
      const batches = partitions.find((one) => one.partitionIndex === partitionIndex)?.acknowledgementBatches ?? []
      for (const { firstOffset, lastOffset } of batches)
        for (let offset = firstOffset; offset <= lastOffset; offset += 1)
          history.accepted.add(`${partitionIndex}:${offset}`)
    }
  }
}

/** Rejects where the connection ends or nothing comes. */
async function ask(session: Session, ...[name, version, body]: Parameters<Session['call']>): Promise<Reply> {
  const reply = await session.call(name, version, body)
  if (typeof reply === 'string') throw new Error(`${name}: ${reply}`)
  return reply
}
