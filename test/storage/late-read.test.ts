import { beforeAll, describe, expect, it } from 'vitest'
import type { LateBytes } from '../../src/base/bytes.ts'
import { Prng } from '../../src/base/prng.ts'
import { MemoryDisk } from '../../src/io/memory-disk.ts'
import type { DiskFile, OpenMode } from '../../src/io/ports.ts'
import { baseOffset, lastOffset } from '../../src/record/header.ts'
import type { Log } from '../../src/storage/log.ts'
import type { ReadResult } from '../../src/storage/types.ts'
import { appendClient, batch, openLog, readAll, split } from './support.ts'

/** Whose files are read at once, while they have their names. */
class PromptDisk extends MemoryDisk {
  override async open(path: string, mode: OpenMode): Promise<DiskFile> {
    const file = await super.open(path, mode)
    const readNow = (target: Buffer, at: number, length: number, position: number): number =>
      this.blocking.stat(path) === undefined ? -1 : this.blocking.read(path, position, length).copy(target, at)
    return Object.assign(file, { readNow })
  }
}

/** Whose files, once they were slow, are read by threads. */
class SlowDisk extends MemoryDisk {
  override async open(path: string, mode: OpenMode): Promise<DiskFile> {
    return Object.assign(await super.open(path, mode), { readNow: () => -1 })
  }
}

async function bytesOf(late: LateBytes): Promise<Buffer> {
  const all = Buffer.alloc(late.length)
  const half = Math.floor(late.length / 2)
  await late.copyTo(all, 0, 0, half)
  await late.copyTo(all, half, half, late.length - half)
  return all
}

describe.each([
  { kind: 'at once', disk: () => new PromptDisk() },
  { kind: 'by threads', disk: () => new SlowDisk() },
])('bytes that stay in their file until they are sent, read $kind', ({ disk }) => {
  const prng = new Prng(7)
  let log: Log
  let stored: Buffer[]

  beforeAll(async () => {
    const options = { disk: disk(), settings: { tailCacheBytes: 1 } }
    ;({ log } = await openLog({ segmentBytes: 3_000_000 }, options))
    for (let i = 0; i < 600; i++) {
      const size = prng.below(4) === 0 ? 100_000 : 3_000
      await appendClient(log, batch(1 + prng.below(4), 1 + prng.below(size))).written
    }
    log.updateHighWatermark(log.logEndOffset)
    stored = split(await readAll(log))
  })

  const read = async (from: number, maxBytes: number, upTo: number): Promise<ReadResult> =>
    log.read(from, { maxBytes, upTo, minOneBatch: true, late: true })

  it('are the whole batches from the offset on, within the bounds', async () => {
    let lates = 0
    for (let i = 0; i < 100; i++) {
      const from = prng.below(log.logEndOffset)
      const upTo = from + 1 + prng.below(log.logEndOffset - from)
      const maxBytes = prng.below(2_000_000)
      const found = await read(from, maxBytes, upTo)
      if (found.late === undefined) continue
      lates++
      const given = await bytesOf(found.late)
      found.release()
      const first = stored.findIndex((each) => lastOffset(each, 0) >= from)
      const count = split(given).length
      const expected = stored.slice(first, first + count)
      expect(given.equals(Buffer.concat(expected))).toBe(true)
      expect(given.length).toBe(found.sizeInBytes)
      expect(given.length).toBeLessThanOrEqual(maxBytes)
      const last = lastOffset(expected.at(-1) as Buffer, 0)
      expect(last).toBeLessThan(upTo)
      expect(found.nextOffset).toBeGreaterThan(last)
      const next = stored[first + count]
      if (next !== undefined)
        expect(found.nextOffset).toBeLessThanOrEqual(Math.max(lastOffset(next, 0), baseOffset(next, 0)))
    }
    expect(lates).toBeGreaterThan(20)
  })

  it('bring a reader through the log with those that are read at once', async () => {
    const all: Buffer[] = []
    let lates = 0
    for (let offset = log.logStartOffset; offset < log.logEndOffset; ) {
      const found = await read(offset, 500_000, log.logEndOffset)
      if (found.late !== undefined) lates++
      const bytes = found.late === undefined ? Buffer.concat(found.chunks) : await bytesOf(found.late)
      found.release()
      all.push(bytes)
      offset = lastOffset(split(bytes).at(-1) as Buffer, 0) + 1
    }
    expect(Buffer.concat(all).equals(Buffer.concat(stored))).toBe(true)
    expect(lates).toBeGreaterThan(5)
  })

  it('survive the deletion of their segment', async () => {
    const found = await read(0, 1_000_000, log.logEndOffset)
    const late = found.late as LateBytes
    await log.deleteRecordsBefore(log.logEndOffset)
    await log.applyRetention(Date.now())
    expect(split(await bytesOf(late)).every((each, i) => each.equals(stored[i] as Buffer))).toBe(true)
    found.release()
  })
})
