import { completeBatchSize, HEADER_UP_TO_MAGIC, RECORD_BATCH_OVERHEAD } from '../record/header.ts'

const CHUNK = 256 * 1024

/** Bytes of a log file: up to `length` from `position` on, fewer only at its end. */
export type ReadAt = (position: number, length: number) => Buffer | Promise<Buffer>

/** Sees one batch: its bytes, or only its header; says `stop` to end before the next one. */
export type VisitBatch = (buffer: Buffer, at: number, position: number) => 'stop' | undefined

export interface ScanEnd {
  /** After the last batch that was seen. */
  readonly position: number
  /** Why there is no further batch; undefined: the end of the range, or `stop`. */
  readonly broken: string | undefined
}

/**
 * Walks the batches of [from, to). `whole`: every visit has all bytes of its batch, else its header alone is sure to be
 * there. Ends at the first place where no whole batch stands.
 */
export async function scanBatches(
  read: ReadAt,
  from: number,
  to: number,
  whole: boolean,
  visit: VisitBatch,
): Promise<ScanEnd> {
  let position = from
  let chunk: Buffer = Buffer.alloc(0)
  let chunkAt = from
  while (position < to) {
    let at = position - chunkAt
    if (chunk.length - at < RECORD_BATCH_OVERHEAD && chunkAt + chunk.length < to) {
      chunk = await read(position, Math.min(CHUNK, to - position))
      chunkAt = position
      at = 0
    }
    const size = batchSizeAt(chunk, at)
    if (typeof size === 'string') return { position, broken: size }
    if (position + size > to) return { position, broken: `a batch of ${size} bytes where ${to - position} are left` }
    if (whole && chunk.length - at < size) {
      chunk = await read(position, Math.min(Math.max(CHUNK, size), to - position))
      chunkAt = position
      at = 0
      if (chunk.length < size) return { position, broken: `${chunk.length} bytes of a batch of ${size}` }
    }
    if (visit(chunk, at, position) === 'stop') return { position: position + size, broken: undefined }
    position += size
  }
  return { position, broken: undefined }
}

/** The size that the header claims, or what is wrong with it. */
function batchSizeAt(chunk: Buffer, at: number): number | string {
  if (chunk.length - at < HEADER_UP_TO_MAGIC) return `${chunk.length - at} bytes of a header`
  try {
    completeBatchSize(chunk, at)
  } catch (error) {
    return (error as Error).message
  }
  const size = chunk.readInt32BE(at + 8) + 12
  const magic = chunk[at + 16]
  if (magic === 2 && size < RECORD_BATCH_OVERHEAD) return `a batch of ${size} bytes`
  if (magic === 2 && chunk.length - at < RECORD_BATCH_OVERHEAD) return `${chunk.length - at} bytes of a header`
  return size
}
