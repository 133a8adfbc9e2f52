import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MemoryDisk } from '../../src/io/memory-disk.ts'
import { baseOffset, lastOffset, maxTimestamp, setBaseOffset } from '../../src/record/header.ts'
import { batches } from '../../src/record/iterate.ts'
import type { Log } from '../../src/storage/log.ts'
import { DEFAULT_LOG_CONFIG } from '../../src/storage/log-config.ts'
import type { LogManager } from '../../src/storage/log-manager.ts'
import { appendClient, batch, ManualClock, openManager, readAll, SeededRandom, split, TOPIC_ID } from './support.ts'

/** Small enough that a few dozen batches make many segments and index entries. */
const CONFIG = { ...DEFAULT_LOG_CONFIG, segmentBytes: 3000, indexIntervalBytes: 300, segmentIndexBytes: 120 }

type Step =
  | {
      readonly do: 'append'
      readonly count: number
      readonly size: number
      readonly back: number
      readonly producer: number
    }
  | { readonly do: 'restart' }
  | { readonly do: 'crash'; readonly keep: number }
  | { readonly do: 'flush' }
  | { readonly do: 'follow' }
  | { readonly do: 'truncate'; readonly back: number }
  | { readonly do: 'delete'; readonly ahead: number }

const upTo30 = fc.integer({ min: 0, max: 30 })
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 30,
      arbitrary: fc.record({
        do: fc.constant('append' as const),
        count: fc.integer({ min: 1, max: 5 }),
        size: fc.integer({ min: 0, max: 200 }),
        back: fc.integer({ min: 0, max: 50 }),
        producer: fc.integer({ min: -1, max: 2 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const), keep: fc.constantFrom(0, 0.3, 0.9, 1) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('flush' as const) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('follow' as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('truncate' as const), back: upTo30 }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), ahead: upTo30 }) },
  ),
  { minLength: 40, maxLength: 160, size: 'max' },
)

/** The log as a plain list of batches, beside the real one. */
class Model {
  readonly disk = new MemoryDisk({ crashable: true })
  readonly tailCacheBytes: number
  manager!: LogManager
  log!: Log
  batches: Buffer[] = []
  end = 0
  start = 0
  durable = 0
  sequences = new Map<number, number>()
  time = 1_700_000_000_000

  constructor(tailCacheBytes: number) {
    this.tailCacheBytes = tailCacheBytes
  }

  async open(): Promise<void> {
    this.manager = await openManager({
      disk: this.disk,
      clock: new ManualClock(this.time),
      random: new SeededRandom(this.end),
      configFor: () => CONFIG,
      settings: { tailCacheBytes: this.tailCacheBytes },
    })
    this.log = this.manager.getOrCreate('t', 0, TOPIC_ID, CONFIG)
  }

  async run(step: Step): Promise<void> {
    switch (step.do) {
      case 'append':
        return this.append(step)
      case 'flush':
        await this.log.flush()
        this.durable = this.log.recoveryPoint
        return
      case 'follow': {
        const { chunks } = await this.log.read(this.end, { maxBytes: 1, upTo: this.end, minOneBatch: true })
        expect(chunks).toEqual([])
        return
      }
      case 'restart':
        await this.manager.shutdown(1)
        await this.open()
        expect(this.log.logEndOffset).toBe(this.end)
        this.durable = this.end
        return
      case 'crash':
        return this.crash(step.keep)
      case 'truncate':
        return this.truncate(Math.max(this.end - step.back, this.start))
      case 'delete': {
        const offset = Math.min(this.start + step.ahead, this.end)
        this.log.updateHighWatermark(this.end)
        await this.log.deleteRecordsBefore(offset)
        await this.log.applyRetention(this.time)
        this.start = offset
        // What the log start promises is kept by the checkpoint.
        await this.manager.checkpoint()
        this.batches = this.batches.filter((bytes) => lastOffset(bytes, 0) >= this.start)
      }
    }
  }

  async append(step: Step & { do: 'append' }): Promise<void> {
    this.time += 10
    const producer = step.producer
    const sequence = this.sequences.get(producer) ?? 0
    const idempotent = producer < 0 ? {} : { producerId: producer, producerEpoch: 0, baseSequence: sequence }
    const bytes = batch(step.count, step.size, { timestamp: this.time - step.back, ...idempotent })
    const info = appendClient(this.log, Buffer.from(bytes), 0, this.time)
    expect([info.firstOffset, info.lastOffset]).toEqual([this.end, this.end + step.count - 1])
    await info.written
    expect(this.log.writtenEndOffset).toBe(this.end + step.count)
    if (producer >= 0) this.sequences.set(producer, sequence + step.count)
    setBaseOffset(bytes, 0, this.end)
    bytes.writeInt32BE(0, 12)
    this.batches.push(bytes)
    this.end += step.count
  }

