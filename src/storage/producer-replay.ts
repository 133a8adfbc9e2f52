import { lastOffset } from '../record/header.ts'
import type { LogEnvironment } from './environment.ts'
import type { ProducerState } from './producer-state.ts'
import { scanBatches } from './scan.ts'
import type { Segment } from './segment.ts'
import { readerOf } from './segment-files.ts'
import type { AbortedEntry } from './txn-index.ts'

/** One batch that was accepted before. */
export function takeIntoProducers(
  producers: ProducerState,
  buffer: Buffer,
  at: number,
  aborted: AbortedEntry[] | undefined,
): void {
  const update = producers.prepare('replication')
  update.add(buffer, at)
  producers.commit(update, (txn, lastStableOffset) => {
    const { producerId, firstOffset, lastOffset: marker } = txn
    if (txn.aborted) aborted?.push({ producerId, firstOffset, lastOffset: marker, lastStableOffset })
  })
  producers.endOffset = lastOffset(buffer, at) + 1
}

/** Feeds the batches of [from, end) to the producer state. */
export async function replayProducers(
  env: LogEnvironment,
  segments: readonly Segment[],
  producers: ProducerState,
  from: number,
  end: number,
): Promise<void> {
  for (let index = 0; index < segments.length; index++) {
    const segment = segments[index] as Segment
    const next = segments[index + 1]
    if ((next !== undefined && next.baseOffset <= from) || segment.baseOffset >= end) continue
    const start = segment.indexes?.offsets.lookup(from).position ?? 0
    await scanBatches(readerOf(env, segment), start, segment.size, true, (buffer, at) => {
      const last = lastOffset(buffer, at)
      if (last >= end) return 'stop'
      if (last >= from) takeIntoProducers(producers, buffer, at, undefined)
      return undefined
    })
  }
  producers.endOffset = end
}
