import { ErrorCode, KafkaError } from '../base/errors.ts'
import { coordinatorPartition } from '../base/hash.ts'
import type { Uuid } from '../base/ids.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import type {
  CommitCommand,
  DeletedGroup,
  DeleteOffsetsCommand,
  DescribedGroup,
  FetchedOffsets,
  FetchOffsetsCommand,
  GroupCommand,
  GroupReplies,
  GroupReply,
  HeartbeatCommand,
  JoinCommand,
  LeaveCommand,
  ListedGroup,
  ListGroupsCommand,
  SyncCommand,
} from '../group/commands.ts'
import type { ConsumerHeartbeatCommand, DescribedConsumerGroup } from '../group/consumer/commands.ts'
import { describedError } from '../group/consumer/describe.ts'
import type { ConsumerGroupSettings } from '../group/consumer/settings.ts'
import type { GroupSettings } from '../group/settings.ts'
import type {
  DescribedShareGroup,
  PreparedShareDeletion,
  ShareGroupCommand,
  ShareGroupReplies,
} from '../group/share/commands.ts'
import { describedShareError } from '../group/share/describe.ts'
import type { ShareGroupSettings } from '../group/share/settings.ts'
import type { DescribedStreamsGroup, StreamsHeartbeatCommand } from '../group/streams/commands.ts'
import { describedError as describedStreamsError } from '../group/streams/describe.ts'
import type { StreamsGroupSettings } from '../group/streams/settings.ts'
import type { Random } from '../io/ports.ts'
import { randomUuid, randomUuidBytes } from '../io/random-uuid.ts'
import { coordinatorErrors, type MachineHost } from './machine-host.ts'
import { sentenceOf } from './share/sentences.ts'

export const OFFSETS_TOPIC = '__consumer_offsets'

export interface GroupCoordinatorOptions {
  readonly host: MachineHost<GroupCommand, GroupReply>
  /** Of `__consumer_offsets`: those it has, or those it will be made with. */
  readonly partitionCount: () => number
  readonly settings: GroupSettings
  readonly random: Random
}

export function groupSettings(
  config: Pick<BrokerConfig, 'get'>,
  consumer: ConsumerGroupSettings,
  streams: StreamsGroupSettings,
  share: ShareGroupSettings,
): GroupSettings {
  return {
    minSessionTimeoutMs: config.get('group.min.session.timeout.ms'),
    maxSessionTimeoutMs: config.get('group.max.session.timeout.ms'),
    initialRebalanceDelayMs: config.get('group.initial.rebalance.delay.ms'),
    maxSize: config.get('group.max.size'),
    maxOffsetMetadata: config.get('offset.metadata.max.bytes'),
    offsetsRetentionMs: config.get('offsets.retention.minutes') * 60_000,
    offsetsRetentionCheckIntervalMs: config.get('offsets.retention.check.interval.ms'),
    consumer,
    streams,
    share,
  }
}

export type NewJoin = Omit<JoinCommand, 'type' | 'newMemberUuid' | 'newMemberId'>
export type NewHeartbeat = Omit<ConsumerHeartbeatCommand, 'type' | 'newMemberId'>
export type NewCommit = Omit<CommitCommand, 'type'>

/**
 * The groups of this broker for its handlers: finds the machine of a group, turns what went wrong in between into errors
 * that clients of a coordinator know. Every method throws (rejects with) a KafkaError for the whole of its request.
 */
export class GroupCoordinator {
  readonly #options: GroupCoordinatorOptions

  constructor(options: GroupCoordinatorOptions) {
    this.#options = options
  }

