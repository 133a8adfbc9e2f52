import { snappy } from './native.ts'
import { tooMuch, unreadable } from './rejected.ts'
import type { Scratch } from './scratch.ts'

/*
 * Two framings: raw snappy, and the blocks of the Java library ("xerial"), which Kafka itself writes:
 *
 *     82 'SNAPPY' 00 │ version 4 │ lowest compatible version 4 │ (block length 4 │ raw snappy)…
 *
 * Several xerial streams may follow one another.
 */

const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
const XERIAL_HEADER = 16
const XERIAL_VERSION = 1
const BLOCK_SIZE = 32_768
/** The densest raw snappy: 3 bytes that copy 64. */
const MAX_RATIO = 24

/** Buffers that the native module would own cost four times as much as copies. */
const COPIED = { copyOutputData: true }

const FAILED = 'java.io.IOException: FAILED_TO_UNCOMPRESS(5)'

function isXerial(bytes: Buffer): boolean {
  return bytes.length >= XERIAL_HEADER && XERIAL.compare(bytes, 0, XERIAL.length) === 0
}

/** Raw blocks, one after another. */
function* blocks(bytes: Buffer): Generator<Buffer> {
  if (bytes.length === 0) throw unreadable('java.io.IOException: EMPTY_INPUT(6)')
  if (!isXerial(bytes) || bytes.readInt32BE(8) < XERIAL_VERSION) {
    yield bytes
    return
  }
  let at = XERIAL_HEADER
  while (bytes.length - at >= 4) {
    const size = bytes.readInt32BE(at)
    if (size === XERIAL.readInt32BE(0) && isXerial(bytes.subarray(at))) {
      at += XERIAL_HEADER
      continue
    }
    at += 4
    if (size < 0 || size > bytes.length - at) throw unreadable('Failed to decompress record stream')
    if (size > 0) yield bytes.subarray(at, at + size)
    at += size
  }
}

interface Declared {
  readonly length: number
  /** Where the block's own bytes begin. */
  readonly from: number
}

/** A raw block begins with its unpacked length. */
function declared(block: Buffer): Declared {
  let length = 0
  for (let i = 0; i < 5 && i < block.length; i++) {
    const byte = block[i] as number
    length += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) return { length, from: i + 1 }
  }
  throw unreadable(FAILED)
}

/** Checked before anybody makes room for what the block declares. */
function checked(block: Buffer, total: number, maxBytes: number): Declared {
  const start = declared(block)
  if (start.length > block.length * MAX_RATIO) throw unreadable(FAILED)
  if (total + start.length > maxBytes) throw tooMuch(maxBytes)
  return start
}

/** Into `scratch`. */
export function snappyUnpack(bytes: Buffer, maxBytes: number, scratch: Scratch): Buffer {
  let out = 0
  for (const block of blocks(bytes)) {
    const { length, from } = checked(block, out, maxBytes)
    if (!scratch.snappy(block.subarray(from), out, length)) throw unreadable(FAILED)
    out += length
  }
  return scratch.result(out)
}

export async function snappyDecompressAsync(bytes: Buffer, maxBytes: number): Promise<Buffer> {
  const pieces: Buffer[] = []
  let total = 0
  for (const block of blocks(bytes)) {
    total += checked(block, total, maxBytes).length
    try {
      pieces.push((await snappy().uncompress(block, COPIED)) as Buffer)
    } catch {
      throw unreadable(FAILED)
    }
  }
  return Buffer.concat(pieces, total)
}

function header(): Buffer {
  const bytes = Buffer.alloc(XERIAL_HEADER)
  XERIAL.copy(bytes)
  bytes.writeInt32BE(XERIAL_VERSION, 8)
  bytes.writeInt32BE(XERIAL_VERSION, 12)
  return bytes
}

function pushBlock(pieces: Buffer[], packed: Buffer): void {
  const size = Buffer.allocUnsafe(4)
  size.writeInt32BE(packed.length, 0)
  pieces.push(size, packed)
}

export function snappyCompress(bytes: Buffer): Buffer {
  const pieces = [header()]
  for (let at = 0; at < bytes.length; at += BLOCK_SIZE) {
    pushBlock(pieces, snappy().compressSync(bytes.subarray(at, at + BLOCK_SIZE), COPIED))
  }
  return Buffer.concat(pieces)
}

export async function snappyCompressAsync(bytes: Buffer): Promise<Buffer> {
  const pieces = [header()]
  for (let at = 0; at < bytes.length; at += BLOCK_SIZE) {
    pushBlock(pieces, await snappy().compress(bytes.subarray(at, at + BLOCK_SIZE), COPIED))
  }
  return Buffer.concat(pieces)
}
