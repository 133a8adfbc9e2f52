import { describe, expect, test } from 'vitest'
import { MemoryDisk } from '../../src/io/memory-disk.ts'
import { DEFAULT_LOG_CONFIG } from '../../src/storage/log-config.ts'
import { appendClient, batch, NOW, openLog, openManager, readAll, split } from './support.ts'

const STORAGE_ERROR = { error: 'KAFKA_STORAGE_ERROR' }

/** A promise that the test lets go. */
function gate() {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { promise, open: () => resolve() }
}

describe('a write that fails', () => {
  test.each(['ENOSPC', 'EIO'])(
    'with %s takes back what was not written, and later appends work again',
    async (code) => {
      const disk = new MemoryDisk()
      const { manager, log } = await openLog({}, { disk })
      const producer = { producerId: 9, producerEpoch: 0, timestamp: NOW }
      await appendClient(log, batch(3, 100, { ...producer, baseSequence: 0 })).written
      const room = disk.usedBytes
      if (code === 'ENOSPC') disk.faults.capacity = room + 200
      else disk.faults.fail = (operation) => (operation === 'write' ? 'EIO' : undefined)

      const failed = appendClient(log, batch(3, 100, { ...producer, baseSequence: 3 }))
      const behind = appendClient(log, batch(2, 100, { ...producer, baseSequence: 6 }))
      expect([log.logEndOffset, log.writtenEndOffset]).toEqual([8, 3])
      expect(log.updateHighWatermark(8)).toBe(true)
      expect(log.highWatermark).toBe(3)
      await expect(failed.written).rejects.toMatchObject(STORAGE_ERROR)
      await expect(behind.written).rejects.toMatchObject(STORAGE_ERROR)
      expect(log.logEndOffset).toBe(3)
      expect(split(await readAll(log)).length).toBe(1)

      disk.faults.capacity = undefined
      disk.faults.fail = undefined
      await log.truncateTo(3)
      // The sequence that was taken back is the next one again.
      const again = appendClient(log, batch(3, 100, { ...producer, baseSequence: 3 }))
      expect([again.firstOffset, again.duplicate]).toEqual([3, false])
      await again.written
      await manager.shutdown(1)
      const reopened = await openLog({}, { disk })
      expect(reopened.log.logEndOffset).toBe(6)
      expect(split(await readAll(reopened.log)).length).toBe(2)
      expect(reopened.log.activeProducers()).toMatchObject([{ producerId: 9, lastSequence: 5 }])
    },
  )

  test('takes back a roll with it', async () => {
    const disk = new MemoryDisk()
    const { log } = await openLog({ segmentBytes: 1000 }, { disk })
    await appendClient(log, batch(1, 700)).written
    await log.flush()
    const wait = gate()
    disk.faults.delay = (operation) => (operation === 'write' ? wait.promise : undefined)
    const first = appendClient(log, batch(1, 700))
    const second = appendClient(log, batch(1, 700))
    expect(log.segmentBaseOffsets).toEqual([0, 1, 2])
    disk.faults.fail = (operation, path) => (operation === 'write' && path.endsWith('.log') ? 'ENOSPC' : undefined)
    wait.open()
    await expect(first.written).rejects.toMatchObject(STORAGE_ERROR)
    await expect(second.written).rejects.toMatchObject(STORAGE_ERROR)
    disk.faults = {}
    await log.truncateTo(1)
    expect(log.logEndOffset).toBe(1)
    await appendClient(log, batch(1, 700)).written
    expect(split(await readAll(log)).length).toBe(2)
  })

  test('is refused at once while a full disk stays full, and reading goes on', async () => {
    const disk = new MemoryDisk()
    const { log } = await openLog({}, { disk, settings: { tailCacheBytes: 0 } })
    await appendClient(log, batch(1, 5000)).written
    disk.faults.capacity = disk.usedBytes
    for (let i = 0; i < 5; i++) {
      const attempt = async () => appendClient(log, batch(1, 5000)).written
      await expect(attempt()).rejects.toMatchObject(STORAGE_ERROR)
      expect(split(await readAll(log)).length).toBe(1)
    }
    expect(log.isOffline).toBe(false)
  })

  test.each(['.index', '.timeindex'])(
    'for want of room for %s leaves the log in service, and the next flush writes it',
    async (suffix) => {
      const config = { segmentBytes: 1000, indexIntervalBytes: 100 }
      const disk = new MemoryDisk()
      const failures: string[] = []
      const { manager, log } = await openLog(config, { disk, onDirectoryFailure: (dir) => failures.push(dir) })
      disk.faults.fail = (operation, path) =>
        operation === 'write' && path.endsWith(`/${'0'.repeat(20)}${suffix}`) ? 'ENOSPC' : undefined
      for (let i = 0; i < 6; i++) await appendClient(log, batch(1, 300)).written
      await expect(log.flush()).rejects.toMatchObject(STORAGE_ERROR)
      expect([failures, log.isOffline, log.recoveryPoint]).toEqual([[], false, 0])
      await appendClient(log, batch(1, 300)).written
      expect(split(await readAll(log)).length).toBe(7)

      disk.faults = {}
      await log.flush()
      expect(log.recoveryPoint).toBe(7)
      await manager.shutdown(1)
      expect(split(await readAll((await openLog(config, { disk })).log)).length).toBe(7)
    },
  )
})

