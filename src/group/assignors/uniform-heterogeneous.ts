import { present } from '../../base/assert.ts'
import type { Uuid } from '../../base/ids.ts'
import { compareUuids } from '../java-order.ts'
import { AssignorError, type AssignorInput, type AssignorResult } from './assignor.ts'
import { MemberBalance } from './member-balance.ts'

/** Each round about halves what is uneven. */
const MAX_ROUNDS = 16
const NOBODY = -1

interface Topic {
  readonly id: Uuid
  /** Indexes of members, ascending. */
  readonly subscribers: number[]
  /** By partition. */
  readonly owners: number[]
}

/**
 * Members are subscribed to different topics. What they have they keep; what is free goes to the least loaded subscriber,
 * topics with the most partitions for each subscriber first; then partitions move from the most to the least loaded
 * subscribers of each topic until nothing becomes more even.
 */
export function uniformHeterogeneous(input: AssignorInput): AssignorResult {
  return new Heterogeneous(input).assign()
}

class Heterogeneous {
  readonly #input: AssignorInput
  readonly #topics = new Map<Uuid, Topic>()
  readonly #loads: number[]
  readonly #balance: MemberBalance

  constructor(input: AssignorInput) {
    this.#input = input
    this.#loads = input.members.map(() => 0)
    this.#balance = new MemberBalance(this.#loads)
  }

  assign(): AssignorResult {
    this.#subscribe()
    if (this.#topics.size === 0) return new Map()
    this.#keep()
    const topics = [...this.#topics.values()].sort(byNeed)
    this.#giveFree(topics)
    this.#balanceAll(topics.filter(({ subscribers }) => subscribers.length >= 2))
    return this.#result()
  }

  #subscribe(): void {
    this.#input.members.forEach(({ topics }, member) => {
      for (const id of topics) {
        let topic = this.#topics.get(id)
        if (topic === undefined) {
          const count = this.#input.partitionCount(id)
          if (count === undefined) {
            throw new AssignorError(`Members are subscribed to topic ${id} which doesn't exist in the topic metadata.`)
          }
          topic = { id, subscribers: [], owners: new Array<number>(count).fill(NOBODY) }
          this.#topics.set(id, topic)
        }
        topic.subscribers.push(member)
      }
    })
  }

  #keep(): void {
    this.#input.members.forEach(({ topics, assigned }, member) => {
      const subscribed = new Set(topics)
      for (const [id, partitions] of assigned) {
        const topic = this.#topics.get(id)
        if (topic === undefined || !subscribed.has(id)) continue
        for (const partition of partitions) {
          if (partition < topic.owners.length) this.#give(topic, partition, member)
        }
      }
    })
  }

  #give(topic: Topic, partition: number, member: number): void {
    const before = topic.owners[partition] ?? NOBODY
    if (before !== NOBODY) this.#loads[before] = (this.#loads[before] ?? 0) - 1
    topic.owners[partition] = member
    this.#loads[member] = (this.#loads[member] ?? 0) + 1
  }

  #giveFree(topics: readonly Topic[]): void {
    for (const topic of topics) {
      const free = topic.owners.flatMap((owner, partition) => (owner === NOBODY ? [partition] : []))
      if (free.length === 0) continue
      this.#balance.begin(topic.subscribers)
      for (const partition of free) this.#give(topic, partition, this.#balance.nextLeastLoaded())
    }
  }

  /** Ends when all topics have been seen since the last one in which something moved. */
  #balanceAll(topics: readonly Topic[]): void {
    let lastMoved = -1
    for (let round = 0; round < MAX_ROUNDS; round++) {
      for (const [at, topic] of topics.entries()) {
        if (at === lastMoved) return
        if (this.#balanceOne(topic) > 0 || lastMoved === -1) lastMoved = at
      }
    }
  }

  #balanceOne(topic: Topic): number {
    if (this.#balance.begin(topic.subscribers) <= 1) return 0
    const offered = new Map<number, number[]>()
    topic.owners.forEach((owner, partition) => {
      const own = offered.get(owner)
      if (own) own.push(partition)
      else offered.set(owner, [partition])
    })
    let moved = 0
    while (!this.#balance.isBalanced) {
      const partition = this.#nextOffer(offered)
      if (partition === undefined) break
      const taker = this.#balance.nextLeastLoaded()
      if (this.#balance.isBalanced) break
      this.#give(topic, partition, taker)
      moved++
    }
    return moved
  }

  /** The last of the partitions that the most loaded member still has to offer. */
  #nextOffer(offered: ReadonlyMap<number, number[]>): number | undefined {
    for (;;) {
      const giver = this.#balance.nextMostLoaded()
      if (giver === undefined) return undefined
      const partition = offered.get(giver)?.pop()
      if (partition !== undefined) return partition
      this.#balance.excludeMostLoaded()
    }
  }

  #result(): AssignorResult {
    const members = this.#input.members.map(({ memberId }) => ({ memberId, own: new Map<Uuid, Set<number>>() }))
    for (const { id, owners } of this.#topics.values()) {
      owners.forEach((owner, partition) => {
        const { own } = present(members[owner], `the owner of ${id}-${partition}`)
        const partitions = own.get(id)
        if (partitions) partitions.add(partition)
        else own.set(id, new Set([partition]))
      })
    }
    return new Map(members.map(({ memberId, own }) => [memberId, own]))
  }
}

function byNeed(a: Topic, b: Topic): number {
  const [mine, theirs] = [a, b].map(({ owners, subscribers }) => owners.length / subscribers.length)
  return (theirs ?? 0) - (mine ?? 0) || a.subscribers.length - b.subscribers.length || compareUuids(a.id, b.id)
}
