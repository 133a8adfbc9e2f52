import { assert } from '../base/assert.ts'
import { takeCopy } from '../base/lent-memory.ts'
import type { Logger } from '../io/ports.ts'
import { MetadataDelta } from '../metadata/delta.ts'
import { MetadataImage } from '../metadata/image.ts'
import { decodeMetadataRecord, type MetadataRecord } from '../metadata/records.ts'
import { reloadDelta } from '../metadata/reload.ts'
import { MetadataTransaction } from '../metadata/transaction.ts'
import { isControl, lastOffset, leaderEpoch, maxTimestamp } from '../record/header.ts'
import { batches } from '../record/iterate.ts'
import type { Log } from '../storage/log.ts'
import type { MetadataSnapshots, SnapshotId } from './metadata-snapshots.ts'

/** Called when committed records have changed `image`: at once, in the order of registration, before any reply leaves. */
export type ImageListener = (delta: MetadataDelta, image: MetadataImage) => void

export interface FollowingOptions {
  readonly clusterId: string
  readonly log: Log
  readonly snapshots: MetadataSnapshots
  readonly logger: Logger
  /** So many bytes of the log came into the image; the time is that of their last record. */
  readonly onApplied: (bytes: number, lastTimestamp: number) => void
  /** The image was read from a snapshot of that time. */
  readonly onLoaded: (lastTimestamp: number) => void
  /** The image reached another offset. */
  readonly onAdvanced: () => void
  /** What is committed can't be read, understood or followed: this node must not go on with an old image. */
  readonly onFatal: (error: unknown) => void
}

/** A batch of decided records whose bytes need not be read back. */
export interface DecidedBatch {
  readonly baseOffset: number
  readonly records: readonly MetadataRecord[]
}

const READ_BYTES = 1024 * 1024

/**
 * Brings what is committed into the image: by reading the log, or straight from the active controller where it runs here.
 * One thing after another; what comes meanwhile waits.
 */
export class CommittedMetadata {
  /** Everything that is committed, as far as it was read. */
  readonly image: MetadataImage
  readonly #options: FollowingOptions
  readonly #listeners = new Set<ImageListener>()
  #transaction = new MetadataTransaction()
  /** No record was ever committed. */
  #isEmpty = true
  #committed = 0
  #work: Promise<void> | undefined
  #snapshot: SnapshotId | undefined
  #stopped = false

  constructor(options: FollowingOptions) {
    this.#options = options
    this.image = new MetadataImage(options.clusterId)
  }

  get isEmpty(): boolean {
    return this.#isEmpty
  }

  get transaction(): MetadataTransaction {
    return this.#transaction
  }

  /** Something that is committed is not in the image yet. */
  get isBusy(): boolean {
    return this.#work !== undefined
  }

  /** The first offset that is not in the image. */
  get nextOffset(): number {
    return this.image.offset + 1
  }

  onImage(listener: ImageListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Everything below is committed; it is read in the background. */
  advance(highWatermark: number): void {
    if (highWatermark <= this.#committed) return
    this.#committed = highWatermark
    this.#start()
  }

  /** Everything below is committed, and what of it is not in the image yet was decided here. */
  replay(decided: readonly DecidedBatch[], highWatermark: number, epoch: number): void {
    assert(this.#work === undefined, 'the log is being read while decisions of this node are committed')
    const delta = new MetadataDelta()
    for (const { records } of decided) for (const record of records) this.#apply(record, delta)
    this.#committed = Math.max(this.#committed, highWatermark)
    this.image.offset = highWatermark - 1
    this.image.epoch = epoch
    this.#tell(delta)
  }

  /** The image becomes that of the snapshot as soon as what is being read is read. */
  load(id: SnapshotId): void {
    this.#snapshot = id
    this.#committed = Math.max(this.#committed, id.endOffset)
    this.#start()
  }

  /** Ends after the batch that is being applied. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#work
  }

  #start(): void {
    if (this.#stopped) return
    this.#work ??= this.#run()
      .catch(this.#options.onFatal)
      .finally(() => {
        this.#work = undefined
        if (!this.#stopped) this.#options.onAdvanced()
      })
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const snapshot = this.#snapshot
      this.#snapshot = undefined
      if (snapshot !== undefined) await this.#loadSnapshot(snapshot)
      else if (this.nextOffset < this.#committed) await this.#readLog()
      else return
    }
  }

  async #readLog(): Promise<void> {
    const { log } = this.#options
    const from = this.nextOffset
    const reading = log.read(from, { maxBytes: READ_BYTES, upTo: this.#committed, minOneBatch: true })
    const read = reading instanceof Promise ? await reading : reading
    const bytes = takeCopy(read)
    // A snapshot came meanwhile: the log begins behind it now.
    if (this.#snapshot !== undefined) return
    assert(read.nextOffset > from, `the log has nothing at ${from}, though it is committed to ${this.#committed}`)
    this.#applyBytes(bytes)
  }

  #applyBytes(bytes: Buffer): void {
    const delta = new MetadataDelta()
    let timestamp = 0
    for (const batch of batches(bytes)) {
      const { buffer, at } = batch
      if (!isControl(buffer, at)) {
        for (const record of batch.records()) {
          if (record.offset < this.nextOffset || record.value === null) continue
          this.#apply(decodeMetadataRecord(record.value), delta)
        }
      }
      this.image.offset = lastOffset(buffer, at)
      this.image.epoch = leaderEpoch(buffer, at)
      timestamp = maxTimestamp(buffer, at)
    }
    this.#options.onApplied(bytes.length, timestamp)
    this.#tell(delta)
  }

  async #loadSnapshot(id: SnapshotId): Promise<void> {
    const { clusterId, snapshots, onLoaded, logger } = this.#options
    const { records, lastContainedLogTimestamp } = await snapshots.read(id)
    const image = new MetadataImage(clusterId)
    for (const record of records) image.replay(record, new MetadataDelta())
    image.offset = id.endOffset - 1
    image.epoch = id.epoch
    const delta = reloadDelta(this.image, image)
    this.image.assign(image)
    this.#transaction = new MetadataTransaction()
    this.#isEmpty = this.#isEmpty && records.length === 0
    onLoaded(id.endOffset === 0 ? 0 : lastContainedLogTimestamp)
    logger.debug({ endOffset: id.endOffset, epoch: id.epoch }, 'loaded a metadata snapshot')
    this.#tell(delta)
  }

  #apply(record: MetadataRecord, delta: MetadataDelta): void {
    this.#transaction.replay(record, (applied) => {
      this.#isEmpty = false
      this.image.replay(applied, delta)
    })
  }

  /** What is committed is committed: a listener that fails is a fault of its own, and ends the node. */
  #tell(delta: MetadataDelta): void {
    if (delta.isEmpty) return
    for (const listener of this.#listeners) {
      try {
        listener(delta, this.image)
      } catch (error) {
        this.#options.onFatal(error)
      }
    }
  }
}
