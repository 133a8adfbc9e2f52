import { KafkaError } from '../../../src/base/errors.ts'
import type { Uuid } from '../../../src/base/ids.ts'
import type { Decision } from '../../../src/base/machine.ts'
import type { GroupCommand, GroupReply, JoinReply, SyncReply } from '../../../src/group/commands.ts'
import type { ConsumerHeartbeatReply, DescribedConsumerGroup } from '../../../src/group/consumer/commands.ts'
import { readAssignment } from '../../../src/group/consumer/consumer-protocol.ts'
import type { GroupTopic, TopicSource } from '../../../src/group/consumer/topics.ts'
import { GroupMachine } from '../../../src/group/group-machine.ts'
import { decodeBatch, encodeRecord, type GroupRecord } from '../../../src/group/records.ts'
import type { GroupSettings } from '../../../src/group/settings.ts'
import { ConsumerProtocolSubscription } from '../../../src/protocol/stored/consumer-protocol.ts'
import { buildBatch } from '../../../src/record/builder.ts'
import { batches } from '../../../src/record/iterate.ts'

/** Topics that tests make, change and delete. */
export class Topics implements TopicSource {
  version = 1
  readonly #topics = new Map<string, GroupTopic>()
  #made = 0

  set(name: string, partitions: number): void {
    const known = this.#topics.get(name)
    const id =
      known?.id ?? (Buffer.from(`${name}${++this.#made}`.padStart(16, '\0'), 'latin1').toString('base64url') as Uuid)
    this.#topics.set(name, { id, name, partitions, racks: () => [] })
    this.version++
  }

  delete(name: string): void {
    this.#topics.delete(name)
    this.version++
  }

  named(name: string): GroupTopic | undefined {
    return this.#topics.get(name)
  }

  withId(id: Uuid): GroupTopic | undefined {
    return [...this.#topics.values()].find((topic) => topic.id === id)
  }

  names(): Iterable<string> {
    return this.#topics.keys()
  }
}

export const GROUP = 'g'

/** A client: what it was told, what it owns, what it has not heard of. */
export interface Client {
  memberId: string
  readonly classic: boolean
  readonly instanceId: string | null
  /** 0: to join. */
  epoch: number
  owned: Set<string>
  topics: readonly string[]
  regex: string
  assignor: string | null
  /** It has to say everything with its next heartbeat: an answer may have been lost. */
  full: boolean
  /** Of a classic member: waits for the answer to its join, or has to ask for its assignment. */
  phase: 'out' | 'joining' | 'syncing' | 'in'
}

/** Clients of both protocols and one group; `check` looks at what a group promises after each step. */
export class World {
  readonly log: GroupRecord[] = []
  readonly topics = new Topics()
  readonly clients: Client[]
  machine: GroupMachine
  now = 1_000_000
  readonly #settings: GroupSettings
  #token = 0
  #ids = 0
  readonly #waiting = new Map<number, (reply: GroupReply | KafkaError) => void>()

  constructor(settings: GroupSettings, clients: readonly Pick<Client, 'classic' | 'instanceId'>[]) {
    this.#settings = settings
    this.topics.set('a', 3)
    this.topics.set('b', 2)
    this.clients = clients.map((client, at) => ({
      ...client,
      memberId: `c${at}-0`,
      epoch: 0,
      owned: new Set(),
      topics: ['a'],
      regex: '',
      assignor: null,
      full: true,
      phase: 'out',
    }))
    this.machine = this.#load()
  }

  #load(): GroupMachine {
    const machine = new GroupMachine(this.#settings, this.topics)
    this.log.forEach((record, offset) => {
      machine.replay(record, offset)
    })
    machine.loaded(this.now)
    return machine
  }

