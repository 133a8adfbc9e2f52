import type { TopicId } from '../base/ids.ts'
import { NO_LEADER, type PartitionImage } from './image-types.ts'

/** Partitions by their topic's id and their own. */
export class PartitionSet {
  /** One alone stands for itself: a set of one takes two hundred bytes, and there may be one for every topic. */
  readonly #byTopic = new Map<TopicId, number | Set<number>>()
  #size = 0

  get size(): number {
    return this.#size
  }

  put(topic: TopicId, partition: number, belongs: boolean): void {
    const ids = this.#byTopic.get(topic)
    const isIn = typeof ids === 'number' ? ids === partition : (ids?.has(partition) ?? false)
    if (isIn === belongs) return
    this.#size += belongs ? 1 : -1
    if (typeof ids === 'object') {
      if (belongs) ids.add(partition)
      else ids.delete(partition)
      if (ids.size === 0) this.#byTopic.delete(topic)
    } else if (!belongs) this.#byTopic.delete(topic)
    else this.#byTopic.set(topic, ids === undefined ? partition : new Set([ids, partition]))
  }

  /** The topics and, of each, its partitions. They may not be changed by anybody but `put`. */
  *topics(): Iterable<readonly [TopicId, Iterable<number>]> {
    for (const [topic, ids] of this.#byTopic) yield [topic, typeof ids === 'number' ? [ids] : ids]
  }
}

const EMPTY = new PartitionSet()
const NOBODY: readonly number[] = []

/** Which partitions a broker that comes or goes can concern: found without looking at all the others. */
export class PartitionIndex {
  readonly #members = new Map<number, PartitionSet>()
  readonly #led = new Map<number, number>()
  readonly leaderless = new PartitionSet()
  /** Led by another than their first replica. */
  readonly imbalanced = new PartitionSet()
  readonly reassigning = new PartitionSet()

  /** Those with the broker in their in-sync or eligible leader replicas. */
  withMember(broker: number): PartitionSet {
    return this.#members.get(broker) ?? EMPTY
  }

  leadsAny(broker: number): boolean {
    return (this.#led.get(broker) ?? 0) > 0
  }

  /** A partition was made (nothing before), changed, or went (nothing after). */
  update(topic: TopicId, before: PartitionImage | undefined, after: PartitionImage | undefined): void {
    const id = (after ?? before)?.partition
    if (id === undefined) return
    if (before?.isr !== after?.isr || before?.elr !== after?.elr) this.#updateMembers(topic, id, before, after)
    if (before?.leader !== after?.leader) {
      if (before) this.#lead(before.leader, -1)
      if (after) this.#lead(after.leader, 1)
    }
    this.leaderless.put(topic, id, after?.leader === NO_LEADER)
    this.imbalanced.put(topic, id, after !== undefined && after.leader !== (after.replicas[0] ?? NO_LEADER))
    this.reassigning.put(topic, id, after !== undefined && isReassigning(after))
  }

  #updateMembers(
    topic: TopicId,
    id: number,
    before: PartitionImage | undefined,
    after: PartitionImage | undefined,
  ): void {
    const { isr = NOBODY, elr = NOBODY } = after ?? {}
    for (const old of [before?.isr, before?.elr]) {
      for (const broker of old ?? NOBODY) {
        if (!isr.includes(broker) && !elr.includes(broker)) this.#members.get(broker)?.put(topic, id, false)
      }
    }
    for (const broker of isr) this.#join(broker, topic, id)
    for (const broker of elr) this.#join(broker, topic, id)
  }

  #join(broker: number, topic: TopicId, id: number): void {
    let set = this.#members.get(broker)
    if (set === undefined) {
      set = new PartitionSet()
      this.#members.set(broker, set)
    }
    set.put(topic, id, true)
  }

  #lead(broker: number, change: 1 | -1): void {
    const count = (this.#led.get(broker) ?? 0) + change
    if (count === 0) this.#led.delete(broker)
    else this.#led.set(broker, count)
  }
}

export function isReassigning({ addingReplicas, removingReplicas }: PartitionImage): boolean {
  return addingReplicas.length > 0 || removingReplicas.length > 0
}
