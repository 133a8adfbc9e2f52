import type { PartitionSet, TopicPartition } from './partitions.ts'
import type { TransactionState } from './transaction.ts'

interface Decides {
  /** transaction.version of the cluster. */
  readonly serverVersion: number
}

interface MayNeedProducerId {
  /** Given where the answer to the same command was that it takes one. */
  readonly freshProducerId?: number
}

export interface InitCommand extends Decides, MayNeedProducerId {
  readonly type: 'init'
  readonly transactionalId: string
  readonly timeoutMs: number
  /** What the client has, where it says so (KIP-360). */
  readonly expected: { readonly producerId: number; readonly producerEpoch: number } | undefined
}

interface OfProducer {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
}

export interface AddPartitionsCommand extends Decides, OfProducer {
  readonly type: 'addPartitions'
  readonly partitions: readonly TopicPartition[]
  readonly clientVersion: number
  /** How long it may wait for the transaction before to be complete, rather than be asked again. */
  readonly patienceMs: number
}

export interface VerifyCommand extends OfProducer {
  readonly type: 'verify'
  readonly partitions: readonly TopicPartition[]
}

export interface EndCommand extends Decides, MayNeedProducerId, OfProducer {
  readonly type: 'end'
  readonly commit: boolean
  readonly clientVersion: number
}

/** A transaction that is open for longer than its client allowed. */
export interface AbortTimedOutCommand extends Decides, MayNeedProducerId {
  readonly type: 'abortTimedOut'
  readonly transactionalId: string
  readonly producerId: number
}

/** All markers of a prepared transaction are written. */
export interface CompleteCommand extends Decides {
  readonly type: 'complete'
  readonly transactionalId: string
  /** Of `MarkersDue`. */
  readonly decidedAt: number
}

export interface DescribeCommand {
  readonly type: 'describe'
  readonly transactionalId: string
}

export interface ListCommand {
  readonly type: 'list'
  /** Empty: of any producer. */
  readonly producerIds: readonly number[]
  /** undefined: in any state. */
  readonly states: readonly TransactionState[] | undefined
  /** Negative: of any age. */
  readonly olderThanMs: number
}

/** How many transactional ids are in which state. */
export interface CountStatesCommand {
  readonly type: 'countStates'
}

/** Answered as soon as there is work to be done outside; who asked before is answered with none. */
export interface WatchCommand {
  readonly type: 'watch'
  /** What was told before may not have been heard: all that is decided and not complete is told again. */
  readonly anew: boolean
}

export type TransactionCommand =
  | InitCommand
  | AddPartitionsCommand
  | VerifyCommand
  | EndCommand
  | AbortTimedOutCommand
  | CompleteCommand
  | DescribeCommand
  | ListCommand
  | CountStatesCommand
  | WatchCommand

/** The command has to come again with a producer id that nobody has. */
export const NEEDS_PRODUCER_ID = 'needs producer id'

export interface ProducerReply {
  readonly errorCode: number
  readonly producerId: number
  readonly producerEpoch: number
}

export interface PartitionError extends TopicPartition {
  readonly errorCode: number
}

export interface DescribedTransaction {
  readonly errorCode: number
  readonly transactionalId: string
  readonly transactionState: string
  readonly transactionTimeoutMs: number
  readonly transactionStartTimeMs: number
  readonly producerId: number
  readonly producerEpoch: number
  readonly topics: readonly { readonly topic: string; readonly partitions: readonly number[] }[]
}

export interface ListedTransaction {
  readonly transactionalId: string
  readonly producerId: number
  readonly transactionState: TransactionState
}

/** A decision that is committed: its markers go into all partitions, then the machine is told. */
export interface MarkersDue {
  readonly kind: 'markers'
  /** Offset of the decision's record: in the classic protocol a producer's next transaction may look the same. */
  readonly decidedAt: number
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
  readonly commit: boolean
  readonly partitions: PartitionSet
  readonly clientVersion: number
}

export interface TimedOut {
  readonly kind: 'timedOut'
  readonly transactionalId: string
  readonly producerId: number
}

export type TransactionWork = MarkersDue | TimedOut

export interface TransactionReplies {
  readonly init: ProducerReply | typeof NEEDS_PRODUCER_ID
  /** An error code. */
  readonly addPartitions: number
  readonly verify: readonly PartitionError[]
  readonly end: ProducerReply | typeof NEEDS_PRODUCER_ID
  readonly abortTimedOut: null | typeof NEEDS_PRODUCER_ID
  readonly complete: null
  readonly describe: DescribedTransaction
  readonly list: readonly ListedTransaction[]
  readonly countStates: ReadonlyMap<TransactionState, number>
  readonly watch: readonly TransactionWork[]
}

export type TransactionReply = TransactionReplies[keyof TransactionReplies]
