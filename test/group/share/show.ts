import { errorName } from '../../../src/base/errors.ts'
import type { GroupReplies } from '../../../src/group/commands.ts'
import type { ShareGroupCommand } from '../../../src/group/share/commands.ts'
import type { ShareRecord } from '../../../src/group/share/records.ts'

type Shows = { readonly [K in ShareGroupCommand['type']]: (reply: GroupReplies[K]) => string }
type Topics = readonly { readonly topicId: string; readonly partitions: readonly number[] }[]

/** Topics of the tests have their name in their id. */
const named = (topicId: string): string => Buffer.from(topicId, 'base64url').toString('latin1').replaceAll('\0', '')

const topics = (all: Topics): string =>
  all.map(({ topicId, partitions }) => `${named(topicId)}-${[...partitions].join('+')}`).join(' ') || '-'

export const SHARE_SHOWS: Shows = {
  shareHeartbeat: ({ memberId, memberEpoch, assignment, newStates }) => {
    const given = assignment === null ? '' : ` assigned ${topics(assignment)}`
    const states = newStates?.partitions.map((one) => `${named(one.topicId)}-${one.partition}`).join(' ')
    return `${memberId} epoch ${memberEpoch}${given}${states ? `, states of ${states} at ${newStates?.stateEpoch}` : ''}`
  },
  describeShareGroups: (groups) =>
    groups
      .map((group) => {
        const members = group.members.map((one) => `${one.memberId}@${one.memberEpoch}`).join(' ')
        const state = `${group.groupState} ${group.groupEpoch}/${group.assignmentEpoch} ${members}`.trim()
        return `${group.groupId} ${errorName(group.errorCode)} ${state}`
      })
      .join('; '),
  shareStatesMade: () => 'done',
  shareStates: topics,
  alterShareOffsets: ({ topics: altered, newStates }) =>
    `${altered.map(({ topicName, partitions }) => `${topicName}-${partitions.map((p) => `${p.partitionIndex}${p.isKnown ? '' : '?'}`).join('+')}`).join(' ')} at ${newStates.stateEpoch}`,
  deleteShareOffsets: ({ toDelete, refused }) =>
    `delete ${topics(toDelete)}${refused.map(({ topicName, message }) => `; ${topicName}: ${message}`).join('')}`,
  shareOffsetsDeleted: () => 'done',
  prepareShareDeletion: (all) =>
    all.map((one) => `${one.groupId} ${one.isRefused ? 'has members' : topics(one.toDelete)}`).join('; ') || 'nothing',
  shareTopicsDeleted: () => 'done',
}

export function showShareRecord(record: ShareRecord): string {
  const { groupId, about } = record
  const member = 'memberId' in record ? ` ${record.memberId}` : ''
  return `share ${groupId} ${about}${member} ${told(record)}`.trim()
}

function told(record: ShareRecord): string {
  if (record.value === null) return 'deleted'
  switch (record.about) {
    case 'epoch':
      return `${record.value.epoch}`
    case 'targetEpoch':
      return `${record.value.assignmentEpoch}`
    case 'member':
      return record.value.subscribedTopicNames.join(',')
    case 'target':
      return topics(record.value.topicPartitions)
    case 'current':
      return `${record.value.memberEpoch} after ${record.value.previousMemberEpoch}: ${topics(record.value.assignedPartitions)}`
    case 'statePartitions': {
      const { initializingTopics, initializedTopics, deletingTopics } = record.value
      const deleting = deletingTopics.map(({ topicId }) => named(topicId)).join(' ')
      return `coming ${topics(initializingTopics)}; there ${topics(initializedTopics)}; going ${deleting || '-'}`
    }
  }
}
