import type { ErrorName } from '../../base/errors.ts'
import type { DirectoryId, TopicId } from '../../base/ids.ts'
import type { AlterPartitionReassignmentsRequestData } from '../../protocol/messages/alter-partition-reassignments.ts'

/** A broker, as the leader knows it; an epoch of -1 is not compared (AlterPartition before v3). */
export interface IsrMember {
  readonly brokerId: number
  readonly brokerEpoch: number
}

/** What the leader of a partition wants its in-sync replicas to be. */
export interface IsrProposal {
  readonly partition: number
  readonly leaderEpoch: number
  readonly partitionEpoch: number
  readonly isr: readonly IsrMember[]
  /** 0 recovered, 1 recovering. */
  readonly leaderRecoveryState: number
}

export interface AlterPartition {
  readonly brokerId: number
  readonly brokerEpoch: number
  readonly topics: readonly { readonly topicId: TopicId; readonly partitions: readonly IsrProposal[] }[]
}

/** The partition as it is afterwards, or why it stays; its fields say nothing then. */
export interface IsrResult {
  readonly partition: number
  readonly error: ErrorName
  readonly leader: number
  readonly leaderEpoch: number
  readonly isr: readonly number[]
  readonly leaderRecoveryState: number
  readonly partitionEpoch: number
}

export type ElectionType = 'preferred' | 'unclean'

export interface ElectLeaders {
  readonly electionType: ElectionType
  /** null: every partition. */
  readonly topicPartitions: readonly { readonly topic: string; readonly partitions: readonly number[] }[] | null
}

export interface PartitionResult {
  readonly partition: number
  readonly error: ErrorName
  readonly message: string | null
}

export interface TopicResults {
  readonly topic: string
  readonly partitions: readonly PartitionResult[]
}

export interface AlterPartitionReassignments {
  /** KIP-860. */
  readonly allowReplicationFactorChange: boolean
  /** Replicas of null cancel what is under way. */
  readonly topics: AlterPartitionReassignmentsRequestData['topics']
}

export interface DirectoryAssignment<P> {
  readonly id: DirectoryId
  readonly topics: readonly { readonly topicId: TopicId; readonly partitions: readonly P[] }[]
}

/** KIP-858: where a broker put its replicas. */
export interface AssignReplicasToDirs {
  readonly brokerId: number
  readonly brokerEpoch: number
  readonly directories: readonly DirectoryAssignment<number>[]
}

/** What the controller can be asked about partitions that exist. */
export interface PartitionCommands {
  alterPartition: {
    command: AlterPartition
    reply: readonly { readonly topicId: TopicId; readonly partitions: readonly IsrResult[] }[]
  }
  electLeaders: { command: ElectLeaders; reply: readonly TopicResults[] }
  alterPartitionReassignments: { command: AlterPartitionReassignments; reply: readonly TopicResults[] }
  assignReplicasToDirs: {
    command: AssignReplicasToDirs
    reply: readonly DirectoryAssignment<{ readonly partition: number; readonly error: ErrorName }>[]
  }
}
