import { promisify } from 'node:util'
import * as zlib from 'node:zlib'
import type { Compression } from './header.ts'
import { Inflater, TOO_MUCH, UNREADABLE } from './inflater.ts'
import { lz4Compress, lz4CompressAsync, lz4DecompressAsync, lz4Unpack } from './lz4.ts'
import { type RecordsRejected, tooMuch, unreadable } from './rejected.ts'
import { Scratch } from './scratch.ts'
import { snappyCompress, snappyCompressAsync, snappyDecompressAsync, snappyUnpack } from './snappy.ts'

export interface CompressOptions {
  /** gzip −1 or 1–9, zstd −131072–22; left out: the codec's default. snappy and lz4 have one level here. */
  readonly level?: number
  /** Of the batch that carries the bytes: magic 0 wants lz4's old wrong header checksum. */
  readonly magic?: number
}

const CHUNK = 16_384
const MAX_CHUNK = 1_048_576
const INFLATE_FAILED = 'Failed to decompress record stream'

type Threaded<O> = (bytes: Buffer, options: O, done: (error: Error | null, result: Buffer) => void) => void

/** `run` is named where it is called: to name it above would load zlib at every start. */
function offThread<O>(run: Threaded<O>, bytes: Buffer, options: O): Promise<Buffer> {
  return promisify(run)(bytes, options)
}

export function compress(type: Compression, bytes: Buffer, options: CompressOptions = {}): Buffer {
  switch (type) {
    case 'none':
      return bytes
    case 'gzip':
      return zlib.gzipSync(bytes, gzipOptions(options))
    case 'snappy':
      return snappyCompress(bytes)
    case 'lz4':
      return lz4Compress(bytes, options.magic ?? 2)
    case 'zstd':
      return zlib.zstdCompressSync(bytes, zstdOptions(options))
  }
}

/** Off the event loop. */
export async function compressAsync(type: Compression, bytes: Buffer, options: CompressOptions = {}): Promise<Buffer> {
  switch (type) {
    case 'none':
      return bytes
    case 'gzip':
      return offThread(zlib.gzip, bytes, gzipOptions(options))
    case 'snappy':
      return snappyCompressAsync(bytes)
    case 'lz4':
      return lz4CompressAsync(bytes, options.magic ?? 2)
    case 'zstd':
      return offThread(zlib.zstdCompress, bytes, zstdOptions(options))
  }
}

const scratch = new Scratch()
const inflaters: { gzip?: Inflater | null; zstd?: Inflater | null } = {}

/** As `unpack` does, to memory of its own. */
export function decompress(type: Compression, bytes: Buffer, maxBytes: number, magic = 2): Buffer {
  return type === 'none' ? bytes : Buffer.from(unpack(type, bytes, maxBytes, magic))
}

/**
 * To memory that the next call writes to again. Never makes more than `maxBytes`: MESSAGE_TOO_LARGE; bytes that can't be
 * read: UNKNOWN_SERVER_ERROR, as Kafka has it.
 */
export function unpack(type: Compression, bytes: Buffer, maxBytes: number, magic = 2): Buffer {
  switch (type) {
    case 'none':
      return bytes
    case 'gzip':
    case 'zstd':
      return inflate(type, bytes, maxBytes)
    case 'snappy':
      return snappyUnpack(bytes, maxBytes, scratch)
    case 'lz4':
      return lz4Unpack(bytes, maxBytes, magic, scratch)
  }
}

function inflate(type: 'gzip' | 'zstd', bytes: Buffer, maxBytes: number): Buffer {
  if (inflaters[type] === undefined) inflaters[type] = Inflater.of(type) ?? null
  const inflater = inflaters[type]
  if (inflater === null || inflater === undefined) return inflateAnew(type, bytes, maxBytes)
  const count = inflater.run(bytes, maxBytes, scratch)
  if (count === TOO_MUCH) throw tooMuch(maxBytes)
  if (count === UNREADABLE) throw unreadable(INFLATE_FAILED)
  return scratch.result(count)
}

/** What `Inflater` does where there is none. */
export function inflateAnew(type: 'gzip' | 'zstd', bytes: Buffer, maxBytes: number): Buffer {
  const run = type === 'gzip' ? zlib.gunzipSync : zlib.zstdDecompressSync
  try {
    return run(bytes, boundedBy(bytes, maxBytes))
  } catch (error) {
    throw inflateError(error, maxBytes)
  }
}

/** Off the event loop. */
export async function decompressAsync(type: Compression, bytes: Buffer, maxBytes: number, magic = 2): Promise<Buffer> {
  switch (type) {
    case 'none':
      return bytes
    case 'gzip':
      return guardedAsync(maxBytes, offThread(zlib.gunzip, bytes, boundedBy(bytes, maxBytes)))
    case 'snappy':
      return snappyDecompressAsync(bytes, maxBytes)
    case 'lz4':
      return lz4DecompressAsync(bytes, maxBytes, magic)
    case 'zstd':
      return guardedAsync(maxBytes, offThread(zlib.zstdDecompress, bytes, boundedBy(bytes, maxBytes)))
  }
}

function gzipOptions({ level }: CompressOptions): zlib.ZlibOptions {
  return level === undefined ? {} : { level }
}

function zstdOptions({ level }: CompressOptions): zlib.ZstdOptions {
  return level === undefined ? {} : { params: { [zlib.constants.ZSTD_c_compressionLevel]: level } }
}

/** Output grows by chunks of a size that fits what usually comes out. */
function boundedBy(bytes: Buffer, maxBytes: number): { maxOutputLength: number; chunkSize: number } {
  const chunkSize = Math.max(CHUNK, Math.min(MAX_CHUNK, bytes.length * 4))
  return { maxOutputLength: Math.max(1, maxBytes), chunkSize }
}

async function guardedAsync(maxBytes: number, running: Promise<Buffer>): Promise<Buffer> {
  try {
    return await running
  } catch (error) {
    throw inflateError(error, maxBytes)
  }
}

function inflateError(error: unknown, maxBytes: number): RecordsRejected {
  const isTooMuch = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
  return isTooMuch ? tooMuch(maxBytes) : unreadable(INFLATE_FAILED)
}
