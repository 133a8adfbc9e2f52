import { until } from '../../support/wait.ts'
import type { Body, Session } from '../differential/session.ts'
import type { Context, Step } from '../differential/step.ts'
import { topicId } from '../differential/step.ts'
import { asked, type Exchange, exchange } from './asking.ts'

const none = Buffer.from([0xff, 0xff, 0xff, 0xff])
/** The consumer protocol's subscription, version 0. */
const subscription = (topic: string) =>
  Buffer.concat([Buffer.from([0, 0, 0, 0, 0, 1, 0, topic.length]), Buffer.from(topic), none])

const joining = (groupId: string, memberId: string, more: object = {}): Body => ({
  groupId,
  sessionTimeoutMs: 30_000,
  rebalanceTimeoutMs: 30_000,
  memberId,
  protocolType: 'consumer',
  protocols: [{ name: 'range', metadata: subscription('plain') }],
  ...more,
})

const commitOf = (groupId: string, memberId: string, generation: number, more: object = {}): Body => ({
  groupId,
  memberId,
  generationIdOrMemberEpoch: generation,
  topics: [
    {
      name: 'plain',
      partitions: [{ partitionIndex: 0, committedOffset: 5, committedLeaderEpoch: -1, committedMetadata: '' }],
    },
  ],
  ...more,
})

const offsetsOf = (groupId: string, ...topics: string[]): Body => ({
  groupId,
  topics: topics.map((name) => ({ name, partitions: [{ partitionIndex: 0 }] })),
})

/** Joins, and leads as soon as it is alone. */
async function lead(
  talk: Exchange,
  groupId: string,
  more: object = {},
): Promise<{ memberId: string; generation: number }> {
  const { memberId } = await talk.call('JoinGroup', 9, joining(groupId, '', more))
  const { generationId } = await talk.call('JoinGroup', 9, joining(groupId, memberId, more))
  return { memberId, generation: generationId }
}

function syncing(groupId: string, memberId: string, generationId: number, more: object = {}): Body {
  return {
    groupId,
    memberId,
    generationId,
    protocolType: 'consumer',
    protocolName: 'range',
    assignments: [{ memberId, assignment: Buffer.from('assigned') }],
    ...more,
  }
}

/** Sends without waiting, and lets the broker begin with it before anything else is asked. */
async function begun(talk: Exchange, session: Session, groupId: string, memberId: string) {
  const answer = session.call('JoinGroup', 9, joining(groupId, memberId))
  for (;;) {
    const { groups } = await talk.context.session.call('DescribeGroups', 6, { groups: [groupId] })
    if (groups[0].groupState === 'PreparingRebalance') return { answer }
  }
}

const rebalance = exchange('classic groups: what is refused while members come together', async (talk) => {
  const groupId = 'errors-rebalance'
  const { memberId, generation } = await lead(talk, groupId)
  const me = { groupId, memberId, generationId: generation }
  await talk.call('OffsetCommit', 8, commitOf(groupId, memberId, generation))
  await talk.call('SyncGroup', 5, syncing(groupId, memberId, generation))
  await talk.call('SyncGroup', 5, syncing(groupId, memberId, generation, { protocolName: 'other' }))
  await talk.call('SyncGroup', 5, syncing(groupId, memberId, generation, { protocolName: null, protocolType: null }))
  await talk.call('SyncGroup', 5, syncing(groupId, memberId, generation + 1))
  await talk.call('SyncGroup', 5, syncing(groupId, 'stranger', generation))
  await talk.call(
    'JoinGroup',
    9,
    joining(groupId, '', { protocols: [{ name: 'other', metadata: subscription('plain') }] }),
  )
  await talk.call('JoinGroup', 9, joining(groupId, '', { protocolType: 'connect' }))
  const second = await talk.call('JoinGroup', 9, joining(groupId, ''))
  const waiting = await begun(talk, talk.another(), groupId, second.memberId)
  await talk.call('Heartbeat', 4, me)
  await talk.call('SyncGroup', 5, syncing(groupId, memberId, generation))
  await talk.call('OffsetCommit', 8, commitOf(groupId, memberId, generation))
  await talk.call('OffsetDelete', 0, offsetsOf(groupId, 'plain', 'wide'))
  await talk.call('DeleteGroups', 2, { groupsNames: [groupId] })
  const again = await talk.call('JoinGroup', 9, joining(groupId, memberId))
  const other = await waiting.answer
  talk.replies.push({ ...other, memberId: 'second' })
  await talk.call('Heartbeat', 4, { ...me, generationId: generation })
  await talk.call('Heartbeat', 4, { ...me, generationId: again.generationId })
  await talk.call('OffsetCommit', 8, commitOf(groupId, memberId, again.generationId))
  await talk.call('LeaveGroup', 5, { groupId, members: [{ memberId }, { memberId: second.memberId }, { memberId }] })
  await talk.call('LeaveGroup', 5, { groupId, members: [] })
  await talk.call('SyncGroup', 5, syncing(groupId, memberId, again.generationId))
  await talk.call('Heartbeat', 4, me)
})

