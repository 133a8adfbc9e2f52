import { returned } from '../base/lent-memory.ts'

/** Sizes are rounded up to this, so that buffers of about the same length serve each other. */
const GRAIN = 64 * 1024
const LARGEST_KEPT = 4 * 1024 * 1024
const MOST_KEPT_BYTES = 32 * 1024 * 1024

const free = new Map<number, Buffer[]>()
let keptBytes = 0

/** At least `size` bytes of any content. */
export function takeBuffer(size: number): Buffer {
  const rounded = Math.ceil(Math.max(size, 1) / GRAIN) * GRAIN
  const kept = free.get(rounded)?.pop()
  if (kept === undefined) return Buffer.allocUnsafeSlow(rounded)
  keptBytes -= rounded
  return kept
}

/** Only whole buffers from `takeBuffer`, once each, when nobody reads them any more. */
export function giveBuffer(buffer: Buffer): void {
  const { length } = buffer
  returned(buffer)
  if (length > LARGEST_KEPT || keptBytes + length > MOST_KEPT_BYTES) return
  const list = free.get(length)
  if (list === undefined) free.set(length, [buffer])
  else list.push(buffer)
  keptBytes += length
}
