import { ByteReader } from '../../../src/base/bytes.ts'
import { KafkaError } from '../../../src/base/errors.ts'
import type { Uuid } from '../../../src/base/ids.ts'
import type { GroupCommand, GroupReplies } from '../../../src/group/commands.ts'
import type { GroupTopic, TopicSource } from '../../../src/group/consumer/topics.ts'
import { GroupMachine } from '../../../src/group/group-machine.ts'
import type { GroupRecord } from '../../../src/group/records.ts'
import { STREAMS_RECORDS } from '../../../src/group/streams/records.ts'
import type { StreamsGroupConfigs } from '../../../src/group/streams/settings.ts'
import type { TaskIds } from '../../../src/group/streams/tasks.ts'
import type { StreamsGroupHeartbeatRequestData } from '../../../src/protocol/messages/streams-group-heartbeat.ts'
import { SETTINGS } from '../scenario.ts'

export const GROUP = 'g'
export type Heartbeat = StreamsGroupHeartbeatRequestData
type Topology = NonNullable<Heartbeat['topology']>

const info = (name: string, partitions = 0) => ({ name, partitions, replicationFactor: 0, topicConfigs: [] })

/** Reads `in`, writes `r` (partitions: the topology's wish, or 0), which a stateful second part reads. */
export function topologyOf(epoch: number, repartitions: number): Topology {
  const empty = { sourceTopics: [], sourceTopicRegex: [], copartitionGroups: [] }
  return {
    epoch,
    subtopologies: [
      {
        ...empty,
        subtopologyId: '0',
        sourceTopics: ['in'],
        stateChangelogTopics: [],
        repartitionSinkTopics: ['r'],
        repartitionSourceTopics: [],
      },
      {
        ...empty,
        subtopologyId: '1',
        stateChangelogTopics: [info('c')],
        repartitionSinkTopics: [],
        repartitionSourceTopics: [info('r', repartitions)],
      },
    ],
  }
}

/** One thread of an application, as the Java client acts. */
export interface Client {
  readonly memberId: string
  process: string
  epoch: number
  endpoint: { host: string; port: number } | null
  endpointEpoch: number
  topology: Topology
  active: readonly TaskIds[]
  standby: readonly TaskIds[]
}

export function newClient(memberId: string, process: string): Client {
  const nothing = { active: [], standby: [], endpoint: null, endpointEpoch: 0 }
  return { memberId, process, epoch: 0, topology: topologyOf(0, 0), ...nothing }
}

/** One machine, its log and its topics. */
export class World {
  readonly log: GroupRecord[] = []
  readonly topics = new Map<string, GroupTopic>()
  configs: StreamsGroupConfigs = SETTINGS.streams.ofGroup(GROUP)
  machine: GroupMachine
  now = 1000
  #version = 0
  #token = 0

  constructor() {
    this.machine = this.load()
  }

  load(): GroupMachine {
    const streams = { ...SETTINGS.streams, ofGroup: () => this.configs }
    const machine = new GroupMachine({ ...SETTINGS, streams }, this.#source())
    for (const [offset, record] of this.log.entries()) machine.replay(throughBytes(record), offset)
    machine.loaded(this.now)
    return machine
  }

  #source(): TopicSource {
    const version = () => this.#version
    return {
      get version() {
        return version()
      },
      named: (name) => this.topics.get(name),
      withId: (id) => [...this.topics.values()].find((topic) => topic.id === id),
      names: () => this.topics.keys(),
    }
  }

  setTopic(name: string, partitions: number): void {
    this.#version++
    if (partitions === 0) this.topics.delete(name)
    else this.topics.set(name, { id: idOf(name), name, partitions, racks: () => [] })
    this.submit({ type: 'topicsChanged', topics: [name], created: true })
  }

  idOf(name: string): Uuid {
    return idOf(name)
  }

  submit<C extends GroupCommand>(command: C): GroupReplies[C['type']] {
    const decision = this.machine.handle(command, ++this.#token, this.now)
    this.#append(decision.records)
    return decision.replies[0]?.reply as GroupReplies[C['type']]
  }

  /** Records of the timers that were due. */
  wait(ms: number): GroupRecord[] {
    const end = this.now + ms
    const written: GroupRecord[] = []
    while (this.machine.deadlineMs() <= end) {
      this.now = Math.max(this.now, this.machine.deadlineMs())
      const { records } = this.machine.tick(this.now)
      this.#append(records)
      written.push(...records)
    }
    this.now = end
    return written
  }

  #append(records: readonly GroupRecord[]): void {
    for (const record of records) this.machine.replay(throughBytes(record), this.log.push(record) - 1)
  }

  /** Makes the topics that it is told to; gives up what it lost with the next heartbeat. `lost`: the answer does not arrive. */
  beat(client: Client, change: Partial<Heartbeat> = {}, lost = false): GroupReplies['streamsHeartbeat'] {
    const request = { ...heartbeatOf(client), ...change }
    try {
      const command = { groupId: GROUP, request, clientId: 'client', clientHost: '/127.0.0.1' }
      const reply = this.submit({ type: 'streamsHeartbeat', ...command })
      if (!lost) adopt(client, reply.response)
      return reply
    } catch (error) {
      if (
        error instanceof KafkaError &&
        (error.error === 'FENCED_MEMBER_EPOCH' || error.error === 'UNKNOWN_MEMBER_ID')
      ) {
        Object.assign(client, { epoch: 0, active: [], standby: [] })
      }
      throw error
    }
  }

  describe() {
    const [group] = this.submit({ type: 'describeStreamsGroups', groupIds: [GROUP] })
    return group
  }
}

function adopt(client: Client, response: GroupReplies['streamsHeartbeat']['response']): void {
  client.epoch = Math.max(response.memberEpoch, 0)
  client.endpointEpoch = response.endpointInformationEpoch
  if (response.activeTasks) client.active = response.activeTasks
  if (response.standbyTasks) client.standby = response.standbyTasks
}

export function heartbeatOf(client: Client): Heartbeat {
  const joins = client.epoch === 0
  const ids = (tasks: readonly TaskIds[]) =>
    joins ? [] : tasks.map(({ subtopologyId, partitions }) => ({ subtopologyId, partitions: [...partitions] }))
  return {
    groupId: GROUP,
    memberId: client.memberId,
    memberEpoch: client.epoch,
    endpointInformationEpoch: client.endpointEpoch,
    instanceId: null,
    rackId: null,
    rebalanceTimeoutMs: joins ? 60_000 : -1,
    topology: joins ? client.topology : null,
    activeTasks: ids(client.active),
    standbyTasks: ids(client.standby),
    warmupTasks: [],
    processId: joins ? client.process : null,
    userEndpoint: joins ? client.endpoint : null,
    clientTags: joins ? [] : null,
    taskOffsets: null,
    taskEndOffsets: null,
    shutdownApplication: false,
  }
}

/** The machine's own records come back to it as the log has them. */
function throughBytes(record: GroupRecord): GroupRecord {
  if (record.type !== 'streams') return record
  const { key, value } = STREAMS_RECORDS.encode(record)
  const reader = new ByteReader(key)
  return STREAMS_RECORDS.decode(reader.int16(), reader, value) ?? record
}

function idOf(name: string): Uuid {
  return Buffer.alloc(16, name).toString('base64url') as Uuid
}
