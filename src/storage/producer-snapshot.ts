import { ByteReader, ByteWriter } from '../base/bytes.ts'
import { ProtocolError } from '../base/errors.ts'
import { ProducerSnapshot, type ProducerSnapshotData } from '../protocol/stored/producer-snapshot.ts'
import { crc32c } from '../record/crc32c.ts'
import { ProducerEntry } from './producer-entry.ts'

const VERSION = 1
const CRC_AT = 2
/** Where the bytes begin that the checksum covers. */
const CHECKED_FROM = 6

/** The `.snapshot` file: of each producer the epochs, the open transaction, and the last batch alone. */
export function encodeSnapshot(entries: Iterable<ProducerEntry>): Buffer {
  const producerEntries = Array.from(entries, (entry) => {
    const last = entry.batches.at(-1)
    return {
      producerId: entry.producerId,
      epoch: entry.epoch,
      lastSequence: last?.lastSequence ?? -1,
      lastOffset: last?.lastOffset ?? -1,
      offsetDelta: last?.offsetDelta ?? 0,
      timestamp: entry.lastTimestamp,
      coordinatorEpoch: entry.coordinatorEpoch,
      currentTxnFirstOffset: entry.txnFirstOffset,
    }
  })
  const writer = new ByteWriter()
  writer.int16(VERSION)
  ProducerSnapshot.encode(writer, { crc: 0, producerEntries }, VERSION)
  const bytes = writer.toBuffer()
  bytes.writeUInt32BE(crc32c(bytes, CHECKED_FROM), CRC_AT)
  return bytes
}

/** Undefined where the bytes are no sound snapshot. */
export function decodeSnapshot(bytes: Buffer): ProducerEntry[] | undefined {
  if (bytes.length < CHECKED_FROM || bytes.readInt16BE(0) !== VERSION) return undefined
  if (bytes.readUInt32BE(CRC_AT) !== crc32c(bytes, CHECKED_FROM)) return undefined
  try {
    const reader = new ByteReader(bytes, CRC_AT)
    const { producerEntries } = ProducerSnapshot.decode(reader, VERSION)
    return reader.remaining === 0 ? producerEntries.map(entryOf) : undefined
  } catch (error) {
    if (error instanceof ProtocolError) return undefined
    throw error
  }
}

function entryOf(data: ProducerSnapshotData['producerEntries'][number]): ProducerEntry {
  const { producerId, epoch, coordinatorEpoch, timestamp, currentTxnFirstOffset } = data
  const entry = new ProducerEntry(producerId, epoch, coordinatorEpoch, timestamp, currentTxnFirstOffset)
  const { lastSequence, lastOffset, offsetDelta } = data
  if (lastOffset >= 0) entry.batches.push({ lastSequence, lastOffset, offsetDelta, timestamp })
  entry.isPartlyKnown = true
  return entry
}
