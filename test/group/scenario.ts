import { errorName, KafkaError } from '../../src/base/errors.ts'
import { type Uuid, ZERO_UUID } from '../../src/base/ids.ts'
import type { Decision, Token } from '../../src/base/machine.ts'
import type { GroupCommand, GroupReply } from '../../src/group/commands.ts'
import type { ConsumerHeartbeatReply } from '../../src/group/consumer/commands.ts'
import type { MigrationPolicy } from '../../src/group/consumer/settings.ts'
import { GroupCounts } from '../../src/group/counts.ts'
import { GroupMachine } from '../../src/group/group-machine.ts'
import type { GroupRecord } from '../../src/group/records.ts'
import type { GroupSettings } from '../../src/group/settings.ts'
import { ConsumerProtocolSubscription } from '../../src/protocol/stored/consumer-protocol.ts'
import { Topics } from './consumer/world.ts'
import { showRecord, showReply } from './show.ts'

export const SETTINGS: GroupSettings = {
  minSessionTimeoutMs: 6000,
  maxSessionTimeoutMs: 1_800_000,
  initialRebalanceDelayMs: 3000,
  maxSize: 1000,
  maxOffsetMetadata: 10,
  offsetsRetentionMs: 100_000,
  offsetsRetentionCheckIntervalMs: 10_000,
  consumer: {
    maxSize: 1000,
    assignors: ['uniform', 'range'],
    migrationPolicy: 'bidirectional',
    regexRefreshIntervalMs: 600_000,
    ofGroup: () => ({ sessionTimeoutMs: 45_000, heartbeatIntervalMs: 5000, assignmentIntervalMs: 0 }),
  },
  share: {
    maxSize: 3,
    initializeRetryMs: 30_000,
    ofGroup: () => ({ sessionTimeoutMs: 45_000, heartbeatIntervalMs: 5000, assignmentIntervalMs: 0 }),
  },
  streams: {
    maxSize: 4,
    ofGroup: () => ({
      sessionTimeoutMs: 45_000,
      heartbeatIntervalMs: 5000,
      assignmentIntervalMs: 0,
      initialRebalanceDelayMs: 3000,
      numStandbyReplicas: 0,
    }),
  },
}

interface Person {
  memberId: string
  generation: number
  group: string
  instance: string | null
}

type Options = ReadonlyMap<string, string>

/** Runs the lines of a transcript against one machine; what it says about each is text. */
export class Scenario {
  #settings = SETTINGS
  readonly #topics = new Topics()
  readonly #counts = new GroupCounts()
  #machine: GroupMachine
  #now = 0
  #token = 0
  #uuid = 0
  readonly #log: GroupRecord[] = []
  readonly #people = new Map<string, Person>()
  readonly #asked = new Map<Token, { readonly name: string; readonly type: string }>()
  #output: string[] = []

  constructor() {
    this.#machine = this.#load()
  }

  /** `VERB [NAME] [option=value…]` */
  run(line: string): string[] {
    this.#output = []
    const [verb = '', ...words] = line.split(/\s+/)
    const name = words[0] !== undefined && !words[0].includes('=') ? words.shift() : undefined
    const options = new Map(words.map((word) => [word.split('=', 1)[0] ?? '', word.slice(word.indexOf('=') + 1)]))
    if (verb === 'settings') this.#configure(options)
    else if (verb === 'restart') this.#machine = this.#load()
    else if (verb === 'counts') this.#output.push(showCounts(this.#counts))
    else if (verb === 'wait') this.#wait(Number(name))
    else if (verb === 'consumer-settings') this.#configureConsumers(options)
    else if (verb === 'topic') this.#topic(name ?? '', Number(words[0]))
    else if (verb === 'beat') this.#beat(name ?? '', options)
    else if (verb === 'transaction') this.#transaction(name ?? '', options)
    else this.#submit(name ?? '', this.#command(verb, name ?? '', options))
    return this.#output
  }

