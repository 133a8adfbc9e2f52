import * as header from '../record/header.ts'
import type { LogState } from './log-state.ts'
import { scanBatches, type VisitBatch } from './scan.ts'
import type { Segment } from './segment.ts'
import { loadIndexes, readerOf } from './segment-files.ts'
import { storageError } from './storage-error.ts'

/** So much is looked through at a time, and so much in all until what lies before counts as forgotten. */
const STEP_BYTES = 256 * 1024
const MOST_BYTES = 16 * 1024 * 1024

/**
 * A snapshot keeps the last batch of each producer, but up to five may be sent again. Reads back from where the snapshot was
 * taken until it is known whether the client's batch is one of them: only a batch that comes again costs a look, no start does.
 */
export async function recallBatchesFor(state: LogState, records: Buffer): Promise<void> {
  while (state.producers.mayBeForgotten(records)) await lookFurtherBack(state)
}

async function lookFurtherBack(state: LogState): Promise<void> {
  const { producers, layout } = state
  const { forgotten } = producers
  if (forgotten === undefined) return
  const segment = state.segments[state.segmentIndexOf(forgotten.before - 1)]
  if (segment === undefined || forgotten.readBytes >= MOST_BYTES) {
    producers.forgotten = undefined
    return
  }
  try {
    const { batches, ...next } = await batchesBefore(state, segment, forgotten.before)
    // Truncated, or compacted, under the reading: what was read may be no batch at all.
    if (producers.forgotten !== forgotten || state.layout !== layout) return
    producers.recall(batches)
    producers.forgotten = { before: next.from, readBytes: forgotten.readBytes + next.readBytes }
  } catch (error) {
    if (!state.segments.includes(segment)) return
    throw storageError(`Reading ${state.name} failed: ${(error as Error).message}`)
  }
}

/** What a batch says of its producer. */
export interface SeenBatch {
  readonly producerId: number
  readonly epoch: number
  readonly lastSequence: number
  readonly lastOffset: number
  readonly offsetDelta: number
  readonly timestamp: number
}

/** Of producers that have forgotten some, by their headers alone, in the order of the log. */
async function batchesBefore(state: LogState, segment: Segment, offset: number) {
  const { offsets } = await loadIndexes(state.env, segment, state.config.indexIntervalBytes)
  const target = offsets.lookup(offset).position - STEP_BYTES
  const start = offsets.boundary(offset, target)?.position ?? 0
  const batches: SeenBatch[] = []
  let from = segment.baseOffset
  const visit: VisitBatch = (buffer, at, place) => {
    const baseOffset = header.baseOffset(buffer, at)
    if (place === start && start > 0) from = baseOffset
    if (baseOffset >= offset) return 'stop'
    const ofProducer = header.magic(buffer, at) === 2 && !header.isControl(buffer, at)
    if (ofProducer && state.producers.find(header.producerId(buffer, at))?.hasForgotten) batches.push(seen(buffer, at))
    return undefined
  }
  const { position } = await scanBatches(readerOf(state.env, segment), start, segment.size, false, visit)
  return { batches, from, readBytes: position - start }
}

function seen(buffer: Buffer, at: number): SeenBatch {
  return {
    producerId: header.producerId(buffer, at),
    epoch: header.producerEpoch(buffer, at),
    lastSequence: header.lastSequence(buffer, at),
    lastOffset: header.lastOffset(buffer, at),
    offsetDelta: header.lastOffsetDelta(buffer, at),
    timestamp: header.maxTimestamp(buffer, at),
  }
}
