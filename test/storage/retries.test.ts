import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MemoryDisk } from '../../src/io/memory-disk.ts'
import type { Log } from '../../src/storage/log.ts'
import type { LogManager } from '../../src/storage/log-manager.ts'
import { batch, ManualClock, NOW, openLog } from './support.ts'

const WINDOW = 5
/** No producer is idle for long enough to be forgotten. */
const LATER = NOW + 60_000

interface Sent {
  readonly producerId: number
  readonly epoch: number
  readonly sequence: number
  readonly count: number
  readonly valueSize: number
  readonly timestamp: number
  readonly offset: number
}

/** A log, and beside it everything that its producers sent and that is still in it. */
class Retries {
  readonly disk = new MemoryDisk({ crashable: true })
  readonly #segmentBytes: number
  manager!: LogManager
  log!: Log
  sent: Sent[] = []
  #now = NOW

  constructor(segmentBytes: number) {
    this.#segmentBytes = segmentBytes
  }

  async open(): Promise<void> {
    const config = { segmentBytes: this.#segmentBytes }
    const { manager, log } = await openLog(config, { disk: this.disk, clock: new ManualClock(LATER) })
    this.manager = manager
    this.log = log
    this.#onlyBelow(log.logEndOffset)
  }

  #onlyBelow(end: number): void {
    this.sent = this.sent.filter(({ offset, count }) => offset + count <= end)
  }

  #send(one: Omit<Sent, 'offset'>) {
    const { producerId, epoch: producerEpoch, sequence: baseSequence, count, valueSize, timestamp } = one
    const records = batch(count, valueSize, { producerId, producerEpoch, baseSequence, timestamp })
    return this.log.appendInTurn({ records, origin: 'client', leaderEpoch: 0, nowMs: LATER })
  }

  of(producerId: number): Sent[] {
    const all = this.sent.filter((one) => one.producerId === producerId)
    return all.filter(({ epoch }) => epoch === all.at(-1)?.epoch)
  }

  async append(producerId: number, count: number, valueSize: number, bumps: boolean): Promise<void> {
    const last = this.of(producerId).at(-1)
    const next =
      last === undefined || bumps
        ? { epoch: (last?.epoch ?? -1) + 1, sequence: 0 }
        : { epoch: last.epoch, sequence: last.sequence + last.count }
    const one = { producerId, ...next, count, valueSize, timestamp: this.#now++ }
    const offset = this.log.logEndOffset
    const info = await this.#send(one)
    expect(info).toMatchObject({ duplicate: false, firstOffset: offset, lastOffset: offset + count - 1 })
    await info.written
    this.sent.push({ ...one, offset })
  }

  async fill(bytes: number): Promise<void> {
    const records = batch(1, bytes, { timestamp: NOW })
    await (await this.log.appendInTurn({ records, origin: 'client', leaderEpoch: 0, nowMs: LATER })).written
  }

  /** Sends the batch again that is `back` before the last one of the producer's epoch. */
  async again(producerId: number, back: number): Promise<void> {
    const one = this.of(producerId).at(-1 - back)
    if (one === undefined) return
    const end = this.log.logEndOffset
    if (back < WINDOW) {
      const { offset, count, timestamp } = one
      expect(await this.#send(one)).toMatchObject({
        duplicate: true,
        firstOffset: offset,
        lastOffset: offset + count - 1,
        logAppendTimeMs: timestamp + count - 1,
      })
    } else {
      const sending = Promise.resolve().then(() => this.#send(one))
      await expect(sending).rejects.toMatchObject({ error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' })
    }
    expect(this.log.logEndOffset).toBe(end)
  }

  async restart(): Promise<void> {
    await this.manager.shutdown(1)
    await this.open()
  }

  async crash(keep: number): Promise<void> {
    await this.log.abandon()
    this.disk.crash((_path, unsynced) => Math.floor(unsynced * keep))
    await this.open()
  }

  async truncate(back: number): Promise<void> {
    const kept = this.sent.at(-1 - back)
    await this.log.truncateTo(kept?.offset ?? 0)
    this.#onlyBelow(this.log.logEndOffset)
  }
}

const producerId = fc.integer({ min: 1, max: 4 })
const step = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      producerId,
      count: fc.constantFrom(1, 1, 1, 4),
      valueSize: fc.constantFrom(10, 100, 5_000, 40_000),
      bumps: fc.integer({ max: 9 }).map((n) => n === 0),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('fill' as const), bytes: fc.constantFrom(1_000, 300_000) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('again' as const), producerId, back: fc.nat(7) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const), keep: fc.constantFrom(0, 0.4, 1) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('truncate' as const), back: fc.nat(12) }) },
)