test('appends that come while a write is under way go out together', async () => {
  const disk = new MemoryDisk()
  const { log } = await openLog({}, { disk })
  const wait = gate()
  let writes = 0
  disk.faults.delay = (operation, path) => {
    if (operation !== 'write' || !path.endsWith('.log')) return undefined
    writes++
    return wait.promise
  }
  const infos = Array.from({ length: 20 }, () => appendClient(log, batch(1, 10)))
  expect((await log.read(0, { maxBytes: 1000, upTo: 100, minOneBatch: true })).sizeInBytes).toBe(0)
  wait.open()
  await Promise.all(infos.map((info) => info.written))
  expect(writes).toBe(2)
  expect(log.writtenEndOffset).toBe(20)
})

test('a failed fsync takes the directory offline, because nobody knows what is on it', async () => {
  const disk = new MemoryDisk()
  const failures: string[] = []
  const { manager, log } = await openLog({}, { disk, onDirectoryFailure: (dir) => failures.push(dir) })
  await appendClient(log, batch(1, 10)).written
  disk.faults.fail = (operation) => (operation === 'sync' ? 'EIO' : undefined)
  await expect(log.flush()).rejects.toMatchObject(STORAGE_ERROR)
  expect(failures).toEqual(['/data'])
  expect(() => appendClient(log, batch(1, 10))).toThrow()
  expect(manager.directories[0]?.online).toBe(false)
  await manager.shutdown(1)
  // No marker: the next start looks at every byte.
  expect(await disk.stat('/data/.kafka_cleanshutdown')).toBeUndefined()
})

test('flush.messages holds the answer back until the bytes are safe', async () => {
  const disk = new MemoryDisk({ crashable: true })
  const { log } = await openLog({ flushMessages: 1 }, { disk })
  await appendClient(log, batch(4, 10)).written
  expect(log.recoveryPoint).toBe(4)
  disk.crash()
  const reopened = await openLog({}, { disk })
  expect(reopened.log.logEndOffset).toBe(4)
})

