import { KafkaError } from '../base/errors.ts'
import type { Disk, Random } from '../io/ports.ts'
import type { Log } from './log.ts'
import type { LogConfig } from './log-config.ts'
import type { LogDirectory } from './log-directory.ts'
import { logFolder, markedLogFolder } from './names.ts'

export interface FutureLogsHost {
  readonly disk: Disk
  readonly random: Random
  create(path: string, topic: string, partition: number, config: LogConfig): Log
  /** Marks the log that is served as deleted. */
  takeAway(topic: string, partition: number): Log | undefined
  register(dir: LogDirectory, log: Log): void
  removeLater(path: string, config: LogConfig): void
  failed(dir: LogDirectory, error: Error): void
}

interface Future {
  readonly log: Log
  readonly dir: LogDirectory
}

/** Logs in `-future` folders: copies in another directory that take their log's place when they have caught up (KIP-113). */
export class FutureLogs {
  readonly #host: FutureLogsHost
  readonly #futures = new Map<string, Future>()

  constructor(host: FutureLogsHost) {
    this.#host = host
  }

  find(topic: string, partition: number): Future | undefined {
    return this.#futures.get(logFolder(topic, partition))
  }

  all(): readonly Log[] {
    return [...this.#futures.values()].map(({ log }) => log)
  }

  in(dir: LogDirectory): readonly Log[] {
    return [...this.#futures.values()].filter((future) => future.dir === dir).map(({ log }) => log)
  }

  /** An empty copy of `current` in `dir`. Throws KAFKA_STORAGE_ERROR. */
  create(current: Log, dir: LogDirectory): Log {
    const { topic, partition, config, topicId } = current
    const path = `${dir.path}/${markedLogFolder(topic, partition, this.#id(), 'future')}`
    try {
      const log = this.#host.create(path, topic, partition, config)
      if (topicId !== undefined) log.setTopicId(topicId, 'new')
      this.adopt(dir, log)
      return log
    } catch (error) {
      throw new KafkaError('KAFKA_STORAGE_ERROR', `Cannot make the log ${path}: ${(error as Error).message}`)
    }
  }

  /** One that the last process left. */
  adopt(dir: LogDirectory, log: Log): void {
    this.#futures.set(logFolder(log.topic, log.partition), { dir, log })
  }

  /** It is not wanted any more. */
  async remove(topic: string, partition: number): Promise<void> {
    const future = this.find(topic, partition)
    if (future === undefined) return
    const { log, dir } = future
    this.#futures.delete(logFolder(topic, partition))
    if (dir.online) {
      const marked = `${dir.path}/${markedLogFolder(topic, partition, this.#id(), 'delete')}`
      this.#rename(log, dir, marked)
      this.#host.removeLater(marked, log.config)
    }
    await log.abandon()
  }

  /** Takes the place of the log that is served. Blocks on purpose: nobody may see neither or both. */
  promote(topic: string, partition: number): Log {
    const future = this.find(topic, partition)
    if (future === undefined) throw new KafkaError('REPLICA_NOT_AVAILABLE')
    const { log, dir } = future
    const old = this.#host.takeAway(topic, partition)
    this.#rename(log, dir, `${dir.path}/${logFolder(topic, partition)}`)
    this.#futures.delete(logFolder(topic, partition))
    this.#host.register(dir, log)
    if (old !== undefined) {
      log.updateHighWatermark(old.highWatermark)
      void old.abandon().then(() => this.#host.removeLater(old.dir, old.config))
    }
    return log
  }

  #rename(log: Log, dir: LogDirectory, to: string): void {
    try {
      this.#host.disk.blocking.rename(log.dir, to)
    } catch (error) {
      this.#host.failed(dir, error as Error)
      throw new KafkaError('KAFKA_STORAGE_ERROR', `Cannot rename ${log.dir}: ${(error as Error).message}`)
    }
    log.moved(to)
  }

  #id(): string {
    return this.#host.random.bytes(16).toString('hex')
  }
}
