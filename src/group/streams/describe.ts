import { ErrorCode, KafkaError } from '../../base/errors.ts'
import type { Token } from '../../base/machine.ts'
import type { GroupContext } from '../context.ts'
import { describeEach } from '../describe.ts'
import { inStringOrder } from '../java-order.ts'
import type { DescribedStreamsGroup, DescribeStreamsGroupsCommand } from './commands.ts'
import type { ConfiguredTopology, InternalTopic } from './configure.ts'
import type { StreamsMember } from './member.ts'
import type { StreamsGroup } from './streams-group.ts'
import { type Tasks, taskIds } from './tasks.ts'
import type { TopicInfo, Topology } from './topology.ts'

type DescribedTopology = NonNullable<DescribedStreamsGroup['topology']>
type DescribedMember = DescribedStreamsGroup['members'][number]

export function describeStreamsGroups(
  context: GroupContext,
  command: DescribeStreamsGroupsCommand,
  token: Token,
): void {
  const { groups, outcome } = context
  const one = (groupId: string) => describe(groups.require('streams', groupId))
  outcome.reply(token, describeEach(command.groupIds, one, describedError))
}

export function describedError(groupId: string, errorCode: number, errorMessage: string | null): DescribedStreamsGroup {
  const nothing = { groupState: '', groupEpoch: 0, assignmentEpoch: 0, topology: null, members: [] }
  return { groupId, errorCode, errorMessage, ...nothing }
}

function describe(group: StreamsGroup): DescribedStreamsGroup {
  const { groupId, groupEpoch, assignmentEpoch, topology, configured } = group
  // A log that was cut may lack it; Kafka has no better answer.
  if (topology === undefined) throw new KafkaError('UNKNOWN_SERVER_ERROR')
  return {
    groupId,
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    groupState: group.state,
    groupEpoch,
    assignmentEpoch,
    topology: configured && !configured.problem ? asConfigured(configured) : asAsked(topology),
    members: [...group.members.values()].map((member) => describeMember(member, group.targets.get(member.memberId))),
  }
}

/** With the numbers of partitions that were found. */
function asConfigured({ epoch, subtopologies }: ConfiguredTopology): DescribedTopology {
  return {
    epoch,
    subtopologies: [...(subtopologies ?? [])].map(([subtopologyId, one]) => ({
      subtopologyId,
      sourceTopics: [...one.sourceTopics],
      repartitionSinkTopics: [...one.repartitionSinkTopics],
      stateChangelogTopics: one.stateChangelogTopics.map(describeTopic),
      repartitionSourceTopics: one.repartitionSourceTopics.map(describeTopic),
    })),
  }
}

function describeTopic({ name, partitions, replicationFactor, configs }: InternalTopic) {
  const topicConfigs = inStringOrder(configs.keys()).map((key) => ({ key, value: configs.get(key) ?? '' }))
  return { name, partitions, replicationFactor, topicConfigs }
}

/** As the application brought it. */
function asAsked({ epoch, subtopologies }: Topology): DescribedTopology {
  const ids = [...subtopologies.keys()].sort()
  return {
    epoch,
    subtopologies: ids.flatMap((subtopologyId) => {
      const one = subtopologies.get(subtopologyId)
      if (one === undefined) return []
      return {
        subtopologyId,
        sourceTopics: [...one.sourceTopics].sort(),
        repartitionSinkTopics: [...one.repartitionSinkTopics].sort(),
        stateChangelogTopics: [...one.stateChangelogTopics].sort(byName),
        repartitionSourceTopics: [...one.repartitionSourceTopics].sort(byName),
      }
    }),
  }
}

const byName = (a: TopicInfo, b: TopicInfo): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)

function describeMember(member: StreamsMember, target: Tasks | undefined): DescribedMember {
  const { memberId, memberEpoch, instanceId, rackId, clientId, clientHost, topologyEpoch, processId } = member
  return {
    memberId,
    memberEpoch,
    instanceId,
    rackId,
    clientId,
    clientHost,
    topologyEpoch,
    processId,
    userEndpoint: member.userEndpoint,
    clientTags: inStringOrder(member.clientTags.keys()).map((key) => ({
      key,
      value: member.clientTags.get(key) ?? '',
    })),
    taskOffsets: [],
    taskEndOffsets: [],
    assignment: describeTasks(member.assigned),
    targetAssignment: target ? describeTasks(target) : { activeTasks: [], standbyTasks: [], warmupTasks: [] },
    isClassic: false,
  }
}

function describeTasks({ active, standby, warmup }: StreamsMember['assigned'] | Tasks) {
  return { activeTasks: taskIds(active), standbyTasks: taskIds(standby), warmupTasks: taskIds(warmup) }
}
