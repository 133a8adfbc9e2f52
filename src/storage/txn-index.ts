import { readInt64, writeInt64 } from '../record/header.ts'

export const TXN_ENTRY_SIZE = 34

/** An aborted transaction as `.txnindex` has it: its first record, its marker, and the stable offset after the marker. */
export interface AbortedEntry {
  readonly producerId: number
  readonly firstOffset: number
  readonly lastOffset: number
  readonly lastStableOffset: number
}

export function encodeAborted(entries: readonly AbortedEntry[]): Buffer {
  const bytes = Buffer.alloc(entries.length * TXN_ENTRY_SIZE)
  entries.forEach((entry, index) => {
    const at = index * TXN_ENTRY_SIZE
    writeInt64(bytes, at + 2, entry.producerId)
    writeInt64(bytes, at + 10, entry.firstOffset)
    writeInt64(bytes, at + 18, entry.lastOffset)
    writeInt64(bytes, at + 26, entry.lastStableOffset)
  })
  return bytes
}

/** Undefined where the bytes are not a sound index: unknown version, a torn entry, last offsets that fall. */
export function decodeAborted(bytes: Buffer): AbortedEntry[] | undefined {
  if (bytes.length % TXN_ENTRY_SIZE !== 0) return undefined
  const entries: AbortedEntry[] = []
  for (let at = 0; at < bytes.length; at += TXN_ENTRY_SIZE) {
    const entry = {
      producerId: readInt64(bytes, at + 2),
      firstOffset: readInt64(bytes, at + 10),
      lastOffset: readInt64(bytes, at + 18),
      lastStableOffset: readInt64(bytes, at + 26),
    }
    if (bytes.readInt16BE(at) !== 0 || entry.lastOffset < (entries.at(-1)?.lastOffset ?? 0)) return undefined
    entries.push(entry)
  }
  return entries
}
