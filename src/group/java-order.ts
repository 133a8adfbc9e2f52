import { javaStringHash } from '../base/hash.ts'
import { type Uuid, uuidToBytes } from '../base/ids.ts'

/**
 * How a map or set came to its size: key by key, from a whole collection, which leaves more room, or key by key from room
 * for so many on.
 */
type Grown = 'by key' | 'at once' | number

const MIN_CAPACITY = 16
const LOAD = 0.75

function capacityFor(size: number, grown: Grown): number {
  let capacity = typeof grown === 'number' ? 1 : MIN_CAPACITY
  while (typeof grown === 'number' && capacity < grown) capacity *= 2
  const wanted = grown === 'at once' ? Math.floor(size / LOAD) + 1 : Math.ceil(size / LOAD)
  while (capacity < wanted) capacity *= 2
  return capacity
}

/**
 * The order in which a HashMap of Java gives its keys back. Kafka's assignors walk over such maps, so who gets which
 * partition follows from it; keys in one bucket stay in the order in which they were put in.
 */
export function javaHashOrder<K>(keys: Iterable<K>, hashOf: (key: K) => number, grown: Grown = 'by key'): K[] {
  const all = [...keys]
  const capacity = capacityFor(all.length, grown)
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

export const inStringOrder = (keys: Iterable<string>, grown?: Grown): string[] =>
  javaHashOrder(keys, javaStringHash, grown)
export const inUuidOrder = (keys: Iterable<Uuid>, grown?: Grown): Uuid[] => javaHashOrder(keys, javaUuidHash, grown)
export const inIntegerOrder = (keys: Iterable<number>, grown?: Grown): number[] =>
  javaHashOrder(keys, (key) => key, grown)

/** `Uuid.compareTo`: two signed halves. */
export function compareUuids(a: Uuid, b: Uuid): number {
  const [left, right] = [uuidToBytes(a), uuidToBytes(b)]
  for (const at of [0, 8]) {
    const [x, y] = [left.readBigInt64BE(at), right.readBigInt64BE(at)]
    if (x !== y) return x < y ? -1 : 1
  }
  return 0
}
