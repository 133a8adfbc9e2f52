import { describe, expect, test } from 'vitest'
import { silentLogger } from '../../src/io/logger.ts'
import { MemoryDisk } from '../../src/io/memory-disk.ts'
import { endTxnBatch } from '../../src/record/control.ts'
import { setBaseOffset, setLeaderEpoch } from '../../src/record/header.ts'
import { DEFAULT_LOG_CONFIG } from '../../src/storage/log-config.ts'
import { appendClient, batch, ManualClock, NOW, openLog, openManager, readAll, split, TOPIC_ID } from './support.ts'

const DAY = 86_400_000

describe('duplicates', () => {
  test('are answered with their first offsets, within five batches and after a restart for the last one', async () => {
    const disk = new MemoryDisk()
    const { manager, log } = await openLog({}, { disk })
    const send = (to: typeof log, sequence: number) =>
      appendClient(to, batch(2, 10, { producerId: 3, producerEpoch: 1, baseSequence: sequence, timestamp: NOW }))
    for (let i = 0; i < 6; i++) send(log, i * 2)
    expect(send(log, 2)).toMatchObject({ duplicate: true, firstOffset: 2, lastOffset: 3, logAppendTimeMs: NOW + 1 })
    expect(() => send(log, 0)).toThrow(/Out of order/)
    expect(log.logEndOffset).toBe(12)
    await manager.shutdown(1)
    const { log: again } = await openLog({}, { disk, clock: new ManualClock(NOW + 1000) })
    expect(send(again, 10)).toMatchObject({ duplicate: true, firstOffset: 10 })
    expect(send(again, 12)).toMatchObject({ duplicate: false, firstOffset: 12 })
  })

  test('are forgotten with their producer, which may then begin anywhere', async () => {
    const { log } = await openLog({})
    appendClient(log, batch(1, 10, { producerId: 3, producerEpoch: 1, baseSequence: 0, timestamp: NOW }))
    log.removeExpiredProducers(NOW + DAY - 1)
    expect(log.activeProducers().length).toBe(1)
    log.removeExpiredProducers(NOW + DAY)
    expect(log.activeProducers()).toEqual([])
    expect(appendClient(log, batch(1, 10, { producerId: 3, producerEpoch: 1, baseSequence: 77 })).firstOffset).toBe(1)
  })
})

test('the last stable offset waits for the first open transaction, and for its marker below the high watermark', async () => {
  const disk = new MemoryDisk()
  const { manager, log } = await openLog({}, { disk })
  const data = (producerId: number) =>
    appendClient(
      log,
      batch(1, 10, { producerId, producerEpoch: 0, baseSequence: 0, isTransactional: true, timestamp: NOW }),
    )
  const end = (producerId: number, type: 'abort' | 'commit') => {
    const records = endTxnBatch({ timestamp: NOW, producerId, producerEpoch: 0, marker: { type, coordinatorEpoch: 0 } })
    return log.append({ records, origin: 'coordinator', leaderEpoch: 0, nowMs: NOW })
  }
  await appendClient(log, batch(1, 10)).written
  data(1)
  await data(2).written
  log.updateHighWatermark(3)
  expect(log.lastStableOffset).toBe(1)
  await end(1, 'abort').written
  expect(log.lastStableOffset).toBe(1)
  log.updateHighWatermark(4)
  expect(log.lastStableOffset).toBe(2)
  expect(await log.abortedTransactions(0, 4)).toEqual([{ producerId: 1, firstOffset: 1 }])
  await manager.shutdown(1)

  const { log: again } = await openLog({}, { disk })
  expect([again.highWatermark, again.lastStableOffset]).toEqual([4, 2])
  expect(await again.abortedTransactions(0, 4)).toEqual([{ producerId: 1, firstOffset: 1 }])
  const marker = { type: 'commit', coordinatorEpoch: 0 } as const
  const records = endTxnBatch({ timestamp: NOW, producerId: 2, producerEpoch: 0, marker })
  await again.append({ records, origin: 'coordinator', leaderEpoch: 0, nowMs: NOW }).written
  again.updateHighWatermark(5)
  expect(again.lastStableOffset).toBe(5)
})

