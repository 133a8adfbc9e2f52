import { KafkaError, ProtocolError } from '../../base/errors.ts'
import type { Partitions } from '../assignors/assignor.ts'
import { ClassicGroup } from '../classic-group.ts'
import type { GroupContext } from '../context.ts'
import { metadataOf } from '../member.ts'
import { listed, NO_PARTITIONS } from '../partition-sets.ts'
import { prepareRebalance, touch } from '../rebalance.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { CONSUMER_PROTOCOL, writeAssignment } from './consumer-protocol.ts'
import { type ConsumerMember, usesClassicProtocol } from './member.ts'
import type { ConsumerRecord } from './records.ts'
import { cancelMember } from './timers.ts'

function isAllowed({ settings }: GroupContext, size: number): boolean {
  const { migrationPolicy } = settings.consumer
  return (migrationPolicy === 'bidirectional' || migrationPolicy === 'downgrade') && size <= settings.maxSize
}

/** Without these members only classic ones are left, and there are some. */
export function mayDowngradeWithout(
  context: GroupContext,
  group: ConsumerGroup,
  leaving: readonly ConsumerMember[],
): boolean {
  const left = group.members.size - leaving.length
  const classicLeft = group.classicMembers - leaving.filter(usesClassicProtocol).length
  return classicLeft === left && left > 0 && isAllowed(context, left)
}

/** The last member of the consumer protocol is a static one whose place a classic member takes. */
export function mayDowngradeReplacing(context: GroupContext, group: ConsumerGroup, replaced: ConsumerMember): boolean {
  const { size } = group.members
  return group.classicMembers === size - 1 && !usesClassicProtocol(replaced) && isAllowed(context, size)
}

export interface Downgrade {
  readonly leaving: readonly ConsumerMember[]
  /** A static member that takes another one's place; its records are written already. */
  readonly joining: ConsumerMember | undefined
  /** The members have to join again, since the targets are not right any more. */
  readonly rebalance: boolean
}

/** Online downgrade: the consumer group's records go, and its members, all of them classic, are a stable classic group. */
export function downgrade(context: GroupContext, group: ConsumerGroup, change: Downgrade): void {
  const { groupId } = group
  const classic = classicOf(context, group, change)
  const replaced = change.joining?.instanceId ? group.staticMembers.get(change.joining.instanceId) : undefined
  for (const memberId of group.members.keys()) cancelMember(context, groupId, memberId)
  context.outcome.records.push(
    ...group.tombstones().map((record) => renamed(record, replaced, change.joining?.memberId)),
    { type: 'group', groupId, value: classic.record() },
  )
  context.groups.live.set(groupId, classic)
  for (const member of classic.members.values()) touch(context, classic, member)
  if (change.rebalance) prepareRebalance(context, classic)
}

function renamed(record: ConsumerRecord, from: string | undefined, to: string | undefined): ConsumerRecord {
  return to !== undefined && 'memberId' in record && record.memberId === from ? { ...record, memberId: to } : record
}

function classicOf(context: GroupContext, group: ConsumerGroup, { leaving, joining }: Downgrade): ClassicGroup {
  const { groupId } = group
  const classic = new ClassicGroup(groupId, context.nowMs)
  const replacedId = joining?.instanceId ? group.staticMembers.get(joining.instanceId) : undefined
  const gone = new Set(leaving.map(({ memberId }) => memberId))
  for (const member of group.members.values()) {
    if (!gone.has(member.memberId) && member.memberId !== replacedId) addTo(classic, member)
  }
  if (joining) addTo(classic, joining)
  classic.state = 'Stable'
  classic.generationId = group.groupEpoch
  classic.protocolName = classic.nextProtocol()
  classic.computeTopics()
  try {
    for (const member of classic.members.values()) {
      const from = member.memberId === joining?.memberId ? (replacedId ?? member.memberId) : member.memberId
      const metadata = metadataOf(member, classic.protocolName)
      member.assignment = writeAssignment(listOf(group.targets.get(from)), context.topics.source, metadata)
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    throw new KafkaError('GROUP_ID_NOT_FOUND', `Cannot downgrade the classic group ${groupId}: ${error.message}.`)
  }
  return classic
}

function listOf(target: Partitions | undefined) {
  return listed(target ?? NO_PARTITIONS)
}

function addTo(classic: ClassicGroup, member: ConsumerMember): void {
  const { memberId, instanceId: groupInstanceId, clientId, clientHost, rebalanceTimeoutMs } = member
  classic.add({
    memberId,
    groupInstanceId,
    clientId,
    clientHost,
    protocolType: CONSUMER_PROTOCOL,
    rebalanceTimeoutMs,
    sessionTimeoutMs: member.classic?.sessionTimeoutMs ?? 0,
    protocols: member.classic?.supportedProtocols ?? [],
    assignment: Buffer.alloc(0),
    joinToken: undefined,
    syncToken: undefined,
    isNew: false,
  })
}
