import type { Clock, Disk, Logger } from '../io/ports.ts'
import type { MetadataImage } from '../metadata/image.ts'
import { snapshotRecords } from '../metadata/snapshot.ts'
import { type ParsedSnapshot, parseSnapshot, snapshotChunks } from '../metadata/snapshot-file.ts'
import type { LogView, SnapshotId, VoterSource } from '../raft/types.ts'
import { LogDirectoryError } from '../storage/log-directory-error.ts'

export type { SnapshotId } from '../raft/types.ts'

const NAME = /^(\d{20})-(\d{10})\.checkpoint$/
const LEFTOVER = /\.checkpoint\.(part|deleted|tmp)$/

export function snapshotName({ endOffset, epoch }: SnapshotId): string {
  return `${String(endOffset).padStart(20, '0')}-${String(epoch).padStart(10, '0')}.checkpoint`
}

/** What a file that `storage format` or this node wrote says. @throws LogDirectoryError where it is damaged */
export function readable(path: string, bytes: Buffer): ParsedSnapshot {
  try {
    return parseSnapshot(bytes)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new LogDirectoryError(`Restore ${path}, which is damaged: ${why}.`, { cause })
  }
}

/** The `.checkpoint` files in the folder of the metadata log. */
export class MetadataSnapshots {
  readonly #disk: Disk
  readonly #dir: string
  readonly #clock: Clock
  readonly #logger: Logger
  /** Oldest first. */
  #ids: readonly SnapshotId[] = []
  readonly #sizes = new Map<string, number>()

  constructor(options: { disk: Disk; dir: string; clock: Clock; logger: Logger }) {
    this.#disk = options.disk
    this.#dir = options.dir
    this.#clock = options.clock
    this.#logger = options.logger
  }

  get ids(): readonly SnapshotId[] {
    return this.#ids
  }

  get latest(): SnapshotId | undefined {
    return this.#ids.at(-1)
  }

  /** Looks what is there; removes what a crash left half written or half deleted. */
  async open(): Promise<void> {
    const ids: SnapshotId[] = []
    for (const name of await this.#disk.list(this.#dir)) {
      if (LEFTOVER.test(name)) await this.#disk.remove(`${this.#dir}/${name}`)
      const match = NAME.exec(name)
      if (!match) continue
      ids.push({ endOffset: Number(match[1]), epoch: Number(match[2]) })
      this.#sizes.set(name, (await this.#disk.stat(`${this.#dir}/${name}`))?.size ?? 0)
    }
    this.#ids = ids.sort((a, b) => a.endOffset - b.endOffset || a.epoch - b.epoch)
  }

  /** @throws LogDirectoryError where the file is damaged */
  async read(id: SnapshotId): Promise<ParsedSnapshot> {
    const path = this.#path(id)
    return readable(path, await this.#disk.readFile(path))
  }

  size(id: SnapshotId): number | undefined {
    return this.#sizes.get(snapshotName(id))
  }

  /** For Raft. What `storage format` left is no snapshot of anything: the first leader writes its contents into the log. */
  view(log: { readonly logStartOffset: number }): LogView {
    const served = () => this.#ids.filter(({ endOffset }) => endOffset > 0)
    return {
      get startOffset() {
        return log.logStartOffset
      },
      get earliestSnapshot() {
        return served()[0]
      },
      get latestSnapshot() {
        return served().at(-1)
      },
      snapshotSize: (id) => (id.endOffset > 0 ? this.size(id) : undefined),
    }
  }

  /** Writes the image as it is now; other work goes on between two pieces. */
  async write(image: MetadataImage, voters: VoterSource, lastContainedLogTimestamp: number): Promise<SnapshotId> {
    const id = { endOffset: image.offset + 1, epoch: image.epoch }
    const frozen = image.copy()
    const nowMs = this.#clock.now()
    const quorum = { kraftVersion: voters.kraftVersion, voters: voters.voters }
    const records = snapshotRecords(frozen)
    const chunks: Buffer[] = []
    for (const chunk of snapshotChunks({ leaderEpoch: id.epoch, lastContainedLogTimestamp, nowMs, quorum, records })) {
      chunks.push(chunk)
      await new Promise<void>((resolve) => this.#clock.after(0, resolve))
    }
    const bytes = Buffer.concat(chunks)
    await this.#disk.replaceFile(this.#path(id), bytes)
    this.#add(id, bytes.length)
    this.#logger.info({ snapshot: snapshotName(id) }, 'wrote a metadata snapshot')
    return id
  }

  /** A piece of somebody else's snapshot. At position 0 whatever was there of it goes. */
  async writePart(id: SnapshotId, position: number, bytes: Buffer): Promise<void> {
    const file = await this.#disk.open(this.#partPath(id), 'create')
    try {
      if (position === 0) await file.truncate(0)
      await file.write([bytes], position)
    } finally {
      await file.close()
    }
  }

  /** The download is complete. Undefined: what came can't be read, and is gone. */
  async finishPart(id: SnapshotId): Promise<ParsedSnapshot | undefined> {
    const path = this.#partPath(id)
    const bytes = await this.#disk.readFile(path)
    let parsed: ParsedSnapshot
    try {
      parsed = parseSnapshot(bytes)
    } catch (error) {
      this.#logger.warn({ err: error, snapshot: snapshotName(id) }, 'a downloaded metadata snapshot can not be read')
      await this.#disk.remove(path)
      return undefined
    }
    const file = await this.#disk.open(path, 'read-write')
    try {
      await file.sync()
    } finally {
      await file.close()
    }
    await this.#disk.rename(path, this.#path(id))
    await this.#disk.syncDirectory(this.#dir)
    this.#add(id, bytes.length)
    this.#logger.info({ snapshot: snapshotName(id), bytes: bytes.length }, 'downloaded a metadata snapshot')
    return parsed
  }

  async readPart(id: SnapshotId, position: number, length: number): Promise<Buffer> {
    const file = await this.#disk.open(this.#path(id), 'read')
    try {
      const bytes = Buffer.allocUnsafe(length)
      return bytes.subarray(0, await file.read(bytes, 0, length, position))
    } finally {
      await file.close()
    }
  }

  async remove(id: SnapshotId): Promise<void> {
    this.#ids = this.#ids.filter((other) => other !== id)
    this.#sizes.delete(snapshotName(id))
    await this.#disk.remove(this.#path(id))
    this.#logger.info({ snapshot: snapshotName(id) }, 'deleted an old metadata snapshot')
  }

  #add(id: SnapshotId, size: number): void {
    const others = this.#ids.filter(({ endOffset }) => endOffset !== id.endOffset)
    this.#ids = [...others, id].sort((a, b) => a.endOffset - b.endOffset)
    this.#sizes.set(snapshotName(id), size)
  }

  #path(id: SnapshotId): string {
    return `${this.#dir}/${snapshotName(id)}`
  }

  #partPath(id: SnapshotId): string {
    return `${this.#path(id)}.part`
  }
}