  #load(): GroupMachine {
    const machine = new GroupMachine(this.#settings, this.#topics, this.#counts)
    this.#log.forEach((record, offset) => {
      machine.replay(record, offset)
    })
    machine.loaded(this.#now)
    this.#asked.clear()
    return machine
  }

  #configure(options: Options): void {
    const given = Object.fromEntries([...options].map(([key, value]) => [key, Number(value)]))
    this.#settings = { ...this.#settings, ...given }
    this.#machine = this.#load()
  }

  #configureConsumers(options: Options): void {
    const { consumer } = this.#settings
    const times = { ...consumer.ofGroup('') }
    const interval = options.get('assignmentIntervalMs')
    if (interval !== undefined) times.assignmentIntervalMs = Number(interval)
    const maxSize = Number(options.get('maxSize') ?? consumer.maxSize)
    const migrationPolicy = (options.get('migrationPolicy') ?? consumer.migrationPolicy) as MigrationPolicy
    this.#settings = {
      ...this.#settings,
      consumer: { ...consumer, maxSize, migrationPolicy, ofGroup: () => times },
    }
    this.#machine = this.#load()
  }

  #topic(name: string, partitions: number): void {
    const created = this.#topics.named(name) === undefined
    this.#topics.set(name, partitions)
    this.#submit('', { type: 'topicsChanged', topics: [name], created })
  }

  /** Epoch and member id are those of the person, who begins to join with `topics` or `regex`. */
  #beat(name: string, options: Options): void {
    const person = this.#person(name)
    if (options.has('instance')) person.instance = options.get('instance') ?? null
    const memberEpoch = Number(options.get('epoch') ?? Math.max(person.generation, 0))
    const joins = memberEpoch === 0
    const owns = joins ? '' : options.get('owns')
    this.#submit(name, {
      type: 'consumerHeartbeat',
      groupId: person.group,
      memberId: name,
      memberEpoch,
      instanceId: person.instance,
      rackId: null,
      rebalanceTimeoutMs: joins ? Number(options.get('rebalance') ?? 60_000) : -1,
      topicNames: options.has('topics') ? list(options.get('topics')) : null,
      topicRegex: options.get('regex') ?? null,
      serverAssignor: options.get('assignor') ?? null,
      owned: owns === undefined ? null : this.#ownedPartitions(owns),
      clientId: name,
      clientHost: '/10.0.0.1',
      newMemberId: name,
    })
  }

  /** `a:0,1;b:2` */
  #ownedPartitions(text: string) {
    return text
      .split(';')
      .filter((part) => part !== '')
      .map((part) => {
        const [topic = '', partitions] = part.split(':')
        const topicId = this.#topics.named(topic)?.id ?? ZERO_UUID
        return { topicId, partitions: list(partitions).map(Number) }
      })
  }

  #wait(ms: number): void {
    const end = this.#now + ms
    while (this.#machine.deadlineMs() <= end) {
      this.#now = Math.max(this.#now, this.#machine.deadlineMs())
      this.#take(this.#machine.tick(this.#now), `at ${this.#now}: `)
    }
    this.#now = end
  }

  /** A commit inside a transaction, or the end of one, as the log of Kafka has it. */
  #transaction(what: string, options: Options): void {
    const producerId = Number(options.get('producer') ?? 1)
    if (what !== 'commit-offset') {
      this.#append({ type: 'transactionEnded', producerId, committed: what === 'commit' })
      return
    }
    const value = { leaderEpoch: -1, metadata: '', commitTimestamp: this.#now, expireTimestamp: -1, topicId: ZERO_UUID }
    const offset = Number(options.get('offset') ?? 0)
    const groupId = options.get('group') ?? 'g'
    this.#append({ type: 'offset', producerId, groupId, topic: 't', partition: 0, value: { ...value, offset } })
  }

  #append(record: GroupRecord): void {
    this.#machine.replay(record, this.#log.push(record) - 1)
  }

  #submit(name: string, command: GroupCommand): void {
    const token = ++this.#token
    this.#asked.set(token, { name, type: command.type })
    try {
      this.#take(this.#machine.handle(command, token, this.#now), '')
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      this.#output.push(`${label(name, command.type)} ! ${error.error}`)
      if (command.type === 'consumerHeartbeat') this.#person(name).generation = 0
    }
  }

  #take({ records, replies }: Decision<GroupRecord, GroupReply>, prefix: string): void {
    for (const record of records) this.#output.push(`${prefix}record ${showRecord(record)}`)
    for (const record of records) this.#append(record)
    for (const { to, reply } of replies) {
      const asked = this.#asked.get(to) ?? { name: '?', type: 'nobody' }
      if (asked.type === 'join') this.#remember(asked.name, reply as never)
      if (asked.type === 'consumerHeartbeat') {
        this.#person(asked.name).generation = Math.max(0, (reply as ConsumerHeartbeatReply).memberEpoch)
      }
      const text = showReply(asked.type as GroupCommand['type'], reply)
      this.#output.push(`${prefix}${label(asked.name, asked.type)} -> ${text}`)
    }
  }

  #remember(name: string, reply: { memberId: string; generationId: number; errorCode: number }): void {
    const person = this.#person(name)
    const error = errorName(reply.errorCode)
    if (error === 'NONE' || error === 'MEMBER_ID_REQUIRED') person.memberId = reply.memberId
    if (error === 'NONE') person.generation = reply.generationId
  }

  #person(name: string): Person {
    let person = this.#people.get(name)
    if (person === undefined) {
      person = { memberId: '', generation: -1, group: 'g', instance: null }
      this.#people.set(name, person)
    }
    return person
  }

  #command(verb: string, name: string, options: Options): GroupCommand {
    const person = this.#person(name)
    person.group = options.get('group') ?? person.group
    if (options.has('instance')) person.instance = options.get('instance') ?? null
    const groupId = person.group
    const memberId = options.get('id') ?? person.memberId
    const groupInstanceId = person.instance
    const generationId = Number(options.get('generation') ?? person.generation)
    switch (verb) {
      case 'join':
        return this.#join(name, options, person)
      case 'sync': {
        const assignments = pairs(options.get('assign')).map(([who, what]) => ({
          memberId: this.#person(who).memberId,
          assignment: Buffer.from(what),
        }))
        const protocolType = options.get('type') ?? null
        const protocolName = options.get('protocol') ?? null
        const told = { groupId, memberId, groupInstanceId, generationId, protocolType, protocolName }
        return { type: 'sync', ...told, assignments }
      }
      case 'heartbeat':
        return { type: 'heartbeat', groupId, memberId, groupInstanceId, generationId }
      case 'leave': {
        const members = name.split(',').map((who) => {
          const { memberId: id, instance } = this.#person(who)
          return { memberId: options.get('id') ?? id, groupInstanceId: instance, reason: null }
        })
        return { type: 'leave', groupId: options.get('group') ?? 'g', members }
      }
      case 'commit':
        return this.#commit(options, { groupId, memberId, groupInstanceId, generation: generationId })
      case 'fetch': {
        const topics = options.has('topics') ? partitionsOf(options.get('topics')) : null
        const requireStable = options.get('stable') === 'true'
        return { type: 'fetchOffsets', groupId: name, memberId: null, memberEpoch: -1, topics, requireStable }
      }
      case 'delete-offsets': {
        const topics = partitionsOf(options.get('topics'))
        const named = topics.map((t) => ({ name: t.name, partitions: t.partitionIndexes }))
        return { type: 'deleteOffsets', groupId: name, topics: named }
      }
      case 'delete':
        return { type: 'deleteGroups', groupIds: name.split(',') }
      case 'describe':
        return { type: 'describeGroups', groupIds: name.split(',') }
      case 'describe-consumers':
        return { type: 'describeConsumerGroups', groupIds: name.split(',') }
      case 'list':
        return { type: 'listGroups', states: list(options.get('states')), types: list(options.get('types')) }
      case 'topics-deleted':
        return { type: 'topicsDeleted', topics: name.split(',') }
      default:
        throw new Error(`no such verb: ${verb}`)
    }
  }

  #join(name: string, options: Options, person: Person): GroupCommand {
    const version = Number(options.get('version') ?? 9)
    const type = options.get('type') ?? 'consumer'
    const topics = list(options.get('topics') ?? 't')
    const metadata = type === 'consumer' ? subscription(topics) : Buffer.from(options.get('metadata') ?? name)
    return {
      type: 'join',
      groupId: person.group,
      memberId: options.get('id') ?? person.memberId,
      groupInstanceId: person.instance,
      protocolType: type,
      protocols: list(options.get('protocols') ?? 'range').map((protocol) => ({ name: protocol, metadata })),
      sessionTimeoutMs: Number(options.get('session') ?? 10_000),
      rebalanceTimeoutMs: Number(options.get('rebalance') ?? 20_000),
      reason: null,
      clientId: name,
      clientHost: '/10.0.0.1',
      newMemberUuid: String(++this.#uuid),
      newMemberId: `id-${this.#uuid}`,
      requiresKnownMemberId: version >= 4,
      supportsSkippingAssignment: version >= 9,
    }
  }

  #commit(
    options: Options,
    who: { groupId: string; memberId: string; groupInstanceId: string | null; generation: number },
  ): GroupCommand {
    const partitions = list(options.get('offsets') ?? '0:1').map((text) => {
      const [partitionIndex = 0, committedOffset = 0, epoch = -1] = text.split(':').map(Number)
      const committedMetadata = options.get('metadata') ?? null
      return { partitionIndex, committedOffset, committedLeaderEpoch: epoch, committedMetadata }
    })
    return {
      type: 'commitOffsets',
      groupId: who.groupId,
      memberId: who.memberId,
      groupInstanceId: who.groupInstanceId,
      generationIdOrMemberEpoch: who.generation,
      retentionTimeMs: Number(options.get('retention') ?? -1),
      apiVersion: Number(options.get('version') ?? 9),
      topics: [{ name: options.get('topic') ?? 't', topicId: TOPIC_ID, partitions }],
    }
  }
}

const TOPIC_ID = 'AAAAAAAAEGEAAAAAAAAAYQ' as Uuid

function label(name: string, type: string): string {
  return name === '' ? type : `${name} ${type}`
}

function list(text: string | undefined): string[] {
  return text ? text.split(',') : []
}

function pairs(text: string | undefined): [string, string][] {
  return list(text).map((pair) => pair.split(':', 2) as [string, string])
}

/** `t:0,t:1,u:0` */
function partitionsOf(text: string | undefined): { name: string; partitionIndexes: number[] }[] {
  const byTopic = Map.groupBy(pairs(text), ([topic]) => topic)
  return [...byTopic].map(([name, places]) => ({ name, partitionIndexes: places.map(([, at]) => Number(at)) }))
}

export function subscription(topics: readonly string[]): Buffer {
  return Buffer.concat([Buffer.from([0, 0]), ConsumerProtocolSubscription.toBuffer({ topics: [...topics] }, 0)])
}

function showCounts({ rebalances, ...counts }: GroupCounts): string {
  const all = Object.entries({ ...counts, ...rebalances }).filter(([, count]) => count > 0)
  return all.map(([name, count]) => `${name}=${count}`).join(' ') || 'nothing'
}
