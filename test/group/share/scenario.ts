import { KafkaError } from '../../../src/base/errors.ts'
import type { Uuid } from '../../../src/base/ids.ts'
import type { GroupCommand } from '../../../src/group/commands.ts'
import { GroupMachine } from '../../../src/group/group-machine.ts'
import { decodeBatch, encodeRecord, type GroupRecord } from '../../../src/group/records.ts'
import type { NewStates } from '../../../src/group/share/commands.ts'
import { buildBatch } from '../../../src/record/builder.ts'
import { batches } from '../../../src/record/iterate.ts'
import { Topics } from '../consumer/world.ts'
import { SETTINGS } from '../scenario.ts'
import { showRecord, showReply } from '../show.ts'

const GROUP = 'g'

/** Runs the lines of a transcript about one share group; what the machine says about each is text. */
export class ShareScenario {
  readonly #topics = new Topics()
  readonly #log: GroupRecord[] = []
  readonly #epochs = new Map<string, number>()
  #machine = new GroupMachine(SETTINGS, this.#topics)
  #now = 0
  #states: NewStates | undefined
  #said: string[] = []

  constructor() {
    this.#machine.loaded(0)
  }

  run(line: string): readonly string[] {
    this.#said = []
    const [verb = '', ...words] = line.split(' ')
    const [first = ''] = words
    if (verb === 'topic') this.#topic(first, Number(words[1]))
    else if (verb === 'wait') this.#wait(Number(first))
    else if (verb === 'restart') this.#restart()
    else if (verb === 'made' || verb === 'failed') this.#made(verb === 'made')
    else this.#submit(this.#command(verb, words))
    return this.#said
  }

  #command(verb: string, [first = '', ...rest]: readonly string[]): GroupCommand {
    switch (verb) {
      case 'heartbeat':
        return this.#heartbeat(first, rest)
      case 'describe':
        return { type: 'describeShareGroups', groupIds: [first || GROUP] }
      case 'list':
        return { type: 'listGroups', states: [], types: [] }
      case 'alter': {
        const partitions = rest.map((at) => ({ partitionIndex: Number(at), startOffset: 5 }))
        return { type: 'alterShareOffsets', groupId: GROUP, topics: [{ topicName: first, partitions }] }
      }
      case 'delete-offsets':
        return { type: 'deleteShareOffsets', groupId: GROUP, topicNames: [first, ...rest] }
      case 'offsets-deleted':
        return { type: 'shareOffsetsDeleted', groupId: GROUP, topicIds: [this.#id(first)] }
      case 'prepare-deletion':
        return { type: 'prepareShareDeletion', groupIds: [GROUP] }
      case 'delete':
        return { type: 'deleteGroups', groupIds: [GROUP] }
      case 'states':
        return { type: 'shareStates', groupId: GROUP }
      default:
        throw new Error(`nobody can ${verb}`)
    }
  }

  /** `heartbeat m1 topics=a,b epoch=0`; without an epoch the one that it was told. */
  #heartbeat(memberId: string, words: readonly string[]): GroupCommand {
    const options = new Map(words.map((word) => word.split('=') as [string, string]))
    return {
      type: 'shareHeartbeat',
      groupId: GROUP,
      memberId,
      memberEpoch: Number(options.get('epoch') ?? this.#epochs.get(memberId) ?? 0),
      rackId: null,
      subscribedTopicNames: options.get('topics')?.split(',') ?? null,
      clientId: 'c',
      clientHost: '/127.0.0.1',
    }
  }

  #id(name: string): Uuid {
    return this.#topics.named(name)?.id as Uuid
  }

  #topic(name: string, partitions: number): void {
    const created = this.#topics.named(name) === undefined
    const id = this.#topics.named(name)?.id
    if (partitions > 0) this.#topics.set(name, partitions)
    else this.#topics.delete(name)
    this.#machine.handle({ type: 'topicsChanged', topics: [name], created }, 0, this.#now)
    if (partitions === 0 && id) this.#submit({ type: 'shareTopicsDeleted', topicIds: [id] })
  }

  #made(made: boolean): void {
    const partitions = new Map<Uuid, Set<number>>()
    for (const { topicId, partition } of this.#states?.partitions ?? []) {
      partitions.set(topicId, (partitions.get(topicId) ?? new Set()).add(partition))
    }
    this.#submit({ type: 'shareStatesMade', groupId: GROUP, partitions, made })
  }

  #wait(ms: number): void {
    this.#now += ms
    while (this.#machine.deadlineMs() <= this.#now) this.#take(this.#machine.tick(this.#now).records)
  }

  #restart(): void {
    const before = JSON.stringify(this.#machine.dump(), plain)
    this.#machine = new GroupMachine(SETTINGS, this.#topics)
    this.#log.forEach((record, offset) => {
      const bytes = buildBatch({ baseOffset: offset, records: [{ timestamp: 0, ...encodeRecord(record) }] })
      for (const batch of batches(bytes))
        for (const read of decodeBatch(batch)) this.#machine.replay(read.record, offset)
    })
    this.#machine.loaded(this.#now)
    this.#said.push(JSON.stringify(this.#machine.dump(), plain) === before ? 'as before' : 'not as before')
  }

  #submit(command: GroupCommand): void {
    try {
      const { records, replies } = this.#machine.handle(command, 1, this.#now)
      this.#take(records)
      for (const { reply } of replies) {
        this.#said.push(command.type === 'listGroups' ? JSON.stringify(reply) : showReply(command.type, reply).trim())
        if (typeof reply === 'object' && reply !== null && 'newStates' in reply) this.#states = reply.newStates
        if (command.type === 'shareHeartbeat' && reply && 'memberEpoch' in reply) {
          this.#epochs.set(command.memberId, reply.memberEpoch)
        }
      }
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      this.#said.push(`${error.error}: ${error.message}`)
    }
  }

  #take(records: readonly GroupRecord[]): void {
    for (const record of records) {
      this.#machine.replay(record, this.#log.length)
      this.#log.push(record)
      this.#said.push(`| ${showRecord(record)}`)
    }
  }
}

function plain(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}`
  if (value instanceof Map || value instanceof Set) return [...value]
  return value
}
