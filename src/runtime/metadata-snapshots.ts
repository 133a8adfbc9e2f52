import type { Clock, Disk, Logger } from '../io/ports.ts'
import type { MetadataImage } from '../metadata/image.ts'
import { snapshotRecords } from '../metadata/snapshot.ts'
import { type ParsedSnapshot, parseSnapshot, snapshotChunks } from '../metadata/snapshot-file.ts'
import type { VoterSource } from '../raft/types.ts'

/** A snapshot stands for everything below `endOffset`; `epoch` is that of the record before it. */
export interface SnapshotId {
  readonly endOffset: number
  readonly epoch: number
}

const NAME = /^(\d{20})-(\d{10})\.checkpoint$/
const LEFTOVER = /\.checkpoint\.(part|deleted|tmp)$/

export function snapshotName({ endOffset, epoch }: SnapshotId): string {
  return `${String(endOffset).padStart(20, '0')}-${String(epoch).padStart(10, '0')}.checkpoint`
}

/** The `.checkpoint` files in the folder of the metadata log. */
export class MetadataSnapshots {
  readonly #disk: Disk
  readonly #dir: string
  readonly #clock: Clock
  readonly #logger: Logger
  /** Oldest first. */
  #ids: readonly SnapshotId[] = []

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
      if (match) ids.push({ endOffset: Number(match[1]), epoch: Number(match[2]) })
    }
    this.#ids = ids.sort((a, b) => a.endOffset - b.endOffset || a.epoch - b.epoch)
  }

  async read(id: SnapshotId): Promise<ParsedSnapshot> {
    return parseSnapshot(await this.#disk.readFile(this.#path(id)))
  }

  async size(id: SnapshotId): Promise<number> {
    return (await this.#disk.stat(this.#path(id)))?.size ?? 0
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
    await this.#disk.replaceFile(this.#path(id), Buffer.concat(chunks))
    this.#ids = [...this.#ids.filter(({ endOffset }) => endOffset !== id.endOffset), id]
    this.#logger.info({ snapshot: snapshotName(id) }, 'wrote a metadata snapshot')
    return id
  }

  async remove(id: SnapshotId): Promise<void> {
    this.#ids = this.#ids.filter((other) => other !== id)
    await this.#disk.remove(this.#path(id))
    this.#logger.info({ snapshot: snapshotName(id) }, 'deleted an old metadata snapshot')
  }

  #path(id: SnapshotId): string {
    return `${this.#dir}/${snapshotName(id)}`
  }
}
