import { ErrorCode, KafkaError } from '../base/errors.ts'
import { ZERO_UUID } from '../base/ids.ts'
import type { Token } from '../base/machine.ts'
import { ClassicGroup } from './classic-group.ts'
import type { CommitCommand, TransactionalCommitCommand } from './commands.ts'
import { ConsumerGroup } from './consumer/consumer-group.ts'
import { type CommitCheck, checkCommit } from './consumer/offsets.ts'
import type { GroupContext } from './context.ts'
import { ShareGroup } from './share/share-group.ts'
import { checkCommit as checkStreamsCommit } from './streams/offsets.ts'
import { StreamsGroup } from './streams/streams-group.ts'

/** Members' epochs are meant, whatever version of TxnOffsetCommit the producer speaks. */
const WITH_EPOCHS = 9

/** Offsets of a transaction: pending in the group until the marker is in the log. */
export function commitTransactional(context: GroupContext, command: TransactionalCommitCommand, token: Token): void {
  const { groups, nowMs, outcome, settings } = context
  const { groupId, producerId } = command
  const check = asGeneration(() => checkMember(context, command))
  if (groups.find(groupId) === undefined) groups.create(groupId, nowMs)
  const topics = command.topics.map(({ name, topicId, partitions }) => ({
    name,
    topicId,
    partitions: partitions.map(({ partitionIndex, committedOffset, committedLeaderEpoch, committedMetadata }) => {
      const metadata = committedMetadata ?? ''
      if (metadata.length > settings.maxOffsetMetadata) {
        return { partitionIndex, errorCode: ErrorCode.OFFSET_METADATA_TOO_LARGE }
      }
      asGeneration(() => check?.(name, topicId, partitionIndex))
      const leaderEpoch = Math.max(committedLeaderEpoch, -1)
      const times = { commitTimestamp: nowMs, expireTimestamp: -1 }
      const value = { offset: committedOffset, leaderEpoch, metadata, ...times, topicId: ZERO_UUID }
      outcome.records.push({ type: 'offset', producerId, groupId, topic: name, partition: partitionIndex, value })
      context.counts.offsetCommits++
      return { partitionIndex, errorCode: ErrorCode.NONE }
    }),
  }))
  outcome.reply(token, { topics })
}

function checkMember({ groups }: GroupContext, command: TransactionalCommitCommand): CommitCheck | undefined {
  const { groupId, memberId, groupInstanceId, generationIdOrMemberEpoch: generation } = command
  const group = groups.find(groupId)
  if (group === undefined) {
    if (generation >= 0) throw new KafkaError('ILLEGAL_GENERATION')
    return undefined
  }
  // Producers of before KIP-447 don't say for whom they commit.
  const isNobody = generation < 0 && memberId === '' && groupInstanceId === null
  if (group instanceof ClassicGroup) {
    if (isNobody || (generation < 0 && group.state === 'Empty')) return undefined
    group.validateMember(memberId, groupInstanceId)
    if (generation !== group.generationId) throw new KafkaError('ILLEGAL_GENERATION')
  } else if (isNobody) {
    return undefined
  } else if (group instanceof ConsumerGroup) {
    return checkCommit(group, { ...command, ...AS_PLAIN_COMMIT })
  } else if (group instanceof StreamsGroup) {
    return checkStreamsCommit(group, { ...command, ...AS_PLAIN_COMMIT })
  } else if (group instanceof ShareGroup) {
    throw group.hasNoOffsets()
  }
  return undefined
}

const AS_PLAIN_COMMIT = { type: 'commitOffsets', retentionTimeMs: -1, apiVersion: WITH_EPOCHS } as const satisfies Pick<
  CommitCommand,
  'type' | 'retentionTimeMs' | 'apiVersion'
>

/** Producers know of generations, not of epochs. */
function asGeneration<T>(run: () => T): T {
  try {
    return run()
  } catch (error) {
    const isStale = error instanceof KafkaError && error.error === 'STALE_MEMBER_EPOCH'
    throw isStale ? new KafkaError('ILLEGAL_GENERATION') : error
  }
}
