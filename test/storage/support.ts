import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Uuid } from '../../src/base/ids.ts'
import { Prng } from '../../src/base/prng.ts'
import { silentLogger } from '../../src/io/logger.ts'
import { MemoryDisk } from '../../src/io/memory-disk.ts'
import type { Clock, Random, Timer } from '../../src/io/ports.ts'
import { buildBatch, type NewBatch } from '../../src/record/builder.ts'
import { batchSize } from '../../src/record/header.ts'
import type { Log } from '../../src/storage/log.ts'
import { DEFAULT_LOG_CONFIG, type LogConfig } from '../../src/storage/log-config.ts'
import { LogManager, type LogManagerOptions } from '../../src/storage/log-manager.ts'
import type { ReadOptions } from '../../src/storage/types.ts'

export const GOLDEN_DISK = fileURLToPath(new URL('../golden/disk/', import.meta.url))
export const NOW = 1_795_300_000_000
export const TOPIC_ID = 'WjWbJ7yyQ3GAhV7iBHxKsg' as Uuid

/** Time that stands still until a test moves it. */
export class ManualClock implements Clock {
  nowMs: number
  /** What the wall clock was set by. */
  skewMs = 0
  #timers: { at: number; run: () => void }[] = []

  constructor(nowMs = NOW) {
    this.nowMs = nowMs
  }

  now(): number {
    return this.nowMs + this.skewMs
  }

  monotonic(): number {
    return this.nowMs
  }

  after(delayMs: number, run: () => void): Timer {
    const timer = { at: this.nowMs + delayMs, run }
    this.#timers.push(timer)
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((one) => one !== timer)
      },
    }
  }

  advance(ms: number): void {
    const until = this.nowMs + ms
    for (;;) {
      const due = this.#timers.filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at)[0]
      if (due === undefined) break
      this.#timers = this.#timers.filter((timer) => timer !== due)
      this.nowMs = Math.max(this.nowMs, due.at)
      due.run()
    }
    this.nowMs = until
  }
}

export class SeededRandom implements Random {
  readonly #prng: Prng

  constructor(seed = 1) {
    this.#prng = new Prng(seed)
  }

  below(bound: number): number {
    return this.#prng.below(bound)
  }

  bytes(size: number): Buffer {
    return Buffer.from(Array.from({ length: size }, () => this.#prng.below(256)))
  }
}

export function managerOptions(overrides: Partial<LogManagerOptions> = {}): LogManagerOptions {
  return {
    dirs: ['/data'],
    disk: new MemoryDisk(),
    clock: new ManualClock(),
    random: new SeededRandom(),
    logger: silentLogger,
    configFor: () => DEFAULT_LOG_CONFIG,
    identity: { clusterId: 'Z29sZGVuLWNsdXN0ZXItMQ', nodeId: 1 },
    ...overrides,
  }
}

export function openManager(overrides: Partial<LogManagerOptions> = {}): Promise<LogManager> {
  return LogManager.open(managerOptions(overrides))
}

export interface Opened {
  readonly manager: LogManager
  readonly log: Log
}

/** One log `t-0`, made or found. */
export async function openLog(config: Partial<LogConfig>, overrides: Partial<LogManagerOptions> = {}): Promise<Opened> {
  const full = { ...DEFAULT_LOG_CONFIG, ...config }
  const manager = await openManager({ configFor: () => full, ...overrides })
  return { manager, log: manager.getOrCreate('t', 0, TOPIC_ID, full) }
}

/** Bytes of one batch with `count` records of about `valueSize` bytes. */
export function batch(count: number, valueSize: number, more: Partial<NewBatch> & { timestamp?: number } = {}): Buffer {
  const { timestamp = 1_700_000_000_000, ...rest } = more
  const records = Array.from({ length: count }, (_, index) => ({
    timestamp: timestamp + index,
    key: Buffer.from(`k${index}`),
    value: Buffer.alloc(valueSize, index),
  }))
  return buildBatch({ records, ...rest })
}

export function appendClient(log: Log, records: Buffer, leaderEpoch = 0, nowMs = NOW) {
  return log.append({ records, origin: 'client', leaderEpoch, nowMs })
}

const EVERYTHING: ReadOptions = { maxBytes: 2 ** 30, upTo: Number.MAX_SAFE_INTEGER, minOneBatch: true }

/** All bytes from an offset to the end, by as many reads as it takes. */
export async function readAll(log: Log, from = log.logStartOffset, maxBytes = EVERYTHING.maxBytes): Promise<Buffer> {
  const chunks: Buffer[] = []
  let offset = from
  for (;;) {
    const read = await log.read(offset, { ...EVERYTHING, maxBytes })
    if (read.sizeInBytes === 0) return Buffer.concat(chunks)
    chunks.push(...read.chunks.map((chunk) => Buffer.from(chunk)))
    read.release()
    offset = read.nextOffset
  }
}

export function split(bytes: Buffer): Buffer[] {
  const found: Buffer[] = []
  for (let at = 0; at < bytes.length; at += batchSize(bytes, at))
    found.push(bytes.subarray(at, at + batchSize(bytes, at)))
  return found
}

/** A memory disk with a copy of a golden directory at `/data`; index files get their true length back. */
export function goldenDisk(which: 'stopped' | 'running' | 'formatted'): MemoryDisk {
  const disk = new MemoryDisk({ nowMs: () => NOW })
  const lengths = new Map<string, number>()
  for (const line of readFileSync(join(GOLDEN_DISK, `${which}.files.txt`), 'utf8').split('\n')) {
    const [size, name] = line.split(' ')
    if (name !== undefined) lengths.set(name.slice(2), Number(size))
  }
  const root = join(GOLDEN_DISK, which)
  for (const entry of readdirSync(root, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const name = path.slice(root.length + 1).replace(/\.hex$/, '')
    let bytes = readFileSync(path)
    if (path.endsWith('.hex')) bytes = Buffer.from(bytes.toString('ascii').replaceAll('\n', ''), 'hex')
    const missing = (lengths.get(name) ?? bytes.length) - bytes.length
    if (missing > 0) bytes = Buffer.concat([bytes, Buffer.alloc(missing)])
    const target = `/data/${name}`
    disk.blocking.makeDirectory(target.slice(0, target.lastIndexOf('/')))
    disk.blocking.writeFile(target, bytes)
  }
  return disk
}
