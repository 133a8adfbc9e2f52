import { ErrorCode } from '../../base/errors.ts'
import type { Token } from '../../base/machine.ts'
import type { GroupContext } from '../context.ts'
import { listed, NO_PARTITIONS, type TopicPartitions } from '../partition-sets.ts'
import type { DescribeConsumerGroupsCommand, DescribedAssignment, DescribedConsumerGroup } from './commands.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { type ConsumerMember, type OwnedPartitions, usesClassicProtocol } from './member.ts'
import { preferredAssignor } from './target.ts'
import type { TopicSource } from './topics.ts'

export function describeConsumerGroups(
  context: GroupContext,
  command: DescribeConsumerGroupsCommand,
  token: Token,
): void {
  const described = command.groupIds.map((groupId) => {
    const group = context.groups.find(groupId)
    const consumer = context.groups.consumer(groupId)
    if (consumer) return describe(context, consumer)
    return notFound(groupId, group ? `Group ${groupId} is not a consumer group.` : `Group ${groupId} not found.`)
  })
  context.outcome.reply(token, described)
}

function notFound(groupId: string, errorMessage: string): DescribedConsumerGroup {
  return describedError(groupId, ErrorCode.GROUP_ID_NOT_FOUND, errorMessage)
}

export function describedError(
  groupId: string,
  errorCode: number,
  errorMessage: string | null = null,
): DescribedConsumerGroup {
  const nothing = { groupState: '', groupEpoch: 0, assignmentEpoch: 0, assignorName: '', members: [] }
  return { groupId, errorCode, errorMessage, ...nothing }
}

function describe({ settings, topics }: GroupContext, group: ConsumerGroup): DescribedConsumerGroup {
  return {
    groupId: group.groupId,
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    groupState: group.state,
    groupEpoch: group.groupEpoch,
    assignmentEpoch: group.assignmentEpoch,
    assignorName: preferredAssignor(group, undefined, undefined) ?? settings.consumer.assignors[0],
    members: [...group.members.values()].map((member) => describeMember(topics.source, group, member)),
  }
}

function describeMember(topics: TopicSource, group: ConsumerGroup, member: ConsumerMember) {
  return {
    memberId: member.memberId,
    instanceId: member.instanceId,
    rackId: member.rackId,
    memberEpoch: member.memberEpoch,
    clientId: member.clientId,
    clientHost: member.clientHost,
    subscribedTopicNames: member.topicNames,
    subscribedTopicRegex: member.topicRegex,
    assignment: named(topics, listed(allOwned(member))),
    targetAssignment: named(topics, listed(group.targets.get(member.memberId) ?? NO_PARTITIONS)),
    memberType: usesClassicProtocol(member) ? 0 : 1,
  }
}

/** What it still has to give up is its own until it says that it did. */
function allOwned({ assigned, revoking }: ConsumerMember): OwnedPartitions {
  if (revoking.size === 0) return assigned
  const all = new Map(assigned)
  for (const [topicId, partitions] of revoking) all.set(topicId, new Map([...(all.get(topicId) ?? []), ...partitions]))
  return all
}

/** Topics that are gone have no name that could be shown. */
function named(topics: TopicSource, assignment: TopicPartitions): DescribedAssignment {
  return {
    topicPartitions: assignment.flatMap(({ topicId, partitions }) => {
      const topicName = topics.withId(topicId)?.name
      return topicName === undefined ? [] : [{ topicId, topicName, partitions: [...partitions] }]
    }),
  }
}