test('aborted transactions that a follower takes over in one piece are all found, whoever begins one behind them', async () => {
  const disk = new MemoryDisk()
  const { manager, log } = await openLog({}, { disk })
  const data = (producerId: number, baseSequence: number) =>
    batch(1, 10, { producerId, producerEpoch: 0, baseSequence, isTransactional: true, timestamp: NOW })
  const abort = (producerId: number) =>
    endTxnBatch({ timestamp: NOW, producerId, producerEpoch: 0, marker: { type: 'abort', coordinatorEpoch: 0 } })
  const pieces = [data(1, 0), abort(1), data(1, 1), abort(1), data(2, 0), abort(2)]
  for (const [offset, piece] of pieces.entries()) setBaseOffset(piece, 0, offset)
  await log.append({ records: Buffer.concat(pieces), origin: 'replication', leaderEpoch: 0, nowMs: NOW }).written
  log.updateHighWatermark(6)
  const second = [{ producerId: 1, firstOffset: 2 }]
  expect(await log.abortedTransactions(1, 4)).toEqual([{ producerId: 1, firstOffset: 0 }, ...second])
  expect(await log.abortedTransactions(2, 4)).toEqual(second)
  await manager.shutdown(1)
  const { log: again } = await openLog({}, { disk })
  expect(await again.abortedTransactions(2, 4)).toEqual(second)
})

describe('segments', () => {
  test('roll by the time between their records, not by the clock', async () => {
    const { log } = await openLog({ segmentMs: 1000 })
    appendClient(log, batch(1, 10, { timestamp: NOW - 5000 }))
    appendClient(log, batch(1, 10, { timestamp: NOW - 4000 }))
    expect(log.segmentBaseOffsets).toEqual([0])
    appendClient(log, batch(1, 10, { timestamp: NOW - 3999 }))
    expect(log.segmentBaseOffsets).toEqual([0, 2])
  })

  test('roll when an offset is out of the reach of their index', async () => {
    const { log } = await openLog({})
    const follow = (offset: number) => {
      const records = batch(1, 10)
      setBaseOffset(records, 0, offset)
      setLeaderEpoch(records, 0, 0)
      return log.append({ records, origin: 'replication', leaderEpoch: 0, nowMs: NOW })
    }
    follow(0)
    follow(2 ** 31 - 1)
    expect(log.segmentBaseOffsets).toEqual([0])
    await follow(2 ** 31).written
    expect(log.segmentBaseOffsets).toEqual([0, 2 ** 31])
    expect(() => follow(5)).toThrow(/Unexpected offset/)
    expect(split(await readAll(log)).length).toBe(3)
  })

  test('are never smaller than the append', async () => {
    const { log } = await openLog({ segmentBytes: 500 })
    expect(() => appendClient(log, batch(1, 1000))).toThrow(/exceeds the maximum configured segment size/)
  })
})

describe('retention', () => {
  async function threeSegments(config: Partial<typeof DEFAULT_LOG_CONFIG>) {
    const disk = new MemoryDisk({ nowMs: () => NOW })
    const clock = new ManualClock()
    const { manager, log } = await openLog({ segmentBytes: 1000, retentionMs: -1, ...config }, { disk, clock })
    for (let i = 0; i < 3; i++) await appendClient(log, batch(1, 700, { timestamp: NOW - (3 - i) * DAY })).written
    expect(log.segmentBaseOffsets).toEqual([0, 1, 2])
    return { disk, clock, manager, log }
  }

  test('by time stops at the high watermark and removes files after their delay', async () => {
    const { disk, clock, log } = await threeSegments({ retentionMs: 1.5 * DAY })
    log.updateHighWatermark(1)
    expect(await log.applyRetention(NOW)).toBe(1)
    log.updateHighWatermark(3)
    expect(await log.applyRetention(NOW)).toBe(1)
    expect([log.logStartOffset, log.segmentBaseOffsets]).toEqual([2, [2]])
    await log.flush()
    expect((await disk.list('/data/t-0')).filter((name) => name.endsWith('.log.deleted')).length).toBe(2)
    clock.advance(60_000)
    await log.close()
    expect((await disk.list('/data/t-0')).filter((name) => name.endsWith('.deleted'))).toEqual([])
    expect(() => log.read(1, { maxBytes: 1, upTo: 9, minOneBatch: true })).toThrow()
  })

  test('by time takes the active segment too, and the log goes on', async () => {
    const { log } = await threeSegments({ retentionMs: 1000 })
    log.updateHighWatermark(3)
    expect(await log.applyRetention(NOW)).toBe(3)
    expect([log.logStartOffset, log.segmentBaseOffsets]).toEqual([3, [3]])
    await appendClient(log, batch(1, 10)).written
    expect(log.logEndOffset).toBe(4)
  })

  test('by size keeps at least the bytes that were promised', async () => {
    const { log } = await threeSegments({ retentionBytes: 1600 })
    log.updateHighWatermark(3)
    expect(await log.applyRetention(NOW)).toBe(0)
    log.updateConfig({ ...log.config, retentionBytes: 1500 })
    expect(await log.applyRetention(NOW)).toBe(1)
    expect(log.logStartOffset).toBe(1)
  })

  test('leaves compacted topics alone, except below the log start', async () => {
    const { log } = await threeSegments({
      retentionMs: 1,
      retentionBytes: 0,
      cleanupDelete: false,
      cleanupCompact: true,
    })
    log.updateHighWatermark(3)
    expect(await log.applyRetention(NOW)).toBe(0)
    await log.deleteRecordsBefore(2)
    expect(await log.applyRetention(NOW)).toBe(2)
    await expect(log.deleteRecordsBefore(4)).rejects.toMatchObject({ error: 'OFFSET_OUT_OF_RANGE' })
  })
})

