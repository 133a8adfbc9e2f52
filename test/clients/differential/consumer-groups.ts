import { until } from '../../support/wait.ts'
import { configureGroup } from './group-config.ts'
import type { Body, Reply } from './session.ts'
import { type Context, everyVersion, flow, type Step, topicId } from './step.ts'

const group = (name: string, version: number) => `consumers-${name}-${version}`

function joining(groupId: string, memberId: string, more: object = {}): Body {
  return {
    groupId,
    memberId,
    memberEpoch: 0,
    rebalanceTimeoutMs: 30_000,
    subscribedTopicNames: ['wide'],
    topicPartitions: [],
    ...more,
  }
}

const going = (groupId: string, memberId: string, memberEpoch: number, more: object = {}): Body => ({
  groupId,
  memberId,
  memberEpoch,
  ...more,
})

const owning = (context: Context, partitions: readonly number[]) => ({
  topicPartitions: partitions.length === 0 ? [] : [{ topicId: topicId(context, 'wide'), partitions }],
})

/** Targets are computed at once, so that answers do not depend on how fast the requests come. */
async function atOnce(context: Context, groupId: string): Promise<void> {
  await configureGroup(context, groupId, { 'consumer.assignment.interval.ms': '0' })
}

const byMember = (reply: Reply): Reply => ({
  ...reply,
  groups: reply.groups.map((one: Reply) => ({
    ...one,
    members: [...one.members].sort((a, b) => (a.memberId < b.memberId ? -1 : 1)),
  })),
})

/** Says what is asked and told, one after another. */
class Talk {
  readonly replies: Reply[] = []
  readonly #context: Context
  readonly #version: number
  readonly groupId: string

  constructor(context: Context, version: number, groupId: string) {
    this.#context = context
    this.#version = version
    this.groupId = groupId
  }

