import { ErrorCode } from '../../base/errors.ts'
import type { Token } from '../../base/machine.ts'
import type { GroupContext } from '../context.ts'
import { describeEach, named } from '../describe.ts'
import { listed, NO_PARTITIONS } from '../partition-sets.ts'
import type { DescribeConsumerGroupsCommand, DescribedConsumerGroup } from './commands.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { type ConsumerMember, type OwnedPartitions, usesClassicProtocol } from './member.ts'
import { preferredAssignor } from './target.ts'
import type { TopicSource } from './topics.ts'

export function describeConsumerGroups(
  context: GroupContext,
  command: DescribeConsumerGroupsCommand,
  token: Token,
): void {
  const { groups, outcome } = context
  const one = (groupId: string) => describe(context, groups.require('consumer', groupId))
  outcome.reply(token, describeEach(command.groupIds, one, describedError))
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
