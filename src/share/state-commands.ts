import type { ErrorName } from '../base/errors.ts'
import type { Uuid } from '../base/ids.ts'
import type { ShareKey } from './state-records.ts'
import type { StateBatch } from './window.ts'

export interface InitializeState {
  readonly type: 'initialize'
  readonly key: ShareKey
  readonly stateEpoch: number
  /** -1: where the group's share.auto.offset.reset says. */
  readonly startOffset: number
}

export interface ReadState {
  readonly type: 'read'
  readonly key: ShareKey
  /** Of the reader, which fences those before it; -1: it only looks. */
  readonly leaderEpoch: number
}

export interface ReadSummary {
  readonly type: 'readSummary'
  readonly key: ShareKey
}

export interface WriteState {
  readonly type: 'write'
  readonly key: ShareKey
  readonly stateEpoch: number
  readonly leaderEpoch: number
  readonly startOffset: number
  readonly deliveryCompleteCount: number
  readonly stateBatches: readonly StateBatch[]
}

export interface DeleteState {
  readonly type: 'delete'
  readonly key: ShareKey
}

/** Topics that are gone: so is what was known of them. */
export interface TopicsDeleted {
  readonly type: 'topicsDeleted'
  readonly topicIds: readonly Uuid[]
}

/** Up to where every record of the log has been replaced by a later one. */
export interface FindRedundant {
  readonly type: 'findRedundant'
}

export type ShareStateCommand =
  | InitializeState
  | ReadState
  | ReadSummary
  | WriteState
  | DeleteState
  | TopicsDeleted
  | FindRedundant

export interface StateFailure {
  readonly error: ErrorName
  readonly message: string | null
}

export interface StateRead {
  readonly error: 'NONE'
  readonly stateEpoch: number
  readonly startOffset: number
  readonly stateBatches: readonly StateBatch[]
}

export interface StateSummary {
  readonly error: 'NONE'
  readonly stateEpoch: number
  readonly leaderEpoch: number
  readonly startOffset: number
  readonly deliveryCompleteCount: number
}

export interface StateDone {
  readonly error: 'NONE'
}

export interface ShareStateReplies {
  readonly initialize: StateDone | StateFailure
  readonly read: StateRead | StateFailure
  readonly readSummary: StateSummary | StateFailure
  readonly write: StateDone | StateFailure
  readonly delete: StateDone | StateFailure
  readonly topicsDeleted: null
  readonly findRedundant: { readonly offset: number | undefined }
}

export type ShareStateReply = ShareStateReplies[keyof ShareStateReplies]
