import type { Decision, Machine } from '../base/machine.ts'
import type { Clock, Logger } from '../io/ports.ts'
import type { NewBatch } from '../record/builder.ts'
import type { BatchView } from '../record/iterate.ts'

export interface CoordinatorMachine<Command, Rec, R> extends Machine<Command, Rec, R> {
  /** All that the log held has been replayed; live operation begins. */
  loaded(nowMs: number): void
  /** The wall clock was set: what was to happen in a minute still happens in a minute. */
  clockMoved(byMs: number): void
  /**
   * What a command is to do while the log refuses whatever is appended: nothing, or what it does without its records, whose
   * replies are errors then. Left out, or undefined: what `isRevertible` says.
   */
  whenRefused?(command: Command): 'nothing' | 'without records' | undefined
  /** As `tick`, while the log refuses: only what may be done without its records. Left out: all that is due waits. */
  tickRefused?(nowMs: number): Decision<Rec, R>
}

export interface RecordCodec<Rec> {
  encode(record: Rec): { readonly key: Buffer; readonly value: Buffer | null }
  /** What a batch means to the machine; must not share memory with it. */
  decode(batch: BatchView): Iterable<{ readonly offset: number; readonly record: Rec }>
}

export interface CoordinatorOptions<Command, Rec, R> {
  readonly machine: (partition: number) => CoordinatorMachine<Command, Rec, R>
  readonly codec: RecordCodec<Rec>
  readonly clock: Clock
  readonly logger: Logger
  /** How long an answer may wait for its records to be committed: offsets.commit.timeout.ms and its like. */
  readonly commitTimeoutMs: number
  /**
   * `handle` of this command leaves nothing in memory that is wrong without its records: where the log refuses them, only
   * the command fails.
   */
  readonly isRevertible?: (command: Command) => boolean
  /** What all batches that are written have in common. Those of Kafka's newer coordinators begin with the sequence 0. */
  readonly batches?: Pick<NewBatch, 'compression' | 'baseSequence'>
  /** Runs `flush` soon: commands that arrive until then share a batch. */
  readonly defer?: (flush: () => void) => void
}
