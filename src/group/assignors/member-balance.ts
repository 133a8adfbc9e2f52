import { assert, present } from '../../base/assert.ts'

/**
 * The members of one topic in the order of their load. Two ranges of equally loaded members close in on each other: the
 * least loaded one, each of whose members is given one partition in turn, and the most loaded one, each of whose members
 * gives one up. When all of a range had their turn, its level moves by one and its neighbours of that level join it.
 */
export class MemberBalance {
  readonly #loads: readonly number[]
  #sorted: number[] = []
  /** The least loaded range is [0, end). */
  #leastEnd = 0
  #leastLevel = 0
  #nextLeast = 0
  /** The most loaded range is [start, end). */
  #mostStart = 0
  #mostEnd = 0
  #mostLevel = 0
  #nextMost = 0

  /** Loads by member index; they are looked at again whenever a range grows. */
  constructor(loads: readonly number[]) {
    this.#loads = loads
  }

  /** Begins anew with these members; gives the difference between the most and the least loaded. */
  begin(members: readonly number[]): number {
    assert(members.length > 0, 'nobody to balance')
    this.#sorted = [...members].sort((a, b) => this.#load(a) - this.#load(b) || a - b)
    const last = this.#sorted.length
    this.#leastEnd = 0
    this.#leastLevel = this.#loadAt(0) - 1
    this.#nextLeast = 0
    this.#mostStart = last
    this.#mostEnd = last
    this.#mostLevel = this.#loadAt(last - 1) + 1
    this.#nextMost = last - 1
    return this.#loadAt(last - 1) - this.#loadAt(0)
  }

  get isBalanced(): boolean {
    return this.#mostLevel - this.#leastLevel <= 1
  }

  nextLeastLoaded(): number {
    if (this.#nextLeast >= this.#leastEnd) {
      this.#leastLevel++
      while (this.#leastEnd < this.#sorted.length && this.#loadAt(this.#leastEnd) === this.#leastLevel) this.#leastEnd++
      this.#nextLeast = 0
    }
    return this.#member(this.#nextLeast++)
  }

  /** undefined: nobody is left that could give something up. */
  nextMostLoaded(): number | undefined {
    if (this.#nextMost < this.#mostStart) {
      // A range of which everybody was excluded takes its level from the next neighbour.
      const emptied = this.#mostEnd <= this.#mostStart && this.#mostStart > 0
      this.#mostLevel = emptied ? this.#loadAt(this.#mostStart - 1) : this.#mostLevel - 1
      while (this.#mostStart > 0 && this.#loadAt(this.#mostStart - 1) === this.#mostLevel) this.#mostStart--
      this.#nextMost = this.#mostEnd - 1
    }
    return this.#nextMost < 0 ? undefined : this.#member(this.#nextMost--)
  }

  /** The one given last by `nextMostLoaded` has nothing to give up. */
  excludeMostLoaded(): void {
    const at = this.#nextMost + 1
    const end = this.#mostEnd - 1
    const excluded = this.#member(at)
    this.#sorted[at] = this.#member(end)
    this.#sorted[end] = excluded
    this.#mostEnd--
  }

  #member(at: number): number {
    return present(this.#sorted[at], `member ${at} of ${this.#sorted.length}`)
  }

  #load(member: number): number {
    return this.#loads[member] ?? 0
  }

  #loadAt(at: number): number {
    return this.#load(this.#member(at))
  }
}
