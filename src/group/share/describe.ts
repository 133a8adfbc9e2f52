import { ErrorCode } from '../../base/errors.ts'
import type { Token } from '../../base/machine.ts'
import type { GroupContext } from '../context.ts'
import { describeEach, named } from '../describe.ts'
import { listed } from '../partition-sets.ts'
import type { DescribedShareGroup, DescribeShareGroupsCommand } from './commands.ts'
import { ASSIGNOR_NAME } from './lifecycle.ts'
import type { ShareMember } from './member.ts'
import type { ShareGroup } from './share-group.ts'

export function describeShareGroups(context: GroupContext, command: DescribeShareGroupsCommand, token: Token): void {
  const { groups, outcome } = context
  const one = (groupId: string) => describe(context, groups.require('share', groupId))
  outcome.reply(token, describeEach(command.groupIds, one, describedShareError))
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

function describeMember({ topics }: GroupContext, member: ShareMember) {
  const { memberId, rackId, memberEpoch, clientId, clientHost, topicNames: subscribedTopicNames, assigned } = member
  const assignment = named(topics.source, listed(assigned))
  return { memberId, rackId, memberEpoch, clientId, clientHost, subscribedTopicNames, assignment }
}
