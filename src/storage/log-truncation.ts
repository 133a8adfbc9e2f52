import * as header from '../record/header.ts'
import { removeSnapshots } from './log-roll.ts'
import type { LogState } from './log-state.ts'
import {
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  SNAPSHOT_SUFFIX,
  segmentFile,
  TIME_INDEX_SUFFIX,
  TXN_INDEX_SUFFIX,
} from './names.ts'
import { createSegment } from './new-segment.ts'
import { replayProducers } from './producer-replay.ts'
import { decodeSnapshot } from './producer-snapshot.ts'
import { scanBatches } from './scan.ts'
import { Segment } from './segment.ts'
import { loadAborted, loadIndexes, readerOf, writeAborted } from './segment-files.ts'

/** Takes everything at and after `offset` away. No write may be under way. */
export async function truncateTo(state: LogState, offset: number): Promise<void> {
  const target = Math.max(offset, state.start)
  const before = state.end
  state.end = Math.min(state.end, target)
  state.written = Math.min(state.written, target)
  state.recoveryPoint = Math.min(state.recoveryPoint, target)
  state.highWatermark = Math.min(state.highWatermark, target)
  state.tail.truncateTo(target)
  if (state.cleanedUpTo !== undefined) state.cleanedUpTo = Math.min(state.cleanedUpTo, target)
  if (state.epochs.truncateFromEnd(target)) state.saveEpochs()
  const removed = state.segments.splice(Math.max(state.segmentIndexOf(target), 0) + 1)
  await state.background
  await removeSegments(state, removed)
  await cutSegment(state, state.active, target)
  if (before > target || state.producers.endOffset !== target) await reloadProducers(state)
  await state.background
}

async function cutSegment(state: LogState, segment: Segment, offset: number): Promise<void> {
  const { offsets } = await loadIndexes(state.env, segment, state.config.indexIntervalBytes)
  const aborted = (await loadAborted(state.env, segment)).length
  const path = segment.path(LOG_SUFFIX)
  const fileSize = await state.env.pool.use(path, 'create', (file) => file.size())
  let size = offset <= segment.baseOffset ? 0 : offsets.lookup(offset).position
  if (size < fileSize && offset > segment.baseOffset) {
    const end = await scanBatches(readerOf(state.env, segment), size, fileSize, false, (buffer, at, position) => {
      if (header.lastOffset(buffer, at) >= offset) {
        size = position
        throw CUT_HERE
      }
      return undefined
    }).catch((error) => {
      if (error === CUT_HERE) return { position: size }
      throw error
    })
    size = end.position
  }
  await state.env.pool.use(path, 'read-write', (file) => file.truncate(size))
  segment.truncateTo(offset, size)
  const from = offsets.lookup(segment.offsetOfMaxTimestamp).position
  await scanBatches(readerOf(state.env, segment), from, size, false, (buffer, at) => {
    segment.seeTimestamp(header.maxTimestamp(buffer, at), header.lastOffset(buffer, at))
    return undefined
  })
  if (segment.aborted !== undefined && segment.aborted.length < aborted) {
    await writeAborted(state.env, segment, segment.aborted)
  }
}

const CUT_HERE = new Error('cut here')

async function reloadProducers(state: LogState): Promise<void> {
  const { producers, end } = state
  removeSnapshots(state, (offset) => offset > end || offset <= state.start)
  // Where no producer was known, none comes into being by forgetting records.
  if (producers.isEmpty && producers.endOffset >= end) {
    producers.clear(end)
    return
  }
  let from = state.start
  producers.clear(from)
  for (const offset of [...state.snapshots].sort((a, b) => b - a)) {
    const path = `${state.folder.path}/${segmentFile(offset, SNAPSHOT_SUFFIX)}`
    const entries = decodeSnapshot(await state.env.disk.readFile(path).catch(() => Buffer.alloc(0)))
    if (entries === undefined) continue
    producers.load(entries, offset, state.env.clock.now(), state.env.producerIdExpirationMs())
    from = offset
    break
  }
  await replayProducers(state.env, state.segments, producers, from, end)
  producers.onHighWatermark(state.highWatermark)
}

/** The log begins anew and empty at `offset`. */
export async function truncateFully(state: LogState, offset: number, logStartOffset: number): Promise<void> {
  state.end = offset
  state.written = offset
  state.start = logStartOffset
  state.highWatermark = logStartOffset
  state.recoveryPoint = Math.min(state.recoveryPoint, offset)
  state.tail.clear()
  state.epochs.clear()
  state.saveEpochs()
  state.producers.clear(offset)
  removeSnapshots(state, () => true)
  const removed = state.segments
  // A segment of the same base may be among those that go: the new one's files are made after them.
  state.segments = [Segment.empty(state.folder, offset, state.env.clock.now(), 0)]
  await state.background
  await removeSegments(state, removed)
  state.segments = [createSegment(state.env, state.folder, offset, state.config)]
}

/** At once and for good: what a truncation takes away must not be there after a crash. */
export async function removeSegments(state: LogState, segments: readonly Segment[]): Promise<void> {
  for (const segment of segments) {
    for (const suffix of [LOG_SUFFIX, OFFSET_INDEX_SUFFIX, TIME_INDEX_SUFFIX, TXN_INDEX_SUFFIX] as const) {
      const path = segment.path(suffix)
      if (suffix === LOG_SUFFIX) await state.env.pool.forget(path)
      await state.env.disk.remove(path)
    }
  }
}
