import { lz4 } from './native.ts'
import { tooMuch, unreadable } from './rejected.ts'
import type { Scratch } from './scratch.ts'
import { xxhash32 } from './xxhash32.ts'

/*
 * The lz4 frame format as Kafka reads and writes it.
 *
 *     magic 4 │ FLG 1 │ BD 1 │ (content size 8) │ header checksum 1 │ block… │ 0 4 │ (content checksum 4)
 *     block:    size 4, top bit: stored as it is │ bytes │ (checksum 4)
 *
 * Kafka accepts independent blocks only, skips the content size and does not compare the content checksum.
 */

const FRAME_MAGIC = 0x184d2204
const STORED = 0x8000_0000
const OWN_FLAGS = 0x60
const OWN_BLOCK_DESCRIPTOR = 0x40
const BLOCK_SIZE = 65_536
/** What one byte of lz4 can become at most. */
const MAX_RATIO = 255
/** What hardly any block exceeds: some clients say 4 MB of every block, and memory is given back where it is that large. */
const LIKELY_RATIO = 16

const CONTENT_CHECKSUM = 0x04
const CONTENT_SIZE = 0x08
const BLOCK_CHECKSUM = 0x10

const END_OF_STREAM = 'java.io.IOException: Stream ended prematurely'

interface Frame {
  readonly flags: number
  readonly maxBlock: number
  readonly blocksAt: number
}

function readFrame(bytes: Buffer, magic: number): Frame {
  if (bytes.length < 7) throw unreadable(END_OF_STREAM)
  if (bytes.readUInt32LE(0) !== FRAME_MAGIC) {
    throw unreadable('java.io.IOException: Stream unsupported (invalid magic bytes)')
  }
  const flags = bytes[4] as number
  const descriptor = bytes[5] as number
  if ((flags & 0x03) !== 0) throw unreadable('Reserved bits must be 0')
  if ((flags & 0x20) === 0) throw unreadable('Dependent block stream is unsupported')
  if (flags >>> 6 !== 1) throw unreadable(`Version ${flags >>> 6} is unsupported`)
  if ((descriptor & 0x8f) !== 0) throw unreadable('Reserved fields must be 0')
  const sizeCode = descriptor >>> 4
  if (sizeCode < 4) throw unreadable('Block size value must be between 4 and 7')
  const checksumAt = flags & CONTENT_SIZE ? 14 : 6
  if (bytes.length <= checksumAt) throw unreadable(END_OF_STREAM)
  // Clients of the magic 0 days hashed the wrong bytes.
  if (magic > 0 && bytes[checksumAt] !== ((xxhash32(bytes, 4, checksumAt) >>> 8) & 0xff)) {
    throw unreadable('java.io.IOException: Stream frame descriptor corrupted')
  }
  return { flags, maxBlock: 1 << (2 * sizeCode + 8), blocksAt: checksumAt + 1 }
}

/** Steps through the blocks; `isStored` says whether the bytes between `from` and `to` are compressed at all. */
function* blocks(bytes: Buffer, frame: Frame): Generator<{ from: number; to: number; isStored: boolean }> {
  let at = frame.blocksAt
  while (true) {
    if (bytes.length - at < 4) throw unreadable(END_OF_STREAM)
    const word = bytes.readUInt32LE(at)
    const isStored = word >= STORED
    const size = isStored ? word - STORED : word
    at += 4
    if (size === 0) {
      if (frame.flags & CONTENT_CHECKSUM && bytes.length - at < 4) throw unreadable(END_OF_STREAM)
      return
    }
    if (size > frame.maxBlock) throw unreadable(`Block size ${size} exceeded max: ${frame.maxBlock}`)
    const hashed = frame.flags & BLOCK_CHECKSUM ? 4 : 0
    if (bytes.length - at < size + hashed) throw unreadable(END_OF_STREAM)
    if (hashed && xxhash32(bytes, at, at + size) !== bytes.readUInt32LE(at + size)) {
      throw unreadable('java.io.IOException: Block checksum mismatch')
    }
    yield { from: at, to: at + size, isStored }
    at += size + hashed
  }
}

