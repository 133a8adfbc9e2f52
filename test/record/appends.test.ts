import { describe, expect, test } from 'vitest'
import { KafkaError } from '../../src/base/errors.ts'
import { type Compression, isValid, setLeaderEpoch } from '../../src/record/header.ts'
import { batches } from '../../src/record/iterate.ts'
import {
  convertForLeader,
  type LeaderRules,
  RecordsRejected,
  validateForFollower,
  validateForLeader,
} from '../../src/record/validate.ts'
import { asGolden, type GoldenAppend, type GoldenError, golden, outcomeAsync } from './golden.ts'

interface Step {
  readonly origin: 'CLIENT' | 'COORDINATOR' | 'REPLICATION'
  readonly leaderEpoch: number
  readonly hex: string
  readonly result: GoldenAppend | GoldenError
  readonly logEndOffset: number
}

interface Series {
  readonly case: string
  readonly config: Record<string, string>
  readonly steps: readonly Step[]
  readonly storedHex: string
}

/** What is decided by the state of producers and epochs, or by the log, is not decided here. */
const STATE_ERRORS = new Set([45, 46, 47, 48, 52, -1])

const NOW = 1_700_000_000_500

function rulesOf(series: Series, step: Step): LeaderRules {
  const config = series.config
  const type = config['compression.type'] ?? 'producer'
  return {
    topicPartition: 'golden-0',
    origin: step.origin === 'COORDINATOR' ? 'coordinator' : 'client',
    leaderEpoch: step.leaderEpoch,
    nowMs: config['message.timestamp.before.max.ms'] ? Date.UTC(2026, 0) : NOW,
    compacted: config['cleanup.policy'] === 'compact',
    compression: type === 'uncompressed' ? 'none' : (type as Compression | 'producer'),
    timestampType: config['message.timestamp.type'] === 'LogAppendTime' ? 'LogAppendTime' : 'CreateTime',
    timestampBeforeMaxMs: Number(config['message.timestamp.before.max.ms'] ?? 2 ** 63),
    timestampAfterMaxMs: Number(config['message.timestamp.after.max.ms'] ?? 3_600_000),
    maxMessageBytes: Number(config['max.message.bytes'] ?? 1_048_588),
  }
}

async function append(bytes: Buffer, nextOffset: number, rules: LeaderRules): Promise<Buffer> {
  const first = validateForLeader(bytes, nextOffset, rules)
  if (first.kind === 'ready') return bytes.subarray(0, first.validBytes)
  const converted = await convertForLeader(bytes, rules)
  expect(validateForLeader(converted, nextOffset, rules).kind).toBe('ready')
  return converted
}

async function run(series: Series, step: Step, nextOffset: number): Promise<Buffer | KafkaError> {
  const bytes = Buffer.from(step.hex, 'hex')
  if (step.origin !== 'REPLICATION') return outcomeAsync(() => append(bytes, nextOffset, rulesOf(series, step)))
  const { leaderEpoch } = step
  return outcomeAsync(async () => {
    const { validBytes } = validateForFollower(bytes, { topicPartition: 'golden-0', leaderEpoch })
    return bytes.subarray(0, validBytes)
  })
}

function errorsOf(error: GoldenError): object {
  const untimed = (message: string) => message.replace(/within \[.*\]/, 'within [FROM, TO]')
  const recordErrors = (error.recordErrors ?? []).map((e) => ({ ...e, message: untimed(e.message) }))
  return { code: error.errorCode, message: error.message, recordErrors }
}

describe('series of appends', () => {
  test.each(golden<Series>('appends.jsonl'))('$case', async (series) => {
    const stored: Buffer[] = []
    let nextOffset = 0
    for (const step of series.steps) {
      const taken = await run(series, step, nextOffset)
      const wanted = step.result
      if (!('exception' in wanted)) {
        expect(taken).toBeInstanceOf(Buffer)
        // A duplicate is answered with its old offsets.
        if (step.logEndOffset > nextOffset) stored.push(taken as Buffer)
      } else if (!STATE_ERRORS.has(wanted.errorCode)) {
        expect(taken).toBeInstanceOf(KafkaError)
        const { code, message, recordErrors } = taken as RecordsRejected
        expect(errorsOf({ exception: '', error: '', errorCode: code, message, recordErrors })).toEqual(errorsOf(wanted))
      }
      nextOffset = step.logEndOffset
    }
    const ours = Buffer.concat(stored)
    const theirs = Buffer.from(series.storedHex, 'hex')
    const isStamped = series.config['message.timestamp.type'] === 'LogAppendTime'
    if (!series.case.startsWith('recompress') && !isStamped) expect(ours.toString('hex')).toBe(series.storedHex)
    expect([...batches(ours)].map((view) => isValid(ours, view.at))).not.toContain(false)
    if (isStamped) return
    const records = (bytes: Buffer) =>
      [...batches(bytes)].flatMap((view) => [...view.records()].map((r) => asGolden(r, 2)))
    expect(records(ours)).toEqual(records(theirs))
  })
})

