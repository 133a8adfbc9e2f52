import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MemoryDisk } from '../../src/io/memory-disk.ts'
import { NodeDisk } from '../../src/io/node-disk.ts'
import { buildBatch } from '../../src/record/builder.ts'
import { endTxnBatch } from '../../src/record/control.ts'
import {
  baseOffset,
  hasDeleteHorizon,
  isControl,
  isTransactional,
  lastOffset,
  producerId,
} from '../../src/record/header.ts'
import { batches } from '../../src/record/iterate.ts'
import { workerRunner } from '../../src/storage/cleaner/worker-runner.ts'
import type { Log } from '../../src/storage/log.ts'
import { DEFAULT_LOG_CONFIG } from '../../src/storage/log-config.ts'
import type { LogManager, LogManagerOptions } from '../../src/storage/log-manager.ts'
import { ManualClock, openManager, readAll, split, TOPIC_ID } from './support.ts'

const CONFIG = {
  ...DEFAULT_LOG_CONFIG,
  segmentBytes: 1500,
  indexIntervalBytes: 200,
  cleanupCompact: true,
  cleanupDelete: false,
  minCleanableDirtyRatio: 0,
  deleteRetentionMs: 10_000,
}

interface Row {
  readonly offset: number
  readonly key: string
  readonly value: string | null
}

/** A compacted log beside what a naive reader of everything ever written would say. */
class Model {
  readonly clock = new ManualClock()
  readonly disk = new MemoryDisk({ nowMs: () => this.clock.nowMs })
  readonly rows: Row[] = []
  readonly aborted = new Set<number>()
  readonly #open = new Map<number, number[]>()
  readonly #sequences = new Map<number, number>()
  manager!: LogManager
  log!: Log
  #timestamp = this.clock.nowMs

  async open(overrides: Partial<LogManagerOptions> = {}): Promise<void> {
    this.manager = await openManager({ disk: this.disk, clock: this.clock, configFor: () => CONFIG, ...overrides })
    this.log = this.manager.getOrCreate('t', 0, TOPIC_ID, CONFIG)
    this.log.updateHighWatermark(this.log.logEndOffset)
  }

