/** Zigzag varints written into a buffer that is known to have the room. */

export function sizeOfVarint(value: number): number {
  const raw = (value << 1) ^ (value >> 31)
  const bits = 32 - Math.clz32(raw | 1)
  return Math.floor((bits + 6) / 7)
}

export function putVarint(buffer: Buffer, at: number, value: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0
  let next = at
  while (rest >= 0x80) {
    buffer[next++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  buffer[next++] = rest
  return next
}

const SMALL = 0x4000_0000
const TWO_27 = 0x800_0000
const TWO_28 = 0x1000_0000

export function sizeOfVarlong(value: number): number {
  if (value < SMALL && value >= -SMALL) return sizeOfVarint(value)
  // 2·v or −2·v−1 below 128^size is v, or −v−1, below 64·128^(size−1).
  const magnitude = value < 0 ? -(value + 1) : value
  let size = 1
  for (let bound = 64; magnitude >= bound && size < 10; bound *= 128) size++
  return size
}

export function putVarlong(buffer: Buffer, at: number, value: number): number {
  if (value < SMALL && value >= -SMALL) return putVarint(buffer, at, value)
  // 2·v may pass 2^53: carried as its low 28 bits and the rest.
  const half = value < 0 ? -(value + 1) : value
  let low = (half % TWO_27) * 2 + (value < 0 ? 1 : 0)
  let high = Math.floor(half / TWO_27)
  let left = 4
  let next = at
  while (high > 0 || low >= 0x80) {
    buffer[next++] = (low & 0x7f) | 0x80
    low >>>= 7
    if (--left > 0) continue
    low = high % TWO_28
    high = Math.floor(high / TWO_28)
    left = 4
  }
  buffer[next++] = low
  return next
}
