import type { KafkaError } from '../base/errors.ts'
import type { TopicId } from '../base/ids.ts'
import type { TopicRecord } from './records.ts'

/** Where the topic's partition is, as far as this broker knows. */
export interface LogPlace {
  readonly topicId: TopicId
  /** -1: nobody leads it at present. */
  readonly leader: number
  /** This broker leads it. */
  readonly isHere: boolean
}

export interface LoggedRecord extends TopicRecord {
  readonly timestamp: number
}

export interface LogPiece {
  readonly records: readonly LoggedRecord[]
  /** Where the next read goes on; the offset that was asked for where nothing came. */
  readonly nextOffset: number
}

/** The topic as one broker sees it. What fails rejects with a `KafkaError`, or with the error of a connection. */
export interface SchemaLog {
  /** Undefined: there is no such topic. */
  place(): LogPlace | undefined
  /** Committed records; waits a while for some where there are none. OFFSET_OUT_OF_RANGE: `from` is not in the log. */
  read(place: LogPlace, from: number, signal: AbortSignal): Promise<LogPiece>
  /** Where the log begins. */
  start(place: LogPlace): Promise<number>
  /** Behind the last committed record, at the leader. */
  end(place: LogPlace): Promise<number>
  /** At the leader, which this broker is: behind the last record, committed or not. Throws NOT_LEADER_OR_FOLLOWER. */
  ownEnd(): number
  /** Resolves when all before the offset is committed; rejects when this broker leads no more. */
  committed(offset: number): Promise<void>
  /**
   * As one batch, where the log ends exactly there, which is looked at in the same turn of the event loop; else throws
   * OFFSET_OUT_OF_RANGE. Resolves with the new end when it is committed.
   */
  append(records: readonly TopicRecord[], at: number): Promise<number>
  /** Makes the topic where it is not there. */
  create(): Promise<void>
  /** Calls when a place may have changed. Gives what ends that. */
  onMoved(listener: () => void): () => void
}

/** What another broker answered, as JSON. */
export interface ForwardedAnswer {
  readonly status: number
  readonly body: unknown
}

export interface ForwardedRequest {
  readonly method: 'POST' | 'PUT' | 'DELETE'
  /** With its query. */
  readonly path: string
  readonly body?: unknown
  readonly authorization?: string | undefined
}

/** There is no answer. */
export class NotForwarded extends Error {
  override readonly name = 'NotForwarded'
  /** It may have been carried out. */
  readonly wasSent: boolean

  constructor(message: string, wasSent: boolean, cause?: unknown) {
    super(message, { cause })
    this.wasSent = wasSent
  }
}

/** Asks the registry of another broker. Rejects with `NotForwarded`. */
export type Forward = (broker: number, request: ForwardedRequest) => Promise<ForwardedAnswer>

/** By its name: the broker that throws it may be of another bundle than the registry. */
export function isKafkaError(error: unknown): error is KafkaError {
  return error instanceof Error && error.name === 'KafkaError'
}
