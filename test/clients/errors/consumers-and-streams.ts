import type { Step } from '../differential/step.ts'
import { topicId } from '../differential/step.ts'
import { asked, exchange } from './asking.ts'

const consumers = exchange('consumer groups: one too many, too late, with the wrong epoch', async (talk) => {
  const groupId = 'errors-consumers'
  const join = (memberId: string, more: object = {}) =>
    talk.call('ConsumerGroupHeartbeat', 1, {
      groupId,
      memberId,
      memberEpoch: 0,
      rebalanceTimeoutMs: 30_000,
      subscribedTopicNames: ['wide'],
      topicPartitions: [],
      ...more,
    })
  const { memberEpoch } = await join('m1', { instanceId: 'i1' })
  const beat = (memberId: string, epoch: number, more: object = {}) =>
    talk.call('ConsumerGroupHeartbeat', 1, { groupId, memberId, memberEpoch: epoch, ...more })
  await beat('m1', memberEpoch, { instanceId: 'i1', rebalanceTimeoutMs: 0 })
  await beat('m1', memberEpoch, { instanceId: '' })
  await beat('m1', memberEpoch, { instanceId: 'i1', subscribedTopicRegex: '[' })
  await beat('m1', memberEpoch, {
    instanceId: 'i1',
    topicPartitions: [{ topicId: 'AAAAAAAAAAAAAAAAAAAAZw', partitions: [0] }],
  })
  await beat('m1', memberEpoch + 1, { instanceId: 'i1' })
  await beat('m9', memberEpoch)
  const commit = (version: number, memberId: string, epoch: number, more: object = {}) =>
    talk.call('OffsetCommit', version, {
      groupId,
      memberId,
      generationIdOrMemberEpoch: epoch,
      topics: [
        {
          name: 'wide',
          topicId: topicId(talk.context, 'wide'),
          partitions: [{ partitionIndex: 0, committedOffset: 5, committedLeaderEpoch: -1, committedMetadata: '' }],
        },
      ],
      ...more,
    })
  for (const version of [8, 9, 10]) {
    await commit(version, 'm1', memberEpoch + 1)
    await commit(version, 'm1', -1)
    await commit(version, 'm9', memberEpoch)
    await commit(version, '', -1)
  }
  const fetch = (memberId: string | null, epoch: number) =>
    talk.call('OffsetFetch', 9, {
      groups: [{ groupId, memberId, memberEpoch: epoch, topics: [{ name: 'wide', partitionIndexes: [0] }] }],
    })
  await fetch('m1', memberEpoch + 1)
  await fetch('m1', -1)
  await fetch('', memberEpoch)
  await fetch('m9', memberEpoch)
  await join('m2', { instanceId: 'i1' })
  const second = await join('m2')
  await join('m3')
  await join('m4')
  await talk.call('JoinGroup', 9, {
    groupId,
    sessionTimeoutMs: 30_000,
    rebalanceTimeoutMs: 30_000,
    memberId: '',
    groupInstanceId: 'i4',
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.from([0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]) }],
  })
  await beat('m2', second.memberEpoch, { serverAssignor: 'sticky' })
  for (const memberId of ['m1', 'm2', 'm3']) await beat(memberId, -1)
})

const streams = exchange('streams groups: one too many', async (talk) => {
  const groupId = 'errors-streams'
  const topology = {
    epoch: 0,
    subtopologies: [
      {
        subtopologyId: '0',
        sourceTopics: ['wide'],
        sourceTopicRegex: [],
        stateChangelogTopics: [],
        repartitionSinkTopics: [],
        repartitionSourceTopics: [],
        copartitionGroups: [],
      },
    ],
  }
  const join = (memberId: string, more: object = {}) => ({
    groupId,
    memberId,
    memberEpoch: 0,
    endpointInformationEpoch: 0,
    rebalanceTimeoutMs: 30_000,
    processId: memberId,
    clientTags: [],
    activeTasks: [],
    standbyTasks: [],
    warmupTasks: [],
    topology,
    ...more,
  })
  for (const memberId of ['m1', 'm2', 'm3']) {
    await talk.context.session.call('StreamsGroupHeartbeat', 0, join(memberId))
  }
  await talk.call('StreamsGroupHeartbeat', 0, join('m4'))
  await talk.call('StreamsGroupHeartbeat', 0, join('m1', { topology: { ...topology, epoch: 7 } }))
  await talk.call('StreamsGroupHeartbeat', 0, join('m1', { instanceId: 'i' }))
  await talk.call('StreamsGroupHeartbeat', 0, { groupId, memberId: 'm1', memberEpoch: 90, endpointInformationEpoch: 0 })
  await talk.call('StreamsGroupHeartbeat', 0, { groupId, memberId: 'm9', memberEpoch: 1, endpointInformationEpoch: 0 })
  await talk.call('ShareGroupHeartbeat', 1, { groupId, memberId: 'm', memberEpoch: 0, subscribedTopicNames: ['wide'] })
  await talk.call('ShareGroupDescribe', 1, { groupIds: [groupId] })
  await talk.call('ConsumerGroupDescribe', 1, { groupIds: [groupId] })
  await talk.call('DescribeGroups', 6, { groups: [groupId] })
  await talk.call('LeaveGroup', 5, { groupId, members: [{ memberId: 'm1' }] })
  await talk.call('Heartbeat', 4, { groupId, memberId: 'm1', generationId: 1 })
  await talk.call('DeleteGroups', 2, { groupsNames: [groupId] })
})

export const consumersAndStreams: readonly Step[] = [
  ...asked('ConsumerGroupDescribe', 1, {
    'the same twice, of other kinds': {
      groupIds: ['errors-unknown', 'errors-unknown', 'simple-9', ' '],
      includeAuthorizedOperations: true,
    },
  }),
  ...asked('StreamsGroupDescribe', 0, {
    'the same twice, of other kinds': {
      groupIds: ['errors-unknown', 'errors-unknown', 'simple-9', ' ', ''],
      includeAuthorizedOperations: true,
    },
    nothing: { groupIds: [] },
  }),
  consumers,
  streams,
]
