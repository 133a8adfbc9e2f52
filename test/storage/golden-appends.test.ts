import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { KafkaError } from '../../src/base/errors.ts'
import { HEADER_UP_TO_MAGIC, magic, setLeaderEpoch } from '../../src/record/header.ts'
import { batches } from '../../src/record/iterate.ts'
import type { RecordsRejected } from '../../src/record/validate.ts'
import { type CompressionType, DEFAULT_LOG_CONFIG, type LogConfig } from '../../src/storage/log-config.ts'
import type { AppendInfo, AppendOrigin } from '../../src/storage/types.ts'
import { goldenPath } from '../support/golden.ts'
import { NOW, openManager, readAll, TOPIC_ID } from './support.ts'

const APPEND_TIME = 1_700_000_000_500

interface GoldenError {
  readonly exception: string
  readonly errorCode: number
  readonly message: string
}

interface GoldenAppend {
  readonly firstOffset: number
  readonly lastOffset: number
  readonly maxTimestamp: number
  readonly validBytes: number
}

interface Series {
  readonly case: string
  readonly config: Record<string, string>
  readonly steps: readonly {
    readonly origin: string
    readonly leaderEpoch: number
    readonly hex: string
    readonly result: GoldenAppend | GoldenError
    readonly logEndOffset: number
  }[]
  readonly storedHex: string
  readonly producers: readonly { readonly producerId: number; readonly lastSequence: number }[]
  readonly abortedTxns: readonly { readonly producerId: number; readonly firstOffset: number }[]
  readonly firstUnstableOffset: number | null
  readonly epochs: readonly { readonly epoch: number; readonly startOffset: number }[]
}

function golden<T>(file: string): T[] {
  const text = readFileSync(goldenPath(file), 'utf8')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T)
}

function configOf(topic: Record<string, string>): LogConfig {
  const number = (name: string, otherwise: number) => Number(topic[name] ?? otherwise)
  return {
    ...DEFAULT_LOG_CONFIG,
    cleanupCompact: topic['cleanup.policy'] === 'compact',
    compressionType: (topic['compression.type'] ?? 'producer') as CompressionType,
    maxMessageBytes: number('max.message.bytes', DEFAULT_LOG_CONFIG.maxMessageBytes),
    segmentBytes: number('segment.bytes', DEFAULT_LOG_CONFIG.segmentBytes),
    logAppendTime: topic['message.timestamp.type'] === 'LogAppendTime',
    timestampBeforeMaxMs: number('message.timestamp.before.max.ms', DEFAULT_LOG_CONFIG.timestampBeforeMaxMs),
    timestampAfterMaxMs: number('message.timestamp.after.max.ms', DEFAULT_LOG_CONFIG.timestampAfterMaxMs),
  }
}

const ORIGINS: Record<string, AppendOrigin> = {
  CLIENT: 'client',
  COORDINATOR: 'coordinator',
  REPLICATION: 'replication',
  RAFT_LEADER: 'raft-leader',
}

async function outcome(run: () => AppendInfo | Promise<AppendInfo>): Promise<AppendInfo | KafkaError> {
  try {
    const info = await run()
    await info.written
    return info
  } catch (error) {
    if (error instanceof KafkaError) return error
    throw error
  }
}

function offsets(info: AppendInfo | GoldenAppend): object {
  const { firstOffset, lastOffset, maxTimestamp } = info
  return { firstOffset, lastOffset, maxTimestamp }
}

/** Times that are the clock's, and the list of offsets that only Kafka's sentence has. */
const plain = (message: string) =>
  message.replace(/within \[.*?\]/g, 'within [FROM, TO]').replace(/First 10 offsets in append: [^.]*?, last/, 'Last')

