import type { ApiName } from '../../../src/protocol/apis.ts'
import { until } from '../../support/wait.ts'
import { batch } from './data.ts'
import type { Body, Reply, Session } from './session.ts'

/** A transactional id in a state of its own, as one broker has it. */
export interface Case {
  session: Session
  transactionalId: string
  /** Of the topic `cases`: where its records are. */
  readonly partition: number
  /** transaction.version of the cluster. */
  readonly version: number
  /** What its client goes on with. */
  producer: Producer
  /** Of another transactional id. */
  readonly foreign: Producer
  readonly topicIds: ReadonlyMap<string, string>
  /** Its markers can't be written. */
  readonly isDecided: boolean
}

export interface Producer {
  readonly producerId: number
  readonly producerEpoch: number
}

/** The longest that brokers allow: what is open stays open, however slow the machine is. */
const LONG_MS = 900_000
/** What times out does so soon, but not before one record is in it. */
const SHORT_MS = 300
const TRIES = 50

export async function init(
  session: Session,
  transactionalId: string,
  transactionTimeoutMs = LONG_MS,
): Promise<Producer> {
  return until(`a producer id for ${transactionalId}`, async () => {
    await session.call('FindCoordinator', 3, { key: transactionalId, keyType: 1 })
    const body = { transactionalId, transactionTimeoutMs }
    const { errorCode, producerId, producerEpoch } = await session.call('InitProducerId', 5, body)
    return errorCode === 0 ? { producerId, producerEpoch } : undefined
  })
}

const bumps = ({ version }: Case): boolean => version >= 2

/** A record in its transaction, whose protocol is that of the cluster. */
export async function write(one: Case, topic: string, partition: number, timeoutMs?: number): Promise<void> {
  const { session, producer, transactionalId } = one
  const produceVersion = bumps(one) ? 12 : 11
  if (!bumps(one)) {
    const topics = [{ name: topic, partitions: [partition] }]
    await done(session, 'AddPartitionsToTxn', 3, adding(transactionalId, producer, topics), timeoutMs)
  }
  await done(session, 'Produce', produceVersion, producing(one, producer, { topic, partition }), timeoutMs)
}

/** Asks until it works. */
async function done(session: Session, name: ApiName, version: number, body: Body, timeoutMs?: number): Promise<Reply> {
  let reply: Reply
  await until(
    `${name} to succeed`,
    async () => {
      reply = await session.call(name, version, body)
      return codesOf(reply).every((code) => code === 0)
    },
    timeoutMs,
  ).catch((error: unknown) => {
    throw new Error(`${String(error)}: ${JSON.stringify(reply)}`)
  })
  return reply
}

export function codesOf(reply: unknown): number[] {
  return [...JSON.stringify(reply).matchAll(/"(?:partitionE|e)rrorCode":(-?\d+)/g)].map(([, code]) => Number(code))
}

export async function end(one: Case, committed: boolean): Promise<void> {
  const { session, transactionalId, producer } = one
  const reply = await done(session, 'EndTxn', bumps(one) ? 5 : 4, { transactionalId, ...producer, committed })
  if (bumps(one)) one.producer = { producerId: reply.producerId, producerEpoch: reply.producerEpoch }
}

async function reaches(one: Case, state: string): Promise<void> {
  await until(`${one.transactionalId} to be ${state}`, async () => (await describe(one)).transactionState === state)
}

async function ended(one: Case, committed: boolean): Promise<void> {
  await write(one, 'cases', one.partition)
  await end(one, committed)
  await reaches(one, committed ? 'CompleteCommit' : 'CompleteAbort')
}

/** A record in a transaction that times out soon; where that was too soon, in one of another id. */
async function writeInTime(one: Case): Promise<void> {
  const { session, transactionalId } = one
  for (let tries = 1; ; tries += 1) {
    one.producer = await init(session, one.transactionalId, SHORT_MS)
    try {
      await write(one, 'cases', one.partition, SHORT_MS)
      return
    } catch (error) {
      if (tries === TRIES) throw error
    }
    one.transactionalId = `${transactionalId}, again ${tries}`
    await init(session, one.transactionalId)
  }
}

