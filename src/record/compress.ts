import { InvariantError } from '../base/assert.ts'
import type { Compression } from './header.ts'

export interface CompressOptions {
  /** gzip 1–9, lz4 1–17, zstd −131072–22; left out: Kafka's default of the codec. */
  readonly level?: number
  /** Of the batch that carries the bytes: magic 0 wants lz4's old wrong header checksum. */
  readonly magic?: number
}

export function compress(type: Compression, bytes: Buffer, options: CompressOptions = {}): Buffer {
  throw new InvariantError(`${type} ${bytes.length} ${options.level}`)
}

/** Off the event loop. */
export async function compressAsync(type: Compression, bytes: Buffer, options: CompressOptions = {}): Promise<Buffer> {
  throw new InvariantError(`${type} ${bytes.length} ${options.level}`)
}

/** Never makes more than `maxBytes`; damaged bytes and too many of them are a KafkaError. */
export function decompress(type: Compression, bytes: Buffer, maxBytes: number, magic = 2): Buffer {
  throw new InvariantError(`${type} ${bytes.length} ${maxBytes} ${magic}`)
}

/** Off the event loop. */
export async function decompressAsync(type: Compression, bytes: Buffer, maxBytes: number, magic = 2): Promise<Buffer> {
  throw new InvariantError(`${type} ${bytes.length} ${maxBytes} ${magic}`)
}
