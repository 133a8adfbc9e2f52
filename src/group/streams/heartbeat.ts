import { KafkaError } from '../../base/errors.ts'
import type { Token } from '../../base/machine.ts'
import type { GroupContext } from '../context.ts'
import { inStringOrder } from '../java-order.ts'
import { fencedEpoch, throwIfFull } from '../limits.ts'
import { cancelRebalance, startRebalance } from '../member-timers.ts'
import { ascending } from '../partition-sets.ts'
import type { StreamsHeartbeatCommand, StreamsHeartbeatReply } from './commands.ts'
import type { ConfiguredTopology } from './configure.ts'
import { endpointPartitions } from './endpoints.ts'
import { fenceMember } from './fence.ts'
import { groupToJoin } from './lifecycle.ts'
import {
  isReconciledTo,
  LEAVE_EPOCH,
  MemberState,
  newMember,
  STATIC_LEAVE_EPOCH,
  type StreamsMember,
  sameMetadata,
} from './member.ts'
import { reconcile } from './reconcile.ts'
import { currentRecord } from './records.ts'
import { refreshTopology } from './refresh.ts'
import type { StreamsGroup } from './streams-group.ts'
import { type Target, updateTarget } from './target.ts'
import { areContained, type EpochTasks, sameOwned, type TaskIds, type TaskSets, type Tasks, taskSets } from './tasks.ts'
import { scheduleInitialDelay, touchMember } from './timers.ts'
import { type Status, StatusCode } from './topic-problem.ts'

type Request = StreamsHeartbeatCommand['request']

/** StreamsGroupHeartbeat: a member joins, says what it is and owns, learns what it is to own, or leaves. */
export function streamsHeartbeat(context: GroupContext, command: StreamsHeartbeatCommand, token: Token): void {
  const { memberEpoch } = command.request
  const leaves = memberEpoch === LEAVE_EPOCH || memberEpoch === STATIC_LEAVE_EPOCH
  context.outcome.reply(token, leaves ? leave(context, command.request) : goOn(context, command))
}

function leave(context: GroupContext, request: Request): StreamsHeartbeatReply {
  const { groupId, memberId, memberEpoch, shutdownApplication } = request
  const group = context.groups.require('streams', groupId)
  if (shutdownApplication) group.requestShutdown(memberId)
  fenceMember(context, group, group.member(memberId))
  const response = { ...NO_ANSWER, memberId, memberEpoch, status: [] }
  return { response, missingTopics: [] }
}

const NO_ANSWER = {
  throttleTimeMs: 0,
  errorCode: 0,
  heartbeatIntervalMs: 0,
  acceptableRecoveryLag: 0,
  taskOffsetIntervalMs: 0,
  endpointInformationEpoch: 0,
}

function goOn(context: GroupContext, command: StreamsHeartbeatCommand): StreamsHeartbeatReply {
  const { request } = command
  const { groupId, memberId } = request
  const joins = request.memberEpoch === 0
  const group = joins
    ? groupToJoin(context, groupId)
    : context.groups.require('streams', groupId, `Streams group ${groupId} not found.`)
  if (joins) throwIfFull(context, group)
  const member = joins ? (group.members.get(memberId) ?? newMember(memberId)) : group.member(memberId)
  if (!joins) requireEpoch(group, member, request)
  const asked = withRequest(member, command)
  const { groupEpoch, configured } = refreshTopology(context, group, member, asked, request)
  const stale = staleness(group, asked)
  if (group.isEmpty) scheduleInitialDelay(context, groupId)
  const target = updateTarget(context, { group, groupEpoch, configured, updated: asked })
  const after = moveOn(context, group, asked, target, request)
  touchMember(context, groupId, memberId)
  if (request.shutdownApplication) group.requestShutdown(memberId)
  const status = [stale, target.delayed, configured.problem?.status, shutdown(group)].filter((one) => one !== undefined)
  const response = {
    ...NO_ANSWER,
    memberId,
    memberEpoch: after.memberEpoch,
    heartbeatIntervalMs: context.settings.streams.ofGroup(groupId).heartbeatIntervalMs,
    status,
    ...assignment(group, member, after, joins),
    ...endpoints(context, group, after, configured, request),
  }
  return { response, missingTopics: configured.problem ? configured.missingTopics : [] }
}

/** A member that missed an answer may be one epoch behind, as long as it has nothing that it was not given. */
function requireEpoch(group: StreamsGroup, member: StreamsMember, request: Request): void {
  const { memberEpoch, activeTasks, standbyTasks, warmupTasks } = request
  if (memberEpoch === member.memberEpoch) return
  const { active, standby, warmup } = member.assigned
  if (
    memberEpoch > member.memberEpoch ||
    memberEpoch !== member.previousMemberEpoch ||
    !areContained(activeTasks, active) ||
    !areContained(standbyTasks, standby) ||
    !areContained(warmupTasks, warmup)
  ) {
    throw fencedEpoch(group, memberEpoch, member.memberEpoch)
  }
}

