import { KafkaError } from '../../base/errors.ts'
import type { CommitCommand } from '../commands.ts'
import type { CommitCheck } from '../consumer/offsets.ts'
import type { StreamsGroup } from './streams-group.ts'

/** Members have epochs, which requests of older versions can't have meant. */
const EPOCHS_SINCE = 9

const anything: CommitCheck = () => {}

/**
 * Who may commit: a member in its epoch, and nobody's client while there are no members. A member that has not heard of
 * its newest epoch yet may commit for the tasks that it had in its own already.
 */
export function checkCommit(group: StreamsGroup, command: CommitCommand): CommitCheck {
  const { memberId, generationIdOrMemberEpoch: epoch, apiVersion } = command
  if (epoch < 0 && group.isEmpty) return anything
  const member = group.member(memberId)
  if (apiVersion < EPOCHS_SINCE) {
    throw new KafkaError(
      'UNSUPPORTED_VERSION',
      'OffsetCommit version 9 or above must be used by members using the streams group protocol',
    )
  }
  if (epoch === member.memberEpoch) return anything
  const { topology } = group
  if (epoch > member.memberEpoch || topology === undefined) throw new KafkaError('STALE_MEMBER_EPOCH')
  return (topic, _topicId, partition) => {
    const id = topology.readers.get(topic)?.subtopologyId ?? ''
    const since = member.assigned.active.get(id)?.get(partition) ?? member.revoking.active.get(id)?.get(partition)
    if (since === undefined || epoch < since) throw new KafkaError('STALE_MEMBER_EPOCH')
  }
}

export function checkFetch(group: StreamsGroup, memberId: string | null, memberEpoch: number): void {
  if (memberId === null && memberEpoch < 0) return
  if (memberEpoch !== group.member(memberId ?? '').memberEpoch) throw new KafkaError('STALE_MEMBER_EPOCH')
}
