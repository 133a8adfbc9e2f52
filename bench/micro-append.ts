/** The append path alone: validate, assign, enqueue, write. `node bench/micro-append.ts [seconds per case]` */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Uuid } from '../src/base/ids.ts'
import { silentLogger } from '../src/io/logger.ts'
import { MemoryDisk } from '../src/io/memory-disk.ts'
import { NodeClock } from '../src/io/node-clock.ts'
import { NodeDisk } from '../src/io/node-disk.ts'
import { NodeRandom } from '../src/io/node-random.ts'
import type { Disk } from '../src/io/ports.ts'
import { buildBatch } from '../src/record/builder.ts'
import type { Log } from '../src/storage/log.ts'
import { DEFAULT_LOG_CONFIG } from '../src/storage/log-config.ts'
import { LogManager } from '../src/storage/log-manager.ts'

const SECONDS = Number(process.argv[2] ?? 2)
/** Appends that wait for their write at a time, as connections do. */
const IN_FLIGHT = 8
const TAIL_BYTES = 16 * 1024 * 1024
const TOPIC_ID = 'WjWbJ7yyQ3GAhV7iBHxKsg' as Uuid
const CONFIG = { ...DEFAULT_LOG_CONFIG, segmentBytes: 128 * 1024 * 1024, retentionBytes: 256 * 1024 * 1024 }

function batchOf(bytes: number, recordSize: number): Buffer {
  const value = Buffer.alloc(recordSize, 'x')
  const records = Array.from({ length: Math.floor(bytes / recordSize) }, (_, i) => ({
    timestamp: Date.now() + i,
    key: null,
    value,
  }))
  return buildBatch({ records })
}

/** Buffers that were filled before the clock starts: what an append costs, not what memory does. */
function ringOf(template: Buffer): Buffer[] {
  const count = Math.max(IN_FLIGHT * 2, Math.ceil((TAIL_BYTES * 1.2) / template.length))
  return Array.from({ length: count }, () => Buffer.from(template))
}

interface Measured {
  readonly appends: number
  readonly seconds: number
  readonly user: number
  readonly system: number
}

async function run(log: Log, template: Buffer): Promise<Measured> {
  const ring = ringOf(template)
  const started = performance.now()
  const cpu = process.cpuUsage()
  const until = started + SECONDS * 1000
  let appends = 0
  const worker = async () => {
    while (performance.now() < until) {
      const records = ring[appends++ % ring.length] as Buffer
      // Offsets and epochs of the last round go; the checksum covers neither.
      template.copy(records, 0, 0, 61)
      await log.append({ records, origin: 'client', leaderEpoch: 0, nowMs: Date.now() }).written
      log.updateHighWatermark(log.writtenEndOffset)
      if (appends % 1000 === 0) await log.applyRetention(Date.now())
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker))
  const used = process.cpuUsage(cpu)
  return { appends, seconds: (performance.now() - started) / 1000, user: used.user / 1e6, system: used.system / 1e6 }
}

async function measure(name: string, disk: Disk, dir: string): Promise<void> {
  const manager = await LogManager.open({
    dirs: [dir],
    disk,
    clock: new NodeClock(),
    random: new NodeRandom(),
    logger: silentLogger,
    configFor: () => CONFIG,
    settings: { tailCacheBytes: TAIL_BYTES },
    identity: { clusterId: 'bench', nodeId: 1 },
  })
  const sizes: [string, number, number][] = [
    ['16 KB of 1 KB records', 16_384, 1024],
    ['16 KB of 100 B records', 16_384, 100],
    ['1 MB of 10 KB records', 1_000_000, 10_000],
  ]
  for (const [index, [what, bytes, recordSize]] of sizes.entries()) {
    const log = manager.getOrCreate('bench', index, TOPIC_ID, CONFIG)
    const template = batchOf(bytes, recordSize)
    const { appends, seconds, user, system } = await run(log, template)
    const gigabytes = (appends * template.length) / 1e9
    const row = [
      name.padEnd(7),
      what.padEnd(24),
      `${Math.round(appends / seconds)} appends/s`.padStart(18),
      `${(gigabytes / seconds).toFixed(2)} GB/s`.padStart(10),
      `${(user / gigabytes).toFixed(2)} user + ${(system / gigabytes).toFixed(2)} system CPU s/GB`.padStart(36),
    ]
    console.log(row.join(' '))
  }
  await manager.shutdown()
}

const dir = mkdtempSync(join(tmpdir(), 'odradek-bench-'))
try {
  await measure('memory', new MemoryDisk(), '/data')
  await measure('disk', new NodeDisk(), dir)
} finally {
  rmSync(dir, { recursive: true, force: true })
}
