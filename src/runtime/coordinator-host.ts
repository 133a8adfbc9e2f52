import { KafkaError } from '../base/errors.ts'
import { CoordinatorMetrics } from '../metrics/coordinator-metrics.ts'
import type { CoordinatorLog } from './coordinator-log.ts'
import type { CoordinatorOptions } from './coordinator-options.ts'
import { CoordinatorShard, type Marker, type TransactionalCommand } from './coordinator-shard.ts'

export type { CoordinatorAppend, CoordinatorLog, CoordinatorRead, TransactionalAppend } from './coordinator-log.ts'
export type { CoordinatorMachine, CoordinatorOptions, RecordCodec } from './coordinator-options.ts'
export type { Marker, TransactionalCommand } from './coordinator-shard.ts'

/**
 * Hosts one machine for each partition of a coordinator topic that this node leads. Commands come from callers anywhere,
 * answers go back when what they say is committed.
 */
export class CoordinatorHost<Command, Rec, R> {
  readonly metrics = new CoordinatorMetrics()
  readonly #options: CoordinatorOptions<Command, Rec, R>
  readonly #shards = new Map<number, CoordinatorShard<Command, Rec, R>>()

  constructor(options: CoordinatorOptions<Command, Rec, R>) {
    this.#options = options
  }

  /** This node leads the partition from now on: its machine is built by replay. */
  elected(partition: number, log: CoordinatorLog): void {
    this.resigned(partition)
    const shard = new CoordinatorShard(partition, log, this.#options, this.metrics)
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

  /** Of its partitions: those whose machines answer, those that are being loaded, and commands whose turn has not come. */
  status(): { readonly active: number; readonly loading: number; readonly queued: number } {
    let [active, queued] = [0, 0]
    for (const shard of this.#shards.values()) {
      if (shard.isActive) active++
      queued += shard.queued
    }
    return { active, loading: this.#shards.size - active, queued }
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
