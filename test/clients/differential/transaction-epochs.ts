import { encodeKeyed } from '../../../src/protocol/keyed-record.ts'
import { TransactionLogKey, TransactionLogValue } from '../../../src/protocol/stored/transaction-records.ts'
import { buildBatch } from '../../../src/record/builder.ts'
import * as header from '../../../src/record/header.ts'
import { batches } from '../../../src/record/iterate.ts'
import { decodeBatch } from '../../../src/transaction/records.ts'
import { STATES } from '../../../src/transaction/transaction.ts'
import { until } from '../../support/wait.ts'
import { batch } from './data.ts'
import type { Body, Reply, Session } from './session.ts'
import type { Producer } from './transaction-states.ts'

/** A transactional id whose epochs are nearly used up. */
export interface Aged {
  readonly transactionalId: string
  /** As its client knows it. */
  producer: Producer
  readonly topicId: string
}

const FIRST_EPOCH = 32_764
const EPOCHS = [FIRST_EPOCH, 32_765, 32_766, 32_767]
/** With what its log says of the last transaction's client. */
const AGED_STATES = ['Empty', 'Ongoing', 'CompleteCommit', 'CompleteAbort'] as const
const LONG_MS = 900_000

type Step = (session: Session, one: Aged) => Promise<Reply>

const ended = async (session: Session, one: Aged, version: number, committed: boolean): Promise<Reply> => {
  const { transactionalId, producer } = one
  const reply = await session.call('EndTxn', version, { transactionalId, ...producer, committed })
  if (version >= 5 && reply.errorCode === 0) one.producer = only(reply)
  return reply
}

/** Ends, and ends once more as a client does that did not get the answer. */
const endTwice =
  (version: number, committed: boolean): Step =>
  async (session, one) => {
    const { transactionalId, producer } = one
    const first = await ended(session, one, version, committed)
    await atRest(session, one)
    const body = { transactionalId, ...producer, committed }
    return [first, await session.call('EndTxn', version, body)]
  }

const initialize = async (session: Session, one: Aged, producer: Partial<Producer>): Promise<Reply[]> => {
  const { transactionalId } = one
  const body = { transactionalId, transactionTimeoutMs: LONG_MS, ...producer }
  const replies = [await session.call('InitProducerId', 5, body)]
  // What was open is aborted first.
  if (replies[0].errorCode === CONCURRENT) {
    await atRest(session, one)
    replies.push(await session.call('InitProducerId', 5, body))
  }
  const last = replies.at(-1)
  if (last.errorCode === 0) one.producer = only(last)
  return replies
}

const CONCURRENT = 51

function only({ producerId, producerEpoch }: Producer): Producer {
  return { producerId, producerEpoch }
}

const produced: Step = (session, { transactionalId, producer, topicId }) => {
  const records = batch(1, { ...producer, baseSequence: 0, isTransactional: true })
  const topicData = [{ name: 'cases', topicId, partitionData: [{ index: 0, records }] }]
  return session.call('Produce', 12, { transactionalId, acks: -1, timeoutMs: 10_000, topicData })
}

const added: Step = (session, { transactionalId, producer }) =>
  session.call('AddPartitionsToTxn', 3, {
    v3AndBelowTransactionalId: transactionalId,
    v3AndBelowProducerId: producer.producerId,
    v3AndBelowProducerEpoch: producer.producerEpoch,
    v3AndBelowTopics: [{ name: 'cases', partitions: [0] }],
    transactions: [],
  })

/** One transaction after another over the last epoch. */
const transactions =
  (version: number, begin: Step): Step =>
  async (session, one) => {
    const replies: Reply[] = []
    for (let i = 0; i < 4; i += 1) {
      replies.push(await begin(session, one), await ended(session, one, version, true))
      await atRest(session, one)
    }
    return replies
  }

