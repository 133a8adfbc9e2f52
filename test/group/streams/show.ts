import { errorName } from '../../../src/base/errors.ts'
import type { DescribedStreamsGroup, StreamsHeartbeatReply } from '../../../src/group/streams/commands.ts'
import type { StreamsRecord } from '../../../src/group/streams/records.ts'
import type { TaskIds } from '../../../src/group/streams/tasks.ts'

/** `a0,1 b2`: subtopologies with the partitions of their tasks. */
const tasks = (ids: readonly TaskIds[] | null | undefined): string =>
  (ids ?? []).map(({ subtopologyId, partitions }) => `${subtopologyId}:${partitions}`).join(' ')

interface AllTasks {
  readonly activeTasks?: readonly TaskIds[] | null
  readonly standbyTasks?: readonly TaskIds[] | null
}

const both = ({ activeTasks, standbyTasks }: AllTasks): string => {
  const standby = tasks(standbyTasks)
  return `[${tasks(activeTasks)}${standby ? ` standby ${standby}` : ''}]`
}

export function showStreamsHeartbeat(
  response: StreamsHeartbeatReply['response'],
  missing: StreamsHeartbeatReply['missingTopics'],
): string {
  const told = response.activeTasks ? ` ${both(response)}` : ''
  const status = (response.status ?? [])
    .map(({ statusCode, statusDetail }) => ` (${statusCode} ${statusDetail})`)
    .join('')
  const makes = missing.map(({ name, partitions }) => ` +${name}/${partitions}`).join('')
  const endpoints = (response.partitionsByUserEndpoint ?? []).map(({ userEndpoint, activePartitions }) => {
    const partitions = activePartitions.map((one) => `${one.topic}:${one.partitions}`).join(' ')
    return ` ${userEndpoint.host}:${userEndpoint.port}{${partitions}}`
  })
  return `${response.memberId}@${response.memberEpoch}${told}${status}${makes}${endpoints.join('')}`
}

export function showStreamsGroup(group: DescribedStreamsGroup): string {
  if (group.errorCode !== 0) return `${group.groupId} ${errorName(group.errorCode)} ${group.errorMessage}`
  const members = group.members.map((member) => {
    return ` ${member.memberId}@${member.memberEpoch}${both(member.assignment)}->${both(member.targetAssignment)}`
  })
  const topology = (group.topology?.subtopologies ?? []).map((one) => {
    const internal = [...one.repartitionSourceTopics, ...one.stateChangelogTopics]
    return ` ${one.subtopologyId}(${one.sourceTopics}|${internal.map((topic) => `${topic.name}/${topic.partitions}`)})`
  })
  const epochs = `${group.groupEpoch}/${group.assignmentEpoch}`
  return `${group.groupId} ${group.groupState} ${epochs}${topology.join('')}${members.join('')}`
}

export function showStreamsRecord(record: StreamsRecord): string {
  const who = 'memberId' in record ? ` ${record.memberId}` : ''
  const place = `streams ${record.groupId}${who} ${record.about}`
  if (record.value === null) return `${place} deleted`
  switch (record.about) {
    case 'epoch':
      return `${place} ${record.value.epoch} topology ${record.value.validatedTopologyEpoch}`
    case 'targetEpoch':
      return `${place} ${record.value.assignmentEpoch} at ${record.value.assignmentTimestamp}`
    case 'target':
      return `${place} ${both(record.value)}`
    case 'current': {
      const { memberEpoch, previousMemberEpoch, state, activeTasksPendingRevocation } = record.value
      const revoking = tasks(activeTasksPendingRevocation)
      return `${place} ${previousMemberEpoch}>${memberEpoch} ${['', 'stable', 'unrevoked', 'unreleased'][state]} ${both(record.value)}${revoking ? ` revoking ${revoking}` : ''}`
    }
    case 'topology':
      return `${place} ${record.value.epoch} ${record.value.subtopologies.map((one) => one.subtopologyId)}`
    case 'member':
      return `${place} process ${record.value.processId}`
  }
}
