import type { ApiName } from '../../../src/protocol/apis.ts'
import { until } from '../../support/wait.ts'
import { batch } from './data.ts'
import type { Body, Reply } from './session.ts'
import { type Context, everyVersion, flow, type Step, topicId } from './step.ts'

/** What two brokers may say for different lengths of time: the coordinator is not made, or not done. */
const NOT_YET: ReadonlySet<number> = new Set([14, 15, 16, 51])

/** The answer once the broker has caught up with what was asked before. */
export async function settled(
  { session }: Context,
  name: ApiName,
  version: number,
  body: Body,
  notYetEither?: number,
): Promise<Reply> {
  const isNotYet = (code: number) => NOT_YET.has(code) || code === notYetEither
  let reply: Reply
  await until(`an answer to ${name}`, async () => {
    reply = await session.call(name, version, body)
    const text = JSON.stringify(reply)
    return ![...text.matchAll(/"(?:partitionE|e)rrorCode":(\d+)/g)].some(([, code]) => isNotYet(Number(code)))
  })
  return reply
}

/** What is said about a transaction whose end is written everywhere. */
export async function atRest({ session }: Context, transactionalId: string): Promise<Reply> {
  return until(`the end of ${transactionalId}`, async () => {
    const reply = await session.call('DescribeTransactions', 0, { transactionalIds: [transactionalId] })
    return /"Prepare/.test(JSON.stringify(reply)) ? undefined : reply
  })
}

export interface Producer {
  readonly producerId: number
  readonly producerEpoch: number
}

export async function init(context: Context, transactionalId: string, more: object = {}, version = 5): Promise<Reply> {
  return settled(context, 'InitProducerId', version, { transactionalId, transactionTimeoutMs: 60_000, ...more })
}

export const only = ({ producerId, producerEpoch }: Producer): Producer => ({ producerId, producerEpoch })

/** `wide-0` and `wide-1`, as clients add them. */
export function adding(
  transactionalId: string,
  producer: Producer,
  topics: object[] = [{ name: 'wide', partitions: [0, 1] }],
) {
  return {
    v3AndBelowTransactionalId: transactionalId,
    v3AndBelowProducerId: producer.producerId,
    v3AndBelowProducerEpoch: producer.producerEpoch,
    v3AndBelowTopics: topics,
    transactions: [],
  }
}

function verifying(transactionalId: string, producer: Producer, verifyOnly: boolean, partitions: number[]) {
  const topics = [{ name: 'wide', partitions }]
  return {
    ...adding('', { producerId: -1, producerEpoch: -1 }, []),
    transactions: [{ transactionalId, ...only(producer), verifyOnly, topics }],
  }
}

export function produce(
  context: Context,
  transactionalId: string,
  producer: Producer,
  index: number,
  baseSequence = 0,
) {
  const records = batch(1, { ...only(producer), baseSequence, isTransactional: true })
  const topicData = [{ name: 'wide', topicId: topicId(context, 'wide'), partitionData: [{ index, records }] }]
  return { transactionalId, acks: -1, timeoutMs: 10_000, topicData }
}

export function offsets(transactionalId: string, producer: Producer, groupId: string, more: object = {}) {
  const place = { committedOffset: 4, committedLeaderEpoch: -1, committedMetadata: 'note' }
  const topics = [
    {
      name: 'wide',
      partitions: [
        { partitionIndex: 0, ...place },
        { partitionIndex: 9, ...place },
      ],
    },
    { name: 'nowhere', partitions: [{ partitionIndex: 0, ...place }] },
  ]
  return { transactionalId, groupId, ...only(producer), topics, ...more }
}

const initSteps = everyVersion(
  'InitProducerId',
  { min: 0, max: 5 },
  {
    'no transactional id, but empty': () => ({ transactionalId: '', transactionTimeoutMs: 1000 }),
    'no time at all': () => ({ transactionalId: 'short', transactionTimeoutMs: 0 }),
    'more time than allowed': () => ({ transactionalId: 'long', transactionTimeoutMs: 900_001 }),
    'an epoch without a producer': () => ({ transactionalId: 'half', transactionTimeoutMs: 1000, producerEpoch: 3 }),
  },
)

