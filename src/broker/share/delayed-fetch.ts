import { InvariantError } from '../../base/assert.ts'
import { ErrorCode, KafkaError } from '../../base/errors.ts'
import type { Uuid } from '../../base/ids.ts'
import type { Clock, Logger, Timer } from '../../io/ports.ts'
import type { AcquiredRecords } from '../../share/aborted.ts'
import type { AbortedTransaction, ReadResult } from '../../storage/types.ts'
import type { Watcher } from '../purgatory.ts'
import { fetchedBatches, sliceOf } from './fetched-batches.ts'
import type { HeldPartition } from './held-partition.ts'
import type { SharePartitions } from './share-partitions.ts'

export interface FetchTarget {
  readonly topicId: Uuid
  readonly topic: string
  readonly partition: number
}

export interface ShareFetchParams {
  readonly groupId: string
  readonly memberId: string
  readonly targets: readonly FetchTarget[]
  readonly maxWaitMs: number
  readonly minBytes: number
  readonly maxBytes: number
  readonly maxRecords: number
  readonly batchSize: number
  readonly isStrict: boolean
}

export interface FetchedPartition {
  readonly target: FetchTarget
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly records: readonly Buffer[]
  readonly acquired: readonly AcquiredRecords[]
}

interface Locked {
  readonly target: FetchTarget
  readonly held: HeldPartition
  readonly fetchOffset: number
}

interface Reading extends Locked {
  readonly read: ReadResult | KafkaError
  /** Of transactions that nobody may see. */
  readonly aborted: readonly AbortedTransaction[]
}

/**
 * A share fetch: looks for records that may be acquired in any of its partitions, and waits for some. While it reads what
 * it found nobody else of the group may look at the same partitions.
 */
export class DelayedShareFetch implements Watcher {
  readonly seesUncommitted = false
  readonly committedOnly: boolean
  readonly #partitions: SharePartitions
  readonly #params: ShareFetchParams
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #held = new Map<FetchTarget, HeldPartition>()
  readonly #failed: FetchedPartition[] = []
  readonly #results: ReadResult[] = []
  #timer: Timer | undefined
  #isTrying = false
  #tryAgain = false
  #isOver = false
  /** Records acquired so far. */
  #count = 0
  #done: ((fetched: FetchedPartition[]) => void) | undefined
  #fail: ((error: unknown) => void) | undefined

  constructor(partitions: SharePartitions, params: ShareFetchParams, clock: Clock, logger: Logger) {
    this.#partitions = partitions
    this.#params = params
    this.#clock = clock
    this.#logger = logger
    this.committedOnly = partitions.configOf(params.groupId).committedOnly
  }

  run(): Promise<FetchedPartition[]> {
    const { groupId, targets, maxRecords, maxBytes, maxWaitMs } = this.#params
    if (targets.length === 0 || maxRecords === 0 || maxBytes === 0) return Promise.resolve([])
    if (maxRecords < 0) return Promise.resolve(targets.map(nothingOf))
    if (maxBytes < 0) {
      return Promise.resolve(targets.map((target) => failedPartition(target, new KafkaError('UNKNOWN_SERVER_ERROR'))))
    }
    for (const target of targets) {
      try {
        this.#held.set(target, this.#partitions.open(groupId, target.topicId, target.topic, target.partition))
      } catch (error) {
        this.#failed.push(failedPartition(target, error))
      }
    }
    if (this.#held.size === 0) return Promise.resolve(this.#failed)
    return new Promise((resolve, reject) => {
      this.#done = resolve
      this.#fail = reject
      for (const held of this.#held.values()) {
        held.wait(this.#look)
        held.replica.watch(this)
      }
      this.#timer = this.#clock.after(Math.max(0, maxWaitMs), () => {
        this.#isOver = true
        this.#look()
      })
      this.#look()
    })
  }

