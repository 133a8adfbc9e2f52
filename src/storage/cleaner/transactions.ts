import type { AbortedEntry } from '../txn-index.ts'

/** The transactions that a walk through a log is in the middle of: what was aborted goes, and its marker after it. */
export class CleanedTransactions {
  /** Not begun yet, the next one last. */
  readonly #ahead: AbortedEntry[]
  readonly #committing = new Set<number>()
  readonly #aborted = new Map<number, { readonly entry: AbortedEntry; seen: boolean }>()
  readonly #onKept: (entry: AbortedEntry) => void

  /** `onKept`: the marker stays, so the transaction stays in the index. */
  constructor(aborted: readonly AbortedEntry[], onKept: (entry: AbortedEntry) => void = () => {}) {
    this.#ahead = [...aborted].sort((a, b) => b.firstOffset - a.firstOffset)
    this.#onKept = onKept
  }

  /** A data batch; true where it belongs to an aborted transaction. */
  batch(lastOffset: number, producerId: number, isTransactional: boolean): boolean {
    this.#advance(lastOffset)
    if (!isTransactional) return false
    const aborted = this.#aborted.get(producerId)
    if (aborted === undefined) {
      this.#committing.add(producerId)
      return false
    }
    aborted.seen = true
    return true
  }

  /** A marker; true where nothing of its transaction is left, so that it may go. Undefined type: it was emptied before. */
  marker(lastOffset: number, producerId: number, type: 'commit' | 'abort' | 'other' | undefined): boolean {
    this.#advance(lastOffset)
    switch (type) {
      case undefined:
        return true
      case 'other':
        return false
      case 'commit':
        return !this.#committing.delete(producerId)
      case 'abort': {
        const aborted = this.#aborted.get(producerId)
        this.#aborted.delete(producerId)
        if (aborted === undefined || !aborted.seen) return true
        this.#onKept(aborted.entry)
        return false
      }
    }
  }

  #advance(upTo: number): void {
    for (let next = this.#ahead.at(-1); next !== undefined && next.firstOffset <= upTo; next = this.#ahead.at(-1)) {
      this.#ahead.pop()
      if (!this.#aborted.has(next.producerId)) this.#aborted.set(next.producerId, { entry: next, seen: false })
    }
  }
}
