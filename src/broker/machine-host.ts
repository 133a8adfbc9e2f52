import { type ErrorName, KafkaError } from '../base/errors.ts'

/** Where the machines of one kind of coordinator run: a `CoordinatorHost` on its topic. */
export interface MachineHost<Command, Reply> {
  /** Rejects with a KafkaError. */
  submit(partition: number, command: Command): Promise<Reply>
  /** The partitions that this node coordinates. */
  partitions(): readonly number[]
}

type ErrorWords = { readonly [E in ErrorName]?: ErrorName }

const AS_COORDINATOR: ErrorWords = {
  UNKNOWN_TOPIC_OR_PARTITION: 'COORDINATOR_NOT_AVAILABLE',
  NOT_ENOUGH_REPLICAS: 'COORDINATOR_NOT_AVAILABLE',
  REQUEST_TIMED_OUT: 'COORDINATOR_NOT_AVAILABLE',
  NOT_LEADER_OR_FOLLOWER: 'NOT_COORDINATOR',
  KAFKA_STORAGE_ERROR: 'NOT_COORDINATOR',
  MESSAGE_TOO_LARGE: 'UNKNOWN_SERVER_ERROR',
  RECORD_LIST_TOO_LARGE: 'UNKNOWN_SERVER_ERROR',
}

/**
 * Errors of the log in words that a client of a coordinator can act on; `more` are those of one kind of coordinator alone.
 * Anything but a KafkaError is a bug: thrown.
 */
export function coordinatorErrors(more: ErrorWords): (error: unknown) => KafkaError {
  const words: ErrorWords = { ...AS_COORDINATOR, ...more }
  return (error) => {
    if (!(error instanceof KafkaError)) throw error
    const named = words[error.error]
    return named ? new KafkaError(named) : error
  }
}
