import { errorNamed } from '../../../src/base/errors.ts'
import { until } from '../../support/wait.ts'
import { batch } from '../differential/data.ts'
import type { Body } from '../differential/session.ts'
import { type Context, STRANGE_ID, type Step, topicId, ZERO_ID } from '../differential/step.ts'
import { asked, type Exchange, exchange } from './asking.ts'

const [ACCEPT, RELEASE, REJECT, RENEW] = [1, 2, 3, 4]
/** Member ids are Uuids in the sessions of share consumers. */
const [ONE, TWO] = ['AAAAAAAAAAAAAAAAAAAB9A', 'AAAAAAAAAAAAAAAAAAAB9Q']

const heartbeat = (groupId: string, memberId: string, memberEpoch: number, more: object = {}): Body => ({
  groupId,
  memberId,
  memberEpoch,
  ...more,
})

interface Batch {
  readonly firstOffset: number
  readonly lastOffset: number
  readonly acknowledgeTypes: readonly number[]
}

const acknowledged = (firstOffset: number, lastOffset: number, ...acknowledgeTypes: number[]): Batch => ({
  firstOffset,
  lastOffset,
  acknowledgeTypes,
})

const part = (partitionIndex: number, ...acknowledgementBatches: Batch[]) => ({
  partitionIndex,
  acknowledgementBatches,
})

function fetching(shareSessionEpoch: number, topics: readonly object[], more: object = {}): Body {
  return {
    groupId: 'errors-share',
    memberId: ONE,
    shareSessionEpoch,
    maxWaitMs: 0,
    minBytes: 0,
    maxRecords: 100,
    batchSize: 100,
    shareAcquireMode: 0,
    topics,
    forgottenTopicsData: [],
    ...more,
  }
}

const acknowledging = (shareSessionEpoch: number, topics: readonly object[], more: object = {}): Body => ({
  groupId: 'errors-share',
  memberId: ONE,
  shareSessionEpoch,
  topics,
  ...more,
})

async function startsAtTheBeginning({ session }: Context, groupId: string): Promise<void> {
  const configs = [{ name: 'share.auto.offset.reset', configOperation: 0, value: 'earliest' }]
  await session.call('IncrementalAlterConfigs', 1, {
    resources: [{ resourceType: 32, resourceName: groupId, configs }],
  })
  await until('the group config', async () => {
    const resources = [{ resourceType: 32, resourceName: groupId, configurationKeys: null }]
    const { results } = await session.call('DescribeConfigs', 4, { resources })
    return (
      results[0].configs.find(({ name }: { name: string }) => name === 'share.auto.offset.reset')?.value === 'earliest'
    )
  })
}

async function joined(talk: Exchange, groupId: string, memberId: string, topics: readonly string[]): Promise<number> {
  const { session } = talk.context
  const first = await session.call(
    'ShareGroupHeartbeat',
    1,
    heartbeat(groupId, memberId, 0, { subscribedTopicNames: topics }),
  )
  let memberEpoch: number = first.memberEpoch
  await until('the share partitions', async () => {
    const reply = await session.call('ShareGroupHeartbeat', 1, heartbeat(groupId, memberId, memberEpoch))
    memberEpoch = reply.memberEpoch
    return (reply.assignment ?? first.assignment)?.topicPartitions.length > 0
  })
  return memberEpoch
}

