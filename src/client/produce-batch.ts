import type { NewRecord } from '../record/builder.ts'

export interface Message {
  readonly topic: string
  /** Where left out, by the key; without a key, any. */
  readonly partition?: number | undefined
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers?: readonly { readonly key: string; readonly value: Uint8Array | null }[]
  readonly timestamp?: number | undefined
}

export interface SentRecord {
  readonly topic: string
  readonly partition: number
  /** −1: the broker did not say (acks 0, or a repetition that it knew already). */
  readonly offset: number
  readonly timestamp: number
}

export interface Waiting {
  readonly record: NewRecord
  readonly sizeInBytes: number
  readonly resolve: (sent: SentRecord) => void
  readonly reject: (error: unknown) => void
}

const OVERHEAD = 24

export function sizeOfMessage({ key, value, headers = [] }: Message): number {
  let size = OVERHEAD + (key?.length ?? 0) + (value?.length ?? 0)
  for (const header of headers) size += OVERHEAD + header.key.length * 2 + (header.value?.length ?? 0)
  return size
}

/** Records for one partition that go together. */
export class ProduceBatch {
  readonly waiting: Waiting[]
  readonly createdAtMs: number
  sizeInBytes = 0

  constructor(createdAtMs: number, waiting: Waiting[] = []) {
    this.createdAtMs = createdAtMs
    this.waiting = waiting
    for (const { sizeInBytes } of waiting) this.sizeInBytes += sizeInBytes
  }

  add(waiting: Waiting): void {
    this.waiting.push(waiting)
    this.sizeInBytes += waiting.sizeInBytes
  }

  /** For a broker that takes no batch so large. */
  halves(): [ProduceBatch, ProduceBatch] {
    const middle = this.waiting.length >>> 1
    return [
      new ProduceBatch(this.createdAtMs, this.waiting.slice(0, middle)),
      new ProduceBatch(this.createdAtMs, this.waiting.slice(middle)),
    ]
  }

  done(topic: string, partition: number, baseOffset: number, logAppendTimeMs: number): void {
    this.waiting.forEach(({ record, resolve }, at) => {
      const offset = baseOffset < 0 ? -1 : baseOffset + at
      resolve({ topic, partition, offset, timestamp: logAppendTimeMs >= 0 ? logAppendTimeMs : record.timestamp })
    })
  }

  failed(error: unknown): void {
    for (const { reject } of this.waiting) reject(error)
  }
}
