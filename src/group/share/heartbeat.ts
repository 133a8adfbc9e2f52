import type { Token } from '../../base/machine.ts'
import type { GroupContext } from '../context.ts'
import { fencedEpoch, throwIfFull } from '../limits.ts'
import { listed, samePartitions } from '../partition-sets.ts'
import { sameFields } from '../same-fields.ts'
import type { NewStates, ShareHeartbeatCommand } from './commands.ts'
import { fenceMember, shareGroupToJoin, touchMember } from './lifecycle.ts'
import { newMember, type ShareMember } from './member.ts'
import { currentRecord, epochRecord, memberRecord, statePartitionsRecord } from './records.ts'
import type { ShareGroup } from './share-group.ts'
import { missingStates, nowInitializing, type StateTopics } from './state-partitions.ts'
import { type Target, topicIdsOf, updateTarget } from './target.ts'

const LEAVE_EPOCH = -1

/** ShareGroupHeartbeat: a member joins, says what it wants, learns what it is to fetch from, or leaves. */
export function shareHeartbeat(context: GroupContext, command: ShareHeartbeatCommand, token: Token): void {
  if (command.memberEpoch === LEAVE_EPOCH) leave(context, command, token)
  else goOn(context, command, token)
}

function leave(context: GroupContext, { groupId, memberId, memberEpoch }: ShareHeartbeatCommand, token: Token): void {
  const group = context.groups.require('share', groupId)
  fenceMember(context, group, group.member(memberId))
  const reply = { memberId, memberEpoch, heartbeatIntervalMs: 0, assignment: null, newStates: undefined }
  context.outcome.reply(token, reply)
}

function goOn(context: GroupContext, command: ShareHeartbeatCommand, token: Token): void {
  const { groupId, memberId, memberEpoch } = command
  const joins = memberEpoch === 0
  const group = shareGroupToJoin(context, groupId, joins)
  if (!group.members.has(memberId)) throwIfFull(context, group)
  const member = joins ? (group.members.get(memberId) ?? newMember(memberId)) : group.member(memberId)
  throwIfFenced(group, member, memberEpoch)
  const updated = asked(member, command)
  const { groupEpoch, bumped, names } = refresh(context, group, member, updated)
  const target = updateTarget(context, group, groupEpoch, updated)
  const after = reconcile(context, group, updated, target, bumped)
  touchMember(context, groupId, memberId)
  const tells = joins || command.subscribedTopicNames !== null || !samePartitions(member.assigned, after.assigned)
  context.outcome.reply(token, {
    memberId,
    memberEpoch: after.memberEpoch,
    heartbeatIntervalMs: context.settings.share.ofGroup(groupId).heartbeatIntervalMs,
    assignment: tells ? listed(after.assigned) : null,
    newStates: initializeStates(context, group, groupEpoch, names),
  })
}

/** A member that lost an answer may still be in the epoch before. @throws KafkaError FENCED_MEMBER_EPOCH */
function throwIfFenced(group: ShareGroup, member: ShareMember, received: number): void {
  const { memberEpoch: known, previousMemberEpoch: previous } = member
  if (received === 0 || received === known || (received < known && received === previous)) return
  throw fencedEpoch(
    group,
    received,
    known,
    received > known ? '' : `, and it does not match the previous member epoch (${previous})`,
  )
}

function asked(member: ShareMember, command: ShareHeartbeatCommand): ShareMember {
  const { clientId, clientHost, rackId, subscribedTopicNames } = command
  const topicNames = subscribedTopicNames === null ? member.topicNames : [...new Set(subscribedTopicNames)].sort()
  return { ...member, rackId: rackId ?? member.rackId, topicNames, clientId, clientHost }
}

interface Refreshed {
  readonly groupEpoch: number
  readonly bumped: boolean
  /** All that members are subscribed to. */
  readonly names: ReadonlySet<string>
}

/** The member's record; the group's epoch grows where members or topics are not what they were. */
function refresh(context: GroupContext, group: ShareGroup, before: ShareMember, after: ShareMember): Refreshed {
  const { records } = context.outcome
  const { groupId } = group
  const resubscribed = !sameNames(before.topicNames, after.topicNames)
  const isNew = !group.members.has(after.memberId)
  if (isNew || resubscribed || !sameMetadata(before, after)) records.push(memberRecord(groupId, after))
  let bumped = resubscribed
  if (group.assignmentEpoch >= group.groupEpoch && hasUnassigned(group)) bumped = true
  const members = new Map(group.members).set(after.memberId, after)
  const names = new Set([...members.values()].flatMap(({ topicNames }) => topicNames))
  if (!bumped && !group.isRefreshDue(context.nowMs)) return { groupEpoch: group.groupEpoch, bumped, names }
  const hash = context.topics.groupHash(names)
  if (hash !== group.metadataHash) bumped = true
  const groupEpoch = group.groupEpoch + (bumped ? 1 : 0)
  if (bumped) {
    records.push(epochRecord(groupId, groupEpoch, hash))
    context.counts.rebalances.share++
  }
  group.refreshed(context.nowMs, groupEpoch)
  return { groupEpoch, bumped, names }
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  const names = new Set(a)
  return names.size === new Set(b).size && b.every((name) => names.has(name))
}

function sameMetadata(a: ShareMember, b: ShareMember): boolean {
  return sameFields(a, b, ['rackId', 'clientId', 'clientHost'])
}

/** States have been made that nobody was given yet. */
function hasUnassigned(group: ShareGroup): boolean {
  if (group.members.size === 0) return false
  for (const [topicId, { name, partitions }] of group.statePartitions?.initialized ?? []) {
    if (!group.isSubscribedTo(name)) continue
    const assigned = new Set([...group.targets.values()].flatMap((target) => [...(target.get(topicId) ?? [])]))
    if (assigned.size !== partitions.size || [...partitions].some((partition) => !assigned.has(partition))) return true
  }
  return false
}

/** Nobody has to give anything up first: a member is in its target at once. */
function reconcile(
  context: GroupContext,
  group: ShareGroup,
  member: ShareMember,
  target: Target,
  resubscribed: boolean,
): ShareMember {
  const isMoving = target.epoch !== member.memberEpoch
  if (!isMoving && !resubscribed) return member
  const wanted = new Set(topicIdsOf(context.topics.source, member.topicNames))
  const assigned = new Map([...target.partitions].filter(([topicId]) => wanted.has(topicId)))
  if (!isMoving && samePartitions(assigned, member.assigned)) return member
  const epochs = isMoving ? { memberEpoch: target.epoch, previousMemberEpoch: member.memberEpoch } : {}
  const after = { ...member, ...epochs, assigned }
  context.outcome.records.push(currentRecord(group.groupId, after))
  return after
}

/** Partitions that the group has no state of: the share coordinator is to make it. */
function initializeStates(
  context: GroupContext,
  group: ShareGroup,
  stateEpoch: number,
  names: ReadonlySet<string>,
): NewStates | undefined {
  const { topics, settings, nowMs, outcome } = context
  const { source } = topics
  const missing = missingStates(group.statePartitions, names, source, nowMs, settings.share.initializeRetryMs)
  if (missing.size === 0) return undefined
  const state = nowInitializing(group.statePartitions, missing)
  outcome.records.push(statePartitionsRecord(group.groupId, state, (id) => source.withId(id)?.name))
  return { stateEpoch, partitions: fromTheReset(missing) }
}

function fromTheReset(topics: StateTopics): NewStates['partitions'] {
  return [...topics].flatMap(([topicId, { partitions }]) =>
    [...partitions].map((partition) => ({ topicId, partition, startOffset: -1 })),
  )
}
