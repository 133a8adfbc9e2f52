import type { Series } from './common.ts'

export interface Overview {
  readonly clusterId: string
  /** -1: there is none. */
  readonly controllerId: number
  readonly brokers: readonly BrokerRow[]
  readonly topics: number
  readonly partitions: number
  /** Undefined: the principal may not see groups. */
  readonly groups?: { readonly total: number; readonly byState: Readonly<Record<string, number>> }
  readonly health: Health
}

export interface Health {
  readonly state: 'good' | 'warning' | 'bad'
  readonly offlinePartitions: number
  readonly underReplicatedPartitions: number
  readonly underMinIsrPartitions: number
  readonly notPreferredLeaders: number
  readonly offlineDirectories: number
  readonly fencedBrokers: number
  /** In plain words, the worst first. */
  readonly findings: readonly Finding[]
}

export interface Finding {
  readonly severity: 'warning' | 'bad'
  readonly message: string
  readonly fix?: string
  /** Where the console shows more. */
  readonly page?: 'topics' | 'brokers' | 'log-dirs' | 'groups' | 'transactions' | 'reassignments' | 'insight'
}

export interface BrokerRow {
  readonly id: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
  readonly isController: boolean
  /** This console's own. */
  readonly isSelf: boolean
  readonly fenced: boolean
  /** Partitions, and how many of them it leads. */
  readonly replicas: number
  readonly leaders: number
  readonly outOfSync: number
  /** Of its log directories; undefined: it did not say, or the principal may not know. */
  readonly sizeInBytes?: number
}

export interface BrokersAnswer {
  readonly brokers: readonly BrokerRow[]
  readonly warnings: readonly string[]
}

/** For the last hour at most, as long as a console was open. */
export interface Throughput {
  /** Records that were produced in a second, in the whole cluster. */
  readonly recordsIn: Series
  /** Of this broker alone. */
  readonly bytesIn: Series
  readonly bytesOut: Series
  readonly requests: Series
  readonly connections: Series
}

export interface QuorumAnswer {
  readonly leaderId: number
  readonly leaderEpoch: number
  readonly highWatermark: number
  readonly voters: readonly QuorumReplica[]
  readonly observers: readonly QuorumReplica[]
}

export interface QuorumReplica {
  readonly id: number
  /** Of its metadata directory; undefined: it was not told. */
  readonly directoryId?: string
  readonly logEndOffset: number
  /** Behind the leader, in records. */
  readonly lag: number
  /** Undefined: never, or not known. */
  readonly lastFetchMs?: number
  readonly lastCaughtUpMs?: number
  readonly endpoints: readonly { readonly name: string; readonly host: string; readonly port: number }[]
}

export interface LogDirsAnswer {
  readonly directories: readonly LogDirRow[]
  readonly warnings: readonly string[]
}

export interface LogDirRow {
  readonly brokerId: number
  readonly path: string
  /** Why it is offline. */
  readonly error?: string
  /** Undefined: not told. */
  readonly totalBytes?: number
  readonly usableBytes?: number
  readonly cordoned: boolean
  readonly replicas: number
  readonly sizeInBytes: number
  /** The largest of it. */
  readonly largest: readonly {
    readonly topic: string
    readonly partition: number
    readonly sizeInBytes: number
    readonly offsetLag: number
    /** It is being moved here from another directory. */
    readonly isFuture: boolean
  }[]
}