const full = exchange('classic groups: more members than group.max.size', async (talk) => {
  const groupId = 'errors-full'
  const [one, two, three] = [talk.another(), talk.another(), talk.another()]
  const first = await one.call('JoinGroup', 3, joining(groupId, ''))
  await one.call('SyncGroup', 3, syncing(groupId, first.memberId, first.generationId))
  const others = [two, three].map((session) => session.call('JoinGroup', 3, joining(groupId, '')))
  for (let members = 0; members < 3; ) {
    const { groups } = await talk.context.session.call('DescribeGroups', 6, { groups: [groupId] })
    members = groups[0].members.length
  }
  await one.call('JoinGroup', 3, joining(groupId, first.memberId))
  await Promise.all(others)
  await talk.call('JoinGroup', 9, joining(groupId, ''))
  await talk.call('JoinGroup', 3, joining(groupId, ''))
  await talk.call('JoinGroup', 5, joining(groupId, '', { groupInstanceId: 'fourth' }))
})

const fenced = exchange('classic groups: an instance that another took over', async (talk) => {
  const groupId = 'errors-fenced'
  const groupInstanceId = 'i'
  const old = await talk.call('JoinGroup', 9, joining(groupId, '', { groupInstanceId }))
  const { memberId: before, generationId } = old
  await talk.call('SyncGroup', 5, syncing(groupId, before, generationId, { groupInstanceId }))
  await talk.call('JoinGroup', 9, joining(groupId, '', { groupInstanceId }))
  const gone = { groupId, memberId: before, generationId, groupInstanceId }
  await talk.call('JoinGroup', 9, joining(groupId, before, { groupInstanceId }))
  await talk.call('JoinGroup', 9, joining(groupId, 'stranger', { groupInstanceId: 'unknown' }))
  await talk.call('SyncGroup', 5, syncing(groupId, before, generationId, { groupInstanceId }))
  await talk.call('Heartbeat', 4, gone)
  await talk.call('OffsetCommit', 8, commitOf(groupId, before, generationId, { groupInstanceId }))
  await talk.call('OffsetCommit', 8, commitOf(groupId, 'm', generationId, { groupInstanceId: 'unknown' }))
  await talk.call('LeaveGroup', 5, { groupId, members: [{ memberId: before, groupInstanceId }] })
  await talk.call('LeaveGroup', 5, { groupId, members: [{ memberId: '', groupInstanceId: 'unknown' }] })
  await talk.call('LeaveGroup', 2, { groupId, memberId: 'stranger' })
  await talk.call('LeaveGroup', 5, { groupId, members: [{ memberId: '', groupInstanceId }] })
})

const otherKinds = exchange('classic groups: what belongs to other kinds of groups', async (talk) => {
  const groupId = 'errors-a-consumer-group'
  const heartbeat = { groupId, memberId: 'm', memberEpoch: 0, rebalanceTimeoutMs: 30_000 }
  const more = { subscribedTopicNames: ['plain'], topicPartitions: [] }
  const { memberEpoch } = await talk.call('ConsumerGroupHeartbeat', 1, { ...heartbeat, ...more })
  await talk.call('Heartbeat', 4, { groupId, memberId: 'm', generationId: memberEpoch })
  await talk.call('SyncGroup', 5, syncing(groupId, 'm', memberEpoch))
  await talk.call('LeaveGroup', 5, { groupId, members: [{ memberId: 'x' }] })
  await talk.call('JoinGroup', 9, joining(groupId, 'x'))
  await talk.call('JoinGroup', 9, joining(groupId, '', { protocolType: 'connect' }))
  await talk.call('JoinGroup', 9, joining(groupId, '', { protocols: [{ name: 'range', metadata: Buffer.from([9]) }] }))
  await talk.call('DescribeGroups', 6, { groups: [groupId] })
  await talk.call('DescribeGroups', 5, { groups: [groupId] })
  await talk.call('DeleteGroups', 2, { groupsNames: [groupId] })
  await talk.call('OffsetDelete', 0, offsetsOf(groupId, 'plain', 'wide', 'nowhere'))
  await talk.call('ShareGroupDescribe', 1, { groupIds: [groupId] })
  await talk.call('ShareGroupHeartbeat', 1, { groupId, memberId: 'm', memberEpoch: 0, subscribedTopicNames: ['plain'] })
  await talk.call('StreamsGroupDescribe', 0, { groupIds: [groupId] })
  await talk.call('AlterShareGroupOffsets', 0, { groupId, topics: [] })
  await talk.call('DeleteShareGroupOffsets', 0, { groupId, topics: [] })
  await talk.call('DescribeShareGroupOffsets', 1, { groups: [{ groupId, topics: null }] })
})

