import { Violation } from './history.ts'

interface Commit {
  readonly generation: number
  readonly offset: number
}

/** What the members of one group were told. */
export class GroupHistory {
  /** `generation partition` → member. */
  readonly #owners = new Map<string, string>()
  readonly #leaders = new Map<number, string>()
  /** By partition: the best acknowledged commit of each generation. */
  readonly #commits = new Map<number, Commit[]>()
  commits = 0

  leads(generation: number, member: string): void {
    const known = this.#leaders.get(generation)
    // A coordinator that loaded the group anew may give a number again that nobody was given an assignment for.
    if (known !== undefined && known !== member && this.#isAssigned(generation)) {
      throw new Violation(`generation ${generation} is led by ${known} and ${member}`)
    }
    this.#leaders.set(generation, member)
  }

  #isAssigned(generation: number): boolean {
    for (const key of this.#owners.keys()) if (key.startsWith(`${generation} `)) return true
    return false
  }

  assigned(generation: number, member: string, partitions: readonly number[]): void {
    for (const partition of partitions) {
      const key = `${generation} ${partition}`
      const owner = this.#owners.get(key)
      if (owner !== undefined && owner !== member) {
        throw new Violation(`partition ${partition} belongs to ${owner} and ${member} in generation ${generation}`)
      }
      this.#owners.set(key, member)
    }
  }

  /** A commit was acknowledged. Who owns a partition begins where the last owner's commits ended, so it goes forward. */
  committed(partition: number, generation: number, offset: number): void {
    const commits = this.#commits.get(partition) ?? []
    const earlier = commits.find((commit) => commit.generation < generation && commit.offset > offset)
    if (earlier !== undefined) {
      throw new Violation(
        `partition ${partition} was committed at ${earlier.offset} in generation ${earlier.generation}, then at ${offset} in ${generation}`,
      )
    }
    this.#commits.set(partition, [
      ...commits.filter((commit) => commit.generation !== generation),
      { generation, offset },
    ])
    this.commits++
  }

  /** What a member of `generation` is told: at least what was acknowledged up to its generation. */
  told(partition: number, generation: number, offset: number): void {
    for (const commit of this.#commits.get(partition) ?? []) {
      if (commit.generation <= generation && commit.offset > offset) {
        throw new Violation(
          `partition ${partition} was committed at ${commit.offset} in generation ${commit.generation}, generation ${generation} is told ${offset}`,
        )
      }
    }
  }
}
