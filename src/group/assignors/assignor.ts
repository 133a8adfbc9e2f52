import type { Uuid } from '../../base/ids.ts'

/** Topic id → partitions. */
export type Partitions = ReadonlyMap<Uuid, ReadonlySet<number>>

export interface AssignorMember {
  readonly memberId: string
  readonly instanceId: string | null
  /** The topics that it is subscribed to and that exist, in Java's order. */
  readonly topics: readonly Uuid[]
  /** What it was to have so far. */
  readonly assigned: Partitions
}

export interface AssignorInput {
  /** In the order in which Kafka's maps would give them. */
  readonly members: readonly AssignorMember[]
  /** All members are subscribed to the same topics. */
  readonly homogeneous: boolean
  readonly partitionCount: (topic: Uuid) => number | undefined
  /** Whether anybody was to have it so far. */
  readonly isAssigned: (topic: Uuid, partition: number) => boolean
}

/** A member that gets nothing may be left out. */
export type AssignorResult = ReadonlyMap<string, Partitions>

export type Assignor = (input: AssignorInput) => AssignorResult

/** It can't be done. */
export class AssignorError extends Error {
  override readonly name = 'AssignorError'
}
