import { type Context, everyVersion, flow, type Step, topicId } from './step.ts'

const group = (name: string, version: number) => `${name}-${version}`
/** The consumer protocol's subscription to `plain`, version 0. */
const SUBSCRIPTION = Buffer.concat([
  Buffer.from([0, 0, 0, 0, 0, 1, 0, 5]),
  Buffer.from('plain'),
  Buffer.from([0xff, 0xff, 0xff, 0xff]),
])
const protocols = [{ name: 'range', metadata: SUBSCRIPTION }]

function join(groupId: string, more: object = {}) {
  return {
    groupId,
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 10_000,
    memberId: '',
    protocolType: 'consumer',
    protocols,
    ...more,
  }
}

function commit(
  context: Context,
  groupId: string,
  topic: string,
  committedOffset: number,
  more: object = {},
  metadata: string | null = 'note',
) {
  return {
    groupId,
    generationIdOrMemberEpoch: -1,
    memberId: '',
    retentionTimeMs: -1,
    topics: [
      {
        name: topic,
        topicId: topicId(context, topic),
        partitions: [
          { partitionIndex: 0, committedOffset, committedLeaderEpoch: 0, committedMetadata: metadata },
          { partitionIndex: 40, committedOffset, committedLeaderEpoch: -1, committedMetadata: metadata },
        ],
      },
    ],
    ...more,
  }
}

function fetchOffsets(context: Context, groupId: string, topics: readonly string[] | null) {
  const asked = topics?.map((name) => ({ name, topicId: topicId(context, name), partitionIndexes: [0, 1] })) ?? null
  return { groupId, topics: asked, groups: [{ groupId, topics: asked }], requireStable: false }
}

/** A member's whole life; every request at the version asked for, or the newest one below it. */
const life = flow('groups: the life of a member', { min: 0, max: 10 }, async (context, version) => {
  const replies: unknown[] = []
  const { session } = context
  const id = group('life', version)
  const call = async (
    name: Parameters<typeof session.call>[0],
    max: number,
    body: Record<string, unknown>,
    min = 0,
  ) => {
    const reply = await session.call(name, Math.min(max, Math.max(min, version)), body)
    replies.push({ [name]: reply })
    return reply
  }
  let joined = await call('JoinGroup', 9, join(id))
  if (joined.errorCode === 79) joined = await call('JoinGroup', 9, join(id, { memberId: joined.memberId }))
  const { memberId, generationId } = joined
  const me = { groupId: id, memberId, generationId }
  const assignments = [{ memberId, assignment: Buffer.from('assigned') }]
  await call('Heartbeat', 4, me)
  await call('SyncGroup', 5, { ...me, protocolType: 'other', protocolName: 'other', assignments })
  await call('SyncGroup', 5, { ...me, protocolType: 'consumer', protocolName: 'range', assignments })
  await call('Heartbeat', 4, me)
  await call('Heartbeat', 4, { ...me, generationId: generationId + 3 })
  await call('DescribeGroups', 6, { groups: [id], includeAuthorizedOperations: true })
  const asMember = { memberId, generationIdOrMemberEpoch: generationId }
  await call('OffsetCommit', 10, commit(context, id, 'plain', 5, asMember), 2)
  await call('OffsetCommit', 10, commit(context, id, 'plain', 6, { ...asMember, generationIdOrMemberEpoch: 99 }), 2)
  await call('OffsetCommit', 10, commit(context, id, 'plain', 6), 2)
  await call('OffsetFetch', 10, fetchOffsets(context, id, ['plain']), 1)
  await call('JoinGroup', 9, join(id, { protocolType: 'connect' }))
  await call('JoinGroup', 9, join(id, { memberId: 'stranger' }))
  await call('LeaveGroup', 5, { groupId: id, memberId, members: [{ memberId }, { memberId: 'stranger' }] })
  await call('DescribeGroups', 6, { groups: [id] })
  await call('OffsetFetch', 10, fetchOffsets(context, id, version >= 2 ? null : ['plain']), 1)
  return replies
})

const staticLife = flow('groups: the life of a static member', { min: 5, max: 9 }, async (context, version) => {
  const { session } = context
  const id = group('static', version)
  const replies: unknown[] = []
  const mine = { groupInstanceId: 'instance' }
  const first = await session.call('JoinGroup', version, join(id, mine))
  const synced = await session.call('SyncGroup', 5, {
    groupId: id,
    memberId: first.memberId,
    generationId: first.generationId,
    protocolType: 'consumer',
    protocolName: 'range',
    assignments: [{ memberId: first.memberId, assignment: Buffer.from('assigned') }],
    ...mine,
  })
  const again = await session.call('JoinGroup', version, join(id, mine))
  const old = { groupId: id, memberId: first.memberId, generationId: first.generationId, ...mine }
  replies.push(first, synced, again)
  replies.push(await session.call('Heartbeat', 4, old))
  replies.push(
    await session.call('SyncGroup', 5, { ...old, protocolType: 'consumer', protocolName: 'range', assignments: [] }),
  )
  replies.push(
    await session.call(
      'OffsetCommit',
      9,
      commit(context, id, 'plain', 1, { memberId: first.memberId, generationIdOrMemberEpoch: 1, ...mine }),
    ),
  )
  replies.push(await session.call('DescribeGroups', 5, { groups: [id] }))
  replies.push(
    await session.call('LeaveGroup', 5, {
      groupId: id,
      members: [
        { memberId: '', groupInstanceId: 'instance' },
        { memberId: '', groupInstanceId: 'other' },
      ],
    }),
  )
  return replies
})