const pending = exchange('OffsetFetch: offsets that a transaction still holds', async (talk) => {
  const groupId = 'errors-pending'
  const transactionalId = 'errors-pending-transaction'
  const { producerId, producerEpoch } = await talk.call('InitProducerId', 4, {
    transactionalId,
    transactionTimeoutMs: 60_000,
  })
  const producer = { transactionalId, producerId, producerEpoch }
  await talk.call('AddOffsetsToTxn', 3, { ...producer, groupId })
  const offsets = { generationId: -1, memberId: '', groupInstanceId: null }
  const partitions = [{ partitionIndex: 0, committedOffset: 4, committedLeaderEpoch: -1, committedMetadata: '' }]
  await talk.call('TxnOffsetCommit', 3, { ...producer, groupId, ...offsets, topics: [{ name: 'plain', partitions }] })
  const topics = [{ name: 'plain', partitionIndexes: [0] }]
  for (const requireStable of [true, false]) {
    await talk.call('OffsetFetch', 7, { groupId, topics, requireStable })
    await talk.call('OffsetFetch', 9, { groups: [{ groupId, topics }], requireStable })
    await talk.call('OffsetFetch', 9, { groups: [{ groupId, topics: null }], requireStable })
  }
  await talk.call('EndTxn', 3, { ...producer, committed: false })
})

const OFFSETS_TOPIC = '__consumer_offsets'

async function largestBatch({ session }: Context, value: string | null): Promise<void> {
  const name = 'max.message.bytes'
  const configs = [{ name, configOperation: value === null ? 1 : 0, value }]
  const resource = { resourceType: 2, resourceName: OFFSETS_TOPIC }
  await session.call('IncrementalAlterConfigs', 1, { resources: [{ ...resource, configs }] })
  await until('the config', async () => {
    const { results } = await session.call('DescribeConfigs', 4, {
      resources: [{ ...resource, configurationKeys: [name] }],
    })
    return results[0].configs[0].value === (value ?? '1048588')
  })
}

const tooLarge = exchange('OffsetCommit: more than a batch of the topic of offsets takes', async (talk) => {
  await largestBatch(talk.context, '500')
  const partitions = [
    { partitionIndex: 0, committedOffset: 5, committedLeaderEpoch: -1, committedMetadata: 'x'.repeat(1_000) },
  ]
  await talk.call('OffsetCommit', 9, commitOf('errors-large', '', -1, { topics: [{ name: 'plain', partitions }] }))
  await talk.call('OffsetCommit', 9, commitOf('errors-large', '', -1))
  await largestBatch(talk.context, null)
})

const notConsumers = exchange('OffsetDelete: of a group that is not of consumers', async (talk) => {
  const groupId = 'errors-connect'
  const { memberId } = await talk.call('JoinGroup', 3, joining(groupId, '', { protocolType: 'connect' }))
  await talk.call('OffsetDelete', 0, offsetsOf(groupId, 'plain'))
  await talk.call('LeaveGroup', 5, { groupId, members: [{ memberId }] })
})

