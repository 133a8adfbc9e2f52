import { javaStringHash } from '../base/hash.ts'
import { type Uuid, uuidToBytes } from '../base/ids.ts'

/**
 * The order in which a HashMap of Java gives its keys back. Kafka's assignors walk over such maps, so who gets which
 * partition follows from it; keys in one bucket stay in the order in which they were put in.
 */
export function javaHashOrder<K>(keys: Iterable<K>, hashOf: (key: K) => number, minCapacity = 16): K[] {
  const all = [...keys]
  let capacity = minCapacity
  while (all.length > capacity * 0.75) capacity *= 2
  const bucket = (key: K): number => {
    const hash = hashOf(key)
    return (hash ^ (hash >>> 16)) & (capacity - 1)
  }
  return all
    .map((key, at) => ({ key, at, bucket: bucket(key) }))
    .sort((a, b) => a.bucket - b.bucket || a.at - b.at)
    .map(({ key }) => key)
}

/** `Uuid.hashCode()`. */
export function javaUuidHash(uuid: Uuid): number {
  const bytes = uuidToBytes(uuid)
  return bytes.readInt32BE(0) ^ bytes.readInt32BE(4) ^ bytes.readInt32BE(8) ^ bytes.readInt32BE(12)
}

export const inStringOrder = (keys: Iterable<string>): string[] => javaHashOrder(keys, javaStringHash)
export const inUuidOrder = (keys: Iterable<Uuid>): Uuid[] => javaHashOrder(keys, javaUuidHash)
export const inIntegerOrder = (keys: Iterable<number>): number[] => javaHashOrder(keys, (key) => key)

/** `Uuid.compareTo`: two signed halves. */
export function compareUuids(a: Uuid, b: Uuid): number {
  const [left, right] = [uuidToBytes(a), uuidToBytes(b)]
  for (const at of [0, 8]) {
    const [x, y] = [left.readBigInt64BE(at), right.readBigInt64BE(at)]
    if (x !== y) return x < y ? -1 : 1
  }
  return 0
}
