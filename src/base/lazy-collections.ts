/**
 * A map that most of its owners never put anything into. An empty Map of V8 takes some 200 bytes, and a broker has several for
 * each of many thousand partitions.
 */
export class LazyMap<K, V> {
  #map: Map<K, V> | undefined

  get size(): number {
    return this.#map?.size ?? 0
  }

  get(key: K): V | undefined {
    return this.#map?.get(key)
  }

  has(key: K): boolean {
    return this.#map?.has(key) ?? false
  }

  set(key: K, value: V): void {
    this.#map ??= new Map()
    this.#map.set(key, value)
  }

  delete(key: K): boolean {
    return this.#map?.delete(key) ?? false
  }

  /** Emptied as well: somebody may be on the way through it. */
  clear(): void {
    this.#map?.clear()
    this.#map = undefined
  }

  keys(): Iterable<K> {
    return this.#map?.keys() ?? []
  }

  values(): Iterable<V> {
    return this.#map?.values() ?? []
  }

  [Symbol.iterator](): Iterator<[K, V]> {
    return (this.#map ?? NO_ENTRIES)[Symbol.iterator]()
  }
}

/** As LazyMap, for a set. */
export class LazySet<T> {
  #set: Set<T> | undefined

  get size(): number {
    return this.#set?.size ?? 0
  }

  add(item: T): void {
    this.#set ??= new Set()
    this.#set.add(item)
  }

  delete(item: T): boolean {
    return this.#set?.delete(item) ?? false
  }

  clear(): void {
    this.#set?.clear()
    this.#set = undefined
  }

  [Symbol.iterator](): Iterator<T> {
    return (this.#set ?? NO_ITEMS)[Symbol.iterator]()
  }
}

const NO_ENTRIES: ReadonlyMap<never, never> = new Map<never, never>()
const NO_ITEMS: ReadonlySet<never> = new Set<never>()