function decode(block: Buffer, maxBlock: number, scratch: Scratch, out: number): number {
  const most = mostOf(block, maxBlock)
  const likely = Math.min(most, block.length * LIKELY_RATIO)
  const count = scratch.lz4(block, out, likely)
  return count < 0 && likely < most ? scratch.lz4(block, out, most) : count
}

function mostOf(block: Buffer, maxBlock: number): number {
  return Math.min(maxBlock, block.length * MAX_RATIO)
}

/** The native module takes how much may come out as 4 bytes before the block. */
function withBound(block: Buffer, maxBlock: number): Buffer {
  const bounded = Buffer.allocUnsafe(4 + block.length)
  bounded.writeUInt32LE(mostOf(block, maxBlock), 0)
  block.copy(bounded, 4)
  return bounded
}

/** Into `scratch`. */
export function lz4Unpack(bytes: Buffer, maxBytes: number, magic: number, scratch: Scratch): Buffer {
  const frame = readFrame(bytes, magic)
  let out = 0
  for (const { from, to, isStored } of blocks(bytes, frame)) {
    const block = bytes.subarray(from, to)
    const count = isStored ? scratch.copy(block, out) : decode(block, frame.maxBlock, scratch, out)
    if (count < 0) throw unreadable('Failed to decompress record stream')
    out += count
    if (out > maxBytes) throw tooMuch(maxBytes)
  }
  return scratch.result(out)
}

export async function lz4DecompressAsync(bytes: Buffer, maxBytes: number, magic: number): Promise<Buffer> {
  const frame = readFrame(bytes, magic)
  const pieces: Buffer[] = []
  let total = 0
  for (const { from, to, isStored } of blocks(bytes, frame)) {
    const block = bytes.subarray(from, to)
    const piece = isStored ? block : await unpackAsync(withBound(block, frame.maxBlock))
    total += piece.length
    if (total > maxBytes) throw tooMuch(maxBytes)
    pieces.push(piece)
  }
  return Buffer.concat(pieces, total)
}

async function unpackAsync(block: Buffer): Promise<Buffer> {
  try {
    return await lz4().uncompress(block)
  } catch {
    throw unreadable('Failed to decompress record stream')
  }
}

function header(magic: number): Buffer {
  const bytes = Buffer.allocUnsafe(7)
  bytes.writeUInt32LE(FRAME_MAGIC, 0)
  bytes[4] = OWN_FLAGS
  bytes[5] = OWN_BLOCK_DESCRIPTOR
  bytes[6] = (xxhash32(bytes, magic === 0 ? 0 : 4, 6) >>> 8) & 0xff
  return bytes
}

/** `packed` still has the native module's 4 bytes of size in front: the frame's own size field takes their place. */
function pushBlock(pieces: Buffer[], block: Buffer, packed: Buffer): void {
  const size = packed.length - 4
  if (size < block.length) {
    packed.writeUInt32LE(size, 0)
    pieces.push(packed)
    return
  }
  const word = Buffer.allocUnsafe(4)
  word.writeUInt32LE(block.length + STORED, 0)
  pieces.push(word, block)
}

export function lz4Compress(bytes: Buffer, magic: number): Buffer {
  const pieces = [header(magic)]
  for (let at = 0; at < bytes.length; at += BLOCK_SIZE) {
    const block = bytes.subarray(at, at + BLOCK_SIZE)
    pushBlock(pieces, block, lz4().compressSync(block))
  }
  pieces.push(Buffer.alloc(4))
  return Buffer.concat(pieces)
}

export async function lz4CompressAsync(bytes: Buffer, magic: number): Promise<Buffer> {
  const pieces = [header(magic)]
  for (let at = 0; at < bytes.length; at += BLOCK_SIZE) {
    const block = bytes.subarray(at, at + BLOCK_SIZE)
    pushBlock(pieces, block, await lz4().compress(block))
  }
  pieces.push(Buffer.alloc(4))
  return Buffer.concat(pieces)
}
