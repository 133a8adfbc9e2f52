/** Bytes that somebody else writes over once they are released. */
export interface LentChunks {
  readonly chunks: readonly Buffer[]
  release(): void
}

/**
 * A copy for whoever keeps parts of it: records that are decoded hold slices of what they were read from. The chunks are
 * released.
 */
export function takeCopy(lent: LentChunks): Buffer {
  const copy = Buffer.concat(lent.chunks)
  lent.release()
  return copy
}

const SPOILT = 0xdb
let spoils = false

/** For tests: memory that is given back is overwritten at once, so that it shows who goes on reading it. */
export function spoilReturned(): void {
  spoils = true
}

/** Nobody may read these bytes any more. */
export function returned(bytes: Buffer): void {
  if (spoils) bytes.fill(SPOILT)
}
