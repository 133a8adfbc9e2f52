import { KafkaError } from '../base/errors.ts'
import type { DirectoryId, TopicId } from '../base/ids.ts'
import type { Timer } from '../io/ports.ts'
import { randomUuid } from '../io/random-uuid.ts'
import { Histogram } from '../metrics/histogram.ts'
import type { LogEnvironment } from './environment.ts'
import { FilePool } from './file-pool.ts'
import { FutureLogs } from './future-logs.ts'
import { IndexBudget } from './index-budget.ts'
import { Limiter } from './limiter.ts'
import { Log } from './log.ts'
import { type CleanerView, LogCleaner } from './log-cleaner.ts'
import type { LogConfig } from './log-config.ts'
import { chooseDirectory, LogDirectory, lockDirectory } from './log-directory.ts'
import { LogDirectoryError } from './log-directory-error.ts'
import { type Checkpoints, loadLog, NOTHING_KNOWN, newLog } from './log-loader.ts'
import { DEFAULT_LOG_MANAGER_SETTINGS, type LogManagerOptions, type LogManagerSettings } from './log-manager-options.ts'
import { LogSchedules } from './log-schedules.ts'
import { LogState } from './log-state.ts'
import { type MetaProperties, readMetaProperties, writeMetaProperties } from './meta-properties.ts'
import {
  CLEANER_FILE,
  HIGH_WATERMARK_FILE,
  LOG_START_FILE,
  logFolder,
  METADATA_TOPIC,
  markedLogFolder,
  PARTITION_METADATA_FILE,
  parseLogFolder,
  RECOVERY_POINT_FILE,
} from './names.ts'
import { topicIdIn } from './partition-metadata.ts'
import { RefusingDirectories } from './refusing-directories.ts'
import { TailBudget } from './tail-cache.ts'

export type { LogDirectory } from './log-directory.ts'
export type { LogManagerOptions, LogManagerSettings } from './log-manager-options.ts'

const SMALL_FILES_AT_A_TIME = 32

/** All logs of a broker, in all its directories. */
export class LogManager {
  readonly #options: LogManagerOptions
  readonly #env: LogEnvironment
  #settings: LogManagerSettings
  readonly #directories: LogDirectory[] = []
  readonly #byName = new Map<string, LogDirectory>()
  #metadataLog: Log | undefined
  #metadataDir: LogDirectory | undefined
  readonly #timers = new Set<Timer>()
  readonly #deletions = new Set<Promise<void>>()
  readonly #schedules: LogSchedules
  /** Copies of logs on their way to another directory. */
  readonly future: FutureLogs
  readonly #cleaner: LogCleaner
  readonly #refusing: RefusingDirectories