const classic = flow('the classic protocol', { min: 0, max: 3 }, async (context, version) => {
  const id = `classic-${version}`
  const call = (name: ApiName, at: number, body: Body) => settled(context, name, at, body)
  const ending = Math.min(version + 1, 4)
  const first = await init(context, id, {}, version)
  const wrongEpoch = { ...only(first), producerEpoch: 7 }
  const stranger = { producerId: 99_999, producerEpoch: 0 }
  const end = (producer: Producer, committed: boolean) =>
    call('EndTxn', ending, { transactionalId: id, ...only(producer), committed })
  const replies = [first, await end(first, true), await end(first, false)]
  const add = (producer: Producer, topics?: object[]) =>
    call('AddPartitionsToTxn', version, adding(id, producer, topics))
  replies.push(await add(first), await add(first), await add(wrongEpoch), await add(stranger))
  replies.push(await call('AddPartitionsToTxn', version, adding('', first)))
  replies.push(await call('AddPartitionsToTxn', version, adding('nobody', first)))
  replies.push(await add(first, [{ name: 'wide', partitions: [2, 3] }]))
  replies.push(await add(first, [{ name: 'nowhere', partitions: [0] }]))
  replies.push(
    await add(first, [
      { name: '__consumer_offsets', partitions: [0] },
      { name: 'wide', partitions: [0] },
    ]),
  )
  replies.push(await call('Produce', 9, produce(context, id, first, 0)))
  replies.push(await call('Produce', 11, produce(context, id, first, 2)))
  replies.push(await call('Produce', 10, produce(context, id, first, 2)))
  replies.push(await call('Produce', 11, produce(context, id, wrongEpoch, 1)))
  replies.push(await call('Produce', 11, produce(context, 'nobody', first, 1)))
  const groupId = `txn-${version}`
  replies.push(await call('TxnOffsetCommit', version, offsets(id, first, groupId)))
  replies.push(await call('AddOffsetsToTxn', version, { transactionalId: id, ...only(first), groupId }))
  replies.push(await call('AddOffsetsToTxn', version, { transactionalId: id, ...wrongEpoch, groupId }))
  replies.push(await call('TxnOffsetCommit', version, offsets(id, first, groupId)))
  replies.push(await call('TxnOffsetCommit', version, offsets(id, first, '')))
  if (version >= 3) {
    const member = { generationId: 4, memberId: 'm', groupInstanceId: null }
    replies.push(await call('TxnOffsetCommit', version, offsets(id, first, groupId, member)))
    replies.push(await call('TxnOffsetCommit', version, offsets(id, first, 'unheard-of', member)))
  }
  const fetched = { groupId, topics: [{ name: 'wide', partitionIndexes: [0] }] }
  replies.push(await call('OffsetFetch', 7, { ...fetched, requireStable: true }))
  replies.push(await call('OffsetFetch', 7, { ...fetched, requireStable: false }))
  replies.push(await end(wrongEpoch, true), await end(stranger, true))
  replies.push(await call('EndTxn', ending, { transactionalId: '', ...only(first), committed: true }))
  replies.push(await end(first, true), await end(first, true), await end(first, false))
  replies.push(await call('OffsetFetch', 7, { ...fetched, requireStable: true }))
  const second = await init(context, id, version >= 3 ? only(first) : {}, version)
  replies.push(second, await end(first, true))
  if (version >= 3)
    replies.push(await init(context, id, only(first), version), await init(context, id, wrongEpoch, version))
  return replies
})

