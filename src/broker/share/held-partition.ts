import { type ErrorName, KafkaError } from '../../base/errors.ts'
import type { Clock, Logger, Timer } from '../../io/ports.ts'
import type { AcknowledgedBatch } from '../../share/acknowledge.ts'
import {
  SharePartition,
  type SharePartitionSettings,
  type StateChange,
  type StateWrite,
} from '../../share/share-partition.ts'
import type { ShareKey } from '../../share/state-records.ts'
import type { Replica } from '../replicas.ts'
import { isFailure, type ShareStateCoordinator } from './share-state-coordinator.ts'

export interface HeldPartitionOptions {
  readonly key: ShareKey
  readonly replica: Replica
  readonly states: Pick<ShareStateCoordinator, 'ask'>
  readonly settings: () => SharePartitionSettings
  /** Where a group that was nowhere yet begins. Rejects with a KafkaError. */
  readonly firstOffset: (replica: Replica) => Promise<number>
  readonly clock: Clock
  readonly logger: Logger
  /** It can't be used any more: the next request begins anew. */
  readonly onFenced: () => void
}

/** What the share coordinator says, in words for those who fetch and acknowledge. */
const AS_PARTITION: { readonly [E in ErrorName]?: ErrorName } = {
  NOT_COORDINATOR: 'COORDINATOR_NOT_AVAILABLE',
  COORDINATOR_LOAD_IN_PROGRESS: 'COORDINATOR_NOT_AVAILABLE',
  COORDINATOR_NOT_AVAILABLE: 'COORDINATOR_NOT_AVAILABLE',
  GROUP_ID_NOT_FOUND: 'GROUP_ID_NOT_FOUND',
  UNKNOWN_TOPIC_OR_PARTITION: 'UNKNOWN_TOPIC_OR_PARTITION',
  FENCED_LEADER_EPOCH: 'NOT_LEADER_OR_FOLLOWER',
  FENCED_STATE_EPOCH: 'NOT_LEADER_OR_FOLLOWER',
}

/** After these somebody else has the partition, or nobody. */
const FENCING: ReadonlySet<ErrorName> = new Set([
  'NOT_LEADER_OR_FOLLOWER',
  'GROUP_ID_NOT_FOUND',
  'UNKNOWN_TOPIC_OR_PARTITION',
])

/** A share partition that this broker leads: its state, what of that is stored, and who waits for more of it. */
export class HeldPartition {
  readonly replica: Replica
  readonly leaderEpoch: number
  readonly loaded: Promise<void>
  readonly #options: HeldPartitionOptions
  readonly #waiting = new Set<() => void>()
  #partition: SharePartition | undefined
  #stateEpoch = 0
  #failure: KafkaError | undefined
  #isLocked = false
  #timer: { readonly at: number; readonly timer: Timer } | undefined

  constructor(options: HeldPartitionOptions) {
    this.#options = options
    this.replica = options.replica
    this.leaderEpoch = options.replica.leaderEpoch
    this.loaded = this.#load()
  }

