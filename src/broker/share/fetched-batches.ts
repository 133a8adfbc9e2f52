import { parseEndTxnMarker } from '../../record/control.ts'
import * as header from '../../record/header.ts'
import { type BatchView, batches } from '../../record/iterate.ts'
import type { FetchedBatch } from '../../share/aborted.ts'

/** A batch with its bytes. */
export interface ReadBatch extends FetchedBatch {
  readonly bytes: Buffer
}

export function fetchedBatches(chunks: readonly Buffer[]): ReadBatch[] {
  const [first, ...more] = chunks
  if (first === undefined) return []
  const all = more.length === 0 ? first : Buffer.concat(chunks)
  return [...batches(all)].map(asFetched)
}

function asFetched(view: BatchView): ReadBatch {
  const { buffer, at } = view
  const hasProducer = header.magic(buffer, at) >= 2
  return {
    baseOffset: header.baseOffset(buffer, at),
    lastOffset: hasProducer ? header.lastOffset(buffer, at) : lastOfLegacy(view),
    producerId: hasProducer ? header.producerId(buffer, at) : -1,
    isTransactional: hasProducer && header.isTransactional(buffer, at),
    isAbort: hasProducer && header.isControl(buffer, at) && endsInAbort(view),
    bytes: buffer.subarray(at, at + header.batchSize(buffer, at)),
  }
}

function lastOfLegacy(view: BatchView): number {
  let last = header.baseOffset(view.buffer, view.at)
  for (const { offset } of view.records()) last = offset
  return last
}

function endsInAbort(view: BatchView): boolean {
  for (const { key, value } of view.records()) {
    if (key === null || value === null || key.length < 4 || key.readInt16BE(2) > 1) return false
    return parseEndTxnMarker(key, value).type === 'abort'
  }
  return false
}

/** The batches that have any of the acquired records, and those between them. */
export function sliceOf(
  all: readonly ReadBatch[],
  acquired: readonly { readonly firstOffset: number; readonly lastOffset: number }[],
): Buffer[] {
  const first = acquired[0]?.firstOffset ?? 0
  const last = acquired.at(-1)?.lastOffset ?? -1
  const from = Math.max(
    0,
    all.findLastIndex(({ baseOffset }) => baseOffset <= first),
  )
  return all.slice(from).flatMap(({ baseOffset, bytes }, at) => (at === 0 || baseOffset <= last ? [bytes] : []))
}
