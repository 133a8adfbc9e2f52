const SEED = 0x9747b28c | 0
const M = 0x5bd1e995

/** Kafka's hash of keys: the same records go to the same partitions whoever sends them. */
export function murmur2(bytes: Uint8Array): number {
  const whole = bytes.length & ~3
  let hash = SEED ^ bytes.length
  for (let at = 0; at < whole; at += 4) {
    let word = byte(bytes, at) | (byte(bytes, at + 1) << 8) | (byte(bytes, at + 2) << 16) | (byte(bytes, at + 3) << 24)
    word = Math.imul(word, M)
    word = Math.imul(word ^ (word >>> 24), M)
    hash = Math.imul(hash, M) ^ word
  }
  const left = bytes.length - whole
  if (left > 2) hash ^= byte(bytes, whole + 2) << 16
  if (left > 1) hash ^= byte(bytes, whole + 1) << 8
  if (left > 0) hash = Math.imul(hash ^ byte(bytes, whole), M)
  hash = Math.imul(hash ^ (hash >>> 13), M)
  return hash ^ (hash >>> 15)
}

function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0
}

export function partitionOfKey(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions
}