const consumed = exchange('share groups: fetches and acknowledgements that are refused', async (talk) => {
  const { context } = talk
  const id = topicId(context, 'shared')
  const shared = (...partitions: object[]) => [{ topicId: id, partitions }]
  const [fetch, acknowledge] = [
    (body: Body) => talk.call('ShareFetch', 2, body),
    (body: Body) => talk.call('ShareAcknowledge', 2, body),
  ]
  await startsAtTheBeginning(context, 'errors-share')
  const topicData = [{ name: 'shared', partitionData: [{ index: 0, records: batch(10) }] }]
  await context.session.call('Produce', 9, { acks: -1, timeoutMs: 5_000, topicData })
  await joined(talk, 'errors-share', ONE, ['shared'])

  await fetch(fetching(3, shared(part(0))))
  await acknowledge(acknowledging(3, shared(part(0, acknowledged(0, 0, ACCEPT)))))
  await acknowledge(acknowledging(0, shared(part(0, acknowledged(0, 0, ACCEPT)))))
  await fetch(fetching(0, shared(part(0, acknowledged(0, 0, ACCEPT)))))
  await fetch(fetching(-1, shared(part(0))))
  await acknowledge(acknowledging(-1, shared(part(0, acknowledged(0, 0, ACCEPT)))))
  await until('records', async () => {
    const reply = await context.session.call('ShareFetch', 2, fetching(0, shared(part(0)), { maxWaitMs: 500 }))
    return reply.responses[0]?.partitions[0]?.acquiredRecords.length > 0
  })
  let epoch = 0
  const next = () => {
    epoch += 1
    return epoch
  }
  await fetch(fetching(7, shared(part(0))))
  await acknowledge(acknowledging(7, shared(part(0, acknowledged(0, 0, ACCEPT)))))
  const here = (...batches: Batch[]) => acknowledging(next(), shared(part(0, ...batches)))
  await acknowledge(here(acknowledged(3, 2, ACCEPT)))
  await acknowledge(here(acknowledged(0, 1, ACCEPT, ACCEPT, ACCEPT)))
  await acknowledge(here(acknowledged(0, 3, ACCEPT, ACCEPT)))
  await acknowledge(here(acknowledged(0, 0)))
  await acknowledge(here(acknowledged(0, 0, 9)))
  await acknowledge(here(acknowledged(0, 0, -1)))
  await acknowledge(here(acknowledged(0, 2, ACCEPT), acknowledged(2, 3, ACCEPT)))
  await acknowledge(here(acknowledged(2, 3, ACCEPT), acknowledged(0, 1, ACCEPT)))
  await acknowledge(here(acknowledged(100, 101, ACCEPT)))
  await acknowledge(here(acknowledged(-5, -4, ACCEPT)))
  await acknowledge(here(acknowledged(8, 12, ACCEPT)))
  await acknowledge(here(acknowledged(0, 0, RENEW)))
  await acknowledge({ ...here(acknowledged(0, 0, RENEW)), isRenewAck: true })
  await acknowledge({ ...here(acknowledged(0, 1, RENEW, ACCEPT)), isRenewAck: true })
  await acknowledge(here(acknowledged(0, 0, ACCEPT)))
  await acknowledge(here(acknowledged(0, 0, ACCEPT)))
  await acknowledge(here(acknowledged(1, 1, REJECT)))
  await acknowledge(here(acknowledged(1, 1, RELEASE)))
  await acknowledge(acknowledging(next(), [{ topicId: STRANGE_ID, partitions: [part(0, acknowledged(0, 0, ACCEPT))] }]))
  await acknowledge(acknowledging(next(), shared(part(40, acknowledged(0, 0, ACCEPT)))))
  await acknowledge(acknowledging(next(), shared(part(-1, acknowledged(0, 0, ACCEPT)))))
  await acknowledge(acknowledging(next(), []))
  await fetch(fetching(next(), shared(part(0, acknowledged(0, 0, ACCEPT), acknowledged(2, 2, 9)))))
  await fetch(fetching(next(), shared(part(0, acknowledged(5, 5, ACCEPT)))))
  await fetch(fetching(next(), shared(part(0, acknowledged(5, 5, ACCEPT)))))
  await fetch(fetching(next(), shared(part(0, acknowledged(2, 2, RENEW)))))
  const nothingFetched = { maxWaitMs: 0, minBytes: 0, maxBytes: 0, maxRecords: 0, batchSize: 0 }
  const renewal = { isRenewAck: true, ...nothingFetched }
  await fetch(fetching(epoch + 1, shared(part(0, acknowledged(2, 2, RENEW))), { ...renewal, maxRecords: 5 }))
  await fetch(fetching(next(), shared(part(0, acknowledged(2, 2, RENEW))), renewal))
  await fetch(fetching(next(), shared(part(0, acknowledged(0, 0, RENEW))), renewal))
  await acknowledge(acknowledging(-1, shared(part(0, acknowledged(100, 100, ACCEPT)))))
  await acknowledge(acknowledging(-1, []))
})

