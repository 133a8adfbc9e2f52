import type { DirectoryId } from '../base/ids.ts'
import type { Disk, DiskLock, Logger } from '../io/ports.ts'
import {
  formatCleanShutdown,
  formatOffsetCheckpoint,
  parseCleanShutdown,
  parseOffsetCheckpoint,
} from './checkpoints.ts'
import type { Log } from './log.ts'
import { LogDirectoryError } from './log-directory-error.ts'
import {
  CLEAN_SHUTDOWN_FILE,
  CLEANER_FILE,
  HIGH_WATERMARK_FILE,
  LOCK_FILE,
  LOG_START_FILE,
  RECOVERY_POINT_FILE,
} from './names.ts'

type CheckpointFile =
  | typeof HIGH_WATERMARK_FILE
  | typeof LOG_START_FILE
  | typeof RECOVERY_POINT_FILE
  | typeof CLEANER_FILE

/** One of log.dirs: its lock, its checkpoints, its logs by `topic-partition`. */
export class LogDirectory {
  readonly path: string
  readonly directoryId: DirectoryId
  readonly logsByName = new Map<string, Log>()
  /** The last stop left its marker here. */
  readonly clean: boolean
  /** From the marker; -1: not clean, or not known. */
  readonly brokerEpoch: number
  readonly #disk: Disk
  readonly #logger: Logger
  readonly #lock: DiskLock
  readonly #lastWritten = new Map<CheckpointFile, string>()
  #failure: Error | undefined

  constructor(path: string, directoryId: DirectoryId, disk: Disk, logger: Logger, lock: DiskLock) {
    this.path = path
    this.directoryId = directoryId
    this.#disk = disk
    this.#logger = logger
    this.#lock = lock
    const marker = disk.blocking.readFile(`${path}/${CLEAN_SHUTDOWN_FILE}`)
    this.clean = marker !== undefined
    this.brokerEpoch = marker ? parseCleanShutdown(marker.toString('utf8')) : -1
    if (this.clean) disk.blocking.remove(`${path}/${CLEAN_SHUTDOWN_FILE}`)
  }

  get online(): boolean {
    return this.#failure === undefined
  }

  get logs(): readonly Log[] {
    return [...this.logsByName.values()]
  }

  fail(error: Error): void {
    this.#failure = error
  }

  readCheckpoint(file: CheckpointFile): Map<string, number> {
    const path = `${this.path}/${file}`
    const bytes = this.#disk.blocking.readFile(path)
    if (bytes === undefined) return new Map()
    try {
      return parseOffsetCheckpoint(bytes.toString('utf8'))
    } catch (error) {
      this.#logger.warn({ err: error, path }, 'unreadable checkpoint, going on without it')
      return new Map()
    }
  }

  async writeRecoveryPoints(): Promise<void> {
    await this.#write(RECOVERY_POINT_FILE, (log) => log.recoveryPoint)
  }

  /** Only logs that begin inside a segment: the others' files say it. */
  async writeLogStarts(): Promise<void> {
    await this.#write(LOG_START_FILE, (log) =>
      log.logStartOffset > log.firstSegmentOffset ? log.logStartOffset : undefined,
    )
  }

  async writeHighWatermarks(): Promise<void> {
    await this.#write(HIGH_WATERMARK_FILE, (log) => log.highWatermark)
  }

  /** Only logs that were compacted at some time. */
  async writeCleanedOffsets(): Promise<void> {
    await this.#write(CLEANER_FILE, (log) => log.compaction.cleanedUpTo)
  }

  async #write(file: CheckpointFile, offsetOf: (log: Log) => number | undefined): Promise<void> {
    if (!this.online) return
    const entries = []
    for (const log of this.logsByName.values()) {
      const offset = offsetOf(log)
      if (offset !== undefined) entries.push({ topic: log.topic, partition: log.partition, offset })
    }
    const text = formatOffsetCheckpoint(entries)
    if (this.#lastWritten.get(file) === text) return
    await this.#disk.replaceFile(`${this.path}/${file}`, text)
    this.#lastWritten.set(file, text)
  }

  async markClean(brokerEpoch: number): Promise<void> {
    await this.#disk.replaceFile(`${this.path}/${CLEAN_SHUTDOWN_FILE}`, formatCleanShutdown(brokerEpoch))
  }

  release(): Promise<void> {
    return this.#lock.release()
  }
}

/** The one that was asked for, else of those that take new logs the one with the fewest; undefined: all are offline. */
export function chooseDirectory(
  directories: readonly LogDirectory[],
  asked: DirectoryId | undefined,
  isCordoned: (path: string) => boolean = () => false,
): LogDirectory | undefined {
  const online = directories.filter((dir) => dir.online)
  const open = online.filter(({ path }) => !isCordoned(path))
  const [first, ...rest] = open.length > 0 ? open : online
  if (first === undefined) return undefined
  const assigned = online.find((dir) => dir.directoryId === asked)
  return assigned ?? rest.reduce((best, dir) => (dir.logsByName.size < best.logsByName.size ? dir : best), first)
}

/** Throws one sentence where the directory can't be had. */
export async function lockDirectory(disk: Disk, path: string): Promise<DiskLock> {
  let lock: DiskLock | undefined
  try {
    disk.blocking.makeDirectory(path)
    lock = await disk.lock(`${path}/${LOCK_FILE}`)
  } catch (error) {
    throw new LogDirectoryError(
      `Set log.dirs to a directory that can be used: ${path} can't: ${(error as Error).message}.`,
    )
  }
  if (lock === undefined)
    throw new LogDirectoryError(
      `Stop the other broker first, or set another directory in log.dirs: ${path} is in use by another broker, which holds its lock.`,
    )
  return lock
}
