/** `String.hashCode()` of Java: s[0]·31^(n−1) + … over UTF-16 units, wrapping at 32 bits. */
export function javaStringHash(text: string): number {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0
  return hash
}

/**
 * Which partition of a coordinator topic a group id or transactional id lives in: Kafka's `Utils.abs(hashCode) % n`, in
 * which the one number without a positive counterpart becomes 0.
 */
export function coordinatorPartition(id: string, partitions: number): number {
  const hash = javaStringHash(id)
  return hash === -0x8000_0000 ? 0 : Math.abs(hash) % partitions
}
