import type { ErrorName } from '../base/errors.ts'
import type { DirectoryId } from '../base/ids.ts'

/** What the committed metadata says of a partition, as far as a replica's role follows from it. */
export interface Assignment {
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
  readonly leader: number
  readonly leaderEpoch: number
  readonly partitionEpoch: number
  /** Of the replicas, in their order. */
  readonly directories?: readonly DirectoryId[]
}

export type Role = 'leader' | 'follower'

/** What changed by a new assignment. */
export interface RoleChange {
  readonly gained: boolean
  readonly lost: boolean
  /** A leader's epoch began: its start offset is to be noted in the log. */
  readonly newEpoch: boolean
  /** A follower of another leader, or in another epoch of the same one: fetching begins anew. */
  readonly newLeader: boolean
}

export const NO_CHANGE: RoleChange = { gained: false, lost: false, newEpoch: false, newLeader: false }

/** A broker as the metadata knows it. */
export interface BrokerStanding {
  readonly epoch: number
  readonly fenced: boolean
  readonly inControlledShutdown: boolean
}

/** What a leader must know of the world to decide who is in sync. */
export interface Surroundings {
  broker(id: number): BrokerStanding | undefined
  /** This broker's own epoch, -1 before it registered. */
  brokerEpoch(): number
  /** replica.lag.time.max.ms */
  lagTimeMaxMs(): number
  /** min.insync.replicas of the topic */
  minInSyncReplicas(): number
}

/** An ISR that a leader asks the controller for (AlterPartition). */
export interface IsrProposal {
  readonly kind: 'expand' | 'shrink'
  readonly leaderEpoch: number
  readonly partitionEpoch: number
  /** A broker's epoch as it fetched; -1: it has not fetched from this leader yet. */
  readonly isr: readonly { readonly brokerId: number; readonly brokerEpoch: number }[]
}

/** The controller's answer to a proposal. */
export type IsrVerdict =
  | {
      readonly kind: 'committed'
      readonly isr: readonly number[]
      readonly leaderEpoch: number
      readonly partitionEpoch: number
    }
  | { readonly kind: 'refused'; readonly error: ErrorName }
