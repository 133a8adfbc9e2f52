import type { Page, PageQuery } from './common.ts'

export interface TransactionsQuery extends PageQuery {
  readonly state?: string
  /** Only those that are open for longer than this. */
  readonly longerThanMs?: number
}

export interface TransactionRow {
  readonly transactionalId: string
  readonly producerId: number
  readonly state: string
  readonly coordinator: number
}

export type TransactionsAnswer = Page<TransactionRow>

export interface Transaction {
  readonly transactionalId: string
  readonly coordinator: number
  readonly state: string
  readonly producerId: number
  readonly producerEpoch: number
  readonly timeoutMs: number
  /** Undefined: none is open. */
  readonly startedMs?: number
  readonly partitions: readonly { readonly topic: string; readonly partition: number }[]
}

export interface ProducersQuery {
  readonly topic: string
  /** Not given: all. */
  readonly partition?: number
}

export interface ProducersAnswer {
  readonly producers: readonly ActiveProducer[]
  readonly warnings: readonly string[]
}

export interface ActiveProducer {
  readonly topic: string
  readonly partition: number
  readonly producerId: number
  readonly producerEpoch: number
  readonly lastSequence: number
  readonly lastTimestamp: number
  readonly coordinatorEpoch: number
  /** Of its open transaction. */
  readonly transactionStartOffset?: number
}

/** Open transactions that no coordinator knows, or whose time is over: readers of what is committed wait for them. */
export interface HangingAnswer {
  readonly hanging: readonly (ActiveProducer & { readonly transactionalId?: string; readonly openForMs: number })[]
  readonly warnings: readonly string[]
}

/** As `kafka-transactions.sh abort` does it: ends what is open in one partition since that offset. */
export interface AbortBody {
  readonly topic: string
  readonly partition: number
  readonly startOffset: number
}

/** Fences whoever has the id now and aborts what is open. */
export interface TerminateBody {
  readonly transactionalId: string
}

export interface ReassignmentsAnswer {
  readonly reassignments: readonly {
    readonly topic: string
    readonly partition: number
    readonly replicas: readonly number[]
    readonly adding: readonly number[]
    readonly removing: readonly number[]
    /** Of brokers in `adding`, as far as they say how much they have. */
    readonly progress: readonly { readonly broker: number; readonly sizeInBytes: number; readonly ofBytes: number }[]
  }[]
}

export interface ReassignBody {
  /** replicas null: what is under way is cancelled. */
  readonly partitions: readonly {
    readonly topic: string
    readonly partition: number
    readonly replicas: readonly number[] | null
  }[]
}

export interface ElectLeadersBody {
  readonly kind: 'preferred' | 'unclean'
  /** Not given: all that need it. */
  readonly partitions?: readonly { readonly topic: string; readonly partition: number }[]
}