  async #append(records: Buffer, origin: 'client' | 'coordinator'): Promise<number> {
    const info = this.log.append({ records, origin, leaderEpoch: 0, nowMs: this.clock.nowMs })
    await info.written
    this.log.updateHighWatermark(info.lastOffset + 1)
    return info.firstOffset
  }

  /** `producer` −1: none; 0 and 1: idempotent; 2 and 3: in a transaction. */
  async write(pairs: readonly (readonly [string, string | null])[], producer: number, zipped: boolean): Promise<void> {
    const sequence = this.#sequences.get(producer) ?? 0
    const records = buildBatch({
      records: pairs.map(([key, value]) => ({
        timestamp: this.#timestamp++,
        key: Buffer.from(key),
        value: value === null ? null : Buffer.from(value),
      })),
      compression: zipped ? 'gzip' : 'none',
      ...(producer >= 0 && { producerId: producer, producerEpoch: 0, baseSequence: sequence }),
      isTransactional: producer >= 2,
    })
    const first = await this.#append(records, 'client')
    if (producer >= 0) this.#sequences.set(producer, sequence + pairs.length)
    for (const [index, [key, value]] of pairs.entries()) {
      this.rows.push({ offset: first + index, key, value })
      if (producer >= 2) this.#open.set(producer, [...(this.#open.get(producer) ?? []), first + index])
    }
  }

  async end(producer: number, type: 'commit' | 'abort'): Promise<void> {
    const offsets = this.#open.get(producer)
    if (offsets === undefined) return
    this.#open.delete(producer)
    if (type === 'abort') for (const offset of offsets) this.aborted.add(offset)
    const marker = { type, coordinatorEpoch: 0 } as const
    const head = { timestamp: this.clock.nowMs, producerId: producer, producerEpoch: 0 }
    await this.#append(endTxnBatch({ ...head, marker }), 'coordinator')
  }

  async clean(): Promise<void> {
    await this.log.flush()
    while (await this.manager.compactOne()) {}
  }

  async check(): Promise<void> {
    const there = new Map<number, Row>()
    let next = this.log.logStartOffset
    const { logStartOffset, logEndOffset } = this.log
    const aborted = await this.log.abortedTransactions(logStartOffset, logEndOffset)
    aborted.sort((a, b) => a.firstOffset - b.firstOffset)
    const skipped = new Set<number>()
    for (const one of split(await readAll(this.log))) {
      expect(baseOffset(one, 0)).toBeGreaterThanOrEqual(next)
      next = lastOffset(one, 0) + 1
      // As a client reads committed records: from an aborted transaction's first offset to its marker nothing counts.
      while (aborted[0] !== undefined && aborted[0].firstOffset <= lastOffset(one, 0)) {
        skipped.add(aborted.shift()?.producerId ?? -1)
      }
      if (isControl(one, 0)) skipped.delete(producerId(one, 0))
      if (isControl(one, 0) || (isTransactional(one, 0) && skipped.has(producerId(one, 0)))) continue
      for (const batch of batches(one)) {
        for (const { offset, key, value } of batch.records()) {
          there.set(offset, { offset, key: String(key), value: value === null ? null : String(value) })
        }
      }
    }
    expect(next).toBe(this.log.logEndOffset)
    const written = new Map(this.rows.map((row) => [row.offset, row]))
    for (const row of there.values()) {
      expect(row).toEqual(written.get(row.offset))
      expect(this.aborted.has(row.offset), `${row.offset} was aborted`).toBe(false)
    }
    const open = new Set([...this.#open.values()].flat())
    for (const [key, row] of this.#newest(this.rows, open)) {
      if (row.value !== null) expect(there.get(row.offset), `the newest of ${key}`).toEqual(row)
    }
    const left = this.#newest([...there.values()], open)
    for (const [key, row] of left) {
      expect(row.value ?? 'nothing', key).toBe(this.#newest(this.rows, open).get(key)?.value ?? 'nothing')
    }
  }

  #newest(rows: readonly Row[], open: ReadonlySet<number>): Map<string, Row> {
    const newest = new Map<string, Row>()
    for (const row of [...rows].sort((a, b) => a.offset - b.offset)) {
      if (!this.aborted.has(row.offset) && !open.has(row.offset)) newest.set(row.key, row)
    }
    return newest
  }
}

const key = fc.integer({ min: 0, max: 12 }).map((number) => `k${number}`)
const value = fc.option(fc.string({ maxLength: 60 }), { freq: 6 })
const steps = fc.array(
  fc.oneof(
    {
      weight: 20,
      arbitrary: fc.record({
        do: fc.constant('write' as const),
        pairs: fc.array(fc.tuple(key, value), { minLength: 1, maxLength: 4 }),
        producer: fc.integer({ min: -1, max: 3 }),
        zipped: fc.boolean(),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('end' as const),
        producer: fc.constantFrom(2, 3),
        type: fc.constantFrom('commit' as const, 'abort' as const),
      }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('clean' as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('die' as const), afterRenames: fc.nat({ max: 12 }) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const) }) },
  ),
  { minLength: 30, maxLength: 120, size: 'max' },
)

test('readers of a compacted log see what a naive model says, whatever was written, cleaned, restarted or killed', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (plan) => {
      const model = new Model()
      await model.open()
      for (const step of plan) {
        if (step.do === 'write') await model.write(step.pairs, step.producer, step.zipped)
        else if (step.do === 'end') await model.end(step.producer, step.type)
        else if (step.do === 'clean') await model.clean()
        else if (step.do === 'wait') model.clock.nowMs += 11_000
        else {
          await model.log.flush()
          if (step.do === 'restart') await model.manager.shutdown(1)
          else {
            let left = step.afterRenames
            model.disk.faults.fail = (operation) => (operation === 'rename' && left-- <= 0 ? 'EIO' : undefined)
            await model.manager.compactOne()
            model.disk.faults = {}
            model.disk.crash((_path, unsynced) => unsynced)
          }
          await model.open()
        }
        if (step.do !== 'write' && step.do !== 'end') await model.check()
      }
      await model.clean()
      await model.check()
    }),
    { numRuns: 150 },
  )
})

