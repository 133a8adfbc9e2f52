import type { Recorder } from '../../history/recorder.ts'
import type { Addressing } from '../addressing.ts'
import type { SeededRandom } from '../machine-room.ts'

/** What clients of transactions are given. */
export interface Ledger {
  readonly recorder: Recorder
  readonly random: SeededRandom
  /** Transactions, and records without one, are written there. */
  readonly input: string
  /** What is made of them. */
  readonly output: string
  readonly partitions: number
  /** transaction.timeout.ms of its clients. */
  readonly timeoutMs: number
  /** A client with connections of its own. */
  client(): Addressing
  /** True: begin nothing new. */
  isOver(): boolean
}

export const GROUP = 'processors'
