import type { Uuid } from '../../base/ids.ts'
import type { AssignorInput, AssignorResult } from '../assignors/assignor.ts'
import { inIntegerOrder, inUuidOrder, javaHashOrder, javaUuidHash } from '../java-order.ts'

/** A partition of some topic. */
interface Place {
  readonly topicId: Uuid
  readonly partition: number
}

export interface SimpleInput extends AssignorInput {
  /** Only partitions whose state has been initialised may be given to anybody. */
  readonly isAssignable: (topic: Uuid, partition: number) => boolean
}

/** Java's `new HashMap(newHashMap(n))`: the capacity that the assignor asks for. */
const roomFor = (size: number): number => Math.trunc((size + 1) / 0.75 + 1)

/**
 * Kafka's assignor of share groups: each partition goes to as many members as it takes for every member to have one, each
 * member has as many partitions as the next, and what a member had stays with it where that can be.
 */
export function simple(input: SimpleInput): AssignorResult {
  const members = input.members.map((member) => new Assigned(new Map(copied(member.assigned))))
  if (members.length === 0) return new Map()
  if (input.homogeneous) assignTogether(input, members)
  else for (const topicId of subscribed(input)) assignTopic(input, members, topicId)
  return new Map(input.members.map(({ memberId }, at) => [memberId, members[at]?.partitions ?? new Map()]))
}

function* copied(assigned: ReadonlyMap<Uuid, ReadonlySet<number>>): Iterable<[Uuid, Set<number>]> {
  for (const [topicId, partitions] of assigned) yield [topicId, new Set(partitions)]
}

/** What one member has, while that is changed. */
class Assigned {
  readonly partitions: Map<Uuid, Set<number>>

  constructor(partitions: Map<Uuid, Set<number>>) {
    this.partitions = partitions
  }

  add({ topicId, partition }: Place): void {
    const partitions = this.partitions.get(topicId)
    if (partitions) partitions.add(partition)
    else this.partitions.set(topicId, new Set([partition]))
  }

  remove({ topicId, partition }: Place): boolean {
    return this.partitions.get(topicId)?.delete(partition) === true
  }
}

function subscribed(input: AssignorInput): Set<Uuid> {
  return new Set(input.members.flatMap(({ topics }) => topics))
}

function assignable({ partitionCount, isAssignable }: SimpleInput, topicId: Uuid): Place[] {
  const all = Array.from({ length: partitionCount(topicId) ?? 0 }, (_, partition) => ({ topicId, partition }))
  return all.filter(({ partition }) => isAssignable(topicId, partition))
}

/** All members want the same topics: their partitions are dealt out as one heap. */
function assignTogether(input: SimpleInput, members: readonly Assigned[]): void {
  const topics = new Set(input.members[0]?.topics)
  if (topics.size === 0) {
    for (const member of members) member.partitions.clear()
    return
  }
  for (const member of members) {
    for (const topicId of [...member.partitions.keys()]) if (!topics.has(topicId)) member.partitions.delete(topicId)
  }
  const targets = [...topics].flatMap((topicId) => assignable(input, topicId))
  const hash = ({ topicId, partition }: Place): number => (Math.imul(javaUuidHash(topicId), 31) + partition) | 0
  deal({
    members,
    sharers: members.map((_, at) => at),
    targets,
    had: ({ partitions }) =>
      inUuidOrder(partitions.keys()).flatMap((topicId) => placesOf(topicId, partitions.get(topicId) ?? [])),
    ordered: (places, grown) => javaHashOrder(places, hash, grown),
  })
}

function assignTopic(input: SimpleInput, members: readonly Assigned[], topicId: Uuid): void {
  deal({
    members,
    sharers: input.members.flatMap(({ topics }, at) => (topics.includes(topicId) ? [at] : [])),
    targets: assignable(input, topicId),
    had: ({ partitions }) => placesOf(topicId, partitions.get(topicId) ?? []),
    ordered: (places, grown) => javaHashOrder(places, ({ partition }) => partition, grown),
  })
}

function placesOf(topicId: Uuid, partitions: Iterable<number>): Place[] {
  return inIntegerOrder(partitions, 'at once').map((partition) => ({ topicId, partition }))
}

