import { KafkaError } from '../../base/errors.ts'
import type { GroupContext } from '../context.ts'
import type { StreamsHeartbeatCommand } from './commands.ts'
import { type ConfiguredSubtopology, type ConfiguredTopology, configure } from './configure.ts'
import type { StreamsMember } from './member.ts'
import { epochRecord, memberRecord, topologyRecord } from './records.ts'
import { assignmentConfigs } from './settings.ts'
import type { StreamsGroup } from './streams-group.ts'
import { configsChanged } from './target.ts'
import type { TaskIds } from './tasks.ts'
import { type Topology, topologyOfRequest } from './topology.ts'

type Request = StreamsHeartbeatCommand['request']

export interface Refreshed {
  readonly groupEpoch: number
  readonly configured: ConfiguredTopology
}

/**
 * Brings the group up to date with what a request says and with the topics as they are now. Its epoch grows with
 * everything that an assignment depends on: the member, the topics, whether they allow to run the topology, the configs.
 */
export function refreshTopology(
  context: GroupContext,
  group: StreamsGroup,
  member: StreamsMember,
  asked: StreamsMember,
  request: Request,
): Refreshed {
  const { outcome, settings, nowMs } = context
  const { groupId } = group
  const isChanged = asked !== member || !group.members.has(member.memberId)
  if (isChanged) outcome.records.push(memberRecord(groupId, asked))
  const topology = topologyOf(context, group, request)
  const { configured, metadataHash } = lookAtTopics(context, group, topology)
  const validatedTopologyEpoch = configured.problem ? -1 : topology.epoch
  if (!configured.problem) requireTasks(configured.subtopologies, request)
  const grows =
    isChanged ||
    metadataHash !== group.metadataHash ||
    validatedTopologyEpoch !== group.validatedTopologyEpoch ||
    configsChanged(context, group)
  if (!grows) return { groupEpoch: group.groupEpoch, configured }
  const epoch = group.groupEpoch + 1
  const configs = assignmentConfigs(settings.streams.ofGroup(groupId))
  const state = { epoch, metadataHash, validatedTopologyEpoch, assignmentConfigs: configs }
  outcome.records.push(epochRecord(groupId, state))
  context.counts.rebalances.streams++
  group.refreshed(nowMs, epoch)
  return { groupEpoch: epoch, configured }
}

/** The group's topology; the first that joins brings it. Whoever has an older one may stay, but is told. */
function topologyOf({ outcome }: GroupContext, group: StreamsGroup, { topology }: Request): Topology {
  const known = group.topology
  if (topology === null) {
    if (known === undefined) throw new KafkaError('UNKNOWN_SERVER_ERROR')
    return known
  }
  const asked = topologyOfRequest(topology)
  if (known === undefined) {
    outcome.records.push(topologyRecord(group.groupId, asked.value))
    return asked
  }
  if (known.epoch > asked.epoch) return known
  if (!known.equals(asked)) throw new KafkaError('INVALID_REQUEST', 'Topology updates are not supported yet.')
  return known
}

function lookAtTopics({ topics, nowMs }: GroupContext, group: StreamsGroup, topology: Topology) {
  const { configured } = group
  if (group.topology !== undefined && configured !== undefined && !group.isRefreshDue(nowMs)) {
    return { configured, metadataHash: group.metadataHash }
  }
  const metadataHash = topics.groupHash(topology.requiredTopics)
  if (group.topology !== undefined && configured !== undefined && metadataHash === group.metadataHash) {
    return { configured, metadataHash }
  }
  group.configured = configure(topology, (topic) => topics.source.named(topic)?.partitions)
  return { configured: group.configured, metadataHash }
}

function requireTasks(
  subtopologies: ReadonlyMap<string, ConfiguredSubtopology> | undefined,
  { activeTasks, standbyTasks, warmupTasks }: Request,
): void {
  for (const ids of [activeTasks, standbyTasks, warmupTasks])
    for (const one of ids ?? []) requireTask(subtopologies, one)
}

function requireTask(subtopologies: ReadonlyMap<string, ConfiguredSubtopology> | undefined, ids: TaskIds): void {
  const { subtopologyId, partitions } = ids
  const tasks = subtopologies?.get(subtopologyId)?.tasks
  if (tasks === undefined) {
    throw new KafkaError('INVALID_REQUEST', `Subtopology ${subtopologyId} does not exist in the topology.`)
  }
  const wrong = partitions.find((partition) => partition < 0 || partition >= tasks)
  if (wrong === undefined) return
  throw new KafkaError(
    'INVALID_REQUEST',
    `Task ${wrong} for subtopology ${subtopologyId} is invalid. Number of tasks for this subtopology: ${tasks}`,
  )
}
