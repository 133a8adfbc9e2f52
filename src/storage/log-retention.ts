import { KafkaError } from '../base/errors.ts'
import { removeSnapshots, rollTo } from './log-roll.ts'
import type { LogState } from './log-state.ts'
import {
  DELETED_SUFFIX,
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  SNAPSHOT_SUFFIX,
  segmentFile,
  TIME_INDEX_SUFFIX,
  TXN_INDEX_SUFFIX,
} from './names.ts'
import type { Segment } from './segment.ts'
import { largestTimestamp } from './segment-files.ts'

const SUFFIXES = [LOG_SUFFIX, OFFSET_INDEX_SUFFIX, TIME_INDEX_SUFFIX, TXN_INDEX_SUFFIX] as const

type Reason = 'log start' | 'retention.bytes' | 'retention.ms'

/** Deletes the oldest segments that Kafka's three reasons allow; returns how many went. */
export async function deleteOldSegments(state: LogState, nowMs: number): Promise<number> {
  let deleted = await deleteWhile(state, 'log start', async (_segment, next) => {
    return next !== undefined && next.baseOffset <= state.start
  })
  const { cleanupDelete, retentionBytes, retentionMs } = state.config
  if (!cleanupDelete) return deleted
  if (retentionBytes >= 0) {
    let excess = state.segments.reduce((sum, segment) => sum + segment.size, 0) - retentionBytes
    deleted += await deleteWhile(state, 'retention.bytes', async (segment) => {
      if (excess < segment.size || excess < 0) return false
      excess -= segment.size
      return true
    })
  }
  if (retentionMs >= 0) {
    deleted += await deleteWhile(state, 'retention.ms', async (segment) => {
      return nowMs - (await largestTimestamp(state.env, segment)) > retentionMs
    })
  }
  return deleted
}

/** Never a segment that reaches beyond the high watermark, never the last one while it is empty. */
async function deleteWhile(
  state: LogState,
  reason: Reason,
  goes: (segment: Segment, next: Segment | undefined) => Promise<boolean>,
): Promise<number> {
  const deletable: Segment[] = []
  for (const [index, segment] of [...state.segments].entries()) {
    const next = state.segments[index + 1]
    const end = next?.baseOffset ?? state.end
    if (next === undefined && segment.size === 0) break
    if (state.highWatermark < end || !(await goes(segment, next))) break
    deletable.push(segment)
  }
  const last = deletable.at(-1)
  if (last === undefined || !deletable.every((segment, index) => state.segments[index] === segment)) return 0
  if (deletable.length === state.segments.length) rollTo(state, state.end)
  state.segments.splice(0, deletable.length)
  raiseLogStart(state, state.segments[0]?.baseOffset ?? state.end)
  state.env.logger.info(
    { log: state.name, segments: deletable.length, upTo: state.start, reason },
    'deleted old segments',
  )
  dropFiles(state, deletable)
  return deletable.length
}

export function deleteRecordsBefore(state: LogState, offset: number): void {
  if (offset > state.highWatermark) {
    throw new KafkaError(
      'OFFSET_OUT_OF_RANGE',
      `Cannot increment the log start offset to ${offset} of partition ${state.name} since it is larger than the high watermark ${state.highWatermark}`,
    )
  }
  raiseLogStart(state, offset)
}

/** The log start and what depends on it; the segments before it go with the next retention check. */
function raiseLogStart(state: LogState, offset: number): void {
  if (offset <= state.start) return
  state.start = offset
  if (state.epochs.truncateFromStart(offset)) state.saveEpochs()
  state.producers.onLogStart(offset)
}

/** Renamed at once, removed after `file.delete.delay.ms`, for readers that are in the middle of them. */
function dropFiles(state: LogState, segments: readonly Segment[]): void {
  const paths = segments.flatMap((segment) => SUFFIXES.map((suffix) => segment.path(suffix)))
  const offsets = new Set(segments.map((segment) => segment.baseOffset))
  for (const offset of state.snapshots) {
    if (offsets.has(offset)) paths.push(`${state.folder.path}/${segmentFile(offset, SNAPSHOT_SUFFIX)}`)
  }
  state.snapshots = state.snapshots.filter((offset) => !offsets.has(offset))
  const { disk, clock, pool } = state.env
  void state.later('marking old segments deleted', async () => {
    const marked: string[] = []
    for (const path of paths) {
      if ((await disk.stat(path)) === undefined) continue
      await disk.rename(path, path + DELETED_SUFFIX)
      marked.push(path)
    }
    const timer = clock.after(state.config.fileDeleteDelayMs, () => {
      state.timers.delete(timer)
      void state.later('removing old segments', async () => {
        for (const path of marked) {
          await pool.forget(path)
          await disk.remove(path + DELETED_SUFFIX)
        }
      })
    })
    state.timers.add(timer)
  })
  removeSnapshots(state, (offset) => offset < state.start && !state.segments.some((s) => s.baseOffset === offset))
}