describe('after kill -9', () => {
  async function filled() {
    const disk = new MemoryDisk()
    const opened = await openLog({ segmentBytes: 2000, indexIntervalBytes: 200 }, { disk })
    for (let i = 0; i < 20; i++) {
      const producer = { producerId: 1, producerEpoch: 0, baseSequence: i * 3 }
      await appendClient(opened.log, batch(3, 100, producer), Math.floor(i / 7)).written
    }
    await opened.log.flush()
    await opened.manager.checkpoint()
    await opened.log.abandon()
    disk.crash((_path, unsynced) => unsynced)
    return { disk, ...opened }
  }

  test('a torn or flipped tail is cut off at the last whole batch', async () => {
    for (const damage of ['torn', 'flipped', 'zeros'] as const) {
      const { disk, log } = await filled()
      const active = `/data/t-0/${String(log.segmentBaseOffsets.at(-1)).padStart(20, '0')}.log`
      const bytes = await disk.readFile(active)
      if (damage === 'torn') disk.blocking.truncate(active, bytes.length - 7)
      if (damage === 'zeros') disk.blocking.writeFile(active, Buffer.concat([bytes, Buffer.alloc(100)]))
      if (damage === 'flipped') {
        bytes[bytes.length - 5] = (bytes[bytes.length - 5] ?? 0) ^ 1
        disk.blocking.writeFile(active, bytes)
      }
      const { log: again } = await openLog({ segmentBytes: 2000 }, { disk })
      const end = damage === 'zeros' ? 60 : 57
      expect(again.logEndOffset).toBe(end)
      expect(again.activeProducers()).toMatchObject([{ lastSequence: end - 1 }])
      expect(split(await readAll(again)).length).toBe(end / 3)
      expect([again.epochForOffset(0), again.epochForOffset(21), again.epochForOffset(56)]).toEqual([0, 1, 2])
    }
  })

  test('missing snapshots, indexes and epochs come back', async () => {
    const { disk } = await filled()
    for (const name of await disk.list('/data/t-0')) if (!name.endsWith('.log')) await disk.remove(`/data/t-0/${name}`)
    const { log } = await openLog({ segmentBytes: 2000, indexIntervalBytes: 200 }, { disk })
    expect(log.activeProducers()).toMatchObject([{ producerId: 1, lastSequence: 59 }])
    for (let offset = 0; offset < 60; offset++) {
      const read = await log.read(offset, { maxBytes: 1, upTo: 60, minOneBatch: true })
      expect(read.nextOffset).toBe(offset - (offset % 3) + 3)
    }
  })

  test('a damaged index of a finished segment is built anew when it is wanted', async () => {
    const { disk, log } = await filled()
    const second = log.segmentBaseOffsets[1] ?? 0
    disk.blocking.writeFile(`/data/t-0/${String(second).padStart(20, '0')}.index`, Buffer.from('garbage!garbage!'))
    const { log: again } = await openLog({ segmentBytes: 2000, indexIntervalBytes: 200 }, { disk })
    const read = await again.read(second + 3, { maxBytes: 1, upTo: 60, minOneBatch: true })
    expect(read.nextOffset).toBe(second + 6)
  })
})

test('a directory that cannot be locked twice, and one that is not formatted, are refused in one sentence', async () => {
  const disk = new MemoryDisk()
  const manager = await openManager({ disk })
  await expect(openManager({ disk })).rejects.toThrow(/in use by another broker/)
  await manager.shutdown()
  await (await openManager({ disk, configFor: () => DEFAULT_LOG_CONFIG })).shutdown()
  await expect(openManager({ disk: new MemoryDisk(), identity: undefined })).rejects.toThrow(/not formatted/)
})

test('a segment that lost its end between two batches ends the log', async () => {
  const disk = new MemoryDisk({ crashable: true })
  const config = { segmentBytes: 1000 }
  const { manager, log } = await openLog(config, { disk })
  await appendClient(log, batch(1, 300)).written
  await log.flush()
  await manager.checkpoint()
  disk.faults.fail = (operation) => (operation === 'sync' ? 'EIO' : undefined)
  for (let count = 0; count < 4; count++) await appendClient(log, batch(1, 300)).written.catch(() => {})
  expect(log.segmentBaseOffsets).toEqual([0, 2, 4])
  disk.faults = {}
  // Of the first segment only what was flushed is left, of the others everything.
  disk.crash((path, unsynced) => (path.endsWith(`${'0'.repeat(20)}.log`) ? 0 : unsynced))
  const reopened = await openLog(config, { disk })
  expect([reopened.log.segmentBaseOffsets, reopened.log.logEndOffset]).toEqual([[0], 1])
})