/** The member with what its request says; what it leaves out stays. */
function withRequest(member: StreamsMember, { request, clientId, clientHost }: StreamsHeartbeatCommand): StreamsMember {
  const { rackId, rebalanceTimeoutMs, topology, processId, clientTags, userEndpoint } = request
  const tags = clientTags && new Map(clientTags.map(({ key, value }) => [key, value]))
  if (clientTags && tags && tags.size < clientTags.length) throw new KafkaError('UNKNOWN_SERVER_ERROR')
  const asked = {
    ...member,
    rackId: rackId ?? member.rackId,
    rebalanceTimeoutMs: rebalanceTimeoutMs === -1 ? member.rebalanceTimeoutMs : rebalanceTimeoutMs,
    topologyEpoch: topology?.epoch ?? member.topologyEpoch,
    clientId,
    clientHost,
    processId: processId ?? member.processId,
    clientTags: tags ?? member.clientTags,
    userEndpoint: userEndpoint ?? member.userEndpoint,
  }
  return sameMetadata(member, asked) ? member : asked
}

function staleness({ topology }: StreamsGroup, { topologyEpoch }: StreamsMember): Status | undefined {
  if (topology === undefined || topologyEpoch >= topology.epoch) return undefined
  return {
    statusCode: StatusCode.STALE_TOPOLOGY,
    statusDetail: `The member's topology epoch ${topologyEpoch} is behind the group's topology epoch ${topology.epoch}.`,
  }
}

function shutdown({ shutdownRequestedBy }: StreamsGroup): Status | undefined {
  if (shutdownRequestedBy === undefined) return undefined
  return {
    statusCode: StatusCode.SHUTDOWN_APPLICATION,
    statusDetail: `Streams group member ${shutdownRequestedBy} encountered a fatal error and requested a shutdown for the entire application.`,
  }
}

function moveOn(
  context: GroupContext,
  group: StreamsGroup,
  member: StreamsMember,
  target: Target,
  request: Request,
): StreamsMember {
  if (isReconciledTo(member, target.epoch)) return member
  const { groupId } = group
  const after = reconcile({
    member,
    targetEpoch: target.epoch,
    target: target.tasks,
    owners: group.owners,
    owned: ownedOf(request),
  })
  if (after === member) return member
  context.outcome.records.push(currentRecord(groupId, after))
  if (after.state === MemberState.UNREVOKED_TASKS) startRebalance(context, 'streamsRebalance', groupId, after)
  else cancelRebalance(context, groupId, after.memberId)
  return after
}

/** undefined: the member does not say what it owns. */
function ownedOf({ activeTasks, standbyTasks, warmupTasks }: Request): Tasks | undefined {
  if (activeTasks === null || standbyTasks === null || warmupTasks === null) return undefined
  return { active: setsOf(activeTasks), standby: setsOf(standbyTasks), warmup: setsOf(warmupTasks) }
}

function setsOf(ids: readonly TaskIds[]): TaskSets {
  const sets = taskSets(ids)
  if (sets === undefined) throw new KafkaError('UNKNOWN_SERVER_ERROR')
  return sets
}

/** What the member has now, if it does not know it yet. */
function assignment(
  group: StreamsGroup,
  before: StreamsMember,
  { assigned, userEndpoint }: StreamsMember,
  joins: boolean,
) {
  if (!joins && sameOwned(before.assigned, assigned)) return {}
  if (userEndpoint !== null) group.endpointEpoch++
  return {
    activeTasks: inJavaOrder(assigned.active),
    standbyTasks: inJavaOrder(assigned.standby),
    warmupTasks: inJavaOrder(assigned.warmup),
  }
}

function inJavaOrder(tasks: EpochTasks | TaskSets) {
  return inStringOrder(tasks.keys()).map((subtopologyId) => ({
    subtopologyId,
    partitions: ascending(tasks.get(subtopologyId)?.keys() ?? []),
  }))
}

/** A group that is only about to come to be has no epoch of its endpoints to tell. */
function endpoints(
  { groups, topics }: GroupContext,
  group: StreamsGroup,
  member: StreamsMember,
  configured: ConfiguredTopology,
  request: Request,
) {
  const { endpointEpoch } = group
  const existing = (topic: string) => topics.source.named(topic)?.partitions
  const news =
    endpointEpoch === request.endpointInformationEpoch
      ? {}
      : { partitionsByUserEndpoint: endpointPartitions(group, member, configured, existing) }
  const known = groups.ofKind('streams', group.groupId) === group
  return { ...news, endpointInformationEpoch: known ? endpointEpoch : 0 }
}
