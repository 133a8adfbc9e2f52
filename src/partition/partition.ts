import { assert } from '../base/assert.ts'

/** What the committed metadata says of a partition, as far as a replica's role follows from it. */
export interface Assignment {
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
  readonly leader: number
  readonly leaderEpoch: number
  readonly partitionEpoch: number
}

export type Role = 'leader' | 'follower'

/** What changed by a new assignment; `newEpoch`: a leader's epoch began (its start offset is to be noted in the log). */
export interface RoleChange {
  readonly gained: boolean
  readonly lost: boolean
  readonly newEpoch: boolean
}

interface FollowerState {
  /** Where its next fetch begins: it has everything below. -1: it has not fetched in this epoch. */
  endOffset: number
  lastFetchMs: number
}

/**
 * A replica's view of its partition. As the leader it knows how far every replica in the ISR has come, and the high
 * watermark is the least of these: no record below it is lost while one of them lives. The answer of a method is the new
 * high watermark, undefined where it does not move.
 */
export class Partition {
  readonly #self: number
  readonly #followers = new Map<number, FollowerState>()
  #assignment: Assignment | undefined
  #endOffset = 0
  #highWatermark: number

  constructor(self: number, highWatermark: number) {
    this.#self = self
    this.#highWatermark = highWatermark
  }

  get role(): Role {
    return this.#assignment?.leader === this.#self ? 'leader' : 'follower'
  }

  get leaderEpoch(): number {
    return this.#assignment?.leaderEpoch ?? -1
  }

  get leader(): number {
    return this.#assignment?.leader ?? -1
  }

  get isr(): readonly number[] {
    return this.#assignment?.isr ?? []
  }

  get replicas(): readonly number[] {
    return this.#assignment?.replicas ?? []
  }

  get highWatermark(): number {
    return this.#highWatermark
  }

  /** Metadata never goes back: an assignment with an older partition epoch is not ours to see. */
  assign(next: Assignment, endOffset: number): RoleChange {
    const before = this.#assignment
    assert(before === undefined || next.leaderEpoch >= before.leaderEpoch, 'leader epochs do not go back')
    const led = this.role === 'leader'
    const newEpoch = next.leaderEpoch !== before?.leaderEpoch
    this.#assignment = next
    this.#endOffset = endOffset
    const leads = this.role === 'leader'
    if (newEpoch) this.#followers.clear()
    for (const id of this.#followers.keys()) if (!next.replicas.includes(id)) this.#followers.delete(id)
    return { gained: leads && !led, lost: led && !leads, newEpoch: leads && newEpoch }
  }

  /** The leader's own log is written up to here. */
  appended(endOffset: number): number | undefined {
    this.#endOffset = endOffset
    return this.#advance()
  }

  /** A follower asks for what comes from `offset` on, so it has all before it. */
  fetched(replica: number, offset: number, nowMs: number): number | undefined {
    if (this.role !== 'leader' || replica === this.#self || !this.#assignment?.replicas.includes(replica))
      return undefined
    this.#followers.set(replica, { endOffset: offset, lastFetchMs: nowMs })
    return this.#advance()
  }

  /** As a follower: what the leader said, as far as our log has it. */
  learned(highWatermark: number, endOffset: number): number | undefined {
    this.#endOffset = endOffset
    return this.#raise(Math.min(highWatermark, endOffset))
  }

  #advance(): number | undefined {
    if (this.role !== 'leader') return undefined
    let least = this.#endOffset
    for (const replica of this.isr) {
      if (replica === this.#self) continue
      least = Math.min(least, this.#followers.get(replica)?.endOffset ?? -1)
    }
    return this.#raise(least)
  }

  #raise(offset: number): number | undefined {
    if (offset <= this.#highWatermark) return undefined
    this.#highWatermark = offset
    return offset
  }
}