/** Each in a session of its own. */
const FETCHES: Readonly<Record<string, (id: string) => readonly [topics: readonly object[], more?: object]>> = {
  'of an unknown topic': () => [[{ topicId: STRANGE_ID, partitions: [part(0)] }]],
  'of an unknown topic and one that is known': (topicId) => [
    [
      { topicId: STRANGE_ID, partitions: [part(0)] },
      { topicId, partitions: [part(0)] },
    ],
  ],
  'of an unknown partition': (topicId) => [[{ topicId, partitions: [part(40)] }]],
  'of no topic': () => [[{ topicId: ZERO_ID, partitions: [part(0)] }]],
  'of a topic without partitions': (topicId) => [[{ topicId, partitions: [] }]],
  'of what is forgotten at once': (topicId) => [
    [{ topicId, partitions: [part(0)] }],
    { forgottenTopicsData: [{ topicId, partitions: [0] }] },
  ],
  'and what was never asked for forgotten': (topicId) => [
    [],
    {
      forgottenTopicsData: [
        { topicId: STRANGE_ID, partitions: [0] },
        { topicId, partitions: [40] },
      ],
    },
  ],
  'of no records': (topicId) => [[{ topicId, partitions: [part(0)] }], { maxRecords: 0 }],
  'of fewer records than none': (topicId) => [[{ topicId, partitions: [part(0)] }], { maxRecords: -1 }],
  'in no batches': (topicId) => [[{ topicId, partitions: [part(0)] }], { batchSize: 0 }],
  'in batches of fewer than none': (topicId) => [[{ topicId, partitions: [part(0)] }], { batchSize: -1 }],
  'of fewer bytes than none': (topicId) => [[{ topicId, partitions: [part(0)] }], { maxBytes: -1 }],
  'of at least more bytes than at most': (topicId) => [
    [{ topicId, partitions: [part(0)] }],
    { minBytes: 10, maxBytes: 1 },
  ],
  'in an unknown way': (topicId) => [[{ topicId, partitions: [part(0)] }], { shareAcquireMode: 5 }],
  'of a negative partition': (topicId) => [[{ topicId, partitions: [part(-1)] }]],
}

const fetches: readonly Step[] = Object.entries(FETCHES).map(([title, asked]) =>
  exchange(`share groups: a fetch ${title}`, async (talk) => {
    const session = (topics: readonly object[], epoch: number, more: object = {}) =>
      fetching(epoch, topics, { groupId: 'errors-share-fetch', memberId: TWO, maxWaitMs: 300, minBytes: 1, ...more })
    const [topics, more] = asked(topicId(talk.context, 'empty'))
    await talk.context.session.call('ShareFetch', 2, session([], 0))
    await talk.call('ShareFetch', 2, session(topics, 1, more))
    await talk.call('ShareFetch', 2, session([], 2))
    await talk.context.session.call('ShareFetch', 2, session([], -1))
    await talk.call('ShareFetch', 2, session(topics, 0, more))
    await talk.context.session.call('ShareFetch', 2, session([], -1))
  }),
)

/** Its partitions get their states. */
const fetchers = exchange('share groups: a member whose fetches are refused', async (talk) => {
  await startsAtTheBeginning(talk.context, 'errors-share-fetch')
  const memberEpoch = await joined(talk, 'errors-share-fetch', TWO, ['empty'])
  await talk.call('ShareGroupHeartbeat', 1, heartbeat('errors-share-fetch', TWO, memberEpoch))
})

const sessionsOfOthers = exchange('share groups: sessions of others, and one too many', async (talk) => {
  const shared = [{ topicId: topicId(talk.context, 'shared'), partitions: [part(0)] }]
  const fetch = (memberId: string | null, over = talk.context.session, more: object = {}) =>
    talk.call(
      'ShareFetch',
      2,
      fetching(0, shared, { memberId, maxWaitMs: 1_000, minBytes: 1, maxRecords: 1, batchSize: 1, ...more }),
      over,
    )
  const [first, second, third] = [talk.another(), talk.another(), talk.another()]
  await fetch(null, first)
  await fetch('', first)
  await fetch('not an id', first)
  await fetch('x'.repeat(37), first)
  await fetch(ONE, first, { groupId: null })
  await fetch(ONE, first, { groupId: '' })
  await fetch(ONE, first, { groupId: 'errors-share-nobody' })
  await fetch(ONE, first, { groupId: 'simple-9' })
  await talk.call('ShareAcknowledge', 2, acknowledging(1, shared, { memberId: null }), first)
  await talk.call('ShareAcknowledge', 2, acknowledging(1, shared, { memberId: 'not an id' }), first)
  await talk.call('ShareAcknowledge', 2, acknowledging(1, shared, { groupId: null }), first)
  await talk.call('ShareAcknowledge', 2, acknowledging(1, shared, { groupId: '' }), first)
  await talk.call('ShareFetch', 2, fetching(-1, [], { memberId: ONE }), first)
  await fetch(ONE, first)
  await fetch(TWO, second)
  await fetch('AAAAAAAAAAAAAAAAAAAB9g', third)
  await fetch('AAAAAAAAAAAAAAAAAAAB9w', talk.another())
  await fetch('AAAAAAAAAAAAAAAAAAAB9w', talk.another())
})