/** Brings a transactional id that was just initialized into a state. */
export const STATES: Readonly<Record<string, (one: Case) => Promise<void>>> = {
  empty: async () => {},
  open: (one) => write(one, 'cases', one.partition),
  'open, with offsets': async (one) => {
    const { session, transactionalId, producer } = one
    const groupId = `group-${transactionalId}`
    const version = bumps(one) ? 5 : 4
    if (!bumps(one)) await done(session, 'AddOffsetsToTxn', 4, { transactionalId, ...producer, groupId })
    await done(session, 'TxnOffsetCommit', version, committing(one, producer))
  },
  committed: (one) => ended(one, true),
  aborted: (one) => ended(one, false),
  'aborted when nothing was in it': async (one) => {
    if (!bumps(one)) return
    await end(one, false)
    await reaches(one, 'CompleteAbort')
  },
  'timed out': async (one) => {
    await writeInTime(one)
    await reaches(one, 'CompleteAbort')
  },
  'fenced while open': async (one) => {
    await write(one, 'cases', one.partition)
    await init(one.session, one.transactionalId)
  },
  'initialized again': async (one) => {
    one.producer = await init(one.session, one.transactionalId)
  },
}

/** Those that are decided while a broker that their markers go to does not move: whether they are committed. */
export const DECIDED: Readonly<Record<string, boolean>> = { committing: true, aborting: false }

/** Also adds a partition of `stuck`. */
export async function fill(one: Case): Promise<void> {
  const { session, transactionalId, producer, partition } = one
  await write(one, 'cases', partition)
  const topics = [{ name: 'stuck', partitions: [partition] }]
  if (bumps(one)) await done(session, 'AddPartitionsToTxn', 4, batched(one, producer, false, 'stuck'))
  else await done(session, 'AddPartitionsToTxn', 3, adding(transactionalId, producer, topics))
}

export function adding(transactionalId: string, { producerId, producerEpoch }: Producer, topics: readonly object[]) {
  return {
    v3AndBelowTransactionalId: transactionalId,
    v3AndBelowProducerId: producerId,
    v3AndBelowProducerEpoch: producerEpoch,
    v3AndBelowTopics: topics,
    transactions: [],
  }
}

function batched(one: Case, producer: Producer, verifyOnly: boolean, topic = 'cases') {
  const { transactionalId, partition } = one
  const topics = [{ name: topic, partitions: [partition] }]
  return {
    ...adding('', { producerId: -1, producerEpoch: -1 }, []),
    transactions: [{ transactionalId, ...producer, verifyOnly, topics }],
  }
}

export interface Place {
  readonly topic?: string
  readonly partition?: number
  readonly baseSequence?: number
  readonly isTransactional?: boolean
}

export function producing(one: Case, producer: Producer, place: Place = {}): Body {
  const { topic = 'cases', partition = one.partition, baseSequence = 0, isTransactional = true } = place
  const records = batch(1, { ...producer, baseSequence, isTransactional })
  const topicId = one.topicIds.get(topic) ?? ''
  const topicData = [{ name: topic, topicId, partitionData: [{ index: partition, records }] }]
  return { transactionalId: isTransactional ? one.transactionalId : null, acks: -1, timeoutMs: 10_000, topicData }
}

function committing({ transactionalId }: Case, producer: Producer) {
  const partitions = [{ partitionIndex: 0, committedOffset: 7, committedLeaderEpoch: -1, committedMetadata: 'note' }]
  return { transactionalId, groupId: `group-${transactionalId}`, ...producer, topics: [{ name: 'cases', partitions }] }
}

export interface Probe {
  readonly api: ApiName
  readonly version: number
  readonly body: (one: Case, producer: Producer) => Body
}

const probe = (api: ApiName, version: number, body: Probe['body']): Probe => ({ api, version, body })

const ending = (committed: boolean) => (one: Case, producer: Producer) => ({
  transactionalId: one.transactionalId,
  ...producer,
  committed,
})

