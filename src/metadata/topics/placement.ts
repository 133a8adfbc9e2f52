import { KafkaError } from '../../base/errors.ts'

/** A broker that may be given replicas; a fenced one only where the others do not suffice, and never as a leader. */
export interface UsableBroker {
  readonly id: number
  readonly rack: string | null
  readonly fenced: boolean
}

/** A whole number in 0 … bound−1. */
export type Below = (bound: number) => number

/**
 * Replicas of new partitions, striped over racks and over the brokers in each rack, as Kafka's StripedReplicaPlacer
 * does it: every partition starts one rack and one broker further than the one before, from a random start. With racks
 * A, B, C of three brokers each:
 *
 *     partition 0: A0 B0 C0      1: B1 C1 A1      2: C2 A2 B2
 *
 * Once every broker could have led, racks and brokers are shuffled so that the pattern does not repeat.
 */
export function placeReplicas(
  brokers: readonly UsableBroker[],
  partitions: number,
  replicationFactor: number,
  below: Below,
): number[][] {
  const racks = new Racks(brokers, below)
  racks.check(replicationFactor)
  return Array.from({ length: partitions }, () => racks.place(replicationFactor))
}

/** Gives its brokers one after another within a round; a new round starts one broker further. */
class BrokerRing {
  readonly #brokers: number[]
  #given = 0
  #offset: number
  #round = 0

  constructor(brokers: readonly number[], below: Below) {
    this.#brokers = [...brokers].sort((a, b) => a - b)
    this.#offset = brokers.length === 0 ? 0 : below(brokers.length)
  }

  next(round: number): number | undefined {
    const size = this.#brokers.length
    if (size === 0) return undefined
    if (this.#round !== round) {
      this.#round = round
      this.#given = 0
      this.#offset = (this.#offset + 1) % size
    }
    if (this.#given >= size) return undefined
    return this.#brokers[(this.#given++ + this.#offset) % size]
  }

  shuffle(below: Below): void {
    shuffle(this.#brokers, below)
  }
}

class Rack {
  readonly #unfenced: BrokerRing
  readonly #fenced: BrokerRing

  constructor(brokers: readonly UsableBroker[], below: Below) {
    const ids = (fenced: boolean) => brokers.filter((broker) => broker.fenced === fenced).map((broker) => broker.id)
    this.#unfenced = new BrokerRing(ids(false), below)
    this.#fenced = new BrokerRing(ids(true), below)
  }

  leader(round: number): number | undefined {
    return this.#unfenced.next(round)
  }

  follower(round: number): number | undefined {
    return this.#unfenced.next(round) ?? this.#fenced.next(round)
  }

  shuffle(below: Below): void {
    this.#unfenced.shuffle(below)
    this.#fenced.shuffle(below)
  }
}

class Racks {
  readonly #racks: Rack[]
  readonly #below: Below
  readonly #total: number
  readonly #unfenced: number
  #start: number
  #round = 0
  #sinceShuffle = 0

  constructor(brokers: readonly UsableBroker[], below: Below) {
    this.#below = below
    this.#total = brokers.length
    this.#unfenced = brokers.filter((broker) => !broker.fenced).length
    const byName = Map.groupBy(brokers, (broker) => broker.rack ?? '')
    const names = [...byName.keys()].sort()
    this.#racks = names.map((name) => new Rack(byName.get(name) ?? [], below))
    this.#start = names.length === 0 ? 0 : below(names.length)
  }

  check(replicationFactor: number): void {
    if (replicationFactor <= 0) {
      refuse(`Invalid replication factor ${replicationFactor}: the replication factor must be positive.`)
    }
    if (this.#unfenced === 0) {
      refuse('All brokers are currently fenced, or have all their log directories cordoned.')
    }
    if (replicationFactor > this.#total) {
      refuse(
        `The target replication factor of ${replicationFactor} cannot be reached because only ${this.#total} ` +
          'broker(s) are registered or some brokers have all their log directories cordoned.',
      )
    }
  }

  place(replicationFactor: number): number[] {
    if (this.#sinceShuffle === this.#unfenced && this.#unfenced > 1) this.#shuffle()
    const count = this.#racks.length
    const start = this.#start % count
    const [leader, leaderRack] = this.#leader(start)
    const replicas = [leader]
    let at = start
    let skip = leaderRack
    while (replicas.length < replicationFactor) {
      // The leader's rack has had its turn in the first way around.
      if (at === skip) skip = -1
      else {
        const broker = this.#racks[at]?.follower(this.#round)
        if (broker !== undefined) replicas.push(broker)
      }
      at = (at + 1) % count
    }
    this.#round++
    this.#sinceShuffle++
    this.#start = start + 1
    return replicas
  }

  /** The first broker from `start` on that is not fenced; `check` has seen that there is one. */
  #leader(start: number): [broker: number, rack: number] {
    for (let at = start; ; at = (at + 1) % this.#racks.length) {
      const broker = this.#racks[at]?.leader(this.#round)
      if (broker !== undefined) return [broker, at]
    }
  }

  #shuffle(): void {
    shuffle(this.#racks, this.#below)
    for (const rack of this.#racks) rack.shuffle(this.#below)
    this.#sinceShuffle = 0
    // Not back to 0: a round that some broker ring has seen already would find it used up.
    this.#round++
  }
}

function shuffle<T>(items: T[], below: Below): void {
  for (let last = items.length - 1; last > 0; last--) {
    const other = below(last + 1)
    const item = items[last] as T
    items[last] = items[other] as T
    items[other] = item
  }
}

function refuse(sentence: string): never {
  throw new KafkaError('INVALID_REPLICATION_FACTOR', sentence)
}