  private constructor(options: LogManagerOptions) {
    this.#options = options
    this.#settings = { ...DEFAULT_LOG_MANAGER_SETTINGS, ...options.settings }
    const { disk, clock, random, logger } = options
    this.#env = {
      disk,
      clock,
      random,
      logger,
      pool: new FilePool(disk, Math.min(this.#settings.maxOpenFiles, disk.maxOpenFiles)),
      tail: new TailBudget(this.#settings.tailCacheBytes, options.memory),
      indexes: new IndexBudget(),
      smallFiles: new Limiter(SMALL_FILES_AT_A_TIME),
      flushTimes: new Histogram(),
      producerIdExpirationMs: () => this.#settings.producerIdExpirationMs,
      verifiesTransactions: () => this.#settings.verifiesTransactions,
      onDirectoryFailure: (dir, error) => this.#failDirectory(dir, error),
      onRefused: (dir, error) => this.#refusing.refused(dir, error),
    }
    this.#refusing = new RefusingDirectories(disk, clock, logger, (takes) => options.onRefusing?.(takes))
    this.future = this.#futureLogs()
    this.#schedules = new LogSchedules(this.#env, this.#settings, () => this.#logDirs)
    this.#cleaner = new LogCleaner(this.#env, this.#settings.cleaner, () => this.#logDirs, options.cleanRunner)
  }

  /** Locks the directories and opens every log in them. Throws with one sentence where a directory can't be used. */
  static async open(options: LogManagerOptions): Promise<LogManager> {
    const manager = new LogManager(options)
    try {
      await manager.#openDirectories()
      for (const dir of manager.#logDirs) await manager.#loadDirectory(dir)
      for (const dir of manager.#logDirs) await manager.#loadFutures(dir)
    } catch (error) {
      await manager.#releaseAll()
      throw error
    }
    return manager
  }

  async #openDirectories(): Promise<void> {
    const { dirs, disk, logger } = this.#options
    const metadataDir = this.#options.metadataDir ?? dirs[0]
    for (const path of new Set([...dirs, ...(metadataDir === undefined ? [] : [metadataDir])])) {
      const lock = await lockDirectory(disk, path)
      try {
        const dir = new LogDirectory(path, this.#identify(path).directoryId, disk, logger, lock)
        this.#directories.push(dir)
        if (path === metadataDir) this.#metadataDir = dir
      } catch (error) {
        await lock.release()
        throw error
      }
    }
  }

  #identify(path: string): MetaProperties {
    const { disk, identity } = this.#options
    const found = readMetaProperties(disk.blocking, path)
    if (found !== undefined) return found
    if (identity === undefined)
      throw new LogDirectoryError(`Run \`storage format\` first: the log directory ${path} is not formatted.`)
    const meta = { ...identity, directoryId: randomUuid(this.#options.random) }
    writeMetaProperties(disk.blocking, path, meta)
    return meta
  }

  get #logDirs(): LogDirectory[] {
    return this.#directories.filter((dir) => this.#options.dirs.includes(dir.path))
  }

  async #loadDirectory(dir: LogDirectory): Promise<void> {
    const { disk, logger } = this.#options
    const recoveryPoints = dir.readCheckpoint(RECOVERY_POINT_FILE)
    const logStarts = dir.readCheckpoint(LOG_START_FILE)
    const highWatermarks = dir.readCheckpoint(HIGH_WATERMARK_FILE)
    const cleaned = dir.readCheckpoint(CLEANER_FILE)
    const waiting: (() => Promise<void>)[] = []
    for (const { name, isDirectory } of disk.blocking.entries(dir.path)) {
      const folder = isDirectory ? parseLogFolder(name) : undefined
      if (folder === undefined || folder.topic === METADATA_TOPIC) continue
      if (folder.kind === 'delete') this.#removeLater(`${dir.path}/${name}`, this.#options.configFor(folder.topic))
      else if (folder.kind === 'stray') logger.warn({ dir: dir.path, folder: name }, 'this folder is left alone')
      else if (folder.kind === 'live') {
        const known = {
          clean: dir.clean,
          recoveryPoint: recoveryPoints.get(name) ?? 0,
          logStartOffset: logStarts.get(name) ?? 0,
          highWatermark: highWatermarks.get(name) ?? 0,
          cleanedUpTo: cleaned.get(name),
        }
        waiting.push(async () => {
          this.#register(dir, await this.#load(dir, folder.topic, folder.partition, known))
        })
      }
    }
    waiting.reverse()
    const worker = async () => {
      for (let job = waiting.pop(); job !== undefined; job = waiting.pop()) await job()
    }
    await Promise.all(Array.from({ length: dir.clean ? 1 : this.#settings.recoveryConcurrency }, worker))
  }

  #futureLogs(): FutureLogs {
    const { disk, random } = this.#options
    return new FutureLogs({
      disk,
      random,
      create: (path, topic, partition, config) => this.#createIn(path, topic, partition, config),
      takeAway: (topic, partition) => this.#takeAway(topic, partition, 'delete'),
      register: (dir, log) => this.#register(dir, log),
      removeLater: (path, config) => this.#removeLater(path, config),
      failed: (dir, error) => this.#failDirectory(dir.path, error),
    })
  }

  /** Copies go on where they were. One whose log is gone was about to take its place. */
  async #loadFutures(dir: LogDirectory): Promise<void> {
    for (const { name, isDirectory } of this.#options.disk.blocking.entries(dir.path)) {
      const folder = isDirectory ? parseLogFolder(name) : undefined
      if (folder?.kind !== 'future') continue
      const { topic, partition } = folder
      const log = await this.#load(dir, topic, partition, NOTHING_KNOWN, name)
      const current = this.#byName.get(logFolder(topic, partition))
      if (this.future.find(topic, partition) === undefined) this.future.adopt(dir, log)
      if (current === undefined) this.future.promote(topic, partition)
      else if (current === dir) await this.future.remove(topic, partition)
    }
  }

  #register(dir: LogDirectory, log: Log): void {
    const name = logFolder(log.topic, log.partition)
    const other = this.#byName.get(name)
    if (other !== undefined)
      throw new LogDirectoryError(
        `Remove the older one of two: the log ${name} is in both ${other.path} and ${dir.path}.`,
      )
    this.#byName.set(name, dir)
    dir.logsByName.set(name, log)
  }

  async #load(
    dir: LogDirectory,
    topic: string,
    partition: number,
    { highWatermark, cleanedUpTo, ...known }: Checkpoints,
    folderName = logFolder(topic, partition),
  ): Promise<Log> {
    const config = this.#options.configFor(topic)
    const name = logFolder(topic, partition)
    const folder = { path: `${dir.path}/${folderName}` }
    const loaded = await loadLog({
      env: this.#env,
      folder,
      topicPartition: name,
      config,
      ...known,
      wasCompacted: cleanedUpTo !== undefined,
    })
    const state = new LogState(this.#env, folder, topic, partition, config, loaded, highWatermark)
    const metadata = this.#options.disk.blocking.readFile(`${folder.path}/${PARTITION_METADATA_FILE}`)
    if (metadata !== undefined) state.topicId = topicIdIn(metadata, folder.path, this.#options.logger)
    const log = new Log(state)
    if (cleanedUpTo !== undefined) log.compaction.cleanedUpTo = cleanedUpTo
    return log
  }

  get flushTimes(): Histogram {
    return this.#env.flushTimes
  }

  /** How compaction gets along. */
  get cleaning(): CleanerView {
    return this.#cleaner
  }

  get directories(): readonly LogDirectory[] {
    return this.#logDirs
  }

  /** The broker epoch in .kafka_cleanshutdown as found at the start; -1: the last stop was not clean everywhere. */
  get previousBrokerEpoch(): number {
    const epochs = new Set(this.#logDirs.map((dir) => dir.brokerEpoch))
    const [epoch] = epochs
    return epochs.size === 1 && epoch !== undefined ? epoch : -1
  }

  get(topic: string, partition: number): Log | undefined {
    const name = logFolder(topic, partition)
    return this.#byName.get(name)?.logsByName.get(name)
  }

  /** Synchronous, so that an image's change is served at once; `directory` where the controller assigned one. */
  getOrCreate(topic: string, partition: number, topicId: TopicId, config: LogConfig, directory?: DirectoryId): Log {
    const known = this.get(topic, partition)
    if (known === undefined) return this.#create(topic, partition, topicId, config, directory)
    if (known.topicId !== undefined && known.topicId !== topicId) {
      const text = `The log ${logFolder(topic, partition)} belongs to topic id ${known.topicId}, not ${topicId}`
      throw new KafkaError('INCONSISTENT_TOPIC_ID', text)
    }
    // Where it has none, nothing of it was ever flushed, or an old broker wrote it.
    known.setTopicId(topicId, 'new')
    known.updateConfig(config)
    return known
  }

  #create(topic: string, partition: number, topicId: TopicId, config: LogConfig, directory?: DirectoryId): Log {
    const dir = this.#chooseDirectory(directory)
    const folder = `${dir.path}/${logFolder(topic, partition)}`
    try {
      const log = this.#createIn(folder, topic, partition, config)
      log.setTopicId(topicId, 'new')
      this.#register(dir, log)
      return log
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') this.#refusing.refused(dir.path, error as Error)
      throw new KafkaError('KAFKA_STORAGE_ERROR', `Cannot make the log ${folder}: ${(error as Error).message}`)
    }
  }

  #chooseDirectory(directory: DirectoryId | undefined): LogDirectory {
    const chosen = chooseDirectory(this.#logDirs, directory, this.#options.isCordoned)
    if (chosen === undefined) throw new KafkaError('KAFKA_STORAGE_ERROR', 'All log directories are offline')
    return chosen
  }

  #createIn(path: string, topic: string, partition: number, config: LogConfig): Log {
    const { disk } = this.#options
    disk.blocking.makeDirectory(path)
    const folder = { path }
    const empty = newLog(this.#env, folder, logFolder(topic, partition), config)
    return new Log(new LogState(this.#env, folder, topic, partition, config, empty, 0))
  }

  /** The log of __cluster_metadata-0, which is not among `logs()`; always scanned in full when opened. */
  async openMetadataLog(config: LogConfig): Promise<Log> {
    const dir = this.#metadataDir
    if (dir === undefined) throw new Error('There is no directory for the metadata log')
    if (this.#metadataLog !== undefined) return this.#metadataLog
    const path = `${dir.path}/${logFolder(METADATA_TOPIC, 0)}`
    this.#options.disk.blocking.makeDirectory(path)
    const folder = { path }
    const loaded = await loadLog({
      env: this.#env,
      folder,
      topicPartition: logFolder(METADATA_TOPIC, 0),
      config,
      clean: false,
      recoveryPoint: 0,
      logStartOffset: 0,
    })
    this.#metadataLog = new Log(new LogState(this.#env, folder, METADATA_TOPIC, 0, config, loaded, 0))
    return this.#metadataLog
  }

  *logs(): Iterable<Log> {
    for (const dir of this.#logDirs) yield* dir.logs
  }

  /** Whether the directory of this log takes no records at present. */
  refuses(log: Log): boolean {
    return this.#refusing.has(log.parentDir)
  }

  directoryOf(log: Log): LogDirectory | undefined {
    return this.#byName.get(logFolder(log.topic, log.partition))
  }

  /** Renames to `-delete` at once; the files go after file.delete.delay.ms. */
  async delete(topic: string, partition: number): Promise<void> {
    const log = this.#takeAway(topic, partition, 'delete')
    if (log === undefined) return
    await log.abandon()
    this.#removeLater(log.dir, log.config)
  }

  /** Renames to `-stray` a log that the cluster does not know any more. */
  async setAside(topic: string, partition: number): Promise<void> {
    await this.#takeAway(topic, partition, 'stray')?.abandon()
  }

  /** Renaming blocks on purpose: a topic of the same name may be made in the next moment. */
  #takeAway(topic: string, partition: number, kind: 'delete' | 'stray'): Log | undefined {
    const name = logFolder(topic, partition)
    const dir = this.#byName.get(name)
    const log = dir?.logsByName.get(name)
    if (dir === undefined || log === undefined) return undefined
    const id = this.#options.random.bytes(16).toString('hex')
    const marked = `${dir.path}/${markedLogFolder(topic, partition, id, kind)}`
    try {
      this.#options.disk.blocking.rename(log.dir, marked)
    } catch (error) {
      this.#failDirectory(dir.path, error as Error)
      throw new KafkaError('KAFKA_STORAGE_ERROR', `Cannot rename ${log.dir}: ${(error as Error).message}`)
    }
    log.moved(marked)
    this.#byName.delete(name)
    dir.logsByName.delete(name)
    return log
  }

  #removeLater(path: string, config: LogConfig): void {
    const timer = this.#options.clock.after(config.fileDeleteDelayMs, () => {
      this.#timers.delete(timer)
      const removal = this.#options.disk
        .removeTree(path)
        .catch((error) => this.#options.logger.warn({ err: error, path }, 'removing a deleted log failed'))
        .then(() => {
          this.#deletions.delete(removal)
        })
      this.#deletions.add(removal)
    })
    this.#timers.add(timer)
  }

  #failDirectory(path: string, error: Error): void {
    const dir = this.#directories.find((one) => one.path === path)
    if (dir === undefined || !dir.online) return
    this.#options.logger.error({ err: error, dir: path }, 'the log directory failed and is offline')
    dir.fail(error)
    for (const log of [...dir.logs, ...this.future.in(dir)]) log.fail(error)
    this.#options.onDirectoryFailure?.(path, error)
  }

  /** What may change while the logs are open. */
  reconfigure(settings: Pick<LogManagerSettings, 'cleaner' | 'producerIdExpirationMs' | 'verifiesTransactions'>): void {
    this.#settings = { ...this.#settings, ...settings }
    this.#cleaner.reconfigure(settings.cleaner)
  }

  /** Compacts the log that needs it most; false: none does. The schedule does it by itself. */
  compactOne(): Promise<boolean> {
    return this.#cleaner.cleanOne()
  }

  /** Begins retention, compaction, flush, checkpoints and producer expiry. Call when topic configs are known. */
  startSchedules(): void {
    this.#schedules.start()
    this.#cleaner.start()
  }

  space(dir: LogDirectory): Promise<{ readonly total: number; readonly usable: number }> {
    return this.#options.disk.space(dir.path)
  }

  async checkpoint(): Promise<void> {
    for (const dir of this.#logDirs) {
      await dir.writeRecoveryPoints()
      await dir.writeLogStarts()
      await dir.writeHighWatermarks()
      await dir.writeCleanedOffsets()
    }
  }

  /** Flushes, trims, snapshots, checkpoints, leaves the clean-shutdown marker, frees the locks. */
  async shutdown(brokerEpoch = -1): Promise<void> {
    this.#refusing.close()
    await this.#cleaner.stop()
    await this.#schedules.stop()
    for (const timer of this.#timers) timer.cancel()
    await Promise.all(this.#deletions)
    for (const dir of this.#logDirs) await this.#closeDirectory(dir, brokerEpoch)
    await this.#metadataLog?.close()
    await this.#releaseAll()
  }

  async #closeDirectory(dir: LogDirectory, brokerEpoch: number): Promise<void> {
    const waiting = [...dir.logs, ...this.future.in(dir)]
    let clean = dir.online
    const worker = async () => {
      for (let log = waiting.pop(); log !== undefined; log = waiting.pop()) clean = (await log.close()) && clean
    }
    await Promise.all(Array.from({ length: 8 }, worker))
    if (!dir.online) return
    try {
      await dir.writeRecoveryPoints()
      await dir.writeLogStarts()
      await dir.writeHighWatermarks()
      await dir.writeCleanedOffsets()
      if (clean) await dir.markClean(brokerEpoch)
    } catch (error) {
      this.#options.logger.error({ err: error, dir: dir.path }, 'the stop of this directory is not clean')
    }
  }

  async #releaseAll(): Promise<void> {
    await this.#env.pool.close()
    for (const dir of this.#directories) await dir.release()
  }
}