const CLIENT: LeaderRules = {
  topicPartition: 't-0',
  origin: 'client',
  leaderEpoch: 3,
  nowMs: NOW,
  compacted: false,
  compression: 'producer',
  timestampType: 'LogAppendTime',
  timestampBeforeMaxMs: Number.POSITIVE_INFINITY,
  timestampAfterMaxMs: 3_600_000,
  maxMessageBytes: 1_048_588,
}

const plain = golden<{ case: string; hex: string }>('batches.jsonl')
const bytesOf = (name: string) => Buffer.from(plain.find((v) => v.case === name)?.hex ?? '', 'hex')

describe('timestamps', () => {
  test.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'])('LogAppendTime stamps %s in place', (codec) => {
    const bytes = bytesOf(`v2-${codec}-mixed`)
    const result = validateForLeader(bytes, 40, CLIENT)
    expect(result).toMatchObject({
      kind: 'ready',
      firstOffset: 40,
      lastOffset: 46,
      maxTimestamp: NOW,
      logAppendTimeMs: NOW,
    })
    expect(isValid(bytes, 0)).toBe(true)
    const [view] = [...batches(bytes)]
    expect([...(view?.records() ?? [])].map((r) => r.timestamp)).toEqual(Array(7).fill(NOW))
  })

  test('a producer may not send LogAppendTime to such a topic', () => {
    const bytes = bytesOf('v2-none-mixed')
    validateForLeader(bytes, 0, CLIENT)
    expect(() => validateForLeader(bytes, 0, CLIENT)).toThrow(RecordsRejected)
    try {
      validateForLeader(bytes, 0, CLIENT)
    } catch (error) {
      expect((error as RecordsRejected).error).toBe('INVALID_TIMESTAMP')
      expect((error as RecordsRejected).recordErrors).toHaveLength(7)
      expect((error as RecordsRejected).recordErrors[0]?.message).toBe(
        `Invalid timestamp type in message DefaultRecord(offset=0, timestamp=${NOW}, key=5 bytes, value=7 bytes). ` +
          'Producer should not set timestamp type to LogAppendTime.',
      )
    }
  })

  test('too far in the future, with the range that was allowed', () => {
    const rules: LeaderRules = { ...CLIENT, timestampType: 'CreateTime' }
    const late = bytesOf('v2-none-mixed')
    expect(() => validateForLeader(late, 0, rules)).toThrow('rejected due to invalid timestamp')
  })
})

test('records of a Raft leader keep their offsets and must have its epoch', () => {
  const rules: LeaderRules = { ...CLIENT, origin: 'raft-leader', leaderEpoch: 9, timestampType: 'CreateTime' }
  const bytes = bytesOf('v2-none-one')
  expect(validateForLeader(bytes, 42, rules)).toMatchObject({ kind: 'ready', firstOffset: 42, lastOffset: 42 })
  setLeaderEpoch(bytes, 0, 8)
  expect(() => validateForLeader(bytes, 42, rules)).toThrow('did not set the batch epoch correctly')
})

test('a compressed batch whose inner offsets have holes is written anew', async () => {
  const rules: LeaderRules = { ...CLIENT, origin: 'coordinator', timestampType: 'CreateTime' }
  const bytes = bytesOf('v2-zstd-delete-horizon')
  expect(validateForLeader(bytes, 0, rules)).toEqual({ kind: 'convert' })
  const converted = await convertForLeader(bytes, rules)
  expect(validateForLeader(converted, 5, rules)).toMatchObject({ kind: 'ready', firstOffset: 5, lastOffset: 6 })
  const values = [...batches(converted)].flatMap((view) => [...view.records()])
  expect(values.map((r) => [r.offset, r.timestamp])).toEqual([
    [5, 1_700_000_000_000],
    [6, 1_700_000_000_010],
  ])
})

test('what unpacks to more than the bound is MESSAGE_TOO_LARGE', async () => {
  const rules: LeaderRules = { ...CLIENT, maxUnpackedBytes: 1000 }
  for (const codec of ['gzip', 'snappy', 'lz4', 'zstd']) {
    const bytes = bytesOf(`v2-${codec}-over-one-block`)
    const got = await outcomeAsync(async () => validateForLeader(bytes, 0, rules))
    expect(got).toMatchObject({ error: 'MESSAGE_TOO_LARGE', detail: null })
    const converted = await outcomeAsync(() => convertForLeader(bytes, { ...rules, compression: 'none' }))
    expect(converted).toMatchObject({ error: 'MESSAGE_TOO_LARGE' })
  }
})
