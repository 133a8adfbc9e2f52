import type { Segment } from './segment.ts'

/** Indexes of finished segments that were read back stay in memory up to this many bytes, least recently used out first. */
export class IndexBudget {
  readonly #limit: number
  readonly #sizes = new Map<Segment, number>()
  #used = 0

  constructor(limit = 64 * 1024 * 1024) {
    this.#limit = limit
  }

  /** Only segments whose files hold the same may lose their indexes; the active one never counts. */
  touch(segment: Segment): void {
    const { indexes } = segment
    this.#used -= this.#sizes.get(segment) ?? 0
    this.#sizes.delete(segment)
    if (indexes === undefined || !segment.indexesSaved) return
    const size = indexes.offsets.bytes.length + indexes.times.bytes.length + 256
    this.#sizes.set(segment, size)
    this.#used += size
    for (const [oldest, bytes] of this.#sizes) {
      if (this.#used <= this.#limit || oldest === segment) break
      this.#sizes.delete(oldest)
      this.#used -= bytes
      if (oldest.indexesSaved) oldest.indexes = undefined
    }
  }
}