describe('a batch that is sent again', () => {
  test('is known among the last five of its producer, whatever the log went through', async () => {
    const steps = fc.array(step, { minLength: 20, maxLength: 80, size: 'max' })
    const property = fc.asyncProperty(fc.constantFrom(400_000, 2 ** 30), steps, async (segmentBytes, all) => {
      const retries = new Retries(segmentBytes)
      await retries.open()
      for (const one of all) {
        if (one.do === 'append') await retries.append(one.producerId, one.count, one.valueSize, one.bumps)
        else if (one.do === 'fill') await retries.fill(one.bytes)
        else if (one.do === 'again') await retries.again(one.producerId, one.back)
        else if (one.do === 'restart') await retries.restart()
        else if (one.do === 'crash') await retries.crash(one.keep)
        else await retries.truncate(one.back)
      }
      for (const id of [1, 2, 3, 4]) for (let back = 7; back >= 0; back--) await retries.again(id, back)
      for (const id of [1, 2, 3, 4]) await retries.append(id, 1, 10, false)
      await retries.manager.shutdown(1)
    })
    await fc.assert(property, { numRuns: 40 })
  })

  const producer = (log: Log, more: { readonly leads?: () => boolean } = {}) => {
    return (producerEpoch: number, baseSequence: number) => {
      const records = batch(1, 100, { producerId: 7, producerEpoch, baseSequence, timestamp: NOW })
      return Promise.resolve(log.appendInTurn({ records, origin: 'client', leaderEpoch: 3, nowMs: LATER, ...more }))
    }
  }

  async function reopened(
    sent: readonly (readonly [epoch: number, sequence: number])[],
    damage: (disk: MemoryDisk) => void = () => {},
  ): Promise<Log> {
    const disk = new MemoryDisk()
    const { manager, log } = await openLog({ segmentBytes: 700, indexIntervalBytes: 100 }, { disk })
    for (const [epoch, sequence] of sent) await (await producer(log)(epoch, sequence)).written
    await manager.shutdown(1)
    damage(disk)
    return (await openLog({}, { disk, clock: new ManualClock(LATER) })).log
  }

  test('is no batch of an earlier epoch that had the same sequence', async () => {
    const log = await reopened([...[0, 1, 2].map((n) => [0, n] as const), [1, 0], [1, 1]])
    const send = producer(log)
    expect(await send(1, 0)).toMatchObject({ duplicate: true, firstOffset: 3 })
    expect(await send(1, 2)).toMatchObject({ duplicate: false, firstOffset: 5 })
  })

  test('is known where sequences began again at 0', async () => {
    const largest = 2 ** 31 - 1
    const log = await reopened([largest - 1, largest, 0, 1].map((sequence) => [0, sequence] as const))
    expect(await producer(log)(0, largest - 1)).toMatchObject({ duplicate: true, firstOffset: 0 })
    expect(await producer(log)(0, 2)).toMatchObject({ duplicate: false, firstOffset: 4 })
  })

  const five = [0, 1, 2, 3, 4].map((sequence) => [0, sequence] as const)

  test('is out of order where the batches before the last one can not be read any more', async () => {
    const path = '/data/t-0/00000000000000000000.log'
    const log = await reopened(five, ({ blocking }) => {
      const bytes = blocking.readFile(path) ?? Buffer.alloc(0)
      blocking.writeFile(path, bytes.fill(0xff, 8, 100))
    })
    expect(log.segmentBaseOffsets.length).toBe(2)
    await expect(producer(log)(0, 1)).rejects.toMatchObject({ error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' })
    expect(await producer(log)(0, 5)).toMatchObject({ duplicate: false, firstOffset: 5 })
  })

  test('is answered before what came after it, and by nobody who leads no more', async () => {
    const log = await reopened(five)
    const send = producer(log)
    const answers = await Promise.all([send(0, 1), send(0, 5), send(0, 6)])
    expect(answers.map(({ duplicate, firstOffset }) => [duplicate, firstOffset])).toEqual([
      [true, 1],
      [false, 5],
      [false, 6],
    ])
    const other = await reopened(five)
    let leads = true
    const late = producer(other, { leads: () => leads })(0, 1)
    leads = false
    await expect(late).rejects.toMatchObject({ error: 'NOT_LEADER_OR_FOLLOWER' })
  })
})
