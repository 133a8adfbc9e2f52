import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { NodeDisk } from '../../src/io/node-disk.ts'
import { endTxnBatch } from '../../src/record/control.ts'
import { COMPRESSIONS } from '../../src/record/header.ts'
import { DEFAULT_LOG_CONFIG } from '../../src/storage/log-config.ts'
import { jars, LIGHT_JVM, noKafka } from '../support/kafka.ts'
import { appendClient, batch, NOW, openLog } from './support.ts'

const CONFIG = { ...DEFAULT_LOG_CONFIG, segmentBytes: 40_000, indexIntervalBytes: 1000 }

describe.skipIf(noKafka())("Kafka's dump-log", () => {
  const dir = mkdtempSync(join(tmpdir(), 'odradek-dump-'))
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  function dump(options: readonly string[], suffix: string): string {
    const folder = join(dir, 't-0')
    const files = readdirSync(folder).filter((name) => name.endsWith(suffix))
    const list = files.map((name) => join(folder, name)).join(',')
    const tool = 'org.apache.kafka.tools.DumpLogSegments'
    const out = execFileSync('java', [...LIGHT_JVM, '-cp', jars('kafka'), tool, ...options, '--files', list], {
      stdio: 'pipe',
    })
    return out.toString()
  }

  test('finds nothing wrong in a log of many segments, before and after a clean stop', async () => {
    const { manager, log } = await openLog(CONFIG, { dirs: [dir], disk: new NodeDisk() })
    for (let i = 0; i < 120; i++) {
      const compression = COMPRESSIONS[i % COMPRESSIONS.length]
      const producer = { producerId: 7 + (i % 3), producerEpoch: 0, baseSequence: Math.floor(i / 3) * 5 }
      appendClient(
        log,
        batch(5, 2000, { timestamp: NOW - 200_000 + i * 1000, compression, ...producer, isTransactional: i % 3 === 0 }),
      )
      if (i % 30 !== 29) continue
      const marker = { type: i % 60 === 29 ? 'abort' : 'commit', coordinatorEpoch: 1 } as const
      const records = endTxnBatch({ timestamp: NOW, producerId: 7, producerEpoch: 0, marker })
      await log.append({ records, origin: 'coordinator', leaderEpoch: 0, nowMs: NOW }).written
    }
    await log.flush()
    expect(log.segmentBaseOffsets.length).toBeGreaterThan(3)
    const end = log.logEndOffset

    const check = () => {
      const records = dump(['--deep-iteration'], '.log')
      expect(records).not.toMatch(/invalid|isvalid: false|error|corrupt/i)
      expect([...records.matchAll(/\| offset: (\d+)/g)].map((match) => Number(match[1]))).toEqual(
        Array.from({ length: end }, (_, offset) => offset),
      )
    }
    check()
    await manager.shutdown(3)
    check()
    for (const suffix of ['.index', '.timeindex']) {
      expect(dump(['--verify-index-only'], suffix)).not.toMatch(/mismatch|found|error|corrupt/i)
      expect(dump(['--index-sanity-check'], suffix)).toMatch(/passed sanity check/)
    }
    expect(dump([], '.txnindex')).toMatch(/producerId: 7/)
    const snapshots = dump([], '.snapshot')
    for (const id of [7, 8, 9]) expect(snapshots).toMatch(new RegExp(`producerId: ${id} `))
    expect(readFileSync(join(dir, '.kafka_cleanshutdown'), 'utf8')).toBe('{"version":0,"brokerEpoch":3}')
  })
})
