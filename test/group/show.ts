import { errorName } from '../../src/base/errors.ts'
import { type Uuid, uuidToBytes } from '../../src/base/ids.ts'
import type { GroupCommand, GroupReplies, GroupReply } from '../../src/group/commands.ts'
import type { GroupRecord } from '../../src/group/records.ts'

type Fields = { readonly [name: string]: unknown }

/** `name=value` for what is worth telling. */
function line(fields: Fields): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined && value !== null && value !== '')
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')
}

function bytes(buffer: Buffer): string {
  return buffer.length === 0 ? '-' : buffer.toString().replace(/[^ -~]/g, '.')
}

import { SHARE_SHOWS, showShareRecord } from './share/show.ts'
import { showStreamsGroup, showStreamsHeartbeat, showStreamsRecord } from './streams/show.ts'

const error = (code: number): string => errorName(code)

type Shows = { readonly [K in GroupCommand['type']]: (reply: GroupReplies[K]) => string }

const SHOWS: Shows = {
  ...SHARE_SHOWS,
  join: (r) =>
    `${error(r.errorCode)} ${line({
      member: r.memberId,
      generation: r.generationId === -1 ? undefined : r.generationId,
      protocol: r.protocolName,
      type: r.protocolType,
      leader: r.leader,
      skip: r.skipAssignment || undefined,
      members: r.members.map((m) => m.memberId + (m.groupInstanceId ? `(${m.groupInstanceId})` : '')).join(','),
    })}`.trim(),
  sync: (r) => `${error(r.errorCode)} ${line({ assignment: bytes(r.assignment), protocol: r.protocolName })}`,
  heartbeat: (r) => error(r.errorCode),
  leave: (r) => r.members.map((m) => `${m.memberId || `(${m.groupInstanceId})`}:${error(m.errorCode)}`).join(' '),
  commitOffsets: results,
  commitTransactional: results,
  deleteOffsets: results,
  fetchOffsets: (r) =>
    r.topics
      .flatMap(({ name, partitions }) =>
        partitions.map((p) => {
          if (p.errorCode !== 0) return `${name}-${p.partitionIndex}:${error(p.errorCode)}`
          return `${name}-${p.partitionIndex}=${p.committedOffset}@${p.committedLeaderEpoch}'${p.metadata}'`
        }),
      )
      .join(' ') || 'nothing',
  deleteGroups: (r) => r.map((g) => `${g.groupId}:${error(g.errorCode)}`).join(' '),
  describeGroups: (r) =>
    r
      .map((g) => {
        const members = g.members.map((m) => `${m.memberId}[${bytes(m.memberMetadata)}|${bytes(m.memberAssignment)}]`)
        const shown = { type: g.protocolType, protocol: g.protocolData, members: members.join(' ') }
        return `${g.groupId} ${error(g.errorCode)} ${g.groupState} ${line(shown)}`.trim()
      })
      .join('; '),
  listGroups: (r) => r.map((g) => `${g.groupId}:${g.groupType}:${g.protocolType}:${g.groupState}`).join(' ') || 'none',
  topicsDeleted: () => 'ok',
  topicsChanged: () => 'ok',
  streamsHeartbeat: ({ response, missingTopics }) => showStreamsHeartbeat(response, missingTopics),
  describeStreamsGroups: (r) => r.map(showStreamsGroup).join('; '),
  consumerHeartbeat: (r) =>
    line({
      member: r.memberId,
      epoch: r.memberEpoch,
      assignment: r.assignment && `[${partitions(r.assignment)}]`,
    }),
  describeConsumerGroups: (r) =>
    r
      .map((g) => {
        const members = g.members.map((m) => {
          const [has, target] = [m.assignment, m.targetAssignment].map((a) => partitions(a.topicPartitions))
          return `${m.memberId}@${m.memberEpoch}${m.memberType === 0 ? '(classic)' : ''}[${has}|${target}]`
        })
        const epochs = `epoch=${g.groupEpoch} assignment=${g.assignmentEpoch} ${g.assignorName}`
        return g.errorCode === 0
          ? `${g.groupId} ${g.groupState} ${epochs} ${members.join(' ')}`
          : `${g.groupId} ${error(g.errorCode)}`
      })
      .join('; '),
}

function results({ topics }: GroupReplies['commitOffsets']): string {
  return topics
    .flatMap(({ name, partitions }) => partitions.map((p) => `${name}-${p.partitionIndex}:${error(p.errorCode)}`))
    .join(' ')
}

type Topics = readonly { readonly topicId: Uuid; readonly partitions: readonly number[] }[]

/** Topic ids of transcripts end in the topic's name. */
function partitions(topics: Topics): string {
  return topics
    .map(({ topicId, partitions: list }) => `${uuidToBytes(topicId).toString('latin1').replace(/\0/g, '')}:${list}`)
    .join(' ')
}

function showConsumerRecord(record: Extract<GroupRecord, { type: 'consumer' }>): string {
  const place = `consumer ${record.about} ${record.groupId}`
  const who = 'memberId' in record ? ` ${record.memberId}` : ''
  if (record.value === null) return `${place}${who} deleted`
  switch (record.about) {
    case 'epoch':
      return `${place} ${record.value.epoch}`
    case 'targetEpoch':
      return `${place} ${line({ epoch: record.value.assignmentEpoch, at: record.value.assignmentTimestamp })}`
    case 'member': {
      const { subscribedTopicNames: names, subscribedTopicRegex: regex, instanceId: instance } = record.value
      const classic = record.value.classicMemberMetadata ? 'yes' : ''
      return `${place}${who} ${line({ names: names.join(','), regex, instance, classic })}`.trim()
    }
    case 'target':
      return `${place}${who} [${partitions(record.value.topicPartitions)}]`
    case 'current': {
      const { memberEpoch: epoch, previousMemberEpoch: previous, state } = record.value
      const [has, revoking] = [record.value.assignedPartitions, record.value.partitionsPendingRevocation]
      const since = has.map((topic) => topic.assignmentEpochs).join(';')
      const shown = { epoch, previous, state, has: `[${partitions(has)}]`, since, revoking: partitions(revoking) }
      return `${place}${who} ${line(shown)}`
    }
    case 'regex':
      return `${place} ${record.regularExpression} [${record.value.topics}]`
    default:
      return place
  }
}

export function showReply(type: GroupCommand['type'], reply: GroupReply): string {
  return (SHOWS[type] as (reply: GroupReply) => string)(reply)
}

export function showRecord(record: GroupRecord): string {
  switch (record.type) {
    case 'offset': {
      const { groupId, topic, partition, value } = record
      const place = `offset ${groupId} ${topic}-${partition}`
      if (value === null) return `${place} deleted`
      const { offset, leaderEpoch: epoch, metadata, commitTimestamp: at, expireTimestamp } = value
      return `${place} ${line({ offset, epoch, metadata, at, expires: expireTimestamp === -1 ? '' : expireTimestamp })}`
    }
    case 'group': {
      const { groupId, value } = record
      if (value === null) return `group ${groupId} deleted`
      const { generation, protocolType: type, protocol, leader, currentStateTimestamp: at } = value
      const members = value.members.map((m) => `${m.memberId}[${bytes(m.assignment)}]`).join(' ')
      return `group ${groupId} ${line({ generation, type, protocol, leader, at, members })}`
    }
    case 'consumer':
      return showConsumerRecord(record)
    case 'streams':
      return showStreamsRecord(record)
    case 'share':
      return showShareRecord(record)
    case 'transactionEnded':
      return `transaction ${record.producerId} ${record.committed ? 'committed' : 'aborted'}`
  }
}
