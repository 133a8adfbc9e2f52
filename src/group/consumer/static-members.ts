import { KafkaError } from '../../base/errors.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import type { ConsumerMember } from './member.ts'

/** @throws KafkaError UNKNOWN_MEMBER_ID */
export function requireStaticMember(group: ConsumerGroup, instanceId: string): ConsumerMember {
  const member = group.staticMember(instanceId)
  if (member === undefined) throw new KafkaError('UNKNOWN_MEMBER_ID', `Instance id ${instanceId} is unknown.`)
  return member
}

/** @throws KafkaError FENCED_INSTANCE_ID */
export function throwIfFenced(member: ConsumerMember, memberId: string, instanceId: string): void {
  if (member.memberId === memberId) return
  throw new KafkaError(
    'FENCED_INSTANCE_ID',
    `Static member ${memberId} with instance id ${instanceId} was fenced by member ${member.memberId}.`,
  )
}