/** What may be done with it, until it is at rest again. */
export const ACTIONS: Readonly<Record<string, Step>> = {
  'EndTxn v5, commit twice': endTwice(5, true),
  'EndTxn v5, abort twice': endTwice(5, false),
  'EndTxn v4, commit twice': endTwice(4, true),
  'EndTxn v4, abort twice': endTwice(4, false),
  'InitProducerId of somebody new, twice': async (session, one) => [
    await initialize(session, one, {}),
    await initialize(session, one, {}),
  ],
  'InitProducerId that goes on, twice': async (session, one) => {
    const { producer } = one
    return [await initialize(session, one, producer), await initialize(session, one, producer)]
  },
  'InitProducerId that goes on three times': async (session, one) => [
    await initialize(session, one, one.producer),
    await initialize(session, one, one.producer),
    await initialize(session, one, one.producer),
  ],
  'InitProducerId with the epoch before': async (session, one) => {
    const { producerId, producerEpoch } = one.producer
    return initialize(session, one, { producerId, producerEpoch: producerEpoch - 1 })
  },
  'transactions of new clients': transactions(5, produced),
  'transactions of old clients': transactions(4, added),
  'a record, then nothing until it times out': async (session, one) => {
    const reply = await produced(session, one)
    return [reply, await initialize(session, one, {})]
  },
}

/** As a broker finds it open in its log, since long. */
export const TIMED_OUT = 'what is open times out'

export const AGES = EPOCHS.flatMap((epoch) => AGED_STATES.map((state) => ({ epoch, state })))

export async function atRest(session: Session, { transactionalId }: Aged): Promise<Reply> {
  return until(`${transactionalId} to be at rest`, async () => {
    const reply = await session.call('DescribeTransactions', 0, { transactionalIds: [transactionalId] })
    const [described] = reply.transactionStates
    return /^Prepare/.test(described.transactionState) ? undefined : described
  })
}

export async function timedOut(session: Session, one: Aged): Promise<Reply> {
  return until(`${one.transactionalId} to be aborted`, async () => {
    const described = await atRest(session, one)
    return described.transactionState === 'Ongoing' ? undefined : described
  })
}

/** What a coordinator's log says of it. */
export function aged(
  { transactionalId, producer }: Aged,
  { state }: (typeof AGES)[number],
  clientTransactionVersion: number,
  timeoutMs = LONG_MS,
): { readonly key: Buffer; readonly value: Buffer | null } {
  const kind = { id: 0, key: TransactionLogKey, value: TransactionLogValue }
  const partitions = state === 'Ongoing' ? [{ topic: 'cases', partitionIds: [0] }] : []
  const now = Date.now()
  const value = {
    ...producer,
    previousProducerId: producer.producerId,
    transactionTimeoutMs: timeoutMs,
    transactionStatus: STATES.indexOf(state),
    transactionPartitions: state === 'Empty' ? null : partitions,
    transactionLastUpdateTimestampMs: now,
    transactionStartTimestampMs: state === 'Empty' ? -1 : now,
    clientTransactionVersion,
  }
  return encodeKeyed(kind, { transactionalId }, value, 1)
}

/** Puts records into the coordinator's log behind its back, as one of Kafka's tools may. */
export async function store(session: Session, topicId: string, records: ReturnType<typeof aged>[]): Promise<Reply> {
  const bytes = buildBatch({ records: records.map((each) => ({ timestamp: Date.now(), ...each })) })
  const topicData = [{ name: '__transaction_state', topicId, partitionData: [{ index: 0, records: bytes }] }]
  return session.call('Produce', 12, { transactionalId: null, acks: -1, timeoutMs: 10_000, topicData })
}

/** Every record of the coordinator's log, by transactional id. */
export async function stored(session: Session, topicId: string): Promise<Map<string, Body[]>> {
  const found = new Map<string, Body[]>()
  for (let at = 0; ; ) {
    const partitions = [{ partition: 0, fetchOffset: at, partitionMaxBytes: 1 << 20 }]
    const reply = await session.call('Fetch', 13, {
      replicaId: -1,
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes: 1 << 20,
      isolationLevel: 0,
      sessionId: 0,
      sessionEpoch: -1,
      topics: [{ topicId, partitions }],
      forgottenTopicsData: [],
      rackId: '',
    })
    const pieces = [reply.responses[0].partitions[0].records].flat().filter(Buffer.isBuffer)
    const before = at
    for (const view of batches(Buffer.concat(pieces))) {
      const { buffer, at: place } = view
      const written = { producerId: header.producerId(buffer, place), baseSequence: header.baseSequence(buffer, place) }
      for (const { offset, record } of decodeBatch(view)) {
        at = offset + 1
        const { value, valueVersion, transactionalId } = record
        const partitionsOf = value && Array.from(value.partitions, ([topic, indexes]) => [topic, ...indexes])
        const told = { ...value, transactionalId: 'it', partitions: partitionsOf, valueVersion, written }
        found.set(transactionalId, [...(found.get(transactionalId) ?? []), told])
      }
    }
    if (at === before) return found
  }
}