  /** What was read may be given back. */
  release(): void {
    for (const result of this.#results.splice(0)) result.release()
  }

  /** Nobody waits for it any more; false: it is done. */
  cancel(): boolean {
    if (this.#done === undefined) return false
    this.#stop()
    return true
  }

  advanced(): void {
    this.#look()
  }

  disturbed(): void {
    this.#look()
  }

  #stop(): void {
    this.#done = undefined
    this.#timer?.cancel()
    for (const held of this.#held.values()) {
      held.unwait(this.#look)
      held.replica.unwatch(this)
    }
  }

  readonly #look = (): void => {
    if (this.#done === undefined) return
    if (this.#isTrying) {
      this.#tryAgain = true
      return
    }
    this.#isTrying = true
    this.#try()
      .catch((error) => {
        const fail = this.#fail
        if (this.cancel()) fail?.(error)
      })
      .finally(() => {
        this.#isTrying = false
        if (!this.#tryAgain) return
        this.#tryAgain = false
        this.#look()
      })
  }

  async #try(): Promise<void> {
    const locked = this.#lockAvailable()
    let taken: FetchedPartition[] | undefined
    try {
      const readings = await this.#readAll(locked)
      if (this.#done === undefined) return
      const isEnough = this.#isOver || this.#held.size === 0 || this.#isEnough(readings)
      if (isEnough) taken = readings.flatMap((reading) => this.#take(reading))
    } finally {
      for (const { held } of locked) held.unlock()
    }
    if (taken === undefined) return
    const done = this.#done
    this.#stop()
    for (const { held } of locked) held.wakeSoon()
    done?.([...this.#failed, ...taken])
  }

  #lockAvailable(): Locked[] {
    const locked: Locked[] = []
    for (const [target, held] of [...this.#held]) {
      try {
        const { partition } = held
        if (partition === undefined || !held.lock()) continue
        if (partition.canAcquire()) locked.push({ target, held, fetchOffset: partition.nextFetchOffset() })
        else held.unlock()
      } catch (error) {
        this.#failed.push(failedPartition(target, error))
        held.unwait(this.#look)
        held.replica.unwatch(this)
        this.#held.delete(target)
      }
    }
    return locked
  }

  /** Each partition has an equal share of the bytes. */
  async #readAll(locked: readonly Locked[]): Promise<Reading[]> {
    this.release()
    const readings: Reading[] = []
    const share = Math.floor(this.#params.maxBytes / Math.max(1, locked.length))
    let bytes = 0
    for (const { target, held, fetchOffset } of locked) {
      try {
        const { log, isLeader } = held.replica
        if (!isLeader) throw new KafkaError('NOT_LEADER_OR_FOLLOWER')
        const upTo = this.committedOnly ? log.lastStableOffset : log.highWatermark
        const read = await log.read(fetchOffset, { maxBytes: share, upTo, minOneBatch: bytes === 0 })
        bytes += read.sizeInBytes
        this.#results.push(read)
        const sees = this.committedOnly && read.sizeInBytes > 0
        const aborted = sees ? await log.abortedTransactions(fetchOffset, read.nextOffset) : []
        readings.push({ target, held, fetchOffset, read, aborted })
      } catch (error) {
        if (error instanceof InvariantError) throw error
        if (!(error instanceof KafkaError)) this.#logger.error({ err: error, ...target }, 'a read failed')
        const failure = error instanceof KafkaError ? error : new KafkaError('UNKNOWN_SERVER_ERROR')
        readings.push({ target, held, fetchOffset, read: failure, aborted: [] })
      }
    }
    return readings
  }

  #isEnough(readings: readonly Reading[]): boolean {
    let bytes = 0
    for (const { read } of readings) {
      if (read instanceof KafkaError) return true
      bytes += read.sizeInBytes
    }
    return readings.length > 0 && bytes >= this.#params.minBytes && (bytes > 0 || this.#params.minBytes <= 0)
  }

  #take(reading: Reading): FetchedPartition[] {
    const { target, held, read } = reading
    if (read instanceof KafkaError) return [this.#tookNothing(reading, read)]
    const partition = held.partition
    if (partition === undefined) return []
    const batches = fetchedBatches(read.chunks)
    const { records, count } = partition.acquire({
      memberId: this.#params.memberId,
      isStrict: this.#params.isStrict,
      batchSize: this.#params.batchSize,
      maxRecords: this.#params.maxRecords - this.#count,
      fetchOffset: reading.fetchOffset,
      batches,
      aborted: reading.aborted,
      nowMs: this.#clock.monotonic(),
    })
    this.#count += count
    held.schedule()
    const chunks = records.length === 0 ? [] : sliceOf(batches, records)
    return [{ target, errorCode: 0, errorMessage: null, records: chunks, acquired: records }]
  }

  #tookNothing({ target, held }: Reading, error: KafkaError): FetchedPartition {
    if (error.error !== 'OFFSET_OUT_OF_RANGE') return failedPartition(target, error)
    held.partition?.logStartMoved(held.replica.log.logStartOffset)
    return nothingOf(target)
  }
}

function nothingOf(target: FetchTarget): FetchedPartition {
  return { target, errorCode: ErrorCode.NONE, errorMessage: null, records: [], acquired: [] }
}

export function failedPartition(target: FetchTarget, error: unknown): FetchedPartition {
  if (!(error instanceof KafkaError)) throw error
  return { target, errorCode: error.code, errorMessage: error.detail, records: [], acquired: [] }
}