test('leader epochs answer where they ended', async () => {
  const { log } = await openLog({})
  appendClient(log, batch(3, 10), 0)
  appendClient(log, batch(3, 10), 2)
  log.assignEpochStartOffset(5, 6)
  expect(log.endOffsetForEpoch(0)).toEqual({ leaderEpoch: 0, endOffset: 3 })
  expect(log.endOffsetForEpoch(1)).toEqual({ leaderEpoch: 0, endOffset: 3 })
  expect(log.endOffsetForEpoch(2)).toEqual({ leaderEpoch: 2, endOffset: 6 })
  expect(log.endOffsetForEpoch(5)).toEqual({ leaderEpoch: 5, endOffset: 6 })
  expect(log.endOffsetForEpoch(6)).toBeUndefined()
  await log.truncateTo(3)
  expect(log.latestEpoch).toBe(0)
  await log.truncateFullyAndStartAt(100)
  expect([log.logStartOffset, log.logEndOffset, log.latestEpoch]).toEqual([100, 100, undefined])
  await appendClient(log, batch(1, 10), 7).written
  expect(split(await readAll(log)).length).toBe(1)
})

test('special timestamps are answered as Kafka does', async () => {
  const { log } = await openLog({})
  expect(await log.offsetForTimestamp(-3)).toBeUndefined()
  await appendClient(log, batch(3, 10, { timestamp: NOW - 100 }), 4).written
  await appendClient(log, batch(1, 10, { timestamp: NOW - 500 }), 4).written
  expect(await log.offsetForTimestamp(-1)).toEqual({ timestamp: -1, offset: 4, leaderEpoch: 4 })
  expect(await log.offsetForTimestamp(-2)).toEqual({ timestamp: -1, offset: 0, leaderEpoch: 4 })
  expect(await log.offsetForTimestamp(-3)).toEqual({ timestamp: NOW - 98, offset: 2, leaderEpoch: 4 })
  expect(await log.offsetForTimestamp(-4)).toEqual({ timestamp: -1, offset: 0, leaderEpoch: 4 })
  expect(await log.offsetForTimestamp(-5)).toEqual({ timestamp: -1, offset: -1, leaderEpoch: -1 })
  expect(await log.offsetForTimestamp(NOW)).toBeUndefined()
})

test('recompressing appends keep their order', async () => {
  const { log } = await openLog({ compressionType: 'gzip' })
  const request = (count: number) => ({
    records: batch(count, 50),
    origin: 'client' as const,
    leaderEpoch: 0,
    nowMs: NOW,
  })
  const infos = await Promise.all([3, 1, 2].map((count) => log.appendInTurn(request(count))))
  expect(infos.map((info) => info.firstOffset)).toEqual([0, 3, 4])
})

