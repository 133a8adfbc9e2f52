/** Bytes that somebody else writes over once they are released. */
export interface BorrowedChunks {
  readonly chunks: readonly Buffer[]
  release(): void
}

/**
 * A copy for whoever keeps parts of it: records that are decoded hold slices of what they were read from. The chunks are
 * released.
 */
export function takeCopy(borrowed: BorrowedChunks): Buffer {
  const copy = Buffer.concat(borrowed.chunks)
  borrowed.release()
  return copy
}