const members = exchange('share groups: heartbeats that are refused', async (talk) => {
  const groupId = 'errors-share-members'
  const beat = (memberId: string, memberEpoch: number, more: object = {}) =>
    talk.call('ShareGroupHeartbeat', 1, heartbeat(groupId, memberId, memberEpoch, more))
  const plain = { subscribedTopicNames: ['plain'] }
  await beat('m1', 1)
  await beat('m1', -1)
  await beat('', 0, plain)
  await beat(' ', 0, plain)
  await beat('m1', 0)
  await beat('m1', -2)
  await beat('m1', -3)
  await beat('m1', 0, { ...plain, rackId: '' })
  await talk.call('ShareGroupHeartbeat', 1, heartbeat('', 'm1', 0, plain))
  await talk.call('ShareGroupHeartbeat', 1, heartbeat(' ', 'm1', 0, plain))
  await beat('m1', 0, { subscribedTopicNames: [] })
  const memberEpoch = await joined(talk, groupId, 'm1', ['plain'])
  await beat('stranger', 1)
  await beat('m1', memberEpoch + 5)
  await beat('m1', memberEpoch - 1)
  await talk.call('DeleteGroups', 2, { groupsNames: [groupId] })
  await talk.call('AlterShareGroupOffsets', 0, {
    groupId,
    topics: [{ topicName: 'plain', partitions: [{ partitionIndex: 0, startOffset: 0 }] }],
  })
  await talk.call('DeleteShareGroupOffsets', 0, { groupId, topics: [{ topicName: 'plain' }] })
  await talk.call('JoinGroup', 9, {
    groupId,
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 10_000,
    memberId: '',
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
  })
  await talk.call('ConsumerGroupHeartbeat', 1, {
    groupId,
    memberId: 'c',
    memberEpoch: 0,
    rebalanceTimeoutMs: 1_000,
    subscribedTopicNames: ['plain'],
    topicPartitions: [],
  })
  await talk.call('ConsumerGroupDescribe', 1, { groupIds: [groupId] })
  await talk.call('OffsetFetch', 9, { groups: [{ groupId, topics: null }] })
  await talk.call('OffsetDelete', 0, { groupId, topics: [{ name: 'plain', partitions: [{ partitionIndex: 0 }] }] })
  await talk.call('OffsetCommit', 9, {
    groupId,
    memberId: '',
    generationIdOrMemberEpoch: -1,
    topics: [{ name: 'plain', partitions: [{ partitionIndex: 0, committedOffset: 1 }] }],
  })
  await talk.call('LeaveGroup', 5, { groupId, members: [{ memberId: 'm1' }] })
  await talk.call('DescribeGroups', 6, { groups: [groupId] })
  for (const memberId of ['m2', 'm3']) {
    const body = heartbeat(groupId, memberId, 0, plain)
    await talk.context.session.call('ShareGroupHeartbeat', 1, body)
  }
  await beat('m4', 0, plain)
  for (const memberId of ['m1', 'm2', 'm3', 'm4']) await beat(memberId, -1)
})

