import { ErrorCode } from '../../base/errors.ts'
import type { Token } from '../../base/machine.ts'
import type { GroupContext } from '../context.ts'
import { listed } from '../partition-sets.ts'
import type { DescribedShareGroup, DescribeShareGroupsCommand } from './commands.ts'
import { ASSIGNOR_NAME } from './lifecycle.ts'
import { ShareGroup, type ShareMember } from './share-group.ts'

export function describeShareGroups(context: GroupContext, command: DescribeShareGroupsCommand, token: Token): void {
  const described = command.groupIds.map((groupId) => {
    const group = context.groups.find(groupId)
    if (group instanceof ShareGroup) return describe(context, group)
    const message = group ? `Group ${groupId} is not a share group.` : `Group ${groupId} not found.`
    return describedShareError(groupId, ErrorCode.GROUP_ID_NOT_FOUND, message)
  })
  context.outcome.reply(token, described)
}

export function describedShareError(
  groupId: string,
  errorCode: number,
  errorMessage: string | null = null,
): DescribedShareGroup {
  const nothing = { groupState: '', groupEpoch: 0, assignmentEpoch: 0, assignorName: '', members: [] }
  return { groupId, errorCode, errorMessage, ...nothing }
}

function describe(context: GroupContext, group: ShareGroup): DescribedShareGroup {
  const { groupId, state: groupState, groupEpoch, assignmentEpoch } = group
  return {
    groupId,
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    groupState,
    groupEpoch,
    assignmentEpoch,
    assignorName: ASSIGNOR_NAME,
    members: [...group.members.values()].map((member) => describeMember(context, member)),
  }
}

/** Topics that are gone have no name that could be shown. */
function describeMember({ topics }: GroupContext, member: ShareMember) {
  const { memberId, rackId, memberEpoch, clientId, clientHost, topicNames: subscribedTopicNames, assigned } = member
  const topicPartitions = listed(assigned).flatMap(({ topicId, partitions }) => {
    const topicName = topics.source.withId(topicId)?.name
    return topicName === undefined ? [] : [{ topicId, topicName, partitions }]
  })
  const assignment = { topicPartitions }
  return { memberId, rackId, memberEpoch, clientId, clientHost, subscribedTopicNames, assignment }
}
