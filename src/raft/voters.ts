import { ZERO_UUID } from '../base/ids.ts'
import type { Endpoint, ReplicaKey, Voter, VoterSource, Voters } from './types.ts'

export function keyOf({ voterId, voterDirectoryId }: Voter): ReplicaKey {
  return { id: voterId, directoryId: voterDirectoryId }
}

export function sameReplica(a: ReplicaKey, b: ReplicaKey): boolean {
  return a.id === b.id && a.directoryId === b.directoryId
}

/** A key that leaves its directory open stands for any. */
export function matchesReplica(known: ReplicaKey, replica: ReplicaKey): boolean {
  return known.id === replica.id && (known.directoryId === ZERO_UUID || known.directoryId === replica.directoryId)
}

export function sameEndpoints(a: readonly Endpoint[], b: readonly Endpoint[]): boolean {
  const text = (endpoints: readonly Endpoint[]) => endpoints.map((e) => `${e.name} ${e.host} ${e.port}`).sort()
  return a.length === b.length && text(a).join() === text(b).join()
}

/** How Kafka prints a replica in its messages. */
export function replicaText({ id, directoryId }: ReplicaKey): string {
  const directory = directoryId === ZERO_UUID ? '<undefined>' : directoryId
  return `ReplicaKey(id=${id}, directoryId=${directory})`
}

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

  get keys(): ReplicaKey[] {
    return this.source.voters.map(keyOf)
  }

  withId(id: number): Voter | undefined {
    return this.source.voters.find(({ voterId }) => voterId === id)
  }

  /** A static set knows no directories: there a voter is its id alone. */
  has(replica: ReplicaKey): boolean {
    const voter = this.withId(replica.id)
    return voter !== undefined && matchesReplica(keyOf(voter), replica)
  }

  endpointsOf(id: number): readonly Endpoint[] {
    return this.withId(id)?.endpoints ?? []
  }

  isMajority(of: ReadonlySet<number>): boolean {
    return this.ids.filter((id) => of.has(id)).length > this.ids.length / 2
  }

  /** With all but these there is no majority any more. */
  isLost(without: ReadonlySet<number>): boolean {
    return this.ids.filter((id) => without.has(id)).length >= this.ids.length / 2
  }
}
