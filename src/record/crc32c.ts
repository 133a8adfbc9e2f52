import { crc32 as zlibCrc32 } from 'node:zlib'
import { crc32c as nativeCrc32c } from '@node-rs/crc32'

/** CRC-32C (Castagnoli) of a slice: the checksum of magic 2 batches. */
export function crc32c(buffer: Buffer, from = 0, to = buffer.length): number {
  return nativeCrc32c(from === 0 && to === buffer.length ? buffer : buffer.subarray(from, to))
}

/** CRC-32 (zlib's) of a slice: the checksum of magic 0 and 1 messages. */
export function crc32(buffer: Buffer, from = 0, to = buffer.length): number {
  return zlibCrc32(from === 0 && to === buffer.length ? buffer : buffer.subarray(from, to))
}
