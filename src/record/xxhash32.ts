const PRIME_1 = 0x9e3779b1
const PRIME_2 = 0x85ebca77
const PRIME_3 = 0xc2b2ae3d
const PRIME_4 = 0x27d4eb2f
const PRIME_5 = 0x165667b1

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}

function round(lane: number, word: number): number {
  return Math.imul(rotate((lane + Math.imul(word, PRIME_2)) | 0, 13), PRIME_1)
}

/** xxHash32 with seed 0: the checksum inside lz4 frames. */
export function xxhash32(buffer: Buffer, from = 0, to = buffer.length): number {
  let at = from
  let hash = PRIME_5
  if (to - from >= 16) {
    let a = (PRIME_1 + PRIME_2) | 0
    let b = PRIME_2
    let c = 0
    let d = -PRIME_1 | 0
    for (; at + 16 <= to; at += 16) {
      a = round(a, buffer.readInt32LE(at))
      b = round(b, buffer.readInt32LE(at + 4))
      c = round(c, buffer.readInt32LE(at + 8))
      d = round(d, buffer.readInt32LE(at + 12))
    }
    hash = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18)
  }
  hash = (hash + to - from) | 0
  for (; at + 4 <= to; at += 4) {
    hash = Math.imul(rotate((hash + Math.imul(buffer.readInt32LE(at), PRIME_3)) | 0, 17), PRIME_4)
  }
  for (; at < to; at++) {
    hash = Math.imul(rotate((hash + Math.imul(buffer[at] as number, PRIME_5)) | 0, 11), PRIME_1)
  }
  hash = Math.imul(hash ^ (hash >>> 15), PRIME_2)
  hash = Math.imul(hash ^ (hash >>> 13), PRIME_3)
  return (hash ^ (hash >>> 16)) >>> 0
}