describe('series of appends to one log', () => {
  test.each(golden<Series>('appends.jsonl'))('$case', async (series) => {
    const config = configOf(series.config)
    const manager = await openManager({ configFor: () => config })
    const log = manager.getOrCreate('golden', 0, TOPIC_ID, config)
    const nowMs = series.config['message.timestamp.before.max.ms'] ? NOW : APPEND_TIME
    for (const step of series.steps) {
      const records = Buffer.from(step.hex, 'hex')
      const origin = ORIGINS[step.origin] ?? 'client'
      const got = await outcome(() => log.appendInTurn({ records, origin, leaderEpoch: step.leaderEpoch, nowMs }))
      const wanted = step.result
      if ('exception' in wanted) {
        expect(got).toBeInstanceOf(KafkaError)
        expect([(got as KafkaError).code, plain((got as KafkaError).message)]).toEqual([
          wanted.errorCode,
          plain(wanted.message),
        ])
      } else {
        if (got instanceof KafkaError) throw got
        const { maxTimestamp: _, ...mine } = offsets(got) as GoldenAppend
        const { maxTimestamp: __, ...theirs } = offsets(wanted) as GoldenAppend
        expect(config.logAppendTime || wanted.lastOffset < 0 ? mine : offsets(got)).toEqual(
          config.logAppendTime || wanted.lastOffset < 0 ? theirs : offsets(wanted),
        )
      }
      expect(log.logEndOffset).toBe(step.logEndOffset)
    }
    const stored = await readAll(log)
    const exact = !series.case.startsWith('recompress') && !config.logAppendTime
    if (exact) expect(stored.toString('hex')).toBe(series.storedHex)
    else {
      const theirs = Buffer.from(series.storedHex, 'hex')
      const values = (bytes: Buffer) =>
        [...batches(bytes)].flatMap((b) => [...b.records()].map((r) => [r.offset, r.key, r.value]))
      expect(values(stored)).toEqual(values(theirs))
    }
    expect(log.activeProducers().map(({ producerId, lastSequence }) => ({ producerId, lastSequence }))).toEqual(
      series.producers,
    )
    const aborted = await log.abortedTransactions(0, Number.MAX_SAFE_INTEGER)
    expect(aborted).toEqual(series.abortedTxns.map(({ producerId, firstOffset }) => ({ producerId, firstOffset })))
    // Nothing was replicated there: what is unstable begins at the first transaction that the high watermark has not passed.
    expect(log.lastStableOffset).toBe(Math.min(series.firstUnstableOffset ?? 0, log.highWatermark))
    for (const { epoch, startOffset } of series.epochs) expect(log.epochForOffset(startOffset)).toBe(epoch)
    await manager.shutdown()
  })
})

interface Corrupt {
  readonly case: string
  readonly hex: string
  readonly appendAsLeader: GoldenAppend | GoldenError
  readonly appendAsFollower: GoldenAppend | GoldenError
}

describe.each(['appendAsLeader', 'appendAsFollower'] as const)('%s of damaged batches', (how) => {
  test.each(golden<Corrupt>('batches-corrupt.jsonl'))('$case', async (vector) => {
    const config = { ...DEFAULT_LOG_CONFIG, timestampAfterMaxMs: Number.MAX_SAFE_INTEGER }
    const manager = await openManager({ configFor: () => config })
    const log = manager.getOrCreate('golden', 0, TOPIC_ID, config)
    const records = Buffer.from(vector.hex, 'hex')
    if (how === 'appendAsFollower') stampEpochs(records)
    const origin = how === 'appendAsLeader' ? 'client' : 'replication'
    const got = await outcome(() => log.appendInTurn({ records, origin, leaderEpoch: 7, nowMs: APPEND_TIME }))
    const wanted = vector[how]
    if ('exception' in wanted) {
      expect(got).toBeInstanceOf(KafkaError)
      expect((got as RecordsRejected).code).toBe(wanted.errorCode)
      expect(log.logEndOffset).toBe(0)
    } else {
      if (got instanceof KafkaError) throw got
      expect(offsets(got)).toEqual(offsets(wanted))
      // Old formats are stored as a batch of the new one.
      const converted = how === 'appendAsLeader' && /^valid:v[01]/.test(vector.case)
      if (wanted.lastOffset >= 0 && !converted) expect((await readAll(log)).length).toBe(wanted.validBytes)
    }
    await manager.shutdown()
  })
})

function stampEpochs(bytes: Buffer): void {
  for (let at = 0; at + HEADER_UP_TO_MAGIC <= bytes.length; ) {
    const size = bytes.readInt32BE(at + 8) + 12
    if (size <= 12 || at + size > bytes.length) return
    if (magic(bytes, at) === 2) setLeaderEpoch(bytes, at, 7)
    at += size
  }
}