  /** A failover: who waits is told to look for the coordinator again. */
  restart(): void {
    this.machine = this.#load()
    for (const [token, answer] of [...this.#waiting]) {
      this.#waiting.delete(token)
      answer(new KafkaError('NOT_COORDINATOR'))
    }
  }

  wait(ms: number): void {
    const end = this.now + ms
    for (let i = 0; this.machine.deadlineMs() <= end && i < 10_000; i++) {
      this.now = Math.max(this.now, this.machine.deadlineMs())
      this.#take(this.machine.tick(this.now))
    }
    this.now = end
  }

  submit(command: GroupCommand, answer: (reply: GroupReply | KafkaError) => void = () => {}): void {
    const token = ++this.#token
    this.#waiting.set(token, answer)
    try {
      this.#take(this.machine.handle(command, token, this.now))
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      this.#waiting.delete(token)
      answer(error)
    }
  }

  #take({ records, replies }: Decision<GroupRecord, GroupReply>): void {
    for (const record of records) this.machine.replay(record, this.log.push(record) - 1)
    for (const { to, reply } of replies) {
      const answer = this.#waiting.get(to)
      this.#waiting.delete(to)
      answer?.(reply)
    }
  }

  topicsChanged(names: readonly string[], created: boolean): void {
    this.submit({ type: 'topicsChanged', topics: names, created })
  }

  /** One step of a client; with `lost` it never hears of the answer. */
  step(client: Client, lost = false): void {
    if (client.classic) this.#classic(client, lost)
    else this.#consumer(client, lost)
  }

  #consumer(client: Client, lost: boolean): void {
    const full = client.full || client.epoch === 0
    const { memberId, epoch: memberEpoch, instanceId, topics, regex, assignor } = client
    const asked = {
      type: 'consumerHeartbeat' as const,
      groupId: GROUP,
      memberId,
      memberEpoch,
      instanceId,
      rackId: null,
      rebalanceTimeoutMs: full ? 60_000 : -1,
      topicNames: full ? topics : null,
      topicRegex: full ? regex : null,
      serverAssignor: full ? assignor : null,
      owned: memberEpoch === 0 ? [] : listed(client.owned),
      clientId: 'client',
      clientHost: '/10.0.0.1',
      newMemberId: 'unused',
    }
    this.submit(asked, (reply) => {
      if (lost) client.full = true
      else if (reply instanceof KafkaError) this.#refused(client, reply)
      else this.#told(client, reply as ConsumerHeartbeatReply)
    })
  }