  partitionFor(groupId: string): number {
    return coordinatorPartition(groupId, this.#options.partitionCount())
  }

  async join(join: NewJoin): Promise<GroupReplies['join']> {
    requireGroupId(join.groupId)
    const { minSessionTimeoutMs, maxSessionTimeoutMs } = this.#options.settings
    if (join.sessionTimeoutMs < minSessionTimeoutMs || join.sessionTimeoutMs > maxSessionTimeoutMs) {
      throw new KafkaError('INVALID_SESSION_TIMEOUT')
    }
    const { random } = this.#options
    const newMemberUuid = dashedUuid(random)
    return this.#ofGroup({ ...join, type: 'join', newMemberUuid, newMemberId: randomUuid(random) })
  }

  async sync(sync: Omit<SyncCommand, 'type'>): Promise<GroupReplies['sync']> {
    requireGroupId(sync.groupId)
    return this.#ofGroup({ ...sync, type: 'sync' })
  }

  /** A group that is still being loaded has had no time to miss anybody. */
  async heartbeat(heartbeat: Omit<HeartbeatCommand, 'type'>): Promise<GroupReplies['heartbeat']> {
    requireGroupId(heartbeat.groupId)
    try {
      return await this.#ofGroup({ ...heartbeat, type: 'heartbeat' })
    } catch (error) {
      if (error instanceof KafkaError && error.error === 'COORDINATOR_LOAD_IN_PROGRESS') return { errorCode: 0 }
      throw error
    }
  }

  async leave(leave: Omit<LeaveCommand, 'type'>): Promise<GroupReplies['leave']> {
    requireGroupId(leave.groupId)
    return this.#ofGroup({ ...leave, type: 'leave' })
  }

  /** Old clients may commit to the group without a name. */
  commitOffsets(commit: NewCommit): Promise<GroupReplies['commitOffsets']> {
    return this.#ofGroup({ ...commit, type: 'commitOffsets' })
  }

  fetchOffsets(fetch: Omit<FetchOffsetsCommand, 'type'>): Promise<FetchedOffsets> {
    return this.#ofGroup({ ...fetch, type: 'fetchOffsets' }, fetchError)
  }

  async deleteOffsets(request: Omit<DeleteOffsetsCommand, 'type'>): Promise<GroupReplies['deleteOffsets']> {
    requireGroupId(request.groupId)
    return this.#ofGroup({ ...request, type: 'deleteOffsets' })
  }

  consumerHeartbeat(heartbeat: NewHeartbeat): Promise<GroupReplies['consumerHeartbeat']> {
    return this.#ofGroup({ ...heartbeat, type: 'consumerHeartbeat', newMemberId: randomUuid(this.#options.random) })
  }

  async describeConsumers(groupIds: readonly string[]): Promise<DescribedConsumerGroup[]> {
    const nameless = groupIds.filter((groupId) => groupId === '')
    const named = groupIds.filter((groupId) => groupId !== '')
    const described = await this.#ofEach(named, 'describeConsumerGroups', describedError)
    return [...nameless.map((groupId) => describedError(groupId, ErrorCode.INVALID_GROUP_ID)), ...described]
  }

  streamsHeartbeat(heartbeat: Omit<StreamsHeartbeatCommand, 'type'>): Promise<GroupReplies['streamsHeartbeat']> {
    return this.#ofGroup({ ...heartbeat, type: 'streamsHeartbeat' })
  }

  async describeStreams(groupIds: readonly string[]): Promise<DescribedStreamsGroup[]> {
    const described = await this.#ofEach(
      groupIds.filter((groupId) => groupId !== ''),
      'describeStreamsGroups',
      (groupId, errorCode) => describedStreamsError(groupId, errorCode, null),
    )
    const unnamed = groupIds.filter((groupId) => groupId === '')
    return [...unnamed.map(() => describedStreamsError('', ErrorCode.INVALID_GROUP_ID, null)), ...described]
  }

  /** What one share group is asked or told. */
  async share<C extends ShareGroupCommand & { readonly groupId: string }>(
    command: C,
  ): Promise<ShareGroupReplies[C['type']]> {
    return (await this.#ofGroup(command)) as ShareGroupReplies[C['type']]
  }

  async describeShares(groupIds: readonly string[]): Promise<DescribedShareGroup[]> {
    const named = groupIds.filter((groupId) => groupId !== '')
    const described = await this.#ofEach(named, 'describeShareGroups', (groupId, code) =>
      describedShareError(groupId, code, sentenceOf(code)),
    )
    const unnamed = groupIds.filter((groupId) => groupId === '')
    return [...unnamed.map(() => describedShareError('', ErrorCode.INVALID_GROUP_ID)), ...described]
  }

  /** Share groups among those that are to be deleted; where that can't be told, the deletion will say so. */
  async prepareShareDeletion(groupIds: readonly string[]): Promise<PreparedShareDeletion[]> {
    const byPartition = Map.groupBy(groupIds, (groupId) => this.partitionFor(groupId))
    const prepared = [...byPartition].map(async ([partition, ids]) => {
      try {
        const reply = await this.#options.host.submit(partition, { type: 'prepareShareDeletion', groupIds: ids })
        return reply as GroupReplies['prepareShareDeletion']
      } catch (error) {
        coordinatorError(error)
        return []
      }
    })
    return (await Promise.all(prepared)).flat()
  }

