import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { silentLogger } from '../../src/io/logger.ts'
import type { MemoryDisk } from '../../src/io/memory-disk.ts'
import { batches } from '../../src/record/iterate.ts'
import { DEFAULT_LOG_CONFIG } from '../../src/storage/log-config.ts'
import { decodeSnapshot, encodeSnapshot } from '../../src/storage/producer-snapshot.ts'
import { decodeAborted } from '../../src/storage/txn-index.ts'
import { GOLDEN_DISK, goldenDisk, openManager, readAll } from './support.ts'

const GOLDEN_CONFIG = { ...DEFAULT_LOG_CONFIG, indexIntervalBytes: 300, retentionMs: -1 }
const TOPICS = ['golden', 'golden-compact', '__consumer_offsets', '__transaction_state', '__share_group_state']

function jsonLines<T>(...path: string[]): T[] {
  const file = join(GOLDEN_DISK, 'json', ...path)
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as T)
}

interface JsonBatch {
  readonly baseOffset: number
  readonly lastOffset: number
  readonly sizeInBytes: number
  readonly maxTimestamp: number
  readonly records: readonly { readonly offset: number; readonly timestamp: number }[]
}

function batchesOf(folder: string): JsonBatch[] {
  const files = readdirSync(join(GOLDEN_DISK, 'json', 'stopped', folder)).filter((name) => name.endsWith('.log.jsonl'))
  return files.sort().flatMap((name) => jsonLines<JsonBatch>('stopped', folder, name))
}

async function open(disk: MemoryDisk) {
  return openManager({ disk, configFor: () => GOLDEN_CONFIG, logger: silentLogger })
}

async function contents(disk: MemoryDisk, folder: string): Promise<Map<string, string>> {
  const files = new Map<string, string>()
  for (const name of await disk.list(`/data/${folder}`)) {
    const bytes = await disk.readFile(`/data/${folder}/${name}`)
    files.set(name, bytes.toString('hex'))
  }
  return files
}

describe.each(['stopped', 'running'] as const)('a directory that Kafka left %s', (which) => {
  test('serves every batch that Kafka stored', async () => {
    const disk = goldenDisk(which)
    const before = new Map(await Promise.all(['golden-0'].map(async (f) => [f, await contents(disk, f)] as const)))
    const manager = await open(disk)
    expect(manager.previousBrokerEpoch).toBe(which === 'stopped' ? 14 : -1)
    for (const log of manager.logs()) {
      const folder = `${log.topic}-${log.partition}`
      if (which === 'running' && !before.has(folder)) continue
      const wanted = batchesOf(folder).filter((b) => b.lastOffset >= log.logStartOffset)
      const got = await readAll(log)
      const views = [...batches(got)]
      expect(views.map((view) => view.sizeInBytes)).toEqual(wanted.map((b) => b.sizeInBytes))
      expect(views.flatMap((view) => [...view.records()].map((r) => [r.offset, r.timestamp]))).toEqual(
        wanted.flatMap((b) => b.records.map((r) => [r.offset, r.timestamp])),
      )
      const last = wanted.at(-1)
      if (last) expect(log.logEndOffset).toBe(last.lastOffset + 1)
    }
    await manager.shutdown()
  })
})

