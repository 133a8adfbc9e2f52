import { ErrorCode } from '../base/errors.ts'
import type { Token } from '../base/machine.ts'
import type { ClassicGroup } from './classic-group.ts'
import type {
  DeleteGroupsCommand,
  DescribedGroup,
  DescribeGroupsCommand,
  ListedGroup,
  ListGroupsCommand,
} from './commands.ts'
import type { GroupContext } from './context.ts'
import type { Group } from './group-table.ts'
import { EMPTY_BYTES, metadataOf } from './member.ts'
import { type GroupRecord, NO_PRODUCER_ID } from './records.ts'

export function listGroups(context: GroupContext, command: ListGroupsCommand, token: Token): void {
  const states = new Set(command.states.map((state) => state.toLowerCase().trim()))
  const types = new Set(command.types.map((type) => type.toLowerCase()))
  const listed: ListedGroup[] = []
  for (const group of context.groups.all()) {
    const row = asListed(group)
    if (states.size > 0 && !states.has(filterName(row.groupState))) continue
    if (types.size > 0 && !types.has(row.groupType.toLowerCase())) continue
    listed.push(row)
  }
  context.outcome.reply(token, listed)
}

/** Kafka knows one state by another name in filters than in answers. */
function filterName(state: string): string {
  return state === 'NotReady' ? 'not_ready' : state.toLowerCase()
}

function asListed(group: Group): ListedGroup {
  const { groupId, state: groupState } = group
  const protocolType = group.kind === 'classic' ? (group.protocolType ?? '') : group.kind
  return { groupId, protocolType, groupState, groupType: group.kind }
}

export function describeGroups(context: GroupContext, command: DescribeGroupsCommand, token: Token): void {
  const described = command.groupIds.map((groupId) => {
    const group = context.groups.classic(groupId)
    return group ? describe(group) : notClassic(groupId, context.groups.find(groupId))
  })
  context.outcome.reply(token, described)
}

function notClassic(groupId: string, foreign: unknown): DescribedGroup {
  return {
    groupId,
    errorCode: ErrorCode.GROUP_ID_NOT_FOUND,
    errorMessage: foreign ? `Group ${groupId} is not a classic group.` : `Group ${groupId} not found.`,
    groupState: 'Dead',
    protocolType: '',
    protocolData: '',
    members: [],
  }
}

/** What members bring and get is shown of a stable group only. */
function describe(group: ClassicGroup): DescribedGroup {
  const stable = group.state === 'Stable'
  return {
    groupId: group.groupId,
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    groupState: group.state,
    protocolType: group.protocolType ?? '',
    protocolData: stable ? (group.protocolName ?? '') : '',
    members: [...group.members.values()].map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      memberMetadata: stable ? metadataOf(member, group.protocolName) : EMPTY_BYTES,
      memberAssignment: member.assignment,
    })),
  }
}

export function deleteGroups(context: GroupContext, command: DeleteGroupsCommand, token: Token): void {
  const { groups, offsets, outcome } = context
  const deleted = command.groupIds.map((groupId) => {
    const group = groups.find(groupId)
    if (group === undefined) return { groupId, errorCode: ErrorCode.GROUP_ID_NOT_FOUND }
    if (group.state !== 'Empty') return { groupId, errorCode: ErrorCode.NON_EMPTY_GROUP }
    for (const { topic, partition } of offsets.partitionsOf(groupId)) {
      outcome.records.push({ type: 'offset', producerId: NO_PRODUCER_ID, groupId, topic, partition, value: null })
      context.counts.offsetDeletions++
    }
    outcome.records.push(...groupTombstones(group))
    return { groupId, errorCode: ErrorCode.NONE }
  })
  outcome.reply(token, deleted)
}

export function groupTombstones(group: Group): GroupRecord[] {
  if (group.kind !== 'classic') return group.tombstones()
  return [{ type: 'group', groupId: group.groupId, value: null }]
}
