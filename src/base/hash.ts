/** `String.hashCode()` of Java: s[0]·31^(n−1) + … over UTF-16 units, wrapping at 32 bits. */
export function javaStringHash(text: string): number {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0
  return hash
}

/** Which partition of a coordinator topic a group id or transactional id lives in: Kafka's `Utils.abs(hashCode) % n`. */
export function coordinatorPartition(id: string, partitions: number): number {
  return (javaStringHash(id) & 0x7fffffff) % partitions
}