const offsets = exchange('share groups: offsets that are refused', async (talk) => {
  const groupId = 'errors-share-offsets'
  const alter = (id: string, ...topics: object[]) => talk.call('AlterShareGroupOffsets', 0, { groupId: id, topics })
  const remove = (id: string, ...topics: string[]) =>
    talk.call('DeleteShareGroupOffsets', 0, { groupId: id, topics: topics.map((topicName) => ({ topicName })) })
  const describe = (id: string, topics: readonly object[] | null) =>
    talk.call('DescribeShareGroupOffsets', 1, { groups: [{ groupId: id, topics }] })
  const at = (topicName: string, partitionIndex: number, startOffset: number) => ({
    topicName,
    partitions: [{ partitionIndex, startOffset }],
  })
  await alter('', at('plain', 0, 0))
  await alter('errors-share-nobody', at('plain', 0, 0))
  await remove('', 'plain')
  await remove('errors-share-nobody', 'plain')
  await describe('', null)
  await describe('errors-share-nobody', null)
  await describe('errors-share-nobody', [{ topicName: 'plain', partitions: [0] }])
  await talk.call('DescribeShareGroupOffsets', 1, { groups: [] })
  const memberEpoch = await joined(talk, groupId, 'm1', ['plain'])
  await talk.call('ShareGroupHeartbeat', 1, heartbeat(groupId, 'm1', memberEpoch))
  await alter(groupId, at('plain', 0, 0))
  await remove(groupId, 'plain')
  await talk.call('ShareGroupHeartbeat', 1, heartbeat(groupId, 'm1', -1))
  await alter(groupId, at('nowhere', 0, 0), at('a b', 0, 0), at('plain', 40, 0))
  await alter(groupId, at('nowhere', -1, 0))
  await alter(groupId, at('plain', 0, -5))
  await alter(groupId, at('wide', 0, 3))
  await alter(groupId, at('plain', 0, 1), at('plain', 0, 2))
  await alter(groupId)
  await alter(groupId, { topicName: 'plain', partitions: [] })
  await describe(groupId, [{ topicName: 'nowhere', partitions: [0] }])
  // Not a partition that there is not: Apache Kafka asks its coordinator of it again and again before it answers.
  await describe(groupId, [{ topicName: 'plain', partitions: [0] }])
  await describe(groupId, [{ topicName: 'read', partitions: [0] }])
  await describe(groupId, [
    { topicName: 'nowhere', partitions: [0] },
    { topicName: 'plain', partitions: [0] },
  ])
  await describe(groupId, [])
  await remove(groupId, 'nowhere', 'read', 'a b')
  await remove(groupId)
  await remove(groupId, 'plain', 'plain')
  await remove(groupId, 'plain')
  await alter('simple-9', at('plain', 0, 0))
  await remove('simple-9', 'plain')
  await describe('simple-9', null)
})

const negative = exchange('share groups: offsets of negative partitions', async (talk) => {
  const groupId = 'errors-share-negative'
  await talk.call('AlterShareGroupOffsets', 0, {
    groupId,
    topics: [{ topicName: 'plain', partitions: [{ partitionIndex: -1, startOffset: 0 }] }],
  })
  const topics = [{ topicName: 'plain', partitions: [-1] }]
  await talk.call('DescribeShareGroupOffsets', 1, { groups: [{ groupId, topics }] })
})

const goneTopic = exchange('share groups: a fetch of a topic that is gone', async (talk) => {
  const { session } = talk.context
  const groupId = 'errors-share-gone'
  const created = await session.call('CreateTopics', 7, {
    topics: [{ name: 'errors-gone', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
    timeoutMs: 10_000,
  })
  const { topicId: id } = created.topics[0]
  await joined(talk, groupId, TWO, ['errors-gone'])
  const fetch = (epoch: number, ...batches: Batch[]) =>
    fetching(epoch, [{ topicId: id, partitions: [part(0, ...batches)] }], { groupId, memberId: TWO, maxWaitMs: 300 })
  await session.call('ShareFetch', 2, fetch(0))
  await session.call('DeleteTopics', 6, { topics: [{ name: 'errors-gone', topicId: ZERO_ID }], timeoutMs: 10_000 })
  await until('the topic to be gone', async () => {
    const { topics } = await session.call('Metadata', 12, { topics: [{ name: 'errors-gone', topicId: ZERO_ID }] })
    return errorNamed(topics[0].errorCode) === 'UNKNOWN_TOPIC_OR_PARTITION'
  })
  await talk.call('ShareFetch', 2, { ...fetch(1), topics: [] })
  await talk.call('ShareAcknowledge', 2, { ...fetch(2, acknowledged(0, 0, ACCEPT)) })
  await session.call('ShareFetch', 2, { ...fetch(-1), topics: [] })
})

export const shareGroups: readonly Step[] = [
  ...asked('ShareGroupDescribe', 1, {
    'unknown, nameless, twice, of another kind': {
      groupIds: ['errors-share-nobody', '', ' ', 'errors-share-nobody', 'simple-9'],
      includeAuthorizedOperations: true,
    },
    nothing: { groupIds: [] },
  }),
  consumed,
  fetchers,
  goneTopic,
  ...fetches,
  sessionsOfOthers,
  members,
  offsets,
  negative,
]
