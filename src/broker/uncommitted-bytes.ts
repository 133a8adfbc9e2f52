/** A leader's appends that are not below the high watermark yet: who waits for so many bytes need not look at the log. */
export class UncommittedBytes {
  readonly #entries: { readonly endOffset: number; readonly bytes: number }[] = []
  #writtenEnd = 0

  appended(endOffset: number, bytes: number): void {
    this.#entries.push({ endOffset, bytes })
  }

  /** Bytes that were written since the last call. */
  written(endOffset: number): number {
    let bytes = 0
    for (let at = this.#entries.length - 1; at >= 0; at--) {
      const entry = this.#entries[at]
      if (entry === undefined || entry.endOffset <= this.#writtenEnd) break
      if (entry.endOffset <= endOffset) bytes += entry.bytes
    }
    this.#writtenEnd = endOffset
    return bytes
  }

  /** Bytes that were committed since the last call. */
  committed(highWatermark: number): number {
    let bytes = 0
    let count = 0
    for (const entry of this.#entries) {
      if (entry.endOffset > highWatermark) break
      bytes += entry.bytes
      count++
    }
    if (count === this.#entries.length) this.#entries.length = 0
    else if (count > 0) this.#entries.splice(0, count)
    return bytes
  }

  cutTo(endOffset: number): void {
    while ((this.#entries.at(-1)?.endOffset ?? -1) > endOffset) this.#entries.pop()
  }

  clear(): void {
    this.#entries.length = 0
    this.#writtenEnd = 0
  }
}
