import { InvariantError } from '../base/assert.ts'
import { ErrorCode, errorName, KafkaError } from '../base/errors.ts'
import type { Logger } from '../io/ports.ts'
import { truncationOffset } from '../partition/truncation.ts'
import type { FetchResponseData } from '../protocol/messages/fetch.ts'
import { UnexpectedAppendOffset } from '../storage/log-append.ts'
import type { FetchState } from './replica-fetch-state.ts'

export type FetchedPartition = FetchResponseData['responses'][number]['partitions'][number]

/** What becomes of a partition after an answer. */
export type Applied =
  | { readonly kind: 'done' }
  /** Appended, but not in the file yet: the next fetch, which says what is safe here, has to wait for it. */
  | { readonly kind: 'writing'; readonly written: Promise<void> }
  | { readonly kind: 'retry'; readonly reason: string }
  /** Nothing more until the partition has another leader epoch: its log is gone. */
  | { readonly kind: 'failed'; readonly reason: string }
  /** The log is to be changed first. */
  | { readonly kind: 'repair'; readonly job: () => Promise<void> }
  | { readonly kind: 'out of range' }

const DONE: Applied = { kind: 'done' }

/** Takes what the leader answered for one partition into its log. */
export function applyFetched(state: FetchState, fetched: FetchedPartition, logger: Logger): Applied {
  if (fetched.errorCode === ErrorCode.OFFSET_OUT_OF_RANGE) return { kind: 'out of range' }
  if (fetched.errorCode !== 0) return { kind: 'retry', reason: errorName(fetched.errorCode) }
  const { replica } = state
  if (fetched.divergingEpoch.endOffset >= 0 || fetched.divergingEpoch.epoch >= 0) {
    const offset = truncationOffset(replica.log, fetched.divergingEpoch)
    return { kind: 'repair', job: () => truncate(state, offset, logger) }
  }
  if (replica.log.logEndOffset !== state.fetchOffset) return { kind: 'retry', reason: 'the log ends elsewhere' }
  const { records } = fetched
  if (records === null || records.length === 0) {
    learn(state, fetched)
    return DONE
  }
  try {
    return append(state, fetched, records)
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return refused(state, fetched, records, error, logger)
  }
}

function append(state: FetchState, fetched: FetchedPartition, records: Buffer): Applied {
  const { replica } = state
  const { written } = replica.appendFetched(records)
  const { log } = replica
  state.fetchOffset = log.logEndOffset
  state.lastFetchedEpoch = log.latestEpoch ?? -1
  if (log.writtenEndOffset >= log.logEndOffset) {
    learn(state, fetched)
    return DONE
  }
  return { kind: 'writing', written: written.then(() => learn(state, fetched)) }
}

function learn(state: FetchState, { highWatermark, logStartOffset }: FetchedPartition): void {
  state.lag = Math.max(0, highWatermark - state.fetchOffset)
  if (state.isCurrent) state.replica.learn(highWatermark, logStartOffset)
}

function refused(
  state: FetchState,
  fetched: FetchedPartition,
  records: Buffer,
  error: KafkaError,
  logger: Logger,
): Applied {
  const { replica } = state
  const { log, topic, partition } = replica
  if (error instanceof UnexpectedAppendOffset) {
    // The leader's log starts within a batch: the first one that an empty log gets begins before it.
    const end = log.logEndOffset
    if (end === log.logStartOffset && error.firstOffset < end && error.lastOffset >= end) {
      const kept = Buffer.from(records)
      return { kind: 'repair', job: () => beginEarlier(state, fetched, kept, error.firstOffset) }
    }
  }
  if (log.isOffline) return { kind: 'failed', reason: error.message }
  const fields = { topic, partition, offset: state.fetchOffset, err: error }
  // A disk that takes nothing has been told of already.
  const say = error.error === 'KAFKA_STORAGE_ERROR' ? logger.debug : logger.error
  say(fields, 'what the leader sent could not be appended')
  return { kind: 'retry', reason: error.error }
}

async function beginEarlier(
  state: FetchState,
  fetched: FetchedPartition,
  records: Buffer,
  firstOffset: number,
): Promise<void> {
  await state.replica.restartAt(firstOffset)
  if (!state.isCurrent) return
  await state.replica.appendFetched(records).written
  state.fetchOffset = state.replica.log.logEndOffset
  learn(state, fetched)
}

export async function truncate(state: FetchState, offset: number, logger: Logger): Promise<void> {
  const { log, topic, partition } = state.replica
  const fields = { topic, partition, from: log.logEndOffset, to: offset, leaderEpoch: state.leaderEpoch }
  const isBelow = offset < log.highWatermark
  if (isBelow) logger.warn({ ...fields, highWatermark: log.highWatermark }, 'truncating below the high watermark')
  else logger.info(fields, 'truncating to where the log of the leader went another way')
  await state.replica.truncateTo(offset)
}

/** A bug must end the node, everything else a partition. */
export function reasonOf(error: unknown): string {
  if (error instanceof InvariantError) throw error
  return error instanceof Error ? error.message : String(error)
}
