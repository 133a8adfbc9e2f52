import { KafkaError } from '../base/errors.ts'
import type { PartitionSet } from './partitions.ts'

/**
 * By id, as the log has them. The seventh, PrepareEpochFence, is one that Kafka passes through in memory alone, and the
 * sixth, Dead, one that has no record of its own: a transactional id that expired is a tombstone.
 *
 *     Empty ──partitions added──▶ Ongoing ──end──▶ PrepareCommit ──markers written──▶ CompleteCommit
 *       ▲                          ▲    └──end, timeout, fence──▶ PrepareAbort ──▶ CompleteAbort
 *       └──initialized anew────────┴───────────────────────────────────────────────────┘
 */
export const STATES = [
  'Empty',
  'Ongoing',
  'PrepareCommit',
  'PrepareAbort',
  'CompleteCommit',
  'CompleteAbort',
  'Dead',
  'PrepareEpochFence',
] as const

export type TransactionState = (typeof STATES)[number]

export const NO_PRODUCER_ID = -1
export const NO_EPOCH = -1
const MAX_EPOCH = 0x7fff
/** Of transactions that another system decides on (KIP-939): they don't time out here. */
export const NO_TIMEOUT = 0x7fff_ffff

/** What is known of one transactional id. Values are never changed: a record replaces them. */
export interface Transaction {
  readonly transactionalId: string
  readonly producerId: number
  /** That of the transition before, by which a client's repeated request is known. */
  readonly previousProducerId: number
  /** What the client goes on with after this transaction, because its producer's epochs are used up. */
  readonly nextProducerId: number
  readonly producerEpoch: number
  /** Not in the log: NO_EPOCH after a load. */
  readonly lastProducerEpoch: number
  readonly timeoutMs: number
  readonly state: TransactionState
  readonly partitions: PartitionSet
  /** -1: none has begun. */
  readonly startMs: number
  readonly lastUpdateMs: number
  /** transaction.version that the client spoke in the last transition: 2 where it bumps the epoch (KIP-890). */
  readonly clientVersion: number
}

/** One epoch is kept back, so that the last client of a producer id can still be fenced. */
export function isEpochExhausted({ producerEpoch }: Pick<Transaction, 'producerEpoch'>): boolean {
  return producerEpoch >= MAX_EPOCH - 1
}

/** The epoch before the last one: a client that repeats a request on it got a new producer id. */
export const LAST_CLIENT_EPOCH = MAX_EPOCH - 1

export function bumped(epoch: number): number {
  return epoch === MAX_EPOCH ? epoch : epoch + 1
}

export function bumpsEpoch(version: number): boolean {
  return version >= 2
}

export function isPrepared({ state }: Transaction): boolean {
  return state === 'PrepareCommit' || state === 'PrepareAbort'
}

/** Until all markers are written nobody may do anything with the transaction, whoever asks. */
export function requireRest(transaction: Transaction): void {
  if (isPrepared(transaction)) throw new KafkaError('CONCURRENT_TRANSACTIONS')
}

export function isTimedOut({ state, startMs, timeoutMs }: Transaction, nowMs: number): boolean {
  return state === 'Ongoing' && timeoutMs !== NO_TIMEOUT && startMs + timeoutMs < nowMs
}

export function isExpired({ state, lastUpdateMs }: Transaction, nowMs: number, expirationMs: number): boolean {
  const mayExpire = state === 'Empty' || state === 'CompleteCommit' || state === 'CompleteAbort'
  return mayExpire && lastUpdateMs <= nowMs - expirationMs
}