async function openPlain(overrides: Partial<LogManagerOptions> = {}): Promise<Model> {
  const model = new Model()
  await model.open(overrides)
  return model
}

test('a tombstone outlives delete.retention.ms from the cleaning that found it, then goes', async () => {
  const model = await openPlain()
  await model.write([['gone', 'x']], -1, false)
  await model.write([['gone', null]], -1, false)
  for (let index = 0; index < 40; index++) await model.write([['other', 'y'.repeat(100)]], -1, false)
  await model.clean()
  const first = split(await readAll(model.log))[0] as Buffer
  expect(hasDeleteHorizon(first, 0)).toBe(true)
  expect([...batches(first)].flatMap((batch) => [...batch.records()])).toMatchObject([{ offset: 1, value: null }])
  model.clock.nowMs += 10_001
  for (let index = 0; index < 40; index++) await model.write([['other', 'y'.repeat(100)]], -1, false)
  await model.clean()
  expect(baseOffset(split(await readAll(model.log))[0] as Buffer, 0)).toBeGreaterThan(1)
})

test('the last batch of an active producer stays, emptied, so that its next sequence is the right one after a restart', async () => {
  const model = await openPlain()
  await model.write([['k1', 'a']], 0, false)
  for (let index = 0; index < 60; index++) await model.write([['k1', 'b'.repeat(100)]], -1, false)
  await model.clean()
  const [first] = split(await readAll(model.log)) as [Buffer]
  expect([producerId(first, 0), lastOffset(first, 0), first.length]).toEqual([0, 0, 61])
  model.disk.crash((_path, unsynced) => unsynced)
  await model.open()
  await model.write([['k1', 'c']], 0, false)
  await model.check()
})

test('what was cleaned is not cleaned again, also after a restart', async () => {
  const model = await openPlain()
  for (let index = 0; index < 60; index++) await model.write([[`k${index % 3}`, 'v'.repeat(50)]], -1, false)
  await model.clean()
  expect(model.log.compaction.cleanedUpTo).toBeGreaterThan(0)
  expect(await model.manager.compactOne()).toBe(false)
  await model.manager.shutdown(1)
  await model.open()
  expect(model.log.compaction.cleanedUpTo).toBeGreaterThan(0)
  expect(await model.manager.compactOne()).toBe(false)
})

test('a transaction that was aborted in the clean part does not make its producer look aborted in the dirty part', async () => {
  const model = await openPlain()
  await model.write([['x', 'aborted']], 2, false)
  await model.end(2, 'abort')
  await model.write([['k', 'old']], -1, false)
  for (let index = 0; index < 60; index++) await model.write([['other', 'y'.repeat(100)]], -1, false)
  await model.clean()
  await model.write([['k', 'new']], 2, false)
  await model.end(2, 'commit')
  for (let index = 0; index < 60; index++) await model.write([['other', 'z'.repeat(100)]], -1, false)
  await model.clean()
  const records = split(await readAll(model.log)).flatMap((one) =>
    [...batches(one)].flatMap((each) => [...each.records()]),
  )
  expect(records.filter(({ key }) => String(key) === 'k').map(({ value }) => String(value))).toEqual(['new'])
})

test('a worker thread cleans files on a real disk', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'odradek-compaction-'))
  const disk = new NodeDisk()
  const model = await openPlain({ disk, dirs: [dir], cleanRunner: workerRunner() })
  for (let index = 0; index < 200; index++)
    await model.write([[`k${index % 7}`, `${index}`.repeat(20)]], -1, index % 2 === 0)
  const before = model.log.sizeInBytes
  await model.clean()
  expect(model.log.sizeInBytes).toBeLessThan(before / 4)
  await model.check()
  await model.manager.shutdown(1)
  await disk.removeTree(dir)
})