interface Deal {
  readonly members: readonly Assigned[]
  /** Those who want them, by their place among the members. */
  readonly sharers: readonly number[]
  readonly targets: readonly Place[]
  readonly had: (member: Assigned) => readonly Place[]
  /** In the order of a Java map that came to its size so. */
  readonly ordered: (places: Iterable<Place>, grown?: number) => Place[]
}

function deal(options: Deal): void {
  const { sharers, targets } = options
  const sharing = targets.length === 0 ? 0 : Math.floor((sharers.length + targets.length - 1) / targets.length)
  const each = (sharing * targets.length) / sharers.length
  const desired = new Map(sharers.map((member, at) => [member, Math.ceil(each * (at + 1)) - Math.ceil(each * at)]))
  new Dealing(options, sharing, desired).run()
}

class Dealing {
  readonly #options: Deal
  readonly #sharing: number
  readonly #desired: ReadonlyMap<number, number>
  readonly #places = new Map<string, Place>()
  readonly #byPlace = new Map<string, Set<number>>()
  readonly #byMember = new Map<number, Set<string>>()

  constructor(options: Deal, sharing: number, desired: ReadonlyMap<number, number>) {
    this.#options = options
    this.#sharing = sharing
    this.#desired = desired
  }

  run(): void {
    const { members, had, targets } = this.#options
    members.forEach((member, at) => {
      for (const place of had(member)) this.#note(at, place)
    })
    this.#takeFromOverfilled()
    this.#takeFromOvershared()
    for (const place of targets) this.#sharersOf(place)
    this.#giveOut()
  }

  #desiredOf(member: number): number {
    return this.#desired.get(member) ?? 0
  }

  #sharersOf(place: Place): Set<number> {
    const key = `${place.topicId}:${place.partition}`
    let sharers = this.#byPlace.get(key)
    if (sharers === undefined) {
      sharers = new Set()
      this.#places.set(key, place)
      this.#byPlace.set(key, sharers)
    }
    return sharers
  }

  #note(member: number, place: Place): void {
    this.#sharersOf(place).add(member)
    const keys = this.#byMember.get(member) ?? new Set()
    this.#byMember.set(member, keys.add(`${place.topicId}:${place.partition}`))
  }

  #take(member: number, place: Place): void {
    const key = `${place.topicId}:${place.partition}`
    this.#byPlace.get(key)?.delete(member)
    this.#byMember.get(member)?.delete(key)
    this.#options.members[member]?.remove(place)
  }

  #takeFromOverfilled(): void {
    for (const member of inIntegerOrder(this.#byMember.keys())) {
      const keys = this.#byMember.get(member) ?? new Set<string>()
      const tooMany = keys.size - this.#desiredOf(member)
      if (tooMany <= 0) continue
      const held = this.#options.ordered([...keys].flatMap((key) => this.#places.get(key) ?? []))
      for (const place of held.slice(0, tooMany)) this.#take(member, place)
    }
  }

  /** Java's `computeIfAbsent` puts a key before those that are in its bucket already. */
  #inOrder(): Place[] {
    return this.#options.ordered([...this.#places.values()].reverse(), roomFor(this.#options.targets.length))
  }

  #takeFromOvershared(): void {
    for (const place of this.#inOrder()) {
      const sharers = this.#sharersOf(place)
      for (const member of inIntegerOrder(sharers)) {
        if (sharers.size <= this.#sharing) break
        this.#take(member, place)
      }
    }
  }

  /** In rounds over those who have too few. */
  #giveOut(): void {
    const count = (member: number): number => this.#byMember.get(member)?.size ?? 0
    let unfilled = this.#options.sharers.filter((member) => count(member) < this.#desiredOf(member))
    let at = 0
    let anyGiven = false
    for (const place of this.#inOrder()) {
      const sharers = this.#sharersOf(place)
      while (sharers.size < this.#sharing && unfilled.length > 0) {
        if (at >= unfilled.length) {
          if (!anyGiven) break
          at = 0
          anyGiven = false
        }
        const member = unfilled[at++] as number
        if (sharers.has(member)) continue
        this.#note(member, place)
        this.#options.members[member]?.add(place)
        anyGiven = true
        if (count(member) < this.#desiredOf(member)) continue
        unfilled = unfilled.filter((other) => other !== member)
        at--
      }
      if (unfilled.length === 0) return
    }
  }
}
