import type { ReplicaKey, VoterSource, Voters } from './types.ts'

const ZERO = 'AAAAAAAAAAAAAAAAAAAAAA'

/** Majorities over a set of voters. */
export class VoterSet {
  readonly source: VoterSource

  constructor(source: VoterSource) {
    this.source = source
  }

  get voters(): Voters {
    return this.source.voters
  }

  get ids(): number[] {
    return this.source.voters.map(({ voterId }) => voterId)
  }

  /** A static set knows no directories: there a voter is its id alone. */
  has(replica: ReplicaKey): boolean {
    return this.source.voters.some(
      ({ voterId, voterDirectoryId }) =>
        voterId === replica.id && (voterDirectoryId === ZERO || voterDirectoryId === replica.directoryId),
    )
  }

  isMajority(of: ReadonlySet<number>): boolean {
    return this.ids.filter((id) => of.has(id)).length > this.ids.length / 2
  }

  /** More than half refused: there is no majority left to win. */
  isLost(refused: ReadonlySet<number>): boolean {
    return this.ids.filter((id) => refused.has(id)).length >= this.ids.length / 2
  }
}