  #refused(client: Client, error: KafkaError): void {
    if (error.error === 'NOT_COORDINATOR') {
      client.full = true
      return
    }
    client.owned.clear()
    client.epoch = 0
    client.full = true
  }

  #told(client: Client, reply: ConsumerHeartbeatReply): void {
    client.epoch = reply.memberEpoch
    client.full = false
    if (reply.assignment === null) return
    client.owned = new Set(
      reply.assignment.flatMap(({ topicId, partitions }) => partitions.map((p) => `${topicId}:${p}`)),
    )
  }

  leave(client: Client, away: boolean): void {
    const { memberId, instanceId, epoch } = client
    if (client.classic) {
      this.submit({ type: 'leave', groupId: GROUP, members: [{ memberId, groupInstanceId: instanceId, reason: null }] })
      client.phase = 'out'
    } else if (epoch !== 0) {
      const memberEpoch = away && instanceId !== null ? -2 : -1
      const nothing = { rackId: null, rebalanceTimeoutMs: -1, topicNames: null, topicRegex: null, serverAssignor: null }
      const who = { groupId: GROUP, memberId, instanceId, clientId: 'client', clientHost: '/10.0.0.1', newMemberId: '' }
      this.submit({ type: 'consumerHeartbeat', ...who, ...nothing, memberEpoch, owned: null })
    }
    client.owned.clear()
    client.epoch = 0
    client.full = true
    client.memberId = client.classic ? '' : `${client.memberId.split('-')[0]}-${++this.#ids}`
  }

  #classic(client: Client, lost: boolean): void {
    const { memberId, instanceId: groupInstanceId, epoch: generationId } = client
    const who = { groupId: GROUP, memberId, groupInstanceId, generationId }
    if (client.phase === 'joining') return
    if (client.phase === 'out') {
      this.#join(client)
    } else if (client.phase === 'syncing') {
      const assignments = client.memberId === this.#leader ? this.#assignments : []
      this.submit({ type: 'sync', ...who, protocolType: 'consumer', protocolName: 'range', assignments }, (reply) => {
        if (reply instanceof KafkaError || (reply as SyncReply).errorCode !== 0) {
          client.phase = 'out'
          return
        }
        const { assignedPartitions } = readAssignment((reply as SyncReply).assignment)
        client.owned = new Set(
          assignedPartitions.flatMap(({ topic, partitions }) =>
            partitions.map((p) => `${this.topics.named(topic)?.id ?? topic}:${p}`),
          ),
        )
        client.phase = 'in'
      })
    } else {
      this.submit({ type: 'heartbeat', ...who }, (reply) => {
        if (lost) return
        if (reply instanceof KafkaError || (reply as { errorCode: number }).errorCode !== 0) client.phase = 'out'
      })
    }
  }

  #leader = ''
  #assignments: { memberId: string; assignment: Buffer }[] = []

  #join(client: Client): void {
    // Eager: it gives everything up before it joins again.
    client.owned.clear()
    client.phase = 'joining'
    const data = { topics: [...client.topics], ownedPartitions: [], userData: null, generationId: -1, rackId: null }
    const metadata = Buffer.concat([Buffer.from([0, 1]), ConsumerProtocolSubscription.toBuffer(data, 1)])
    this.submit(
      {
        type: 'join',
        groupId: GROUP,
        memberId: client.memberId.startsWith('c') ? '' : client.memberId,
        groupInstanceId: client.instanceId,
        protocolType: 'consumer',
        protocols: [{ name: 'range', metadata }],
        sessionTimeoutMs: 30_000,
        rebalanceTimeoutMs: 60_000,
        reason: null,
        clientId: 'client',
        clientHost: '/10.0.0.1',
        newMemberUuid: `uuid-${++this.#ids}`,
        newMemberId: `k${this.#ids}`,
        requiresKnownMemberId: true,
        supportsSkippingAssignment: false,
      },
      (reply) => this.#joined(client, reply),
    )
  }

  #joined(client: Client, reply: GroupReply | KafkaError): void {
    if (reply instanceof KafkaError || (reply as JoinReply).errorCode !== 0) {
      client.phase = 'out'
      client.memberId = reply instanceof KafkaError ? '' : (reply as JoinReply).memberId
      return
    }
    const { memberId, generationId, leader, members } = reply as JoinReply
    client.memberId = memberId
    client.epoch = generationId
    client.phase = 'syncing'
    if (leader !== memberId) return
    this.#leader = leader
    this.#assignments = members.map((member) => ({
      memberId: member.memberId,
      assignment: Buffer.from([0, 1, 0, 0, 0, 0, 255, 255, 255, 255]),
    }))
  }

  describe(): DescribedConsumerGroup | undefined {
    let described: DescribedConsumerGroup | undefined
    this.submit({ type: 'describeConsumerGroups', groupIds: [GROUP] }, (reply) => {
      ;[described] = reply as DescribedConsumerGroup[]
    })
    return described?.errorCode === 0 ? described : undefined
  }

  /** A fresh machine that read the log through its bytes. */
  replayed(): unknown {
    const machine = new GroupMachine(this.#settings, this.topics)
    this.log.forEach((record, offset) => {
      const bytes = buildBatch({ baseOffset: offset, records: [{ timestamp: 0, ...encodeRecord(record) }] })
      for (const batch of batches(bytes))
        for (const read of decodeBatch(batch)) machine.replay(read.record, read.offset)
    })
    return machine.dump()
  }
}

function listed(owned: ReadonlySet<string>) {
  const byTopic = Map.groupBy(owned, (place) => place.split(':')[0] ?? '')
  return [...byTopic].map(([topicId, places]) => ({
    topicId: topicId as Uuid,
    partitions: places.map((place) => Number(place.split(':')[1])),
  }))
}
