import type { TopicPartition } from '../../base/ids.ts'
import type { ConsumerGroupDescribeResponseData } from '../../protocol/messages/consumer-group-describe.ts'
import type { DescribeGroupsResponseData } from '../../protocol/messages/describe-groups.ts'
import type { ShareGroupDescribeResponseData } from '../../protocol/messages/share-group-describe.ts'
import type { StreamsGroupDescribeResponseData } from '../../protocol/messages/streams-group-describe.ts'
import { decodeAssignment, decodeSubscription } from '../consumer-protocol.ts'

export type GroupType = 'classic' | 'consumer' | 'share' | 'streams'

/** A task of a streams group, named as Kafka's tools do: `0_1`. */
export interface StreamsTasks {
  readonly active: readonly string[]
  readonly standby: readonly string[]
  readonly warmup: readonly string[]
}

export interface GroupMember {
  readonly memberId: string
  readonly instanceId: string | null
  readonly clientId: string
  readonly host: string
  readonly rack: string | null
  /** −1 in classic groups. */
  readonly epoch: number
  readonly subscribedTopics: readonly string[]
  readonly subscribedRegex: string | null
  readonly assignment: readonly TopicPartition[]
  /** Where it is on its way to; undefined where the protocol has none. */
  readonly targetAssignment?: readonly TopicPartition[]
  readonly tasks?: StreamsTasks
  readonly processId?: string
}

export interface GroupDescription {
  readonly groupId: string
  readonly type: GroupType
  /** `Stable`, `Empty`, `PreparingRebalance`… */
  readonly state: string
  /** `consumer`, `connect`… of a classic group; else the type. */
  readonly protocolType: string
  /** Who assigns, or in classic groups the protocol. */
  readonly assignor: string
  /** The broker that coordinates it. */
  readonly coordinator: number
  /** −1 in classic groups. */
  readonly epoch: number
  readonly assignmentEpoch: number
  readonly members: readonly GroupMember[]
}

type Classic = DescribeGroupsResponseData['groups'][number]
type Consumer = ConsumerGroupDescribeResponseData['groups'][number]
type Share = ShareGroupDescribeResponseData['groups'][number]
type Streams = StreamsGroupDescribeResponseData['groups'][number]

export function classicGroup(group: Classic, coordinator: number): GroupDescription {
  const { groupId, groupState: state, protocolType, protocolData: assignor } = group
  const members = group.members.map((member): GroupMember => {
    const { memberId, groupInstanceId, clientId, clientHost, memberMetadata, memberAssignment } = member
    return {
      memberId,
      instanceId: groupInstanceId,
      clientId,
      host: hostOf(clientHost),
      rack: null,
      epoch: -1,
      subscribedTopics: decodeSubscription(memberMetadata)?.topics ?? [],
      subscribedRegex: null,
      assignment: (protocolType === 'consumer' ? decodeAssignment(memberAssignment) : undefined) ?? [],
    }
  })
  const epochs = { epoch: -1, assignmentEpoch: -1 }
  return { groupId, type: 'classic', state, protocolType, assignor, coordinator, ...epochs, members }
}

export function consumerGroup(group: Consumer, coordinator: number): GroupDescription {
  const members = group.members.map((member): GroupMember => {
    const { memberId, instanceId, clientId, clientHost, rackId, memberEpoch, subscribedTopicRegex } = member
    return {
      memberId,
      instanceId,
      clientId,
      host: hostOf(clientHost),
      rack: rackId,
      epoch: memberEpoch,
      subscribedTopics: member.subscribedTopicNames,
      subscribedRegex: subscribedTopicRegex,
      assignment: partitionsOf(member.assignment),
      targetAssignment: partitionsOf(member.targetAssignment),
    }
  })
  return { ...epochGroup(group, 'consumer', coordinator), assignor: group.assignorName, members }
}

export function shareGroup(group: Share, coordinator: number): GroupDescription {
  const members = group.members.map((member): GroupMember => {
    const { memberId, clientId, clientHost, rackId, memberEpoch } = member
    return {
      memberId,
      instanceId: null,
      clientId,
      host: hostOf(clientHost),
      rack: rackId,
      epoch: memberEpoch,
      subscribedTopics: member.subscribedTopicNames,
      subscribedRegex: null,
      assignment: partitionsOf(member.assignment),
    }
  })
  return { ...epochGroup(group, 'share', coordinator), assignor: group.assignorName, members }
}

export function streamsGroup(group: Streams, coordinator: number): GroupDescription {
  const sources = new Map(
    (group.topology?.subtopologies ?? []).map(({ subtopologyId, sourceTopics, repartitionSourceTopics }) => [
      subtopologyId,
      [...sourceTopics, ...repartitionSourceTopics.map(({ name }) => name)],
    ]),
  )
  const topics = [...new Set([...sources.values()].flat())]
  const members = group.members.map((member): GroupMember => {
    const { memberId, instanceId, clientId, clientHost, rackId, memberEpoch, processId, assignment } = member
    const { activeTasks, standbyTasks, warmupTasks } = assignment
    return {
      memberId,
      instanceId,
      clientId,
      host: hostOf(clientHost),
      rack: rackId,
      epoch: memberEpoch,
      subscribedTopics: topics,
      subscribedRegex: null,
      assignment: activeTasks.flatMap(({ subtopologyId, partitions }) =>
        partitions.flatMap((partition) => (sources.get(subtopologyId) ?? []).map((topic) => ({ topic, partition }))),
      ),
      tasks: { active: tasksOf(activeTasks), standby: tasksOf(standbyTasks), warmup: tasksOf(warmupTasks) },
      processId,
    }
  })
  return { ...epochGroup(group, 'streams', coordinator), assignor: 'streams', members }
}

function epochGroup(group: Consumer | Share | Streams, type: GroupType, coordinator: number) {
  const { groupId, groupState: state, groupEpoch: epoch, assignmentEpoch } = group
  return { groupId, type, state, protocolType: type, coordinator, epoch, assignmentEpoch }
}

interface TaskIds {
  readonly subtopologyId: string
  readonly partitions: readonly number[]
}

function tasksOf(tasks: readonly TaskIds[]): string[] {
  return tasks.flatMap(({ subtopologyId, partitions }) =>
    partitions.map((partition) => `${subtopologyId}_${partition}`),
  )
}

function partitionsOf({
  topicPartitions,
}: Consumer['members'][number]['assignment'] | Share['members'][number]['assignment']) {
  return topicPartitions.flatMap(({ topicName, partitions }) =>
    partitions.map((partition) => ({ topic: topicName, partition })),
  )
}

/** Java writes addresses with a slash before them. */
function hostOf(text: string): string {
  return text.replace(/^\//, '')
}
