import type { Page, PageQuery } from './common.ts'

export interface TopicsQuery extends PageQuery {
  readonly sort?: 'name' | 'partitions' | 'replicationFactor' | 'size' | 'records' | 'rate' | 'lag'
  /** Topics that the cluster made for itself are left out unless asked for. */
  readonly internal?: boolean
}

export interface TopicRow {
  readonly name: string
  readonly id: string
  readonly internal: boolean
  readonly partitions: number
  readonly replicationFactor: number
  readonly underReplicated: number
  readonly offline: number
  /** Of all replicas; undefined: not known. */
  readonly sizeInBytes?: number
  /** End offsets less start offsets: what compaction and transactions took away is counted. */
  readonly records?: number
  /** Records in a second, in the last half minute or so; undefined: not measured yet. */
  readonly recordsPerSecond?: number
  /** The furthest behind of all groups, and how many groups there are; undefined: not known. */
  readonly maxLag?: number
  readonly groups?: number
}

export type TopicsAnswer = Page<TopicRow>

export interface Topic {
  readonly name: string
  readonly id: string
  readonly internal: boolean
  readonly replicationFactor: number
  readonly sizeInBytes?: number
  readonly recordsPerSecond?: number
  readonly partitions: readonly Partition[]
  /** What the principal may do with it, by Kafka's names (`READ`, `WRITE`, `ALTER`…). */
  readonly operations: readonly string[]
  readonly warnings: readonly string[]
}

export interface Partition {
  readonly partition: number
  /** -1: there is none. */
  readonly leader: number
  readonly leaderEpoch: number
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
  readonly offline: readonly number[]
  readonly startOffset?: number
  readonly endOffset?: number
  /** Of the leader's replica. */
  readonly sizeInBytes?: number
}

export interface TopicConsumer {
  readonly group: string
  readonly kind: string
  readonly state: string
  /** Of all partitions of this topic; undefined: not known. */
  readonly lag?: number
  readonly partitions: readonly {
    readonly partition: number
    readonly offset: number
    readonly endOffset?: number
    readonly lag?: number
  }[]
}

export interface TopicConsumersAnswer {
  readonly consumers: readonly TopicConsumer[]
  readonly warnings: readonly string[]
}

export interface CreateTopicBody {
  readonly name: string
  /** -1 or not given: the cluster's default. */
  readonly partitions?: number
  readonly replicationFactor?: number
  readonly configs?: Readonly<Record<string, string>>
  /** Only look whether it could be made. */
  readonly validateOnly?: boolean
}

export interface CreateTopicAnswer {
  readonly name: string
  readonly id?: string
  readonly partitions: number
  readonly replicationFactor: number
}

export interface AddPartitionsBody {
  readonly topic: string
  /** How many there are to be. */
  readonly total: number
  readonly validateOnly?: boolean
}

export interface DeleteTopicsBody {
  readonly topics: readonly string[]
}

/** Deletes what is before an offset in each partition; `end`: all that is there now. */
export interface DeleteRecordsBody {
  readonly topic: string
  readonly before:
    | 'end'
    | { readonly timestamp: number }
    | readonly { readonly partition: number; readonly offset: number }[]
  /** Of these only; not given: of all. */
  readonly partitions?: readonly number[]
}

export interface DeleteRecordsAnswer {
  readonly partitions: readonly {
    readonly partition: number
    /** The first offset that is left. */
    readonly startOffset: number
    readonly error?: { readonly code: string; readonly message: string }
  }[]
}

/** Of the whole cluster: who holds what. */
export interface PartitionMap {
  readonly brokers: readonly number[]
  readonly topics: readonly {
    readonly name: string
    readonly internal: boolean
    /** For each partition: its leader, its replicas, and those of them that are in sync. */
    readonly partitions: readonly {
      readonly leader: number
      readonly replicas: readonly number[]
      readonly isr: readonly number[]
    }[]
  }[]
  /** Topics that match, of which these are a page. */
  readonly total: number
}
