import { Heap } from '../base/heap.ts'

/** What a share partition needs to know of a batch of records. */
export interface FetchedBatch {
  readonly baseOffset: number
  readonly lastOffset: number
  /** -1: none. */
  readonly producerId: number
  readonly isTransactional: boolean
  /** The end of a transaction that was aborted. */
  readonly isAbort: boolean
}

export interface AbortedRange {
  readonly producerId: number
  readonly firstOffset: number
}

export interface AcquiredRecords {
  readonly firstOffset: number
  readonly lastOffset: number
  readonly deliveryCount: number
}

/** The batches that belong to aborted transactions, as a consumer of committed records tells them. */
export function abortedBatches(
  batches: readonly FetchedBatch[],
  transactions: readonly AbortedRange[],
): readonly FetchedBatch[] {
  const coming = new Heap<AbortedRange>((a, b) => a.firstOffset - b.firstOffset)
  for (const transaction of transactions) coming.push(transaction)
  const open = new Set<number>()
  return batches.filter((batch) => {
    if (batch.producerId === -1) return false
    for (let next = coming.peek(); next && next.firstOffset <= batch.lastOffset; next = coming.peek()) {
      open.add(next.producerId)
      coming.pop()
    }
    if (batch.isAbort) {
      open.delete(batch.producerId)
      return false
    }
    return batch.isTransactional && open.has(batch.producerId)
  })
}

/** What is left of acquired records without those of some batches; both in the order of their offsets. */
export function withoutRanges(
  acquired: readonly AcquiredRecords[],
  gone: readonly { readonly baseOffset: number; readonly lastOffset: number }[],
): AcquiredRecords[] {
  return acquired.flatMap((run) => {
    const left: AcquiredRecords[] = []
    let from = run.firstOffset
    for (const { baseOffset, lastOffset } of gone) {
      if (lastOffset < from || baseOffset > run.lastOffset) continue
      if (from < baseOffset) left.push({ ...run, firstOffset: from, lastOffset: baseOffset - 1 })
      from = lastOffset + 1
    }
    if (from <= run.lastOffset) left.push({ ...run, firstOffset: from })
    return left
  })
}
