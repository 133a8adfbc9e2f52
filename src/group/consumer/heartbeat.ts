import type { Token } from '../../base/machine.ts'
import type { GroupContext } from '../context.ts'
import { throwIfFull } from '../limits.ts'
import { cancelRebalance, startRebalance } from '../member-timers.ts'
import { listed, sameEpochs, type TopicPartitions } from '../partition-sets.ts'
import type { ConsumerHeartbeatCommand, ConsumerHeartbeatReply } from './commands.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { fenceMembers } from './fence.ts'
import { joiningMember } from './joining.ts'
import {
  type ConsumerMember,
  isReconciledTo,
  LEAVE_EPOCH,
  MemberState,
  NOTHING_OWNED,
  type OwnedPartitions,
  STATIC_LEAVE_EPOCH,
  sameAssignment,
  sameMetadata,
  sameTopicNames,
  sortedNames,
  usesClassicProtocol,
} from './member.ts'
import { reconcile } from './reconcile.ts'
import { currentRecord, memberRecord } from './records.ts'
import { refreshSubscriptions } from './refresh.ts'
import { updateRegexes } from './regexes.ts'
import { requireStaticMember, throwIfFenced } from './static-members.ts'
import { subscribedTopicIds, type Target, updateTarget } from './target.ts'
import { touchMember } from './timers.ts'
import { openGroup } from './upgrade.ts'

/** ConsumerGroupHeartbeat: a member joins, says what it wants and owns, learns what it is to own, or leaves. */
export function consumerHeartbeat(context: GroupContext, command: ConsumerHeartbeatCommand, token: Token): void {
  const { memberEpoch } = command
  if (memberEpoch === LEAVE_EPOCH || memberEpoch === STATIC_LEAVE_EPOCH) leave(context, command, token)
  else goOn(context, command, token)
}

function goOn(context: GroupContext, command: ConsumerHeartbeatCommand, token: Token): void {
  const { groupId, instanceId, memberEpoch } = command
  const joins = memberEpoch === 0
  const { group, opened } = openGroup(context, groupId, joins)
  if (!group.members.has(command.memberId)) throwIfFull(context, group)
  const memberId = command.memberId || command.newMemberId
  const { owned } = command
  const member = joiningMember(context, group, { memberId, memberEpoch, instanceId, owned, joins, classic: false })
  const updated = asked(member, command)
  const { wanted, target, subscriptionChanged } = updateGroup(context, group, member, updated)
  const after = maybeReconcile(context, group, wanted, target, subscriptionChanged, owned)
  touchMember(context, groupId, after)
  opened()
  const changed = joins || isFull(command) || !sameEpochs(member.assigned, after.assigned)
  context.outcome.reply(token, {
    memberId: after.memberId,
    memberEpoch: after.memberEpoch,
    heartbeatIntervalMs: context.settings.consumer.ofGroup(groupId).heartbeatIntervalMs,
    assignment: changed ? listed(after.assigned) : null,
  } satisfies ConsumerHeartbeatReply)
}

/** The member with what its request says; what it leaves out stays. */
function asked(member: ConsumerMember, command: ConsumerHeartbeatCommand): ConsumerMember {
  const { topicNames, rebalanceTimeoutMs } = command
  return {
    ...member,
    instanceId: command.instanceId ?? member.instanceId,
    rackId: command.rackId ?? member.rackId,
    rebalanceTimeoutMs: rebalanceTimeoutMs === -1 ? member.rebalanceTimeoutMs : rebalanceTimeoutMs,
    serverAssignor: command.serverAssignor ?? member.serverAssignor,
    topicNames: topicNames === null ? member.topicNames : sortedNames(topicNames),
    topicRegex: command.topicRegex ?? member.topicRegex,
    clientId: command.clientId,
    clientHost: command.clientHost,
    classic: null,
  }
}

/** All that a joining member must say; a member that lost an answer says it again to be told everything. */
function isFull({ rebalanceTimeoutMs, topicNames, topicRegex, owned }: ConsumerHeartbeatCommand): boolean {
  return rebalanceTimeoutMs !== -1 && (topicNames !== null || topicRegex !== null) && owned !== null
}

export interface GroupUpdate {
  readonly wanted: ConsumerMember
  readonly target: Target
  readonly subscriptionChanged: boolean
}

/** The member's record, the group's epoch, the target: what follows from what a member of the consumer protocol asks. */
function updateGroup(
  context: GroupContext,
  group: ConsumerGroup,
  member: ConsumerMember,
  updated: ConsumerMember,
): GroupUpdate {
  const namesChanged = recordMember(context, group, member, updated)
  const regex = updateRegexes(context, group, member, updated)
  const bump = namesChanged || regex.resolved
  const { groupEpoch, subscriptions } = refreshSubscriptions(context, group, member, updated, bump)
  const target = updateTarget(context, { group, groupEpoch, member, updated, subscriptions })
  return { wanted: updated, target, subscriptionChanged: namesChanged || regex.changed }
}

/** true: it is subscribed to other names than before. */
export function recordMember(
  context: GroupContext,
  group: ConsumerGroup,
  member: ConsumerMember,
  updated: ConsumerMember,
): boolean {
  if (sameMetadata(member, updated)) return false
  context.outcome.records.push(memberRecord(group.groupId, updated))
  return !sameTopicNames(member, updated)
}

export function maybeReconcile(
  context: GroupContext,
  group: ConsumerGroup,
  member: ConsumerMember,
  target: Target,
  subscriptionChanged: boolean,
  owned: TopicPartitions | null,
): ConsumerMember {
  if (!subscriptionChanged && isReconciledTo(member, target.epoch)) return member
  const { groupId } = group
  const after = reconcile({
    member,
    targetEpoch: target.epoch,
    target: target.partitions,
    subscriptionChanged,
    subscribed: new Set(subscribedTopicIds(context.topics.source, group, member)),
    partitionEpoch: (topicId, partition) => group.partitionEpoch(topicId, partition),
    owned,
  })
  if (sameAssignment(member, after)) return after
  context.outcome.records.push(currentRecord(groupId, after))
  if (!usesClassicProtocol(after)) {
    if (after.state === MemberState.UNREVOKED_PARTITIONS) startRebalance(context, 'consumerRebalance', groupId, after)
    else cancelRebalance(context, groupId, after.memberId)
  }
  return after
}

function leave(context: GroupContext, command: ConsumerHeartbeatCommand, token: Token): void {
  const { groupId, memberId, memberEpoch, instanceId } = command
  const group = context.groups.require('consumer', groupId)
  const reply = { memberId, memberEpoch, heartbeatIntervalMs: 0, assignment: null }
  if (instanceId === null) {
    fenceMembers(context, group, [group.member(memberId)])
    context.outcome.reply(token, reply)
    return
  }
  const member = requireStaticMember(group, instanceId)
  throwIfFenced(member, memberId, instanceId)
  if (memberEpoch === STATIC_LEAVE_EPOCH) {
    // It keeps its place and its partitions until its session ends, or until somebody comes in its name.
    const away = { ...member, memberEpoch: STATIC_LEAVE_EPOCH, assigned: atEpochZero(member.assigned) }
    context.outcome.records.push(currentRecord(groupId, { ...away, revoking: NOTHING_OWNED }))
    context.outcome.reply(token, { ...reply, memberId: member.memberId })
  } else {
    fenceMembers(context, group, [member])
    context.outcome.reply(token, reply)
  }
}

function atEpochZero(owned: OwnedPartitions): OwnedPartitions {
  return new Map([...owned].map(([topicId, epochs]) => [topicId, new Map([...epochs.keys()].map((p) => [p, 0]))]))
}
