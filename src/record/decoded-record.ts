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