const bumping = flow('epochs that are bumped', { min: 12, max: 13 }, async (context, version) => {
  const id = `bumping-${version}`
  const call = (name: ApiName, at: number, body: Body) => settled(context, name, at, body)
  const end = (producer: Producer, committed: boolean) =>
    call('EndTxn', 5, { transactionalId: id, ...only(producer), committed })
  const first = await init(context, id)
  const replies = [first, await end(first, true)]
  replies.push(await call('Produce', version, produce(context, id, first, 0)))
  replies.push(await call('Produce', version, produce(context, id, first, 0)))
  replies.push(await call('Produce', version, produce(context, id, first, 1, 5)))
  replies.push(await call('TxnOffsetCommit', 5, offsets(id, first, `bumping-${version}`)))
  const next = await end(first, true)
  replies.push(next, await end(first, true), await end(first, false))
  replies.push(await call('Produce', version, produce(context, id, first, 0, 1)))
  replies.push(await call('Produce', version, produce(context, id, next, 0, 3)))
  replies.push(await call('Produce', version, produce(context, id, next, 0)))
  const third = await end(next, false)
  replies.push(third, await end(third, true), await end(third, false))
  replies.push(await call('Produce', version, produce(context, 'nobody', third, 0)))
  replies.push(await atRest(context, id))
  // Somebody else takes the id while a transaction is open.
  const again = await init(context, id)
  replies.push(again, await call('Produce', version, produce(context, id, again, 2)), await init(context, id))
  replies.push(await call('Produce', version, produce(context, id, again, 2, 1)))
  replies.push(await call('EndTxn', 5, { transactionalId: id, ...only(again), committed: true }))
  return replies
})

const verification = flow('partitions that brokers ask for', { min: 4, max: 5 }, async (context, version) => {
  const id = `verified-${version}`
  const producer = await init(context, id)
  const ask = (body: Body) => settled(context, 'AddPartitionsToTxn', version, body)
  return [
    await ask(verifying(id, producer, true, [0])),
    await ask(verifying(id, producer, false, [0])),
    await ask(verifying(id, producer, true, [0, 1])),
    await ask(verifying(id, { ...only(producer), producerEpoch: 9 }, true, [0])),
    await ask(verifying('nobody', producer, true, [0])),
    await ask(verifying(id, producer, true, [8])),
    await ask(verifying('', producer, true, [0])),
    await settled(context, 'EndTxn', 5, { transactionalId: id, ...only(producer), committed: false }),
  ]
})

const markers = flow('markers from nowhere', { min: 1, max: 2 }, async (context, version) => {
  const mark = (producerEpoch: number, coordinatorEpoch: number, topics: object[], transactionVersion = 0) =>
    context.session.call('WriteTxnMarkers', version, {
      markers: [
        {
          producerId: 70_000 + version,
          producerEpoch,
          transactionResult: false,
          topics,
          coordinatorEpoch,
          transactionVersion,
        },
      ],
    })
  const here = [{ name: 'wide', partitionIndexes: [2] }]
  return [
    await mark(3, 5, [
      { name: 'wide', partitionIndexes: [2, 9] },
      { name: 'nowhere', partitionIndexes: [0] },
    ]),
    await mark(3, 5, here),
    await mark(2, 5, here),
    await mark(3, 4, here),
    await mark(3, 5, here, 2),
    await mark(2, 6, here, 2),
    await mark(4, 6, here, 2),
    await mark(4, 6, [{ name: 'nowhere', partitionIndexes: [0] }]),
    await context.session.call('WriteTxnMarkers', version, { markers: [] }),
    await context.session.call('DescribeProducers', 0, { topics: [{ name: 'plain', partitionIndexes: [0] }] }),
  ]
})

const listing = everyVersion(
  'ListTransactions',
  { min: 0, max: 2 },
  {
    'of unknown states': () => ({ stateFilters: ['Empty', 'Open'], producerIdFilters: [] }),
    'of unknown producers': () => ({ stateFilters: [], producerIdFilters: [123_456] }),
    'with a pattern': (version) =>
      version < 2 ? undefined : { stateFilters: [], producerIdFilters: [], transactionalIdPattern: 'classic-[01]' },
    'with a pattern that is none': (version) =>
      version < 2 ? undefined : { stateFilters: [], producerIdFilters: [], transactionalIdPattern: '(' },
    'with an empty pattern, of a state': (version) =>
      version < 2
        ? undefined
        : { stateFilters: ['PrepareEpochFence', 'Dead'], producerIdFilters: [], transactionalIdPattern: '' },
  },
)

/** What transaction coordinators and the logs that they write to say, at every step of what clients may do. */
export const transactionSteps: Step[] = [
  ...initSteps,
  classic,
  bumping,
  verification,
  markers,
  ...everyVersion(
    'DescribeTransactions',
    { min: 0, max: 0 },
    {
      'of ids that nobody has': () => ({ transactionalIds: ['nobody', '', 'classic-1'] }),
    },
  ),
  ...listing,
]