describe('the manager', () => {
  test('puts new logs where the fewest are, deletes by renaming, and refuses another topic id', async () => {
    const disk = new MemoryDisk()
    const clock = new ManualClock()
    const manager = await openManager({ disk, clock, dirs: ['/a', '/b'] })
    for (let p = 0; p < 4; p++) manager.getOrCreate('t', p, TOPIC_ID, DEFAULT_LOG_CONFIG)
    expect(manager.directories.map((dir) => dir.logs.length)).toEqual([2, 2])
    const other = manager.directories[1]?.directoryId
    expect(manager.getOrCreate('u', 0, TOPIC_ID, DEFAULT_LOG_CONFIG, other).parentDir).toBe('/b')
    const another = 'AAECAwQFBgcICQoLDA0ODw' as typeof TOPIC_ID
    expect(() => manager.getOrCreate('u', 0, another, DEFAULT_LOG_CONFIG)).toThrow(/belongs to topic id/)

    const old = manager.getOrCreate('u', 0, TOPIC_ID, DEFAULT_LOG_CONFIG)
    const written = appendClient(old, batch(1, 10)).written
    const deleted = manager.delete('u', 0)
    const fresh = manager.getOrCreate('u', 0, another, DEFAULT_LOG_CONFIG)
    await Promise.all([deleted, written])
    expect([fresh.logEndOffset, fresh.topicId]).toEqual([0, another])
    const folders = async () =>
      [...(await disk.list('/a')), ...(await disk.list('/b'))].filter((name) => name.endsWith('-delete'))
    expect((await folders())[0]).toMatch(/^u-0\.[0-9a-f]{32}-delete$/)
    clock.advance(60_000)
    await manager.shutdown(1)
    expect(await folders()).toEqual([])
  })

  test('deletes a log in the middle of a small write without a warning, because the write went with the log', async () => {
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>()
    const disk = new MemoryDisk()
    const replaceFile = disk.replaceFile.bind(disk)
    disk.replaceFile = async (path, bytes) => {
      await held
      await replaceFile(path, bytes)
    }
    const warnings: unknown[] = []
    const warn = (...line: unknown[]) => void warnings.push(line)
    const { manager, log } = await openLog({}, { disk, logger: { ...silentLogger, warn } })
    await appendClient(log, batch(1, 10)).written
    const deleted = manager.delete('t', 0)
    letGo()
    await deleted
    expect(warnings).toEqual([])
  })

  test('checkpoints on schedule, and finds it all after a restart', async () => {
    const disk = new MemoryDisk()
    const clock = new ManualClock()
    const config = { ...DEFAULT_LOG_CONFIG, segmentBytes: 1000, flushMs: 1000 }
    const options = {
      disk,
      clock,
      configFor: () => config,
      settings: { flushCheckIntervalMs: 1000, initialTaskDelayMs: 0 },
    }
    const manager = await openManager(options)
    const log = manager.getOrCreate('t', 0, TOPIC_ID, config)
    manager.startSchedules()
    await appendClient(log, batch(5, 10, { timestamp: NOW })).written
    log.updateHighWatermark(5)
    await log.deleteRecordsBefore(2)
    for (let i = 0; i < 130; i++) {
      clock.advance(1000)
      await new Promise((resolve) => setImmediate(resolve))
    }
    const text = async (name: string) => (await disk.readFile(`/data/${name}`)).toString()
    expect(await text('replication-offset-checkpoint')).toBe('0\n1\nt 0 5\n')
    expect(await text('recovery-point-offset-checkpoint')).toBe('0\n1\nt 0 5\n')
    expect(await text('log-start-offset-checkpoint')).toBe('0\n1\nt 0 2\n')
    await manager.shutdown(42)
    const again = await openManager(options)
    expect(again.previousBrokerEpoch).toBe(42)
    const reopened = again.get('t', 0)
    expect([reopened?.logStartOffset, reopened?.highWatermark, reopened?.topicId]).toEqual([2, 5, TOPIC_ID])
    expect(await disk.stat('/data/.kafka_cleanshutdown')).toBeUndefined()
  })

  test('keeps the metadata log apart', async () => {
    const disk = new MemoryDisk()
    const manager = await openManager({ disk })
    const log = await manager.openMetadataLog(DEFAULT_LOG_CONFIG)
    await log.append({ records: batch(2, 10, { leaderEpoch: 1 }), origin: 'raft-leader', leaderEpoch: 1, nowMs: NOW })
      .written
    await log.flush()
    expect(log.recoveryPoint).toBe(2)
    expect([...manager.logs()]).toEqual([])
    await manager.shutdown(1)
    const again = await openManager({ disk })
    expect((await again.openMetadataLog(DEFAULT_LOG_CONFIG)).logEndOffset).toBe(2)
  })
})