  async beat(memberId: string, memberEpoch: number, more: object = {}): Promise<Reply> {
    return this.call('ConsumerGroupHeartbeat', this.#version, going(this.groupId, memberId, memberEpoch, more))
  }

  async join(memberId: string, more: object = {}): Promise<Reply> {
    return this.call('ConsumerGroupHeartbeat', this.#version, joining(this.groupId, memberId, more))
  }

  async call(name: Parameters<Context['session']['call']>[0], version: number, body: Body): Promise<Reply> {
    const reply = await this.#context.session.call(name, version, body)
    this.replies.push({ [name]: reply })
    return reply
  }

  async describe(): Promise<void> {
    const { session } = this.#context
    const groupIds = [this.groupId]
    const described = await session.call('ConsumerGroupDescribe', 1, { groupIds, includeAuthorizedOperations: true })
    this.replies.push({ described: byMember(described) })
  }

  commit(version: number, memberId: string, epoch: number, partitions: readonly number[]): Promise<Reply> {
    return this.call('OffsetCommit', version, {
      groupId: this.groupId,
      memberId,
      generationIdOrMemberEpoch: epoch,
      retentionTimeMs: -1,
      topics: [
        {
          name: 'wide',
          topicId: topicId(this.#context, 'wide'),
          partitions: partitions.map((partitionIndex) => ({
            partitionIndex,
            committedOffset: 5,
            committedLeaderEpoch: -1,
            committedMetadata: '',
          })),
        },
      ],
    })
  }

  fetch(version: number, memberId: string | null, memberEpoch: number): Promise<Reply> {
    const topics = [{ name: 'wide', topicId: topicId(this.#context, 'wide'), partitionIndexes: [0] }]
    const groups = [{ groupId: this.groupId, memberId, memberEpoch, topics }]
    return this.call('OffsetFetch', version, { groups, requireStable: true })
  }
}

const both = { min: 0, max: 1 }

const life = flow('consumer groups: the life of a member', both, async (context, version) => {
  const groupId = group('life', version)
  const talk = new Talk(context, version, groupId)
  await atOnce(context, groupId)
  const { memberEpoch } = await talk.join('m1', { rackId: 'r1' })
  await talk.describe()
  await talk.beat('m1', memberEpoch)
  await talk.beat('m1', memberEpoch, owning(context, [0, 1, 2]))
  await talk.beat('m1', memberEpoch, {
    ...owning(context, [0, 1, 2]),
    rebalanceTimeoutMs: 30_000,
    subscribedTopicNames: ['wide'],
  })
  await talk.beat('m1', memberEpoch + 1)
  await talk.beat('m1', memberEpoch - 1)
  await talk.beat('m1', memberEpoch, { serverAssignor: 'range' })
  await talk.describe()
  await talk.beat('stranger', 1)
  await talk.beat('stranger', -1)
  await talk.beat('m1', memberEpoch, { serverAssignor: 'none' })
  for (const commitVersion of [8, 9, 10]) {
    await talk.commit(commitVersion, 'm1', memberEpoch, [0])
    await talk.commit(commitVersion, 'm1', memberEpoch + 1, [0])
    await talk.commit(commitVersion, 'm1', memberEpoch - 1, [0])
    await talk.commit(commitVersion, 'stranger', memberEpoch, [0])
    await talk.commit(commitVersion, '', -1, [0])
  }
  for (const fetchVersion of [8, 9, 10]) {
    await talk.fetch(fetchVersion, null, -1)
    if (fetchVersion === 8) continue
    await talk.fetch(fetchVersion, 'm1', memberEpoch)
    await talk.fetch(fetchVersion, 'm1', memberEpoch + 1)
    await talk.fetch(fetchVersion, 'stranger', memberEpoch)
  }
  for (const v of [4, 5, 6]) await talk.call('DescribeGroups', v, { groups: [groupId] })
  await talk.call('DeleteGroups', 2, { groupsNames: [groupId] })
  const partitions = [{ partitionIndex: 0 }]
  await talk.call('OffsetDelete', 0, {
    groupId,
    topics: [
      { name: 'wide', partitions },
      { name: 'plain', partitions },
    ],
  })
  await talk.join('m1')
  await talk.beat('m1', -1)
  await talk.beat('m1', -1)
  await talk.describe()
  await talk.commit(9, '', -1, [1])
  await talk.call('OffsetDelete', 0, { groupId, topics: [{ name: 'wide', partitions }] })
  await talk.call('DeleteGroups', 2, { groupsNames: [groupId] })
  await talk.describe()
  return talk.replies
})

const together = flow('consumer groups: members come and go', both, async (context, version) => {
  const groupId = group('together', version)
  const talk = new Talk(context, version, groupId)
  await atOnce(context, groupId)
  const one = await talk.join('m1')
  const two = await talk.join('m2')
  await talk.describe()
  await talk.beat('m2', two.memberEpoch)
  const revoking = await talk.beat('m1', one.memberEpoch, owning(context, [0, 1, 2]))
  await talk.describe()
  const kept: number[] = revoking.assignment?.topicPartitions[0]?.partitions ?? []
  await talk.beat('m1', revoking.memberEpoch, owning(context, [0, 1, 2]))
  await talk.commit(9, 'm1', revoking.memberEpoch, [0, 1, 2])
  const revoked = await talk.beat('m1', revoking.memberEpoch, owning(context, kept))
  await talk.commit(9, 'm1', revoking.memberEpoch, kept)
  await talk.commit(9, 'm1', revoking.memberEpoch, [0, 1, 2])
  const given = await talk.beat('m2', two.memberEpoch, owning(context, []))
  await talk.commit(9, 'm2', two.memberEpoch, [0, 1, 2])
  await talk.beat('m1', revoking.memberEpoch, owning(context, kept))
  await talk.describe()
  await talk.beat('m2', given.memberEpoch, { subscribedTopicNames: ['wide', 'plain'] })
  await talk.describe()
  await talk.beat('m2', given.memberEpoch, { subscribedTopicNames: [] })
  await talk.beat('m1', -1)
  await talk.beat('m2', given.memberEpoch)
  await talk.describe()
  await talk.beat('m2', -1)
  await talk.beat('m1', revoked.memberEpoch)
  return talk.replies
})

const statics = flow('consumer groups: static members', both, async (context, version) => {
  const groupId = group('static', version)
  const talk = new Talk(context, version, groupId)
  await atOnce(context, groupId)
  const mine = { instanceId: 'i1' }
  const first = await talk.join('m1', mine)
  await talk.join('m2', mine)
  await talk.beat('m1', first.memberEpoch, { instanceId: 'other' })
  await talk.beat('m1', first.memberEpoch, mine)
  await talk.beat('m1', -2, { instanceId: 'other' })
  await talk.beat('m2', -2, mine)
  await talk.beat('m1', -2, mine)
  await talk.describe()
  await talk.beat('m1', first.memberEpoch, mine)
  const again = await talk.join('m2', mine)
  await talk.describe()
  await talk.beat('m1', first.memberEpoch, mine)
  await talk.beat('m2', again.memberEpoch, mine)
  await talk.join('m3', { instanceId: 'i2' })
  await talk.beat('m2', again.memberEpoch, { ...mine, ...owning(context, [0, 1]) })
  await talk.describe()
  await talk.call('LeaveGroup', 5, { groupId, members: [{ memberId: '', groupInstanceId: 'i2' }, { memberId: 'm9' }] })
  await talk.beat('m2', -1, mine)
  await talk.describe()
  return talk.replies
})

const regexes = flow('consumer groups: regular expressions', { min: 1, max: 1 }, async (context, version) => {
  const groupId = group('regex', version)
  const talk = new Talk(context, version, groupId)
  await atOnce(context, groupId)
  for (const bad of ['[', '(?=a)', 'a**'])
    await talk.join('m1', { subscribedTopicNames: null, subscribedTopicRegex: bad })
  const first = await talk.join('m1', { subscribedTopicNames: null, subscribedTopicRegex: 'wi[c-e]e+' })
  const resolved = await until('the expression to be resolved', async () => {
    const reply = await context.session.call(
      'ConsumerGroupHeartbeat',
      version,
      going(groupId, 'm1', first.memberEpoch, { ...owning(context, []) }),
    )
    return reply.assignment === null ? undefined : reply
  })
  talk.replies.push(resolved)
  await talk.describe()
  const second = await talk.join('m2', { subscribedTopicNames: null, subscribedTopicRegex: 'wi[c-e]e+' })
  await talk.beat('m1', resolved.memberEpoch, owning(context, [0, 1, 2]))
  await talk.describe()
  await talk.beat('m2', second.memberEpoch, { subscribedTopicRegex: '', subscribedTopicNames: ['plain'] })
  await talk.describe()
  await talk.beat('m2', -1)
  await talk.beat('m1', -1)
  await talk.describe()
  return talk.replies
})

const text = (value: string) => Buffer.concat([Buffer.from([0, value.length]), Buffer.from(value)])
/** Of the consumer protocol, version 1: topics, no user data, owned partitions. */
function subscription(owned: readonly number[]): Buffer {
  const none = Buffer.from([0xff, 0xff, 0xff, 0xff])
  const int = (value: number) => Buffer.from([0, 0, 0, value])
  const list = owned.length === 0 ? [int(0)] : [int(1), text('wide'), int(owned.length), ...owned.map(int)]
  return Buffer.concat([Buffer.from([0, 1]), int(1), text('wide'), none, ...list])
}

function assignment(partitions: readonly number[]): Buffer {
  const int = (value: number) => Buffer.from([0, 0, 0, value])
  const none = Buffer.from([0xff, 0xff, 0xff, 0xff])
  return Buffer.concat([
    Buffer.from([0, 1]),
    int(1),
    text('wide'),
    int(partitions.length),
    ...partitions.map(int),
    none,
  ])
}

const migration = flow(
  'consumer groups: upgrade and downgrade while members are in',
  both,
  async (context, version) => {
    const groupId = group('migration', version)
    const talk = new Talk(context, version, groupId)
    await atOnce(context, groupId)
    const join = (memberId: string, owned: readonly number[], more: object = {}) =>
      talk.call('JoinGroup', 9, {
        groupId,
        sessionTimeoutMs: 30_000,
        rebalanceTimeoutMs: 30_000,
        memberId,
        protocolType: 'consumer',
        protocols: [{ name: 'range', metadata: subscription(owned) }],
        ...more,
      })
    const { memberId } = await join('', [])
    const { generationId } = await join(memberId, [])
    const me = { groupId, memberId, generationId, protocolType: 'consumer', protocolName: 'range' }
    await talk.call('SyncGroup', 5, { ...me, assignments: [{ memberId, assignment: assignment([0, 1, 2]) }] })
    await talk.call('ConsumerGroupDescribe', 1, { groupIds: [groupId] })
    await talk.beat('m1', 1)
    const joined = await talk.join('m1')
    talk.replies.push({ types: await typeOf(context, groupId) })
    await talk.describe()
    await talk.call('Heartbeat', 4, { ...me, generationId: generationId + 1 })
    await talk.call('Heartbeat', 4, me)
    await talk.call('SyncGroup', 5, { ...me, assignments: [] })
    await talk.call('Heartbeat', 4, { ...me, memberId: 'm1', generationId: joined.memberEpoch })
    await talk.call('JoinGroup', 9, { ...me, sessionTimeoutMs: 30_000, protocolType: 'connect', protocols: [] })
    await talk.call('DescribeGroups', 6, { groups: [groupId] })
    await talk.commit(8, memberId, generationId, [0])
    await talk.commit(9, memberId, generationId + 7, [0])
    const revoking = await join(memberId, [0, 1, 2])
    await talk.describe()
    const assigned = await talk.call('SyncGroup', 5, { ...me, generationId: revoking.generationId, assignments: [] })
    talk.replies.push({ assigned: assigned.assignment })
    const kept = [0, 1]
    const rejoined = await join(memberId, kept)
    await talk.call('SyncGroup', 5, { ...me, generationId: rejoined.generationId, assignments: [] })
    await talk.call('Heartbeat', 4, { ...me, generationId: rejoined.generationId })
    await talk.beat('m1', joined.memberEpoch, owning(context, []))
    await talk.describe()
    await talk.beat('m1', -1)
    talk.replies.push({ types: await typeOf(context, groupId) })
    await talk.call('DescribeGroups', 6, { groups: [groupId] })
    await talk.call('Heartbeat', 4, { ...me, generationId: rejoined.generationId })
    const back = await join(memberId, [])
    await talk.call('SyncGroup', 5, {
      ...me,
      generationId: back.generationId,
      assignments: [{ memberId, assignment: assignment([0, 1, 2]) }],
    })
    await talk.call('DescribeGroups', 6, { groups: [groupId] })
    await talk.call('LeaveGroup', 5, { groupId, members: [{ memberId }] })
    const last = await talk.join('m1')
    await talk.beat('m1', last.memberEpoch)
    await talk.beat('m1', -1)
    await join('', [])
    // Apache Kafka lists what has been stored, which this may not be yet.
    const types = await until('the group to be a classic one', async () => {
      const listed = await typeOf(context, groupId)
      return listed[0]?.groupType === 'classic' && listed
    })
    talk.replies.push({ types })
    return talk.replies
  },
)

async function typeOf({ session }: Context, groupId: string): Promise<Reply> {
  const { groups } = await session.call('ListGroups', 5, { statesFilter: [], typesFilter: [] })
  return groups.filter((one: Reply) => one.groupId === groupId)
}

export const consumerGroupSteps: Step[] = [
  ...everyVersion('ConsumerGroupHeartbeat', both, {
    'without a group': () => joining('', 'm'),
    'with a blank group': () => joining('  ', 'm'),
    'without a member id': (v) => joining(group('own-id', v), ''),
    'on without a member id': (v) => going(group('no', v), '', 1),
    'without a rebalance timeout': (v) => joining(group('bad', v), 'm', { rebalanceTimeoutMs: -1 }),
    'without owned partitions': (v) => joining(group('bad', v), 'm', { topicPartitions: null }),
    'with owned partitions': (v, c) => joining(group('bad', v), 'm', owning(c, [0])),
    'without a subscription': (v) => joining(group('bad', v), 'm', { subscribedTopicNames: null }),
    'with a blank instance': (v) => joining(group('bad', v), 'm', { instanceId: '' }),
    'with a blank rack': (v) => joining(group('bad', v), 'm', { rackId: ' ' }),
    'with an epoch too low': (v) => going(group('bad', v), 'm', -3),
    'away without an instance': (v) => going(group('bad', v), 'm', -2),
    'with an unknown assignor': (v) => joining(group('bad', v), 'm', { serverAssignor: 'sticky' }),
    'to an unknown group': (v) => going(group('no', v), 'm', 4),
    'from an unknown group': (v) => going(group('no', v), 'm', -1),
    'subscribed to nothing': (v) => joining(group('nothing', v), 'm', { subscribedTopicNames: [] }),
    'subscribed to what is not there': (v) => joining(group('nowhere', v), 'm', { subscribedTopicNames: ['nowhere'] }),
    'to a group of offsets': () => going('simple-9', 'm', 4),
  }),
  life,
  together,
  statics,
  regexes,
  migration,
  ...everyVersion('ConsumerGroupDescribe', both, {
    'unknown, nameless and classic': (v) => ({
      groupIds: [group('no', v), '', 'simple-9'],
      includeAuthorizedOperations: true,
    }),
    nothing: () => ({ groupIds: [] }),
  }),
  ...everyVersion(
    'ListGroups',
    { min: 4, max: 5 },
    {
      'of consumers': (v) => (v < 5 ? undefined : { statesFilter: [], typesFilter: ['Consumer'] }),
      'of consumers by state': () => ({ statesFilter: ['Stable', 'reconciling', 'assigning'], typesFilter: [] }),
    },
  ),
]