  /** Share groups forget the states of topics that are gone. */
  async shareTopicsDeleted(topicIds: readonly Uuid[]): Promise<void> {
    const { host } = this.#options
    const command = { type: 'shareTopicsDeleted', topicIds } as const
    await Promise.allSettled(host.partitions().map((at) => host.submit(at, command)))
  }

  describe(groupIds: readonly string[]): Promise<DescribedGroup[]> {
    return this.#ofEach(groupIds, 'describeGroups', (groupId, errorCode) => ({
      groupId,
      errorCode,
      errorMessage: null,
      groupState: '',
      protocolType: '',
      protocolData: '',
      members: [],
    }))
  }

  delete(groupIds: readonly string[]): Promise<DeletedGroup[]> {
    return this.#ofEach(groupIds, 'deleteGroups', (groupId, errorCode) => ({ groupId, errorCode }))
  }

  async list(filters: Omit<ListGroupsCommand, 'type'>): Promise<ListedGroup[]> {
    const { host } = this.#options
    const lists = host.partitions().map(async (partition) => {
      try {
        return (await host.submit(partition, { ...filters, type: 'listGroups' })) as readonly ListedGroup[]
      } catch (error) {
        const known = coordinatorError(error)
        if (known.error === 'NOT_COORDINATOR') return []
        throw known
      }
    })
    return (await Promise.all(lists)).flat()
  }

  /** Forgets what was committed for topics that are gone. */
  async topicsDeleted(topics: readonly string[]): Promise<void> {
    const { host } = this.#options
    await Promise.allSettled(host.partitions().map((at) => host.submit(at, { type: 'topicsDeleted', topics })))
  }

  /** Consumer groups look at these topics again; null: at all. */
  async topicsChanged(topics: readonly string[] | null, created: boolean): Promise<void> {
    const { host } = this.#options
    const command = { type: 'topicsChanged', topics, created } as const
    await Promise.allSettled(host.partitions().map((at) => host.submit(at, command)))
  }

  async #ofGroup<C extends GroupCommand & { readonly groupId: string }>(
    command: C,
    mapped: (error: unknown) => KafkaError = coordinatorError,
  ): Promise<GroupReplies[C['type']]> {
    try {
      const reply = await this.#options.host.submit(this.partitionFor(command.groupId), command)
      return reply as GroupReplies[C['type']]
    } catch (error) {
      throw mapped(error)
    }
  }

  /** One command for each partition that has some of the groups; answers in the order of the groups. */
  async #ofEach<
    T extends
      | 'describeGroups'
      | 'describeConsumerGroups'
      | 'describeStreamsGroups'
      | 'describeShareGroups'
      | 'deleteGroups',
    R extends GroupReplies[T][number],
  >(groupIds: readonly string[], type: T, failed: (groupId: string, errorCode: number) => R): Promise<R[]> {
    const byPartition = Map.groupBy(groupIds, (groupId) => this.partitionFor(groupId))
    const parts = [...byPartition].map(async ([partition, ids]): Promise<readonly R[]> => {
      try {
        const reply = await this.#options.host.submit(partition, { type, groupIds: ids } as GroupCommand)
        return reply as readonly R[]
      } catch (error) {
        const { code } = coordinatorError(error)
        return ids.map((groupId) => failed(groupId, code))
      }
    })
    const found = new Map((await Promise.all(parts)).flat().map((result) => [result.groupId, result]))
    return groupIds.flatMap((groupId) => found.get(groupId) ?? [])
  }
}

function requireGroupId(groupId: string): void {
  if (groupId === '') throw new KafkaError('INVALID_GROUP_ID')
}

export const coordinatorError = coordinatorErrors({ INVALID_FETCH_SIZE: 'UNKNOWN_SERVER_ERROR' })

/** Consumers before 3.9 do not retry a fetch of offsets on COORDINATOR_NOT_AVAILABLE. */
function fetchError(error: unknown): KafkaError {
  const known = coordinatorError(error)
  const remapped = known !== error && known.error === 'COORDINATOR_NOT_AVAILABLE'
  return remapped ? new KafkaError('NOT_COORDINATOR') : known
}

/** Member ids end in the text form of a UUID with its dashes. */
function dashedUuid(random: Random): string {
  const hex = randomUuidBytes(random).toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** An address as Java prints it in a group's record: `/127.0.0.1`, `/0:0:0:0:0:0:0:1`. */
export function javaHost(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '').replace(/%.*$/, '')
  if (!plain.includes(':')) return `/${plain}`
  const [head = '', tail] = plain.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => '0')
  return `/${[...left, ...zeros, ...right].map((part) => Number.parseInt(part, 16).toString(16)).join(':')}`
}
