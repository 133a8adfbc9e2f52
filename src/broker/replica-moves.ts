import { InvariantError } from '../base/assert.ts'
import { KafkaError } from '../base/errors.ts'
import { takeCopy } from '../base/lent-memory.ts'
import type { Clock, Logger } from '../io/ports.ts'
import type { ReplicationQuota } from '../partition/replication-quota.ts'
import { Limiter } from '../storage/limiter.ts'
import type { Log } from '../storage/log.ts'
import type { LogManager } from '../storage/log-manager.ts'
import type { ReplicaRegistry } from './replicas.ts'

export interface ReplicaMovesOptions {
  readonly logs: Pick<LogManager, 'directories' | 'directoryOf' | 'future'>
  readonly replicas: Pick<ReplicaRegistry, 'require' | 'find' | 'logReplaced'>
  readonly clock: Clock
  readonly logger: Logger
  /** replica.alter.log.dirs.io.max.bytes.per.second, kept as it is configured. */
  readonly quota: ReplicationQuota
  /** num.replica.alter.log.dirs.threads: logs copied at a time. */
  readonly atATime: number
  /** cordoned.log.dirs (KIP-1066). */
  readonly isCordoned: (dir: string) => boolean
  readonly onFatal: (error: Error) => void
}

interface Move {
  readonly topic: string
  readonly partition: number
  cancelled: boolean
}

const READ_BYTES = 1024 * 1024
const PAUSE_MS = 50

/**
 * Moves replicas between the log directories of this broker (KIP-113): a copy in the other directory catches up with the
 * log while that is served, and takes its place in the moment when there is no difference.
 */
export class ReplicaMoves {
  readonly #options: ReplicaMovesOptions
  readonly #moves = new Map<string, Move>()
  readonly #limiter: Limiter
  #closed = false

  constructor(options: ReplicaMovesOptions) {
    this.#options = options
    this.#limiter = new Limiter(options.atATime)
  }

  /** What was under way when the last process ended. */
  resume(): void {
    for (const { topic, partition } of this.#options.logs.future.all()) this.#begin(topic, partition)
  }

  /** Throws the KafkaError that the answer says. */
  move(topic: string, partition: number, path: string): void {
    const { logs, replicas } = this.#options
    const dir = logs.directories.find((one) => one.path === path)
    if (dir === undefined) throw new KafkaError('LOG_DIR_NOT_FOUND')
    if (!dir.online) throw new KafkaError('KAFKA_STORAGE_ERROR')
    if (this.#options.isCordoned(path)) throw new KafkaError('INVALID_REPLICA_ASSIGNMENT')
    const { log } = this.#hosted(replicas, topic, partition)
    const under = logs.future.find(topic, partition)
    if (under?.dir === dir) return
    if (under !== undefined) this.cancel(topic, partition)
    if (logs.directoryOf(log) === dir) return
    logs.future.create(log, dir)
    this.#begin(topic, partition)
  }

  /** Kafka's brokers say of a replica that is elsewhere that it is not available. */
  #hosted(replicas: ReplicaMovesOptions['replicas'], topic: string, partition: number) {
    try {
      return replicas.require(topic, partition)
    } catch (error) {
      if (error instanceof KafkaError && error.error === 'NOT_LEADER_OR_FOLLOWER') {
        throw new KafkaError('REPLICA_NOT_AVAILABLE')
      }
      throw error
    }
  }

  /** The replica goes, or is to be somewhere else. */
  cancel(topic: string, partition: number): void {
    const { logs, logger } = this.#options
    const name = `${topic}-${partition}`
    const move = this.#moves.get(name)
    if (move !== undefined) move.cancelled = true
    this.#moves.delete(name)
    logs.future.remove(topic, partition).catch((error) => {
      logger.warn({ err: error, topic, partition }, 'the copy of a log could not be removed')
    })
  }

  close(): void {
    this.#closed = true
    for (const move of this.#moves.values()) move.cancelled = true
  }

  #begin(topic: string, partition: number): void {
    const move: Move = { topic, partition, cancelled: false }
    this.#moves.set(`${topic}-${partition}`, move)
    this.#limiter.run(() => this.#run(move)).catch((error: Error) => this.#failed(move, error))
  }

  #failed(move: Move, error: Error): void {
    if (error instanceof InvariantError) {
      this.#options.onFatal(error)
      return
    }
    if (move.cancelled || this.#closed) return
    const { topic, partition } = move
    this.#options.logger.error({ err: error, topic, partition }, 'moving a replica failed: it stays where it is')
    this.cancel(topic, partition)
  }

  async #run(move: Move): Promise<void> {
    const { logs, replicas, clock, logger, quota } = this.#options
    const { topic, partition } = move
    while (!move.cancelled) {
      const future = logs.future.find(topic, partition)?.log
      const current = replicas.find(topic, partition)?.log
      if (future === undefined || current === undefined) throw new KafkaError('REPLICA_NOT_AVAILABLE')
      await this.#align(current, future)
      if (move.cancelled) return
      const bytes = await this.#copy(current, future)
      if (move.cancelled) return
      if (bytes > 0) {
        quota.record(bytes, clock.monotonic())
        while (quota.isExceeded(clock.monotonic()) && !move.cancelled) await this.#pause()
      } else if (isCopy(current, future)) {
        this.#moves.delete(`${topic}-${partition}`)
        replicas.logReplaced(topic, partition, logs.future.promote(topic, partition))
        logger.info({ topic, partition, dir: future.parentDir }, 'moved a replica to another log directory')
        return
      } else await this.#pause()
    }
  }

  /** The log may have been cut meanwhile, at either end, and have gone another way. */
  async #align(current: Log, future: Log): Promise<void> {
    const epoch = future.latestEpoch
    const known = epoch === undefined ? undefined : current.endOffsetForEpoch(epoch)
    const common = known === undefined || known.endOffset < 0 ? current.logEndOffset : known.endOffset
    const end = Math.min(common, current.logEndOffset)
    if (end < future.logEndOffset && end >= future.logStartOffset) await future.truncateTo(end)
    if (future.logEndOffset < current.logStartOffset || end < future.logStartOffset) {
      await future.truncateFullyAndStartAt(current.logStartOffset)
    }
    future.updateHighWatermark(current.highWatermark)
    if (future.logStartOffset < current.logStartOffset && future.highWatermark >= current.logStartOffset) {
      future.raiseStart(current.logStartOffset)
    }
  }

  async #copy(current: Log, future: Log): Promise<number> {
    const upTo = current.writtenEndOffset
    if (future.logEndOffset >= upTo) return 0
    const read = await current.read(future.logEndOffset, { maxBytes: READ_BYTES, upTo, minOneBatch: true })
    const records = takeCopy(read)
    if (records.length === 0) return 0
    const leaderEpoch = current.latestEpoch ?? 0
    const nowMs = this.#options.clock.now()
    await future.append({ records, origin: 'replication', leaderEpoch, nowMs }).written
    return records.length
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => this.#options.clock.after(PAUSE_MS, resolve))
  }
}

/** Nothing is in one that is not in the other, and nothing is on its way. */
function isCopy(current: Log, future: Log): boolean {
  const end = current.logEndOffset
  return (
    current.isOpen &&
    future.isOpen &&
    current.writtenEndOffset === end &&
    future.logEndOffset === end &&
    future.writtenEndOffset === end
  )
}