export const classicGroups: readonly Step[] = [
  ...asked('JoinGroup', 9, {
    'a null protocol name twice': joining('errors-twice', '', {
      protocols: [1, 2].map(() => ({ name: 'range', metadata: subscription('plain') })),
    }),
    'a negative rebalance timeout': joining('errors-negative', '', { rebalanceTimeoutMs: -1 }),
    'a negative session timeout': joining('errors-negative', '', { sessionTimeoutMs: -1 }),
    'a blank group': joining('  ', ''),
    'an empty instance': joining('errors-instance', '', { groupInstanceId: '' }),
    'an instance with a bad name': joining('errors-other-instance', '', { groupInstanceId: 'a b/c' }),
    'an unknown group with a member id': joining('errors-unknown', 'm'),
  }),
  ...asked('SyncGroup', 5, {
    'no group': syncing('', 'm', 1),
    'no member': syncing('errors-unknown', '', 1),
    'an empty protocol name': syncing('errors-unknown', 'm', 1, { protocolName: '' }),
  }),
  ...asked('Heartbeat', 4, { 'no member': { groupId: 'errors-unknown', memberId: '', generationId: 1 } }),
  ...asked('LeaveGroup', 5, {
    'no group': { groupId: '', members: [{ memberId: 'm' }] },
    'nobody of an unknown group': { groupId: 'errors-unknown', members: [] },
  }),
  ...asked('LeaveGroup', 2, { 'an unknown group': { groupId: 'errors-unknown', memberId: 'm' } }),
  ...asked('ListGroups', 5, {
    'unknown states and types': { statesFilter: ['Nonsense'], typesFilter: ['Nonsense', ''] },
  }),
  ...asked('DescribeGroups', 6, { 'the same twice': { groups: ['errors-unknown', 'errors-unknown'] } }),
  ...asked('DeleteGroups', 2, {
    'no name, unknown, twice': { groupsNames: ['', 'errors-unknown', 'errors-unknown', ' '] },
    nothing: { groupsNames: [] },
  }),
  ...asked('OffsetCommit', 10, {
    'an unknown topic id': commitOf('errors-simple', '', -1, {
      topics: [{ topicId: 'AAAAAAAAAAAAAAAAAAAAZw', partitions: [{ partitionIndex: 0, committedOffset: 1 }] }],
    }),
    'no topic id': commitOf('errors-simple', '', -1, {
      topics: [{ topicId: 'AAAAAAAAAAAAAAAAAAAAAA', partitions: [{ partitionIndex: 0, committedOffset: 1 }] }],
    }),
    'the same partition twice': (context) =>
      commitOf('errors-simple', '', -1, {
        topics: [1, 2].map((committedOffset) => ({
          topicId: topicId(context, 'plain'),
          partitions: [{ partitionIndex: 0, committedOffset, committedLeaderEpoch: -1, committedMetadata: '' }],
        })),
      }),
  }),
  ...asked('OffsetCommit', 9, {
    'a member of an unknown group': commitOf('errors-unknown', 'm', 3),
    'a generation without a member': commitOf('errors-unknown', '', 3),
    'a member without a generation': commitOf('errors-simple', 'm', -1),
    'a negative partition': commitOf('errors-simple', '', -1, {
      topics: [{ name: 'plain', partitions: [{ partitionIndex: -1, committedOffset: 1 }] }],
    }),
    'an internal topic': commitOf('errors-simple', '', -1, {
      topics: [{ name: '__consumer_offsets', partitions: [{ partitionIndex: 0, committedOffset: 1 }] }],
    }),
    'a topic that can not be': commitOf('errors-simple', '', -1, {
      topics: [{ name: 'a b', partitions: [{ partitionIndex: 0, committedOffset: 1 }] }],
    }),
    nothing: commitOf('errors-simple', '', -1, { topics: [] }),
  }),
  ...asked('OffsetFetch', 10, {
    'an unknown topic id': {
      groups: [{ groupId: 'errors-simple', topics: [{ topicId: 'AAAAAAAAAAAAAAAAAAAAZw', partitionIndexes: [0] }] }],
    },
    'no group': { groups: [{ groupId: '', topics: null }] },
    'the same group twice': { groups: [1, 2].map(() => ({ groupId: 'errors-simple', topics: null })) },
    nothing: { groups: [] },
  }),
  ...asked('OffsetDelete', 0, {
    'no group': offsetsOf('', 'plain'),
    'an unknown group': offsetsOf('errors-unknown', 'plain'),
    'unknown topics': offsetsOf('errors-simple', 'nowhere', 'a b'),
    'the same twice': offsetsOf('errors-simple', 'plain', 'plain'),
    nothing: offsetsOf('errors-simple'),
  }),
  ...asked('FindCoordinator', 6, {
    'a share key that is none': {
      keyType: 2,
      coordinatorKeys: ['', 'a', 'a:b', 'a:b:c', 'a:AAAAAAAAAAAAAAAAAAAAZw:x'],
    },
    'a share key of nobody': {
      keyType: 2,
      coordinatorKeys: ['a:AAAAAAAAAAAAAAAAAAAAZw:0', ':AAAAAAAAAAAAAAAAAAAAZw:0'],
    },
    'a transactional id that is none': { keyType: 1, coordinatorKeys: [''] },
    'a negative type': { keyType: -1, coordinatorKeys: ['a'] },
    'the same twice': { keyType: 0, coordinatorKeys: ['a', 'a'] },
  }),
  rebalance,
  full,
  fenced,
  otherKinds,
  pending,
  tooLarge,
  notConsumers,
]
