import { ErrorCode, KafkaError, ProtocolError } from '../../base/errors.ts'
import type { Partitions } from '../assignors/assignor.ts'
import type { ClassicGroup } from '../classic-group.ts'
import type { GroupContext } from '../context.ts'
import { type Member, metadataOf } from '../member.ts'
import { answerJoin, answerSync, joinError } from '../rebalance.ts'
import { ConsumerGroup } from './consumer-group.ts'
import { ownedSince, readAssignment, readSubscription, withIds } from './consumer-protocol.ts'
import { type ConsumerMember, newMember, sortedNames } from './member.ts'
import {
  type ConsumerRecord,
  currentRecord,
  epochRecord,
  memberRecord,
  targetEpochRecord,
  targetRecord,
} from './records.ts'
import { touchMember } from './timers.ts'

export interface OpenedGroup {
  /** Not yet in the table where its records are still to be replayed. */
  readonly group: ConsumerGroup
  /** To be called when nothing can be refused any more. */
  opened(): void
}

const nothing = (): void => {}

/** The group of a heartbeat: there already, new, or a classic one that becomes a consumer group by it. */
export function openGroup(context: GroupContext, groupId: string, create: boolean): OpenedGroup {
  const { groups } = context
  const found = groups.find(groupId)
  if (create && found === undefined) return { group: new ConsumerGroup(groupId), opened: nothing }
  if (!create || found?.kind !== 'classic') {
    return { group: groups.require('consumer', groupId, `Consumer group ${groupId} not found.`), opened: nothing }
  }
  if (found.members.size > 0) return upgraded(context, found)
  // The records of the empty classic group go, its offsets stay.
  context.outcome.records.push({ type: 'group', groupId, value: null })
  return { group: new ConsumerGroup(groupId), opened: nothing }
}

/** Online upgrade: the members stay as they are, classic ones in a consumer group, with what they were assigned. */
function upgraded(context: GroupContext, classic: ClassicGroup): OpenedGroup {
  validateUpgrade(context, classic)
  const { groupId } = classic
  const group = new ConsumerGroup(groupId)
  const records = recordsOf(context, classic)
  for (const record of records) group.replay(record)
  context.outcome.records.push({ type: 'group', groupId, value: null }, ...records)
  return { group, opened: () => sendOn(context, classic, group) }
}

/** Who waits for the rebalance of the classic group is to join again, which is then a join to the consumer group. */
function sendOn(context: GroupContext, classic: ClassicGroup, group: ConsumerGroup): void {
  for (const member of classic.members.values()) {
    answerJoin(context, member, joinError(member.memberId, ErrorCode.REBALANCE_IN_PROGRESS))
    answerSync(context, classic, member, ErrorCode.REBALANCE_IN_PROGRESS)
  }
  for (const member of group.members.values()) touchMember(context, group.groupId, member)
}

function validateUpgrade({ settings }: GroupContext, classic: ClassicGroup): void {
  const { migrationPolicy, maxSize } = settings.consumer
  if (migrationPolicy !== 'bidirectional' && migrationPolicy !== 'upgrade') {
    refuse(classic, 'because online upgrade is disabled.')
  } else if (!classic.isConsumers) {
    refuse(classic, 'because the group does not use the consumer embedded protocol.')
  } else if (classic.members.size > maxSize) {
    refuse(classic, 'because the group size exceeds the consumer group maximum size.')
  }
}

function refuse({ groupId }: ClassicGroup, why: string): never {
  throw new KafkaError('GROUP_ID_NOT_FOUND', `Cannot upgrade classic group ${groupId} to consumer group ${why}`)
}

function recordsOf(context: GroupContext, classic: ClassicGroup): ConsumerRecord[] {
  const { groupId, generationId } = classic
  const members = [...classic.members.values()].map((member) => consumerOf(context, classic, member))
  const names = new Set(members.flatMap(({ topicNames }) => topicNames))
  return [
    ...members.map((member) => memberRecord(groupId, member)),
    epochRecord(groupId, generationId, context.topics.groupHash(names)),
    ...members.map((member) => targetRecord(groupId, member.memberId, targetOf(member))),
    targetEpochRecord(groupId, generationId, 0),
    ...members.map((member) => currentRecord(groupId, member)),
  ]
}

function targetOf({ assigned }: ConsumerMember): Partitions {
  return new Map([...assigned].map(([topicId, partitions]) => [topicId, new Set(partitions.keys())]))
}

function consumerOf({ topics }: GroupContext, classic: ClassicGroup, member: Member): ConsumerMember {
  const { generationId } = classic
  try {
    const assignment = member.assignment.length === 0 ? undefined : readAssignment(member.assignment)
    if (assignment?.userData && assignment.userData.length > 0) {
      refuse(
        classic,
        'because an unsupported custom assignor is in use. Please refer to the documentation or switch to a default assignor before re-attempting the upgrade.',
      )
    }
    const subscription = readSubscription(metadataOf(member, classic.protocolName ?? classic.nextProtocol()))
    return {
      ...newMember(member.memberId),
      memberEpoch: generationId,
      previousMemberEpoch: generationId,
      instanceId: member.groupInstanceId,
      rackId: subscription.rackId || null,
      rebalanceTimeoutMs: member.rebalanceTimeoutMs,
      clientId: member.clientId,
      clientHost: member.clientHost,
      topicNames: sortedNames(subscription.topics),
      assigned: ownedSince(withIds(assignment?.assignedPartitions ?? [], topics.source), generationId),
      classic: { sessionTimeoutMs: member.sessionTimeoutMs, supportedProtocols: [...member.protocols] },
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    return refuse(classic, 'because the embedded consumer protocol is malformed.')
  }
}
