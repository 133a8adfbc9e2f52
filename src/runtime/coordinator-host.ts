import { KafkaError } from '../base/errors.ts'
import type { Decision, Machine } from '../base/machine.ts'
import type { Clock, Logger } from '../io/ports.ts'
import type { Compression } from '../record/header.ts'
import type { BatchView } from '../record/iterate.ts'
import type { CoordinatorLog } from './coordinator-log.ts'
import { CoordinatorShard, type Marker, type TransactionalCommand } from './coordinator-shard.ts'

export type { CoordinatorAppend, CoordinatorLog, CoordinatorRead, TransactionalAppend } from './coordinator-log.ts'
export type { Marker, TransactionalCommand } from './coordinator-shard.ts'

export interface CoordinatorMachine<Command, Rec, R> extends Machine<Command, Rec, R> {
  /** All that the log held has been replayed; live operation begins. */
  loaded(nowMs: number): void
  /** The wall clock was set; left out: deadlines are times of day. */
  clockMoved?(byMs: number): void
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
  /** Of the batches that are written. */
  readonly compression?: Compression
  /** Runs `flush` soon: commands that arrive until then share a batch. */
  readonly defer?: (flush: () => void) => void
}

/**
 * Hosts one machine for each partition of a coordinator topic that this node leads. Commands come from callers anywhere,
 * answers go back when what they say is committed.
 */
export class CoordinatorHost<Command, Rec, R> {
  readonly #options: CoordinatorOptions<Command, Rec, R>
  readonly #shards = new Map<number, CoordinatorShard<Command, Rec, R>>()

  constructor(options: CoordinatorOptions<Command, Rec, R>) {
    this.#options = options
  }

  /** This node leads the partition from now on: its machine is built by replay. */
  elected(partition: number, log: CoordinatorLog): void {
    this.resigned(partition)
    const shard = new CoordinatorShard(partition, log, this.#options)
    this.#shards.set(partition, shard)
    shard.load()
  }

  /** This node does not lead the partition any more: whoever waits has to look for the new coordinator. */
  resigned(partition: number): void {
    this.#shards.get(partition)?.close(new KafkaError('NOT_COORDINATOR'))
    this.#shards.delete(partition)
  }

  partitions(): number[] {
    return [...this.#shards.keys()]
  }

  /** Resolves when the partition's load has ended, well or not; at once where there is nothing to wait for. */
  async settled(partition: number): Promise<void> {
    await this.#shards.get(partition)?.settled()
  }

  /** Commands are handled in the order in which they were submitted. Rejects with a KafkaError. */
  submit(partition: number, command: Command): Promise<R> {
    const shard = this.#shards.get(partition)
    if (shard === undefined) return Promise.reject(new KafkaError('NOT_COORDINATOR'))
    return shard.submit(command)
  }

  /**
   * What the command decides becomes part of a transaction: a batch of its own. Rejects, besides, with what the log has
   * against the producer, and then nothing was decided.
   */
  submitTransactional(partition: number, command: Command, transaction: TransactionalCommand): Promise<R> {
    const shard = this.#shards.get(partition)
    if (shard === undefined) return Promise.reject(new KafkaError('NOT_COORDINATOR'))
    return shard.submitTransactional(command, transaction)
  }

  /** Ends a producer's transaction on the partition; resolves when the marker is committed. */
  writeMarker(partition: number, marker: Marker): Promise<void> {
    const shard = this.#shards.get(partition)
    if (shard === undefined) return Promise.reject(new KafkaError('NOT_COORDINATOR'))
    return shard.writeMarker(marker)
  }

  close(): void {
    for (const partition of this.partitions()) this.resigned(partition)
  }
}