  /** undefined: it is still being loaded. @throws KafkaError */
  get partition(): SharePartition | undefined {
    if (this.#failure) throw this.#failure
    return this.#partition
  }

  get inFlightCount(): number {
    return this.#partition?.inFlightCount ?? 0
  }

  async #load(): Promise<void> {
    const { key, states, settings, firstOffset, logger } = this.#options
    try {
      const read = await states.ask({ type: 'read', key, leaderEpoch: this.leaderEpoch })
      // Of what nobody foresaw there is no sentence.
      if (isFailure(read)) throw asPartitionError(read.error, AS_PARTITION[read.error] ? read.message : null)
      const start = read.startOffset === -1 ? await firstOffset(this.replica) : read.startOffset
      if (this.#failure) return
      this.#stateEpoch = read.stateEpoch
      this.#partition = new SharePartition(start, read.stateBatches, settings)
    } catch (error) {
      if (!(error instanceof KafkaError) && !(error instanceof RangeError)) throw error
      logger.warn({ err: error, ...key }, 'a share partition could not be loaded')
      this.fence(error instanceof KafkaError ? error : new KafkaError('UNKNOWN_SERVER_ERROR', error.message))
      return
    }
    this.#wake()
  }

  /** Only one fetch at a time looks at what is available. */
  lock(): boolean {
    if (this.#isLocked || this.#failure || this.#partition === undefined) return false
    this.#isLocked = true
    return true
  }

  unlock(): void {
    this.#isLocked = false
  }

  wait(run: () => void): void {
    this.#waiting.add(run)
  }

  unwait(run: () => void): void {
    this.#waiting.delete(run)
  }

  /** There may be more to acquire than before. */
  wakeSoon(): void {
    if (this.#waiting.size > 0) queueMicrotask(() => this.#wake())
  }

  #wake(): void {
    for (const run of [...this.#waiting]) run()
  }

  /** Resolves when it is stored; rejects with a KafkaError. */
  async acknowledge(memberId: string, batches: readonly AcknowledgedBatch[]): Promise<void> {
    const { partition } = this
    if (partition === undefined) throw new KafkaError('LEADER_NOT_AVAILABLE')
    const change = partition.acknowledge(memberId, batches, this.#options.clock.monotonic())
    this.schedule()
    if (change) await this.#store(partition, change)
  }

  /** A member has gone: what it held is available again. */
  async release(memberId: string): Promise<void> {
    const { partition } = this
    const change = partition?.release(memberId)
    if (partition && change) await this.#store(partition, change)
  }

  async #store(partition: SharePartition, change: StateChange): Promise<void> {
    const failure = await this.#write(change.write)
    if (partition.settle(change, failure === undefined, this.#options.clock.monotonic())) this.#wake()
    this.schedule()
    if (failure === undefined) return
    if (FENCING.has(failure.error)) this.fence(failure)
    throw failure
  }

  async #write({ startOffset, deliveryCompleteCount, batches }: StateWrite): Promise<KafkaError | undefined> {
    const { key, states, logger } = this.#options
    const reply = await states.ask({
      type: 'write',
      key,
      stateEpoch: this.#stateEpoch,
      leaderEpoch: this.leaderEpoch,
      startOffset,
      deliveryCompleteCount,
      stateBatches: batches,
    })
    if (!isFailure(reply)) return undefined
    logger.warn({ ...key, error: reply.error }, 'the state of a share partition could not be stored')
    return asPartitionError(reply.error, reply.message)
  }

  /** Looks for locks that have ended when the first of them may have. */
  schedule(): void {
    const at = this.#partition?.deadlineMs() ?? Number.POSITIVE_INFINITY
    if (this.#timer && this.#timer.at <= at) return
    this.#timer?.timer.cancel()
    this.#timer = undefined
    if (at === Number.POSITIVE_INFINITY || this.#failure) return
    const { clock } = this.#options
    const timer = clock.after(Math.max(0, at - clock.monotonic()), () => {
      this.#timer = undefined
      this.#expire()
    })
    this.#timer = { at, timer }
  }

  #expire(): void {
    const partition = this.#partition
    const write = partition?.expire(this.#options.clock.monotonic())
    this.schedule()
    if (partition === undefined || write === undefined) return
    this.#wake()
    void this.#write(write).then((failure) => {
      partition.settleExpired()
      if (failure && FENCING.has(failure.error)) this.fence(failure)
    })
  }

  /** Nobody may use it any more. */
  fence(error: KafkaError): void {
    if (this.#failure) return
    this.#failure = error
    this.#timer?.timer.cancel()
    this.#timer = undefined
    this.#options.onFenced()
    this.#wake()
  }
}

function asPartitionError(error: ErrorName, message: string | null): KafkaError {
  return new KafkaError(AS_PARTITION[error] ?? 'UNKNOWN_SERVER_ERROR', message ?? undefined)
}
