/** The four words of the hash that `hashKey` left. */
export const hashWords = new Uint32Array(4)

const C1 = 0x239b961b
const C2 = 0xab0e9789
const C3 = 0x38b34ae5
const C4 = 0xa1e38b93

function rotated(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by))
}

function finished(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}

/**
 * MurmurHash3 of 128 bits (the variant for 32-bit machines) into `hashWords`. Two keys of a log are taken for the same where
 * their hashes are: 128 bits make that as unlikely as it is in Kafka.
 */
export function hashKey(bytes: Buffer, from: number, to: number): void {
  let h1 = 0
  let h2 = 0
  let h3 = 0
  let h4 = 0
  let at = from
  for (; at + 16 <= to; at += 16) {
    h1 ^= Math.imul(rotated(Math.imul(bytes.readInt32LE(at), C1), 15), C2)
    h1 = (Math.imul(rotated(h1, 19) + h2, 5) + 0x561ccd1b) | 0
    h2 ^= Math.imul(rotated(Math.imul(bytes.readInt32LE(at + 4), C2), 16), C3)
    h2 = (Math.imul(rotated(h2, 17) + h3, 5) + 0x0bcaa747) | 0
    h3 ^= Math.imul(rotated(Math.imul(bytes.readInt32LE(at + 8), C3), 17), C4)
    h3 = (Math.imul(rotated(h3, 15) + h4, 5) + 0x96cd1c35) | 0
    h4 ^= Math.imul(rotated(Math.imul(bytes.readInt32LE(at + 12), C4), 18), C1)
    h4 = (Math.imul(rotated(h4, 13) + h1, 5) + 0x32ac3b17) | 0
  }
  h4 ^= Math.imul(rotated(Math.imul(rest(bytes, at + 12, to), C4), 18), C1)
  h3 ^= Math.imul(rotated(Math.imul(rest(bytes, at + 8, to), C3), 17), C4)
  h2 ^= Math.imul(rotated(Math.imul(rest(bytes, at + 4, to), C2), 16), C3)
  h1 ^= Math.imul(rotated(Math.imul(rest(bytes, at, to), C1), 15), C2)
  finish(h1, h2, h3, h4, to - from)
}

/** Up to four bytes, the first the lowest; none where `from` is at or beyond the end. */
function rest(bytes: Buffer, from: number, to: number): number {
  let word = 0
  for (let at = Math.min(from + 4, to) - 1; at >= from; at--) word = (word << 8) | (bytes[at] ?? 0)
  return word
}

function finish(a: number, b: number, c: number, d: number, length: number): void {
  let h1 = a ^ length
  let h2 = b ^ length
  let h3 = c ^ length
  let h4 = d ^ length
  h1 = (h1 + h2 + h3 + h4) | 0
  h2 = (h2 + h1) | 0
  h3 = (h3 + h1) | 0
  h4 = (h4 + h1) | 0
  h1 = finished(h1)
  h2 = finished(h2)
  h3 = finished(h3)
  h4 = finished(h4)
  h1 = (h1 + h2 + h3 + h4) | 0
  hashWords[0] = h1
  hashWords[1] = h2 + h1
  hashWords[2] = h3 + h1
  hashWords[3] = h4 + h1
}
