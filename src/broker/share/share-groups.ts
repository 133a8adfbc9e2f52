import { ErrorCode, KafkaError } from '../../base/errors.ts'
import type { Uuid } from '../../base/ids.ts'
import type { DeletedGroup } from '../../group/commands.ts'
import type {
  AlterShareOffsetsCommand,
  DeleteShareOffsetsCommand,
  DescribedShareGroup,
  NewStates,
  ShareGroupReplies,
  ShareHeartbeatCommand,
  TopicPartitionIds,
} from '../../group/share/commands.ts'
import type { Logger } from '../../io/ports.ts'
import type { GroupCoordinator } from '../groups.ts'
import { isFailure, type ShareStateCoordinator } from './share-state-coordinator.ts'

/** An error of one partition's state. */
export interface StateError {
  readonly topicId: Uuid
  readonly partition: number
  readonly errorCode: number
  readonly errorMessage: string | null
}

export interface ShareGroupsOptions {
  readonly groups: Pick<GroupCoordinator, 'share' | 'describeShares' | 'prepareShareDeletion' | 'delete'>
  readonly states: Pick<ShareStateCoordinator, 'ask'>
  readonly logger: Logger
}

/** Share groups for their handlers: the group coordinator decides, the share coordinator keeps where groups are. */
export class ShareGroups {
  readonly #options: ShareGroupsOptions

  constructor(options: ShareGroupsOptions) {
    this.#options = options
  }

  /** States that a group needs are made after its member has been answered. */
  async heartbeat(heartbeat: Omit<ShareHeartbeatCommand, 'type'>): Promise<ShareGroupReplies['shareHeartbeat']> {
    const reply = await this.#options.groups.share({ ...heartbeat, type: 'shareHeartbeat' })
    if (reply.newStates) void this.#makeStates(heartbeat.groupId, reply.newStates)
    return reply
  }

  describe(groupIds: readonly string[]): Promise<DescribedShareGroup[]> {
    return this.#options.groups.describeShares(groupIds)
  }

  async #makeStates(groupId: string, { stateEpoch, partitions }: NewStates): Promise<readonly StateError[]> {
    const { states, groups, logger } = this.#options
    const asked = partitions.map(async ({ topicId, partition, startOffset }) => {
      const key = { groupId, topicId, partition }
      const made = await states.ask({ type: 'initialize', key, stateEpoch, startOffset })
      const isMade = !isFailure(made)
      const errorMessage = isMade ? null : made.message
      return { topicId, partition, errorCode: ErrorCode[made.error], errorMessage }
    })
    const errors = (await Promise.all(asked)).filter(({ errorCode }) => errorCode !== ErrorCode.NONE)
    const made = errors.length === 0
    if (!made) logger.warn({ groupId, errors }, 'states of a share group could not be made')
    try {
      await groups.share({ type: 'shareStatesMade', groupId, partitions: byTopic(partitions), made })
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      logger.warn({ groupId, error: error.error }, 'a share group could not be told of its states')
    }
    return errors
  }

  async alterOffsets(alter: Omit<AlterShareOffsetsCommand, 'type'>) {
    const { topics, newStates } = await this.#options.groups.share({ ...alter, type: 'alterShareOffsets' })
    const errors = newStates.partitions.length === 0 ? [] : await this.#makeStates(alter.groupId, newStates)
    return { topics, errors }
  }

  async deleteOffsets(command: Omit<DeleteShareOffsetsCommand, 'type'>) {
    const { groupId } = command
    const { toDelete, refused } = await this.#options.groups.share({ ...command, type: 'deleteShareOffsets' })
    const errors = await this.#deleteStates(groupId, toDelete)
    const failed = new Map(errors.map((error) => [error.topicId, error]))
    const topicIds = toDelete.map(({ topicId }) => topicId).filter((topicId) => !failed.has(topicId))
    if (topicIds.length > 0) await this.#options.groups.share({ type: 'shareOffsetsDeleted', groupId, topicIds })
    return { refused, topics: toDelete.map(({ topicId }) => ({ topicId, error: failed.get(topicId) })) }
  }

  async #deleteStates(groupId: string, topics: readonly TopicPartitionIds[]): Promise<StateError[]> {
    const asked = topics.flatMap(({ topicId, partitions }) =>
      partitions.map(async (partition) => {
        const reply = await this.#options.states.ask({ type: 'delete', key: { groupId, topicId, partition } })
        const errorMessage = isFailure(reply) ? reply.message : null
        return { topicId, partition, errorCode: ErrorCode[reply.error], errorMessage }
      }),
    )
    return (await Promise.all(asked)).filter(({ errorCode }) => errorCode !== ErrorCode.NONE)
  }

  /** Groups of any kind; of share groups the states go first. */
  async delete(groupIds: readonly string[]): Promise<DeletedGroup[]> {
    const { groups } = this.#options
    const refused = new Map<string, number>()
    for (const { groupId, isRefused, toDelete } of await groups.prepareShareDeletion(groupIds)) {
      if (isRefused) refused.set(groupId, ErrorCode.NON_EMPTY_GROUP)
      const [error] = await this.#deleteStates(groupId, toDelete)
      if (error) refused.set(groupId, error.errorCode)
    }
    const deleted = await groups.delete(groupIds.filter((groupId) => !refused.has(groupId)))
    return [...[...refused].map(([groupId, errorCode]) => ({ groupId, errorCode })), ...deleted]
  }

  /** Partitions that have a state. Rejects with a KafkaError. */
  states(groupId: string): Promise<readonly TopicPartitionIds[]> {
    return this.#options.groups.share({ type: 'shareStates', groupId })
  }

  summary(groupId: string, topicId: Uuid, partition: number) {
    return this.#options.states.ask({ type: 'readSummary', key: { groupId, topicId, partition } })
  }
}

function byTopic(partitions: NewStates['partitions']): ReadonlyMap<Uuid, ReadonlySet<number>> {
  const topics = new Map<Uuid, Set<number>>()
  for (const { topicId, partition } of partitions) {
    topics.set(topicId, (topics.get(topicId) ?? new Set()).add(partition))
  }
  return topics
}
