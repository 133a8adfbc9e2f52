import { promisify } from 'node:util'
import * as zlib from 'node:zlib'
import type { Compression } from './header.ts'
import { lz4Compress, lz4CompressAsync, lz4Decompress, lz4DecompressAsync } from './lz4.ts'
import { type RecordsRejected, tooMuch, unreadable } from './rejected.ts'
import { snappyCompress, snappyCompressAsync, snappyDecompress, snappyDecompressAsync } from './snappy.ts'

export interface CompressOptions {
  /** gzip −1 or 1–9, zstd −131072–22; left out: the codec's default. snappy and lz4 have one level here. */
  readonly level?: number
  /** Of the batch that carries the bytes: magic 0 wants lz4's old wrong header checksum. */
  readonly magic?: number
}

const CHUNK = 16_384
const MAX_CHUNK = 1_048_576

const gzipAsync = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gzip)
const gunzipAsync = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gunzip)
const zstdAsync = promisify<Buffer, zlib.ZstdOptions, Buffer>(zlib.zstdCompress)
const unzstdAsync = promisify<Buffer, zlib.ZstdOptions, Buffer>(zlib.zstdDecompress)

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
      return gzipAsync(bytes, gzipOptions(options))
    case 'snappy':
      return snappyCompressAsync(bytes)
    case 'lz4':
      return lz4CompressAsync(bytes, options.magic ?? 2)
    case 'zstd':
      return zstdAsync(bytes, zstdOptions(options))
  }
}

/** Never makes more than `maxBytes`: MESSAGE_TOO_LARGE; bytes that can't be read: UNKNOWN_SERVER_ERROR, as Kafka has it. */
export function decompress(type: Compression, bytes: Buffer, maxBytes: number, magic = 2): Buffer {
  switch (type) {
    case 'none':
      return bytes
    case 'gzip':
      return guarded(maxBytes, () => zlib.gunzipSync(bytes, boundedBy(bytes, maxBytes)))
    case 'snappy':
      return snappyDecompress(bytes, maxBytes)
    case 'lz4':
      return lz4Decompress(bytes, maxBytes, magic)
    case 'zstd':
      return guarded(maxBytes, () => zlib.zstdDecompressSync(bytes, boundedBy(bytes, maxBytes)))
  }
}

/** Off the event loop. */
export async function decompressAsync(type: Compression, bytes: Buffer, maxBytes: number, magic = 2): Promise<Buffer> {
  switch (type) {
    case 'none':
      return bytes
    case 'gzip':
      return guardedAsync(maxBytes, gunzipAsync(bytes, boundedBy(bytes, maxBytes)))
    case 'snappy':
      return snappyDecompressAsync(bytes, maxBytes)
    case 'lz4':
      return lz4DecompressAsync(bytes, maxBytes, magic)
    case 'zstd':
      return guardedAsync(maxBytes, unzstdAsync(bytes, boundedBy(bytes, maxBytes)))
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

function guarded(maxBytes: number, run: () => Buffer): Buffer {
  try {
    return run()
  } catch (error) {
    throw inflateError(error, maxBytes)
  }
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
  return isTooMuch ? tooMuch(maxBytes) : unreadable('Failed to decompress record stream')
}
