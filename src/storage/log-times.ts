import * as header from '../record/header.ts'
import { BatchView } from '../record/iterate.ts'
import type { LogState } from './log-state.ts'
import { LOG_SUFFIX } from './names.ts'
import { scanBatches } from './scan.ts'
import type { Segment } from './segment.ts'
import { largestTimestamp, loadIndexes, readerOf } from './segment-files.ts'
import type { TimestampOffset } from './types.ts'

const LATEST = -1
const EARLIEST = -2
const MAX_TIMESTAMP = -3
const EARLIEST_LOCAL = -4
const LATEST_TIERED = -5

/** ListOffsets' question to one log: a time in ms, or one of the special ones. */
export async function offsetForTimestamp(state: LogState, timestamp: number): Promise<TimestampOffset | undefined> {
  const { epochs, end, start } = state
  switch (timestamp) {
    case LATEST:
      return { timestamp: -1, offset: end, leaderEpoch: epochs.latest ?? -1 }
    case EARLIEST:
    case EARLIEST_LOCAL: {
      const first = epochs.earliest
      const leaderEpoch = first !== undefined && first.startOffset <= start ? first.epoch : -1
      return { timestamp: -1, offset: start, leaderEpoch }
    }
    case LATEST_TIERED:
      return { timestamp: -1, offset: -1, leaderEpoch: -1 }
    case MAX_TIMESTAMP:
      return undisturbed(state, () => findMaxTimestamp(state))
    default:
      return undisturbed(state, () => findByTimestamp(state, timestamp))
  }
}

/** Again where compaction put other segments in place of those that were looked at. */
async function undisturbed<T>(state: LogState, search: () => Promise<T>): Promise<T> {
  for (;;) {
    const { layout } = state
    const found = await search().then(
      (value) => () => value,
      (error: unknown) => () => {
        throw error
      },
    )
    if (layout === state.layout) return found()
  }
}

/** The first record at or after `timestamp`, as ListOffsets means it. */
async function findByTimestamp(state: LogState, timestamp: number): Promise<TimestampOffset | undefined> {
  for (const segment of [...state.segments]) {
    if ((await largestTimestamp(state.env, segment)) < timestamp) continue
    const { offsets, times } = await loadIndexes(state.env, segment, state.config.indexIntervalBytes)
    const from = Math.max(times.lookup(timestamp).offset, state.start)
    const found = await searchSegment(state, segment, offsets.lookup(from).position, (buffer, at) => {
      if (header.maxTimestamp(buffer, at) < timestamp || header.lastOffset(buffer, at) < state.start) return undefined
      for (const record of new BatchView(buffer, at, header.batchSize(buffer, at)).records()) {
        if (record.timestamp >= timestamp && record.offset >= state.start) return record
      }
      return undefined
    })
    // What made the segment young enough may lie before the log start.
    if (found !== undefined) return found
  }
  return undefined
}

/** The first record that has the largest timestamp of the log. */
async function findMaxTimestamp(state: LogState): Promise<TimestampOffset | undefined> {
  let best: Segment | undefined
  for (const segment of [...state.segments]) {
    await largestTimestamp(state.env, segment)
    if ((segment.maxTimestamp ?? -1) > (best?.maxTimestamp ?? -1)) best = segment
  }
  if (best === undefined) return undefined
  const largest = best.maxTimestamp ?? -1
  const { offsets } = await loadIndexes(state.env, best, state.config.indexIntervalBytes)
  return searchSegment(state, best, offsets.lookup(best.offsetOfMaxTimestamp).position, (buffer, at) => {
    if (header.maxTimestamp(buffer, at) !== largest) return undefined
    for (const record of new BatchView(buffer, at, header.batchSize(buffer, at)).records()) {
      if (record.timestamp === largest) return record
    }
    return undefined
  })
}

type FindRecord = (buffer: Buffer, at: number) => { readonly offset: number; readonly timestamp: number } | undefined

async function searchSegment(
  state: LogState,
  segment: Segment,
  from: number,
  find: FindRecord,
): Promise<TimestampOffset | undefined> {
  let found: TimestampOffset | undefined
  await scanBatches(readerOf(state.env, segment), from, await writtenSize(state, segment), true, (buffer, at) => {
    const record = find(buffer, at)
    if (record === undefined) return undefined
    found = { timestamp: record.timestamp, offset: record.offset, leaderEpoch: header.leaderEpoch(buffer, at) }
    return 'stop'
  })
  return found
}

/** Bytes that are queued are not in the file yet. */
async function writtenSize(state: LogState, segment: Segment): Promise<number> {
  if (segment !== state.active && state.written >= (state.active.baseOffset ?? 0)) return segment.size
  return state.env.pool.use(segment.path(LOG_SUFFIX), 'read', async (file) => Math.min(await file.size(), segment.size))
}
