import { ErrorCode, KafkaError } from '../base/errors.ts'
import { ZERO_UUID } from '../base/ids.ts'
import type { Token } from '../base/machine.ts'
import { ClassicGroup } from './classic-group.ts'
import type {
  CommitCommand,
  DeleteOffsetsCommand,
  FetchedOffset,
  FetchOffsetsCommand,
  OffsetToCommit,
} from './commands.ts'
import { ConsumerGroup } from './consumer/consumer-group.ts'
import { type CommitCheck, checkCommit, checkFetch } from './consumer/offsets.ts'
import type { GroupContext } from './context.ts'
import { touch } from './rebalance.ts'
import { NO_PRODUCER_ID } from './records.ts'
import { ShareGroup } from './share/share-group.ts'
import { checkCommit as checkStreamsCommit, checkFetch as checkStreamsFetch } from './streams/offsets.ts'
import { StreamsGroup } from './streams/streams-group.ts'

/** The first version that says GROUP_ID_NOT_FOUND; a client of an older one knows only a wrong generation. */
const COMMIT_VERSION_WITH_GROUP_ID_NOT_FOUND = 9

export function commitOffsets(context: GroupContext, command: CommitCommand, token: Token): void {
  const { groups, nowMs, outcome, settings } = context
  const { groupId, generationIdOrMemberEpoch: generation } = command
  const group = groups.find(groupId)
  let check: CommitCheck | undefined
  if (group === undefined) {
    if (generation >= 0) {
      const named = command.apiVersion >= COMMIT_VERSION_WITH_GROUP_ID_NOT_FOUND
      throw new KafkaError(named ? 'GROUP_ID_NOT_FOUND' : 'ILLEGAL_GENERATION')
    }
    // Nobody of this group joins: whoever commits (a consumer with assigned partitions, an administrator) may do so.
    groups.create(groupId, nowMs)
  } else if (group instanceof ConsumerGroup) {
    check = checkCommit(group, command)
  } else if (group instanceof StreamsGroup) {
    check = checkStreamsCommit(group, command)
  } else if (group instanceof ShareGroup) {
    throw group.hasNoOffsets()
  } else {
    validateCommit(group, command)
    const member = group.members.get(command.memberId)
    if (member && group.state !== 'CompletingRebalance') touch(context, group, member)
  }
  const expireTimestamp = command.retentionTimeMs === -1 ? -1 : nowMs + command.retentionTimeMs
  const topics = command.topics.map(({ name, topicId, partitions }) => ({
    name,
    topicId,
    partitions: partitions.map((partition) => {
      const tooLarge = (partition.committedMetadata?.length ?? 0) > settings.maxOffsetMetadata
      const errorCode = tooLarge ? ErrorCode.OFFSET_METADATA_TOO_LARGE : ErrorCode.NONE
      if (!tooLarge) {
        check?.(name, topicId, partition.partitionIndex)
        const value = offsetValue(partition, topicId, nowMs, expireTimestamp)
        const place = { groupId, topic: name, partition: partition.partitionIndex }
        outcome.records.push({ type: 'offset', producerId: NO_PRODUCER_ID, ...place, value })
        context.counts.offsetCommits++
      }
      return { partitionIndex: partition.partitionIndex, errorCode }
    }),
  }))
  outcome.reply(token, { topics })
}

function offsetValue(
  partition: OffsetToCommit,
  topicId: CommitCommand['topics'][0]['topicId'],
  nowMs: number,
  expireTimestamp: number,
) {
  return {
    offset: partition.committedOffset,
    leaderEpoch: partition.committedLeaderEpoch < 0 ? -1 : partition.committedLeaderEpoch,
    metadata: partition.committedMetadata ?? '',
    commitTimestamp: nowMs,
    expireTimestamp,
    topicId: expireTimestamp === -1 ? topicId : ZERO_UUID,
  }
}

function validateCommit(group: ClassicGroup, command: CommitCommand): void {
  const { memberId, groupInstanceId, generationIdOrMemberEpoch: generation } = command
  if (generation < 0 && group.state === 'Empty') return
  if (generation >= 0 || memberId !== '' || groupInstanceId !== null) {
    group.validateMember(memberId, groupInstanceId)
    if (generation !== group.generationId) throw new KafkaError('ILLEGAL_GENERATION')
  } else if (group.state !== 'Empty') {
    throw new KafkaError('UNKNOWN_MEMBER_ID')
  }
  // The member has its generation and not yet its assignment.
  if (group.state === 'CompletingRebalance') throw new KafkaError('REBALANCE_IN_PROGRESS')
}

const NOTHING_COMMITTED = { committedOffset: -1, committedLeaderEpoch: -1, metadata: '' }

export function fetchOffsets(context: GroupContext, command: FetchOffsetsCommand, token: Token): void {
  const { groups, offsets, outcome } = context
  const { groupId } = command
  const group = groups.find(groupId)
  if (group instanceof ConsumerGroup) checkFetch(group, command.memberId, command.memberEpoch)
  if (group instanceof StreamsGroup) checkStreamsFetch(group, command.memberId, command.memberEpoch)
  const known = group === undefined || group instanceof ShareGroup ? undefined : offsets.ofGroup(groupId)
  const one = (topic: string, partitionIndex: number): FetchedOffset => {
    if (command.requireStable && offsets.isPending(groupId, topic, partitionIndex)) {
      return { partitionIndex, errorCode: ErrorCode.UNSTABLE_OFFSET_COMMIT, ...NOTHING_COMMITTED }
    }
    const found = known?.get(topic)?.get(partitionIndex)
    if (found === undefined) return { partitionIndex, errorCode: ErrorCode.NONE, ...NOTHING_COMMITTED }
    const { offset: committedOffset, leaderEpoch: committedLeaderEpoch, metadata } = found
    return { partitionIndex, errorCode: ErrorCode.NONE, committedOffset, committedLeaderEpoch, metadata }
  }
  const topics = command.topics
    ? command.topics.map(({ name, partitionIndexes }) => ({
        name,
        partitions: partitionIndexes.map((partition) => one(name, partition)),
      }))
    : [...(known ?? [])].map(([name, partitions]) => ({
        name,
        partitions: [...partitions.keys()].map((partition) => one(name, partition)),
      }))
  outcome.reply(token, { topics })
}

export function deleteOffsets(context: GroupContext, command: DeleteOffsetsCommand, token: Token): void {
  const { groups, offsets, outcome } = context
  const { groupId } = command
  const group = groups.find(groupId)
  if (group === undefined) throw new KafkaError('GROUP_ID_NOT_FOUND')
  if (group instanceof ShareGroup) throw group.hasNoOffsets()
  if (group instanceof ClassicGroup && group.state !== 'Empty' && !group.isConsumers) {
    throw new KafkaError('NON_EMPTY_GROUP')
  }
  const topics = command.topics.map(({ name, partitions }) => {
    const inUse = group.isSubscribedTo(name)
    const errorCode = inUse ? ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC : ErrorCode.NONE
    for (const partition of partitions) {
      if (inUse || !offsets.has(groupId, name, partition)) continue
      outcome.records.push({ type: 'offset', producerId: NO_PRODUCER_ID, groupId, topic: name, partition, value: null })
      context.counts.offsetDeletions++
    }
    return {
      name,
      topicId: ZERO_UUID,
      partitions: partitions.map((partitionIndex) => ({ partitionIndex, errorCode })),
    }
  })
  outcome.reply(token, { topics })
}
