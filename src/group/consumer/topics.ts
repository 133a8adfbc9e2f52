import { type Uuid, uuidToBytes } from '../../base/ids.ts'
import { xxh3 } from '../../base/xxh3.ts'

export interface GroupTopic {
  readonly id: Uuid
  readonly name: string
  readonly partitions: number
  /** The racks of a partition's replicas, those that have one. */
  racks(partition: number): readonly string[]
}

/** The topics of the cluster, as the metadata says now. */
export interface TopicSource {
  /** Grows with whatever changes. */
  readonly version: number
  named(name: string): GroupTopic | undefined
  withId(id: Uuid): GroupTopic | undefined
  names(): Iterable<string>
}

export const NO_TOPICS: TopicSource = {
  version: 0,
  named: () => undefined,
  withId: () => undefined,
  names: () => [],
}

const MAGIC = 0

/** What the coordinator knows of topics beyond the source. Soft: made anew with each load. */
export class TopicWatch {
  readonly source: TopicSource
  /** Regular expressions that were resolved before it know nothing of the newest topics. */
  newTopicsVersion: number
  readonly #hashes = new Map<string, bigint>()

  constructor(source: TopicSource) {
    this.source = source
    this.newTopicsVersion = source.version
  }

  /** These topics are not what they were; undefined: nothing is. */
  changed(names: readonly string[] | undefined, created: boolean): void {
    if (names === undefined) this.#hashes.clear()
    for (const name of names ?? []) this.#hashes.delete(name)
    if (created) this.newTopicsVersion = this.source.version
  }

  /** One number for all that an assignment of these topics depends on (KIP-1101); topics that are not there are left out. */
  groupHash(names: Iterable<string>): bigint {
    const known = [...names].filter((name) => this.source.named(name) !== undefined).sort(byUnits)
    if (known.length === 0) return 0n
    const hashed = new Hashed()
    for (const name of known) hashed.long(this.#topicHash(name))
    return hashed.value()
  }

  #topicHash(name: string): bigint {
    let hash = this.#hashes.get(name)
    if (hash === undefined) {
      const topic = this.source.named(name)
      hash = topic ? topicHash(topic) : 0n
      this.#hashes.set(name, hash)
    }
    return hash
  }
}

const byUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

export function topicHash(topic: GroupTopic): bigint {
  const id = uuidToBytes(topic.id)
  const hashed = new Hashed()
  hashed.byte(MAGIC)
  hashed.long(id.readBigInt64BE(0))
  hashed.long(id.readBigInt64BE(8))
  hashed.string(topic.name)
  hashed.int(topic.partitions)
  for (let partition = 0; partition < topic.partitions; partition++) {
    hashed.int(partition)
    for (const rack of [...topic.racks(partition)].sort(byUnits)) {
      hashed.int(rack.length)
      hashed.string(rack)
    }
  }
  return hashed.value()
}

/** Values in the bytes in which Kafka's hash stream puts them: little-endian; a string by its units, then their number. */
class Hashed {
  readonly #parts: Buffer[] = []

  byte(value: number): void {
    this.#parts.push(Buffer.from([value]))
  }

  int(value: number): void {
    const part = Buffer.allocUnsafe(4)
    part.writeInt32LE(value)
    this.#parts.push(part)
  }

  long(value: bigint): void {
    const part = Buffer.allocUnsafe(8)
    part.writeBigInt64LE(value)
    this.#parts.push(part)
  }

  string(value: string): void {
    this.#parts.push(Buffer.from(value, 'utf16le'))
    this.int(value.length)
  }

  value(): bigint {
    return xxh3(Buffer.concat(this.#parts))
  }
}
