import { describe, expect, it } from 'vitest'
import { SlabPool } from '../../src/base/slab-pool.ts'
import { buildBatch } from '../../src/record/builder.ts'
import { LogTail, TailBudget } from '../../src/storage/tail-cache.ts'
import { appendClient, batch, openLog } from './support.ts'

const LIMIT = 2_000_000

function batchAt(pool: SlabPool, offset: number): Buffer {
  const value = Buffer.alloc(200_000, offset % 251)
  const built = buildBatch({ baseOffset: offset, records: [{ timestamp: 1, key: null, value }] })
  const piece = pool.allocate(built.length)
  built.copy(piece)
  return piece
}

function followed(tail: LogTail): LogTail {
  tail.follow()
  return tail
}

describe('the newest bytes of a log', () => {
  it('stay as they were while a reader holds them, though the budget has dropped them', () => {
    const pool = new SlabPool()
    const tail = new LogTail(new TailBudget(LIMIT, pool))
    const append = (offset: number) => {
      const bytes = batchAt(pool, offset)
      tail.follow()
      tail.add(bytes, offset, offset + 1)
      pool.release(bytes)
    }
    for (let offset = 0; offset < 5; offset++) append(offset)
    const options = { maxBytes: LIMIT, upTo: 5, minOneBatch: true }
    const held = tail.read(0, options)
    const before = Buffer.concat(held?.chunks ?? [])
    for (let offset = 5; offset < 100; offset++) append(offset)
    expect(tail.read(0, options)).toBeUndefined()
    expect(Buffer.concat(held?.chunks ?? []).equals(before)).toBe(true)
    held?.release()
    held?.release()
    for (let offset = 100; offset < 200; offset++) append(offset)
    expect(Buffer.concat(held?.chunks ?? []).equals(before)).toBe(false)
  })

  it('are given back when they are truncated', () => {
    const pool = new SlabPool()
    const tail = followed(new LogTail(new TailBudget(LIMIT, pool)))
    const memories = new Set<ArrayBufferLike>()
    for (let round = 0; round < 50; round++) {
      const bytes = batchAt(pool, 0)
      memories.add(bytes.buffer)
      tail.add(bytes, 0, 1)
      pool.release(bytes)
      tail.clear()
    }
    expect(memories.size).toBe(1)
  })

  it('keep little memory beside themselves where they are small: their neighbours in shared blocks would stay with them', () => {
    const tail = followed(new LogTail(new TailBudget(LIMIT)))
    const expected: Buffer[] = []
    let size = 0
    for (let offset = 0; offset < 500; offset++) {
      const value = Buffer.alloc(300, offset % 251)
      const bytes = buildBatch({ baseOffset: offset, records: [{ timestamp: 1, key: null, value }] })
      tail.add(bytes, offset, offset + 1)
      expected.push(Buffer.from(bytes))
      size += bytes.length
      Buffer.allocUnsafe(30_000)
    }
    const blocks = new Set<ArrayBufferLike>()
    for (const [offset, bytes] of expected.entries()) {
      const [chunk] = tail.read(offset, { maxBytes: 1, upTo: 500, minOneBatch: true })?.chunks ?? []
      expect(chunk?.equals(bytes)).toBe(true)
      if (chunk) blocks.add(chunk.buffer)
    }
    const kept = [...blocks].reduce((sum, { byteLength }) => sum + byteLength, 0)
    expect(kept).toBeLessThan(size + 300_000)
  })

  it('are forgotten altogether where a truncation cuts through one append: a hole before the end would be skipped', () => {
    const pool = new SlabPool()
    const tail = followed(new LogTail(new TailBudget(LIMIT, pool)))
    tail.add(batchAt(pool, 0), 0, 1)
    tail.add(Buffer.concat([1, 2, 3].map((offset) => batchAt(pool, offset))), 1, 4)
    const options = { maxBytes: LIMIT, upTo: 9, minOneBatch: true }
    expect(tail.read(0, options)?.nextOffset).toBe(4)
    tail.truncateTo(2)
    expect(tail.read(0, options)).toBeUndefined()
    tail.add(batchAt(pool, 2), 2, 3)
    expect(tail.read(1, options)).toBeUndefined()
    expect(tail.read(2, options)?.nextOffset).toBe(3)
    tail.truncateTo(2)
    expect(tail.read(2, options)).toBeUndefined()
  })

  it('are kept while somebody follows the log, and not before or long after', () => {
    const pool = new SlabPool()
    const tail = new LogTail(new TailBudget(100 * LIMIT, pool))
    const options = { maxBytes: 1, upTo: 1_000, minOneBatch: true }
    const memories = new Set<number>()
    const append = (offset: number) => {
      const bytes = batchAt(pool, offset)
      memories.add(bytes.byteOffset)
      tail.add(bytes, offset, offset + 1)
      pool.release(bytes)
    }
    for (let offset = 0; offset < 10; offset++) append(offset)
    expect(tail.read(9, options)).toBeUndefined()
    // Nobody has kept any of them: all had the same place.
    expect(memories.size).toBe(1)
    tail.follow()
    for (let offset = 10; offset < 100; offset++) {
      append(offset)
      const read = tail.read(offset, options)
      expect(read?.nextOffset).toBe(offset + 1)
      read?.release()
    }
    for (let offset = 100; offset < 200; offset++) append(offset)
    expect(tail.read(199, options)).toBeUndefined()
    memories.clear()
    for (let offset = 200; offset < 210; offset++) append(offset)
    expect(memories.size).toBe(1)
    tail.follow()
    append(210)
    expect(tail.read(210, options)?.nextOffset).toBe(211)
    expect(tail.read(209, options)).toBeUndefined()
  })

  it('are kept from the read on that got the last of them', async () => {
    const { log } = await openLog({})
    const options = { maxBytes: LIMIT, upTo: Number.MAX_SAFE_INTEGER, minOneBatch: true }
    const append = async () => {
      const bytes = batch(1, 50_000)
      const { firstOffset, written } = appendClient(log, bytes)
      await written
      const { chunks, nextOffset } = await log.read(firstOffset, options)
      expect(nextOffset).toBe(firstOffset + 1)
      return chunks.some((chunk) => chunk.buffer === bytes.buffer)
    }
    expect([await append(), await append(), await append()]).toEqual([false, true, true])
  })
})