const strangers = { memberId: 'stranger', generationId: 1 }

export const groupSteps: Step[] = [
  ...everyVersion(
    'FindCoordinator',
    { min: 0, max: 6 },
    {
      'of a group': () => ({ key: 'some', keyType: 0, coordinatorKeys: ['some', 'other'] }),
      'of an empty group id': () => ({ key: '', keyType: 0, coordinatorKeys: [''] }),
      'of an unknown type': (v) => (v === 0 ? undefined : { key: 'some', keyType: 9, coordinatorKeys: ['some'] }),
      'of nothing': (v) => (v < 4 ? undefined : { keyType: 0, coordinatorKeys: [] }),
    },
  ),
  ...everyVersion(
    'JoinGroup',
    { min: 0, max: 9 },
    {
      'without an id': () => join(''),
      'with too short a session': (v) => join(group('short', v), { sessionTimeoutMs: 1 }),
      'with too long a session': (v) => join(group('long', v), { sessionTimeoutMs: 100_000_000 }),
      'without protocols': (v) => join(group('bare', v), { protocols: [] }),
      'without a protocol type': (v) => join(group('bare', v), { protocolType: '' }),
      'as an unknown member': (v) => join(group('unknown', v), { memberId: 'stranger' }),
    },
  ),
  ...everyVersion(
    'SyncGroup',
    { min: 0, max: 5 },
    {
      'of an unknown group': (v) => ({
        groupId: group('no', v),
        ...strangers,
        assignments: [],
        protocolType: 'consumer',
        protocolName: 'range',
      }),
    },
  ),
  ...everyVersion(
    'Heartbeat',
    { min: 0, max: 4 },
    {
      'of an unknown group': (v) => ({ groupId: group('no', v), ...strangers }),
      'without a group': () => ({ groupId: '', ...strangers }),
    },
  ),
  ...everyVersion(
    'LeaveGroup',
    { min: 0, max: 5 },
    {
      'of an unknown group': (v) => ({
        groupId: group('no', v),
        memberId: 'stranger',
        members: [{ memberId: 'stranger' }],
      }),
    },
  ),
  ...everyVersion(
    'OffsetCommit',
    { min: 2, max: 10 },
    {
      'outside of a rebalance': (v, c) => commit(c, group('simple', v), 'plain', 7),
      'with no note': (v, c) => commit(c, group('simple', v), 'wide', 8, {}, null),
      'with a note too long': (v, c) => commit(c, group('simple', v), 'plain', 9, {}, 'x'.repeat(5_000)),
      'of an unknown topic': (v, c) => commit(c, group('simple', v), 'nowhere', 9),
      'without a group': (_, c) => commit(c, '', 'plain', 9),
      'with a generation in an unknown group': (v, c) =>
        commit(c, group('gone', v), 'plain', 9, { generationIdOrMemberEpoch: 4, memberId: 'm' }),
      'a negative offset': (v, c) => commit(c, group('simple', v), 'plain', -7),
    },
  ),
  ...everyVersion(
    'OffsetFetch',
    { min: 1, max: 10 },
    {
      'what was committed': (v, c) => fetchOffsets(c, group('simple', Math.max(2, v)), ['plain', 'wide']),
      'all that was committed': (v, c) => (v < 2 ? undefined : fetchOffsets(c, group('simple', v), null)),
      'of an unknown topic': (v, c) => fetchOffsets(c, group('simple', Math.max(2, v)), ['nowhere']),
      'of an unknown group': (v, c) => fetchOffsets(c, group('no', v), ['plain']),
      'of several groups': (v, c) =>
        v < 8
          ? undefined
          : { groups: [2, 3].map((n) => fetchOffsets(c, group('simple', n), null).groups[0]), requireStable: true },
      'as an unknown member': (v, c) =>
        v < 9
          ? undefined
          : { groups: [{ ...fetchOffsets(c, group('simple', v), null).groups[0], memberId: 'm', memberEpoch: 3 }] },
    },
  ),
  life,
  staticLife,
  ...everyVersion(
    'DescribeGroups',
    { min: 0, max: 6 },
    {
      'unknown, empty and nameless': (v) => ({
        groups: [group('no', v), group('simple', Math.max(2, v)), ''],
        includeAuthorizedOperations: true,
      }),
    },
  ),
  ...everyVersion(
    'ListGroups',
    { min: 0, max: 5 },
    {
      all: () => ({ statesFilter: [], typesFilter: [] }),
      'by state': (v) => (v < 4 ? undefined : { statesFilter: ['Empty', 'nonsense'] }),
      'by type': (v) => (v < 5 ? undefined : { typesFilter: ['classic'] }),
      'by an unknown type': (v) => (v < 5 ? undefined : { typesFilter: ['nonsense'] }),
    },
  ),
]
