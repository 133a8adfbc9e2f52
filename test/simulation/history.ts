/** What clients saw of the cluster; the first contradiction throws. */
export class History {
  /** `topic-partition` → offset → value, as any answer said it. */
  readonly #seen = new Map<string, Map<number, string>>()
  readonly #acknowledged = new Map<string, Map<number, string>>()
  readonly #committed = new Map<string, number>()
  /** DeleteRecords was asked for up to here; Kafka does not promise that a crash brings nothing back. */
  readonly #deleted = new Map<string, number>()
  acknowledgedCount = 0
  /** By producer. */
  readonly acknowledgedBy = new Map<string, number>()
  readCount = 0

  /** The broker said that this value has this offset and that it is safe there. */
  acknowledged(partition: string, offset: number, value: string): void {
    this.#same(partition, offset, value, 'an acknowledgement')
    inner(this.#acknowledged, partition).set(offset, value)
    this.acknowledgedCount++
    const by = value.slice(0, value.lastIndexOf('-'))
    this.acknowledgedBy.set(by, (this.acknowledgedBy.get(by) ?? 0) + 1)
  }

  /** A consumer read it. */
  read(partition: string, offset: number, value: string): void {
    this.#same(partition, offset, value, 'a fetch')
    this.readCount++
  }

  /** What its leader deleted, another replica may have had otherwise and show again after a crash. */
  #same(partition: string, offset: number, value: string, by: string): void {
    if (offset < this.startOf(partition)) return
    const seen = inner(this.#seen, partition)
    const before = seen.get(offset)
    if (before !== undefined && before !== value) {
      throw new Violation(`${partition} offset ${offset} was ${before}, ${by} says ${value}`)
    }
    seen.set(offset, value)
  }

  /** Records below may be deleted from now on. */
  deletes(partition: string, offset: number): void {
    this.#deleted.set(partition, Math.max(this.startOf(partition), offset))
  }

  /** From here on nobody wanted anything to be deleted. */
  startOf(partition: string): number {
    return this.#deleted.get(partition) ?? 0
  }

  /** The highest offset that was acknowledged; -1: none. */
  lastAcknowledged(partition: string): number {
    let last = -1
    for (const offset of this.#acknowledged.get(partition)?.keys() ?? []) last = Math.max(last, offset)
    return last
  }

  /** A commit was acknowledged. */
  committed(group: string, partition: string, offset: number): void {
    const key = `${group} ${partition}`
    this.#committed.set(key, Math.max(this.#committed.get(key) ?? -1, offset))
  }

  /** The group's only committer goes forward, so what it is told must too. */
  committedRead(group: string, partition: string, offset: number): void {
    const atLeast = this.#committed.get(`${group} ${partition}`) ?? -1
    if (offset < atLeast) throw new Violation(`${group} committed ${atLeast} of ${partition} and is told ${offset}`)
  }

  /** At the end: all of a partition, from its first record to its last, and nothing twice. */
  complete(partition: string, values: ReadonlyMap<number, string>, onlyOnce: boolean): void {
    for (const [offset, value] of this.#acknowledged.get(partition) ?? []) {
      if (offset < this.startOf(partition)) continue
      const there = values.get(offset)
      if (there !== value) {
        throw new Violation(`${partition} offset ${offset}: ${value} was acknowledged, ${there ?? 'nothing'} is there`)
      }
    }
    if (!onlyOnce) return
    const firstAt = new Map<string, number>()
    for (const [offset, value] of values) {
      const first = firstAt.get(value)
      if (first !== undefined) throw new Violation(`${partition}: ${value} is at ${first} and again at ${offset}`)
      firstAt.set(value, offset)
    }
  }
}

/** The cluster broke a promise. */
export class Violation extends Error {}

function inner<V>(map: Map<string, Map<number, V>>, key: string): Map<number, V> {
  let found = map.get(key)
  if (found === undefined) {
    found = new Map()
    map.set(key, found)
  }
  return found
}
