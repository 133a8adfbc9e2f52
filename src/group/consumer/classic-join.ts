import { ErrorCode, KafkaError, ProtocolError } from '../../base/errors.ts'
import type { Token } from '../../base/machine.ts'
import type { ConsumerProtocolSubscriptionData } from '../../protocol/stored/consumer-protocol.ts'
import type { JoinCommand } from '../commands.ts'
import type { GroupContext } from '../context.ts'
import { throwIfFull } from '../limits.ts'
import { keptProtocols } from '../member.ts'
import { joinError } from '../rebalance.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { CONSUMER_PROTOCOL, readSubscription, withIds } from './consumer-protocol.ts'
import { downgrade, mayDowngradeReplacing } from './downgrade.ts'
import { maybeReconcile, recordMember } from './heartbeat.ts'
import { joiningMember } from './joining.ts'
import { type ConsumerMember, sortedNames } from './member.ts'
import { refreshSubscriptions } from './refresh.ts'
import { updateRegexes } from './regexes.ts'
import { updateTarget } from './target.ts'
import { cancelClassicJoin, scheduleClassicSync, touchMember } from './timers.ts'

/** A classic member joins a consumer group that is not empty: its generation is its member epoch. */
export function classicJoin(context: GroupContext, group: ConsumerGroup, command: JoinCommand, token: Token): void {
  try {
    join(context, group, command, token)
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    // Nothing of what was decided until then happens.
    context.outcome.records.length = 0
    context.outcome.reply(token, joinError('', error.code))
  }
}

function join(context: GroupContext, group: ConsumerGroup, command: JoinCommand, token: Token): void {
  const { groupInstanceId: instanceId } = command
  const isUnknown = command.memberId === ''
  const memberId = isUnknown ? command.newMemberId : command.memberId
  if (!group.members.has(memberId)) throwIfFull(context, group)
  const names = command.protocols.map(({ name }) => name)
  if (command.protocolType !== CONSUMER_PROTOCOL || !group.supportsProtocols(names)) {
    throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL', `Member ${memberId}'s protocols are not supported.`)
  }
  if (isUnknown && instanceId === null && command.requiresKnownMemberId) {
    context.outcome.reply(token, joinError(memberId, ErrorCode.MEMBER_ID_REQUIRED))
    return
  }
  const joins = instanceId === null || isUnknown
  const before = { memberId, memberEpoch: -1, instanceId, owned: [], joins, classic: true }
  const member = joiningMember(context, group, before)
  const updated = update(context, group, command, member)
  const protocolName = names[0] ?? null
  context.outcome.reply(token, {
    ...joinError(updated.memberId, ErrorCode.NONE),
    generationId: updated.memberEpoch,
    protocolType: CONSUMER_PROTOCOL,
    protocolName,
  })
}

function update(
  context: GroupContext,
  group: ConsumerGroup,
  command: JoinCommand,
  member: ConsumerMember,
): ConsumerMember {
  const { groupId } = group
  const replaced = command.groupInstanceId === null ? undefined : group.staticMember(command.groupInstanceId)
  const downgrades = replaced !== undefined && mayDowngradeReplacing(context, group, replaced)
  const subscription = subscriptionOf(command)
  const wanted = asked(member, command, subscription)
  const namesChanged = recordMember(context, group, member, wanted)
  const regex = updateRegexes(context, group, member, wanted)
  const changed = namesChanged || regex.changed
  const { groupEpoch, subscriptions } = refreshSubscriptions(context, group, member, wanted, changed)
  const owned = withIds(subscription.ownedPartitions, context.topics.source)
  if (downgrades) {
    const rebalance = group.assignmentEpoch < groupEpoch
    const target = { epoch: group.assignmentEpoch, partitions: group.targetOf(wanted.memberId, wanted.instanceId) }
    const joining = rebalance ? wanted : maybeReconcile(context, group, wanted, target, changed, owned)
    cancelClassicJoin(context, groupId, joining.memberId)
    downgrade(context, group, { leaving: [], joining, rebalance })
    return joining
  }
  const target = updateTarget(context, { group, groupEpoch, member, updated: wanted, subscriptions })
  const after = maybeReconcile(context, group, wanted, target, changed, owned)
  cancelClassicJoin(context, groupId, after.memberId)
  touchMember(context, groupId, after)
  scheduleClassicSync(context, groupId, after)
  return after
}

function subscriptionOf({ protocols }: JoinCommand): ConsumerProtocolSubscriptionData {
  try {
    return readSubscription(protocols[0]?.metadata ?? Buffer.alloc(0))
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    throw new KafkaError('UNKNOWN_SERVER_ERROR')
  }
}

function asked(
  member: ConsumerMember,
  command: JoinCommand,
  subscription: ConsumerProtocolSubscriptionData,
): ConsumerMember {
  const { clientId, clientHost, sessionTimeoutMs, rebalanceTimeoutMs } = command
  return {
    ...member,
    instanceId: command.groupInstanceId ?? member.instanceId,
    rackId: subscription.rackId || member.rackId,
    rebalanceTimeoutMs: rebalanceTimeoutMs === -1 ? member.rebalanceTimeoutMs : rebalanceTimeoutMs,
    topicNames: sortedNames(subscription.topics),
    topicRegex: '',
    clientId,
    clientHost,
    classic: { sessionTimeoutMs, supportedProtocols: keptProtocols(command.protocols) },
  }
}