describe('a directory that Kafka stopped', () => {
  test('opens with the offsets, epochs and producers that Kafka had', async () => {
    const manager = await open(goldenDisk('stopped'))
    const log = manager.get('golden', 0)
    if (log === undefined) throw new Error('golden-0 is missing')
    expect([log.logStartOffset, log.logEndOffset, log.highWatermark]).toEqual([2, 86, 86])
    expect(log.lastStableOffset).toBe(86)
    expect(log.segmentBaseOffsets).toEqual([0, 48, 64, 68])
    const snapshot = jsonLines<{ json: { producerEntries: object[] } }>(
      'stopped',
      'golden-0',
      '00000000000000000086.snapshot.jsonl',
    )
    const wanted = snapshot[0]?.json.producerEntries as { producerId: number; epoch: number; lastSequence: number }[]
    expect(log.activeProducers().map((p) => [p.producerId, p.producerEpoch, p.lastSequence])).toEqual(
      wanted.map((p) => [p.producerId, p.epoch, p.lastSequence]),
    )
    expect(await log.abortedTransactions(2, 86)).toEqual([
      { producerId: 1, firstOffset: 69 },
      { producerId: 2, firstOffset: 73 },
    ])
    expect(await log.abortedTransactions(79, 86)).toEqual([])
    await manager.shutdown()
    expect([...TOPICS].every((topic) => [...manager.logs()].some((one) => one.topic === topic))).toBe(true)
  })

  test('is left with the same bytes when nothing was appended', async () => {
    const disk = goldenDisk('stopped')
    const before = await contents(disk, 'golden-0')
    const manager = await open(disk)
    await manager.shutdown(14)
    expect(await contents(disk, 'golden-0')).toEqual(before)
    expect((await disk.readFile('/data/.kafka_cleanshutdown')).toString()).toBe('{"version":0,"brokerEpoch":14}')
    const sorted = (text: string) => text.split('\n').sort()
    for (const name of [
      'recovery-point-offset-checkpoint',
      'replication-offset-checkpoint',
      'log-start-offset-checkpoint',
    ]) {
      const golden = readFileSync(join(GOLDEN_DISK, 'stopped', name), 'utf8')
      expect(sorted((await disk.readFile(`/data/${name}`)).toString())).toEqual(sorted(golden))
    }
  })

  test('finds every record by its time as a scan does', async () => {
    const manager = await open(goldenDisk('stopped'))
    for (const log of manager.logs()) {
      const records = [...batches(await readAll(log, log.logStartOffset))]
        .flatMap((view) => [...view.records()])
        .filter((record) => record.offset >= log.logStartOffset)
      for (const time of new Set(records.flatMap((r) => [r.timestamp, r.timestamp + 1]))) {
        const wanted = records.find((r) => r.timestamp >= time)
        const found = await log.offsetForTimestamp(time)
        expect(found && [found.offset, found.timestamp]).toEqual(wanted && [wanted.offset, wanted.timestamp])
      }
      const largest = Math.max(...records.map((r) => r.timestamp))
      if (records.length > 0) {
        expect((await log.offsetForTimestamp(-3))?.offset).toBe(records.find((r) => r.timestamp === largest)?.offset)
      }
    }
    await manager.shutdown()
  })
})

test('rebuilding from the log alone gives the files that Kafka had', async () => {
  const disk = goldenDisk('stopped')
  const kafka = await contents(disk, 'golden-0')
  const root = '/data/golden-0'
  for (const name of kafka.keys()) if (/index$|snapshot$|checkpoint$/.test(name)) await disk.remove(`${root}/${name}`)
  await disk.remove('/data/.kafka_cleanshutdown')
  await disk.remove('/data/recovery-point-offset-checkpoint')
  // No longer ago than the oldest producer: none of them is forgotten.
  const manager = await openManager({
    disk,
    configFor: () => GOLDEN_CONFIG,
    settings: { producerIdExpirationMs: Number.MAX_SAFE_INTEGER },
  })
  await manager.shutdown(14)
  const ours = await contents(disk, 'golden-0')
  for (const [name, bytes] of kafka) {
    if (name === 'leader-epoch-checkpoint' || name.endsWith('.snapshot')) continue
    expect({ name, bytes: ours.get(name) }).toEqual({ name, bytes })
  }
  expect(Buffer.from(ours.get('leader-epoch-checkpoint') ?? '', 'hex').toString()).toBe('0\n1\n0 2\n')
  const entries = (hex: string | undefined) =>
    decodeSnapshot(Buffer.from(hex ?? '', 'hex'))?.sort((a, b) => a.producerId - b.producerId)
  const name = '00000000000000000086.snapshot'
  const [mine, theirs] = [entries(ours.get(name)), entries(kafka.get(name))]
  expect(mine?.map((e) => [e.producerId, e.epoch, e.lastSequence, e.coordinatorEpoch, e.lastTimestamp])).toEqual(
    theirs?.map((e) => [e.producerId, e.epoch, e.lastSequence, e.coordinatorEpoch, e.lastTimestamp]),
  )
})

test('snapshots and transaction indexes are read and written byte for byte', async () => {
  const disk = goldenDisk('stopped')
  for (const folder of (await disk.list('/data')).filter((name) => name.endsWith('-0'))) {
    for (const name of await disk.list(`/data/${folder}`)) {
      const bytes = await disk.readFile(`/data/${folder}/${name}`)
      if (name.endsWith('.snapshot')) expect(encodeSnapshot(decodeSnapshot(bytes) ?? [])).toEqual(bytes)
      if (name.endsWith('.txnindex')) {
        expect(decodeAborted(bytes)).toEqual(
          jsonLines<object>('stopped', folder, `${name}.jsonl`).map(({ ...entry }) => {
            const { version: _, ...rest } = entry as { version: number }
            return rest
          }),
        )
      }
    }
  }
})
