import { asked } from './asking.ts'

const member = { groupId: 'early', memberId: 'm', generationId: 1 }
const nothing = { groupId: 'early', topics: [] }
const state = {
  groupId: 'early',
  topics: [
    {
      topicId: 'AAAAAAAAAAAAAAAAAAAAZw',
      partitions: [{ partition: 0, stateEpoch: 0, leaderEpoch: 0, startOffset: 0, stateBatches: [] }],
    },
  ],
}

/** To a broker that nobody asked for a coordinator before, so that there is neither a topic of offsets nor one of share states. */
export const noGroupsYet = [
  ...asked('CreateTopics', 7, {
    'before there are groups': {
      topics: [{ name: 'early', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
      timeoutMs: 10_000,
    },
  }),
  ...asked('JoinGroup', 9, {
    'before there are groups': {
      groupId: 'early',
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 10_000,
      memberId: '',
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
    },
  }),
  ...asked('SyncGroup', 5, {
    'before there are groups': { ...member, protocolType: 'consumer', protocolName: 'range', assignments: [] },
  }),
  ...asked('Heartbeat', 4, { 'before there are groups': member }),
  ...asked('LeaveGroup', 5, { 'before there are groups': { groupId: 'early', members: [{ memberId: 'm' }] } }),
  ...asked('DescribeGroups', 6, { 'before there are groups': { groups: ['early'] } }),
  ...asked('ListGroups', 5, { 'before there are groups': { statesFilter: [], typesFilter: [] } }),
  ...asked('DeleteGroups', 2, { 'before there are groups': { groupsNames: ['early'] } }),
  ...asked('OffsetCommit', 9, {
    'before there are groups': {
      groupId: 'early',
      memberId: '',
      generationIdOrMemberEpoch: -1,
      topics: [
        {
          name: 'early',
          partitions: [{ partitionIndex: 0, committedOffset: 1, committedLeaderEpoch: -1, committedMetadata: '' }],
        },
      ],
    },
  }),
  ...asked('OffsetFetch', 9, {
    'before there are groups': { groups: [{ groupId: 'early', memberId: null, memberEpoch: -1, topics: null }] },
  }),
  ...asked('OffsetDelete', 0, { 'before there are groups': nothing }),
  ...asked('ConsumerGroupHeartbeat', 1, {
    'before there are groups': {
      groupId: 'early',
      memberId: 'm',
      memberEpoch: 0,
      rebalanceTimeoutMs: 1_000,
      subscribedTopicNames: ['t'],
      topicPartitions: [],
    },
  }),
  ...asked('ConsumerGroupDescribe', 1, { 'before there are groups': { groupIds: ['early'] } }),
  ...asked('ShareGroupHeartbeat', 1, {
    'before there are groups': { groupId: 'early', memberId: 'm', memberEpoch: 0, subscribedTopicNames: ['t'] },
  }),
  ...asked('ShareGroupDescribe', 1, { 'before there are groups': { groupIds: ['early'] } }),
  ...asked('DescribeShareGroupOffsets', 1, {
    'before there are groups': { groups: [{ groupId: 'early', topics: null }] },
  }),
  ...asked('AlterShareGroupOffsets', 0, { 'before there are groups': nothing }),
  ...asked('DeleteShareGroupOffsets', 0, { 'before there are groups': nothing }),
  ...asked('InitializeShareGroupState', 0, { 'before there are groups': state }),
  ...asked('ReadShareGroupState', 0, { 'before there are groups': state }),
  ...asked('WriteShareGroupState', 1, { 'before there are groups': state }),
  ...asked('ReadShareGroupStateSummary', 1, { 'before there are groups': state }),
  ...asked('DeleteShareGroupState', 0, { 'before there are groups': state }),
  ...asked('StreamsGroupHeartbeat', 0, {
    'before there are groups': {
      groupId: 'early',
      memberId: 'm',
      memberEpoch: 1,
      endpointInformationEpoch: 0,
    },
  }),
  ...asked('StreamsGroupDescribe', 0, { 'before there are groups': { groupIds: ['early'] } }),
  ...asked('FindCoordinator', 6, {
    'the first that asks': { keyType: 0, coordinatorKeys: ['early'] },
  }),
]
