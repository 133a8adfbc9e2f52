import { InvariantError } from '../base/assert.ts'

export interface RecordHeader {
  readonly key: string
  readonly value: Buffer | null
}

/** Key and values share memory with the batch, or with its decompressed bytes. */
export interface DecodedRecord {
  readonly offset: number
  readonly timestamp: number
  readonly sequence: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly RecordHeader[]
}

/** One batch of any magic; `sizeInBytes` of `buffer` from `at` on. Header fields are read by the functions of header.ts. */
export class BatchView {
  readonly buffer: Buffer
  readonly at: number
  readonly sizeInBytes: number

  constructor(buffer: Buffer, at: number, sizeInBytes: number) {
    this.buffer = buffer
    this.at = at
    this.sizeInBytes = sizeInBytes
  }

  /** Decodes one after another; decompresses first where needed (at most `maxBytes`). */
  records(maxBytes?: number): IterableIterator<DecodedRecord> {
    throw new InvariantError(`${maxBytes}`)
  }
}

/** The whole batches from `from` on; ends silently at a part of one, throws CORRUPT_MESSAGE where no batch can begin. */
export function* batches(buffer: Buffer, from = 0, to = buffer.length): IterableIterator<BatchView> {
  throw new InvariantError(`${from} ${to} ${buffer.length}`)
}
