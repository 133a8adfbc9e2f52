import { KafkaError } from '../../base/errors.ts'
import type { Uuid } from '../../base/ids.ts'
import type { CommitCommand } from '../commands.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { type ConsumerMember, usesClassicProtocol } from './member.ts'

/** Members of the consumer protocol have epochs, which requests of older versions can't have meant. */
const EPOCHS_SINCE = 9

/** @throws KafkaError where the partition may not be committed */
export type CommitCheck = (topic: string, topicId: Uuid, partition: number) => void

const anything: CommitCheck = () => {}

/**
 * Who may commit: a member in its epoch, and nobody's client while there are no members. A member that has not heard of
 * its newest epoch yet may commit what it had in its own already.
 */
export function checkCommit(group: ConsumerGroup, command: CommitCommand): CommitCheck {
  const { memberId, generationIdOrMemberEpoch: epoch, apiVersion } = command
  if (epoch < 0 && group.isEmpty) return anything
  const member = group.member(memberId)
  const classic = usesClassicProtocol(member)
  if (!classic && apiVersion < EPOCHS_SINCE) {
    throw new KafkaError(
      'UNSUPPORTED_VERSION',
      'OffsetCommit version 9 or above must be used by members using the consumer group protocol',
    )
  }
  if (epoch === member.memberEpoch) return anything
  if (epoch > member.memberEpoch) throw staleError(member)
  return (_topic, topicId, partition) => {
    const since = member.assigned.get(topicId)?.get(partition) ?? member.revoking.get(topicId)?.get(partition)
    if (since === undefined || epoch < since) throw staleError(member)
  }
}

export function checkFetch(group: ConsumerGroup, memberId: string | null, memberEpoch: number): void {
  if (memberId === null && memberEpoch < 0) return
  const member = group.member(memberId ?? '')
  if (memberEpoch !== member.memberEpoch) throw staleError(member)
}

function staleError(member: ConsumerMember): KafkaError {
  return new KafkaError(usesClassicProtocol(member) ? 'ILLEGAL_GENERATION' : 'STALE_MEMBER_EPOCH')
}
