import { crc32c } from '../record/crc32c.ts'
import { readInt64, writeInt64 } from '../record/header.ts'
import { ProducerEntry } from './producer-entry.ts'

const VERSION = 1
const HEADER_SIZE = 10
const ENTRY_SIZE = 46
/** Where the bytes begin that the checksum covers. */
const CHECKED_FROM = 6

/** The `.snapshot` file: of each producer the epochs, the open transaction, and the last batch alone. */
export function encodeSnapshot(entries: Iterable<ProducerEntry>): Buffer {
  const all = [...entries]
  const bytes = Buffer.alloc(HEADER_SIZE + all.length * ENTRY_SIZE)
  bytes.writeInt16BE(VERSION, 0)
  bytes.writeInt32BE(all.length, CHECKED_FROM)
  all.forEach((entry, index) => {
    const at = HEADER_SIZE + index * ENTRY_SIZE
    const last = entry.batches.at(-1)
    writeInt64(bytes, at, entry.producerId)
    bytes.writeInt16BE(entry.epoch, at + 8)
    bytes.writeInt32BE(last?.lastSequence ?? -1, at + 10)
    writeInt64(bytes, at + 14, last?.lastOffset ?? -1)
    bytes.writeInt32BE(last?.offsetDelta ?? 0, at + 22)
    writeInt64(bytes, at + 26, entry.lastTimestamp)
    bytes.writeInt32BE(entry.coordinatorEpoch, at + 34)
    writeInt64(bytes, at + 38, entry.txnFirstOffset)
  })
  bytes.writeUInt32BE(crc32c(bytes, CHECKED_FROM), 2)
  return bytes
}

/** Undefined where the bytes are no sound snapshot. */
export function decodeSnapshot(bytes: Buffer): ProducerEntry[] | undefined {
  if (bytes.length < HEADER_SIZE || bytes.readInt16BE(0) !== VERSION) return undefined
  const count = bytes.readInt32BE(CHECKED_FROM)
  if (bytes.length !== HEADER_SIZE + count * ENTRY_SIZE) return undefined
  if (bytes.readUInt32BE(2) !== crc32c(bytes, CHECKED_FROM)) return undefined
  const entries: ProducerEntry[] = []
  for (let at = HEADER_SIZE; at < bytes.length; at += ENTRY_SIZE) entries.push(decodeEntry(bytes, at))
  return entries
}

function decodeEntry(bytes: Buffer, at: number): ProducerEntry {
  const timestamp = readInt64(bytes, at + 26)
  const entry = new ProducerEntry(
    readInt64(bytes, at),
    bytes.readInt16BE(at + 8),
    bytes.readInt32BE(at + 34),
    timestamp,
    readInt64(bytes, at + 38),
  )
  const lastOffset = readInt64(bytes, at + 14)
  if (lastOffset >= 0) {
    const offsetDelta = bytes.readInt32BE(at + 22)
    entry.batches.push({ lastSequence: bytes.readInt32BE(at + 10), lastOffset, offsetDelta, timestamp })
  }
  return entry
}