  async crash(keep: number): Promise<void> {
    await this.log.abandon()
    this.disk.crash((_path, unsynced) => Math.floor(unsynced * keep))
    await this.open()
    const end = this.log.logEndOffset
    expect(end).toBeGreaterThanOrEqual(this.durable)
    this.lose(end)
  }

  lose(end: number): void {
    if (end < this.end) this.sequences.clear()
    this.batches = this.batches.filter((bytes) => lastOffset(bytes, 0) < end)
    this.end = end
    this.durable = Math.min(this.durable, end)
    for (const producer of this.log.activeProducers())
      this.sequences.set(producer.producerId, producer.lastSequence + 1)
  }

  /** To the end of a batch: leader epochs never change inside of one. */
  async truncate(wanted: number): Promise<void> {
    const batchStart = this.batches.find((bytes) => lastOffset(bytes, 0) >= wanted)
    const offset = Math.max(batchStart ? baseOffset(batchStart, 0) : this.end, this.start)
    await this.log.truncateTo(offset)
    expect(this.log.logEndOffset).toBe(offset)
    this.lose(offset)
  }

  async compare(): Promise<void> {
    expect([this.log.logStartOffset, this.log.logEndOffset]).toEqual([this.start, this.end])
    const visible = this.batches.filter((bytes) => lastOffset(bytes, 0) >= this.start)
    expect(split(await readAll(this.log, this.start)).map(hex)).toEqual(visible.map(hex))
    for (let offset = this.start; offset < this.end; offset += 3) await this.compareRead(offset, visible)
    await this.compareTimes(visible)
    const last = new Map<number, number>()
    for (const view of batches(Buffer.concat(this.batches))) {
      const id = Number(view.buffer.readBigInt64BE(view.at + 43))
      if (id >= 0) last.set(id, view.buffer.readInt32BE(view.at + 53) + view.buffer.readInt32BE(view.at + 23))
    }
    for (const [id, sequence] of last) {
      expect(this.log.activeProducers().find((p) => p.producerId === id)?.lastSequence).toBe(sequence)
    }
  }

  async compareRead(offset: number, visible: readonly Buffer[]): Promise<void> {
    const maxBytes = 64 + ((offset * 37) % 700)
    const upTo = Math.min(this.end, offset + 1 + (offset % 7))
    const read = await this.log.read(offset, { maxBytes, upTo, minOneBatch: offset % 2 === 0 })
    const wanted: Buffer[] = []
    let size = 0
    for (const bytes of visible) {
      if (lastOffset(bytes, 0) < offset) continue
      const fits = size + bytes.length <= maxBytes || (size === 0 && offset % 2 === 0)
      if (lastOffset(bytes, 0) >= upTo || !fits) break
      wanted.push(bytes)
      size += bytes.length
    }
    const got = split(Buffer.concat(read.chunks))
    // A cold read ends with its segment: at least the first batch, and never a batch too many.
    expect(got.map(hex)).toEqual(wanted.slice(0, got.length).map(hex))
    if (wanted.length > 0) expect(got.length).toBeGreaterThan(0)
    expect(read.sizeInBytes).toBe(got.reduce((sum, bytes) => sum + bytes.length, 0))
  }

  async compareTimes(visible: readonly Buffer[]): Promise<void> {
    const records = [...batches(Buffer.concat(visible))].flatMap((view) => [...view.records()])
    const seen = records.filter((record) => record.offset >= this.start)
    for (let index = 0; index < seen.length; index += 5) {
      const time = seen[index]?.timestamp ?? 0
      const wanted = seen.find((record) => record.timestamp >= time)
      const found = await this.log.offsetForTimestamp(time)
      expect(found?.offset).toBe(wanted?.offset)
    }
  }
}

const hex = (bytes: Buffer) => `${baseOffset(bytes, 0)}@${maxTimestamp(bytes, 0)}:${bytes.toString('hex')}`

test.each([0, 1500, 2 ** 20])('a log is the list of its batches, with a tail of %i bytes', async (tailCacheBytes) => {
  await fc.assert(
    fc.asyncProperty(steps, async (run) => {
      const model = new Model(tailCacheBytes)
      await model.open()
      for (const step of run) await model.run(step)
      await model.compare()
      await model.run({ do: 'crash', keep: 0.5 })
      await model.compare()
      await model.run({ do: 'restart' })
      await model.compare()
      await model.manager.shutdown()
    }),
    { numRuns: 25, endOnFailure: true },
  )
})