/** What anybody may ask about a transactional id, in the protocols of all clients. */
export const PROBES: Readonly<Record<string, Probe>> = {
  'EndTxn v3, commit': probe('EndTxn', 3, ending(true)),
  'EndTxn v4, commit': probe('EndTxn', 4, ending(true)),
  'EndTxn v4, abort': probe('EndTxn', 4, ending(false)),
  'EndTxn v5, commit': probe('EndTxn', 5, ending(true)),
  'EndTxn v5, abort': probe('EndTxn', 5, ending(false)),
  'AddPartitionsToTxn v1': probe('AddPartitionsToTxn', 1, added),
  'AddPartitionsToTxn v3': probe('AddPartitionsToTxn', 3, added),
  'AddPartitionsToTxn v4': probe('AddPartitionsToTxn', 4, (one, producer) => batched(one, producer, false)),
  'AddPartitionsToTxn v5, to verify': probe('AddPartitionsToTxn', 5, (one, producer) => batched(one, producer, true)),
  'AddOffsetsToTxn v4': probe('AddOffsetsToTxn', 4, ({ transactionalId }, producer) => ({
    transactionalId,
    ...producer,
    groupId: `group-${transactionalId}`,
  })),
  'TxnOffsetCommit v3': probe('TxnOffsetCommit', 3, committing),
  'TxnOffsetCommit v4': probe('TxnOffsetCommit', 4, committing),
  'TxnOffsetCommit v5': probe('TxnOffsetCommit', 5, committing),
  'Produce v9': probe('Produce', 9, (one, producer) => producing(one, producer, { baseSequence: 1 })),
  'Produce v11': probe('Produce', 11, (one, producer) => producing(one, producer, { baseSequence: 1 })),
  'Produce v11, from zero': probe('Produce', 11, (one, producer) => producing(one, producer)),
  'Produce v12': probe('Produce', 12, (one, producer) => producing(one, producer, { baseSequence: 1 })),
  'Produce v12, from zero': probe('Produce', 12, (one, producer) => producing(one, producer)),
  'Produce v12, out of any transaction': probe('Produce', 12, (one, producer) =>
    producing(one, producer, { baseSequence: 1, isTransactional: false }),
  ),
  'InitProducerId v3': probe('InitProducerId', 3, initializing),
  'InitProducerId v5': probe('InitProducerId', 5, initializing),
  'InitProducerId v5, of somebody new': probe('InitProducerId', 5, ({ transactionalId }) => ({
    transactionalId,
    transactionTimeoutMs: LONG_MS,
  })),
}

function initializing({ transactionalId }: Case, producer: Producer): Body {
  return { transactionalId, transactionTimeoutMs: LONG_MS, ...producer }
}

function added({ transactionalId, partition }: Case, producer: Producer): Body {
  return adding(transactionalId, producer, [{ name: 'cases', partitions: [partition] }])
}

/** Who asks. */
export const IDENTITIES: Readonly<Record<string, (one: Case) => Producer>> = {
  itself: ({ producer }) => producer,
  'with the epoch before': ({ producer }) => ({ ...producer, producerEpoch: producer.producerEpoch - 1 }),
  'with the next epoch': ({ producer }) => ({ ...producer, producerEpoch: producer.producerEpoch + 1 }),
  'with the producer of another': ({ foreign }) => foreign,
  'with a producer that is none': ({ producer }) => ({ ...producer, producerId: 999_999_999 }),
}

/** The answer, and what became of the transaction. */
export async function answerTo(
  one: Case,
  state: string,
  identity: string,
  { api, version, body }: Probe,
): Promise<Reply> {
  const { session, transactionalId, partition } = one
  const who = IDENTITIES[identity]
  if (who === undefined) throw new Error(`no identity ${identity}`)
  const reply = comparable(one, await session.call(api, version, body(one, who(one))))
  // What begins again times out again.
  const isMoving = state === 'timed out' ? /^(Prepare|Ongoing)/ : /^Prepare/
  const settled = await until(`${transactionalId} to be at rest`, async () => {
    const described = await describe(one)
    return isMoving.test(described.transactionState) && !one.isDecided ? undefined : comparable(one, described)
  })
  if (one.isDecided) return { reply, state: settled }
  const topics = [{ name: 'cases', partitionIndexes: [partition] }]
  const { topics: written } = await session.call('DescribeProducers', 0, { topics })
  const producers = written[0].partitions[0].activeProducers
    .filter((each: Reply) => each.producerId === one.producer.producerId)
    .map(({ producerEpoch, lastSequence, coordinatorEpoch, currentTxnStartOffset }: Reply) => ({
      producerEpoch,
      lastSequence,
      coordinatorEpoch,
      isOpen: currentTxnStartOffset >= 0,
    }))
  return { reply, state: settled, producers }
}

async function describe({ session, transactionalId }: Case): Promise<Reply> {
  const reply = await session.call('DescribeTransactions', 0, { transactionalIds: [transactionalId] })
  return reply.transactionStates[0]
}

/** What it waits for is all that is left. */
export async function waitsForOne(one: Case): Promise<void> {
  await until('the other markers', async () => (await describe(one)).topics.length === 1)
}

/** Where its records are depends on what else is written meanwhile, and its name on how often it was tried. */
function comparable({ transactionalId }: Case, reply: Reply): Reply {
  return JSON.parse(
    JSON.stringify(reply, (key, value: unknown) => {
      if (value === transactionalId) return 'it'
      const isPlace = key === 'baseOffset' || key === 'logStartOffset'
      return isPlace && typeof value === 'number' && value >= 0 ? 'offset' : value
    }),
  )
}
