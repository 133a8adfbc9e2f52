import { KafkaError } from '../base/errors.ts'
import * as header from '../record/header.ts'
import { type BatchesInfo, type LeaderRules, validateForFollower, validateForLeader } from '../record/validate.ts'
import { rollTo } from './log-roll.ts'
import type { LogState } from './log-state.ts'
import type { LogWriter } from './log-writer.ts'
import type { BatchMark } from './producer-entry.ts'
import { writeAborted } from './segment-files.ts'
import type { AppendInfo, AppendRequest } from './types.ts'

const WRITTEN: Promise<void> = Promise.resolve()

/** Offsets of a follower's append that lie before its log's end. */
export class UnexpectedAppendOffset extends KafkaError {
  readonly firstOffset: number
  readonly lastOffset: number

  constructor(message: string, firstOffset: number, lastOffset: number) {
    super('UNKNOWN_SERVER_ERROR', message)
    this.firstOffset = firstOffset
    this.lastOffset = lastOffset
  }
}

export function leaderRules(state: LogState, request: AppendRequest): LeaderRules {
  const { config } = state
  const compression = config.compressionType === 'uncompressed' ? 'none' : config.compressionType
  const levels = { gzip: config.gzipLevel, lz4: config.lz4Level, zstd: config.zstdLevel }
  return {
    topicPartition: state.name,
    origin: request.origin === 'replication' ? 'client' : request.origin,
    leaderEpoch: request.leaderEpoch,
    nowMs: request.nowMs,
    compacted: config.cleanupCompact,
    // What the broker itself writes is stored as it was built: only clients' batches are ever compressed anew.
    compression: request.origin === 'client' ? compression : 'producer',
    compressionLevel: compression in levels ? levels[compression as keyof typeof levels] : undefined,
    timestampType: config.logAppendTime ? 'LogAppendTime' : 'CreateTime',
    timestampBeforeMaxMs: config.timestampBeforeMaxMs,
    timestampAfterMaxMs: config.timestampAfterMaxMs,
    maxMessageBytes: config.maxMessageBytes,
  }
}

/** `convert`: the bytes must be compressed anew first, which is not done at once. */
export function appendAsLeader(state: LogState, writer: LogWriter, request: AppendRequest): AppendInfo | 'convert' {
  const checked = validateForLeader(request.records, state.end, leaderRules(state, request))
  if (checked.kind === 'convert') return 'convert'
  if (checked.firstOffset < 0) return nothingAppended(state, checked)
  return store(state, writer, request, checked, checked.logAppendTimeMs)
}

/** The batches keep the offsets and epochs that their leader gave them. */
export function appendAsFollower(state: LogState, writer: LogWriter, request: AppendRequest): AppendInfo {
  const { records, leaderEpoch } = request
  const checked = validateForFollower(records, { topicPartition: state.name, leaderEpoch })
  if (checked.validBytes <= 0) return nothingAppended(state, checked)
  const firstOrLast = checked.firstOffset >= 0 ? checked.firstOffset : checked.lastOffsetOfFirstBatch
  if (firstOrLast < state.end) {
    const which = checked.firstOffset >= 0 ? 'First offset' : 'Last offset of the first batch'
    const first = checked.firstOffset >= 0 ? checked.firstOffset : header.baseOffset(records, 0)
    throw new UnexpectedAppendOffset(
      `Unexpected offset in append to ${state.name}. ${which} ${firstOrLast} is less than the next offset ${state.end}. ` +
        `Last offset in append: ${checked.lastOffset}. Log start offset = ${state.start}`,
      first,
      checked.lastOffset,
    )
  }
  return store(state, writer, request, checked, -1)
}

function nothingAppended(state: LogState, checked: BatchesInfo): AppendInfo {
  return {
    firstOffset: -1,
    lastOffset: -1,
    maxTimestamp: checked.maxTimestamp,
    logAppendTimeMs: -1,
    logStartOffset: state.start,
    recordCount: 0,
    sizeInBytes: 0,
    duplicate: false,
    written: WRITTEN,
  }
}

function store(
  state: LogState,
  writer: LogWriter,
  request: AppendRequest,
  checked: BatchesInfo,
  logAppendTimeMs: number,
): AppendInfo {
  const size = checked.validBytes
  const bytes = size === request.records.length ? request.records : request.records.subarray(0, size)
  takeEpochs(state, bytes)
  if (size > state.config.segmentBytes) {
    throw new KafkaError(
      'RECORD_LIST_TOO_LARGE',
      `Message batch size is ${size} bytes in append to partition ${state.name}, which exceeds the maximum configured segment size of ${state.config.segmentBytes}.`,
    )
  }
  const { lastOffset, maxTimestamp } = checked
  const next = { size, lastOffset, maxTimestamp, nowMs: request.nowMs }
  if (state.active.shouldRoll(state.config, next)) {
    rollTo(state, checked.firstOffset >= 0 ? checked.firstOffset : Math.max(lastOffset - 0x7fff_ffff, state.end))
  }
  const { verification, transactionVersion } = request
  const mustVerify = state.env.verifiesTransactions?.() ?? false
  const update = state.producers.prepare(request.origin, { verification, transactionVersion, mustVerify })
  for (let at = 0; at < size; at += header.batchSize(bytes, at)) {
    const duplicate = update.add(bytes, at)
    if (duplicate !== undefined) return answerDuplicate(state, checked, duplicate)
  }

  const segment = state.active
  const { offsetOfMaxTimestamp } = checked
  const position = segment.append(size, lastOffset, maxTimestamp, offsetOfMaxTimestamp, state.config.indexIntervalBytes)
  const firstOffset = checked.firstOffset >= 0 ? checked.firstOffset : header.baseOffset(bytes, 0)
  state.end = lastOffset + 1
  state.tail.add(bytes, firstOffset, state.end)
  const written = writer.enqueue(segment, position, bytes, state.end)
  state.producers.commit(update, (txn, lastStableOffset) => {
    if (!txn.aborted) return
    const entry = {
      producerId: txn.producerId,
      firstOffset: txn.firstOffset,
      lastOffset: txn.lastOffset,
      lastStableOffset,
    }
    segment.aborted = [...(segment.aborted ?? []), entry]
    void state.later('writing the transaction index', () => writeAborted(state.env, segment, segment.aborted ?? []))
  })
  state.producers.endOffset = state.end
  return {
    firstOffset: checked.firstOffset,
    lastOffset,
    maxTimestamp,
    logAppendTimeMs,
    logStartOffset: state.start,
    recordCount: checked.recordCount,
    sizeInBytes: size,
    duplicate: false,
    written,
  }
}

function takeEpochs(state: LogState, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; at += header.batchSize(bytes, at)) {
    if (header.magic(bytes, at) < 2) {
      // Old formats carry no epoch: a follower must not trust the history any more.
      if (state.epochs.latest !== undefined) {
        state.epochs.clear()
        state.saveEpochs()
      }
    } else if (state.epochs.assign(header.leaderEpoch(bytes, at), header.baseOffset(bytes, at))) {
      state.saveEpochs()
    }
  }
}

/** The client learns the offsets that its batch got when it came first. */
function answerDuplicate(state: LogState, checked: BatchesInfo, mark: BatchMark): AppendInfo {
  return {
    firstOffset: mark.lastOffset - mark.offsetDelta,
    lastOffset: mark.lastOffset,
    maxTimestamp: checked.maxTimestamp,
    logAppendTimeMs: mark.timestamp,
    logStartOffset: state.start,
    recordCount: checked.recordCount,
    sizeInBytes: 0,
    duplicate: true,
    written: WRITTEN,
  }
}
