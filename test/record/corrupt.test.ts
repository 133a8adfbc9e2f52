import { describe, expect, test } from 'vitest'
import { KafkaError } from '../../src/base/errors.ts'
import { analyze } from '../../src/record/analyze.ts'
import { batchSize, ensureValid, isValid, magic, setLeaderEpoch } from '../../src/record/header.ts'
import { batches } from '../../src/record/iterate.ts'
import {
  type BatchesInfo,
  checkProduced,
  convertForLeader,
  hasTransactional,
  type LeaderRules,
  RecordsRejected,
  validateForFollower,
  validateForLeader,
} from '../../src/record/validate.ts'
import { type GoldenAppend, type GoldenError, golden, outcome, outcomeAsync } from './golden.ts'

interface Iterated {
  readonly magic: number
  readonly sizeInBytes: number
  readonly valid: boolean
  readonly ensureValid: 'ok' | GoldenError
  readonly records: number | GoldenError
}

interface Vector {
  readonly case: string
  readonly hex: string
  readonly iterate: readonly (Iterated | GoldenError)[]
  readonly appendAsLeader: GoldenAppend | GoldenError
  readonly appendAsFollower: GoldenAppend | GoldenError
}

interface Answer {
  readonly errorCode: number
  readonly error: string
  readonly appended: boolean
  readonly errorMessage?: string | null
  readonly recordErrors?: readonly object[]
}

const vectors = golden<Vector>('batches-corrupt.jsonl')
const answers = golden<{ case: string; produceV3: Answer; produceV11: Answer }>('batches-corrupt-broker.jsonl')

const RULES: LeaderRules = {
  topicPartition: 'golden-0',
  origin: 'client',
  leaderEpoch: 7,
  nowMs: 1_700_100_000_000,
  compacted: false,
  compression: 'producer',
  timestampType: 'CreateTime',
  timestampBeforeMaxMs: 2 ** 63,
  timestampAfterMaxMs: 2 ** 63,
  maxMessageBytes: 1_048_588,
}

/** Code and message of what was thrown; Kafka's text behind code −1 is its Java libraries' own, so it is left out. */
function error(thrown: KafkaError): object {
  return thrown.code === -1 ? { errorCode: -1 } : { errorCode: thrown.code, message: thrown.message }
}

function expectedError(expected: GoldenError): object {
  const { errorCode, message } = expected
  return errorCode === -1 ? { errorCode } : { errorCode, message }
}

function iterated(bytes: Buffer): object[] {
  const seen: object[] = []
  const end = outcome(() => {
    for (const view of batches(bytes)) {
      const { buffer, at } = view
      const ensured = outcome(() => ensureValid(buffer, at))
      const records = outcome(() => [...view.records()].length)
      seen.push({
        magic: magic(buffer, at),
        sizeInBytes: batchSize(buffer, at),
        valid: isValid(buffer, at),
        ensureValid: ensured instanceof KafkaError ? error(ensured) : 'ok',
        records: records instanceof KafkaError ? error(records) : records,
      })
    }
  })
  if (end instanceof KafkaError) seen.push(error(end))
  return seen
}

function summary(info: BatchesInfo, validBytes: number): GoldenAppend {
  const { firstOffset, lastOffset, maxTimestamp } = info
  return { firstOffset, lastOffset, maxTimestamp, validBytes }
}

async function appended(bytes: Buffer, rules: LeaderRules): Promise<object> {
  const before = Buffer.from(bytes)
  const result = await outcomeAsync(async () => {
    const { validBytes } = analyze(bytes, rules)
    const first = validateForLeader(bytes, 0, rules)
    if (first.kind === 'ready') return summary(first, validBytes)
    expect(bytes.equals(before)).toBe(true)
    const second = validateForLeader(await convertForLeader(bytes, rules), 0, rules)
    expect(second.kind).toBe('ready')
    return second.kind === 'ready' ? summary(second, validBytes) : {}
  })
  if (result instanceof KafkaError) expect(bytes.equals(before)).toBe(true)
  return result instanceof KafkaError ? error(result) : result
}

describe('damaged and unusual batches', () => {
  test.each(vectors)('iterating: $case', (vector) => {
    const wanted = vector.iterate.map((entry) => {
      if ('exception' in entry) return expectedError(entry)
      const ensured = entry.ensureValid === 'ok' ? 'ok' : expectedError(entry.ensureValid)
      const records = typeof entry.records === 'number' ? entry.records : expectedError(entry.records)
      return { ...entry, ensureValid: ensured, records }
    })
    expect(iterated(Buffer.from(vector.hex, 'hex'))).toEqual(wanted)
  })

  test.each(vectors)("a leader's append: $case", async (vector) => {
    const wanted = vector.appendAsLeader
    const got = await appended(Buffer.from(vector.hex, 'hex'), RULES)
    expect(got).toEqual('exception' in wanted ? expectedError(wanted) : wanted)
  })

  test.each(vectors)("a follower's append: $case", (vector) => {
    const bytes = Buffer.from(vector.hex, 'hex')
    outcome(() => {
      for (const { at } of batches(bytes)) if (magic(bytes, at) === 2) setLeaderEpoch(bytes, at, 7)
    })
    const got = outcome(() => validateForFollower(bytes, { topicPartition: 'golden-0', leaderEpoch: 7 }))
    const wanted = vector.appendAsFollower
    const seen = got instanceof KafkaError ? error(got) : summary(got, got.validBytes)
    expect(seen).toEqual('exception' in wanted ? expectedError(wanted) : wanted)
  })
})

/** As a broker takes one partition of a Produce request. */
async function produced(bytes: Buffer, version: number): Promise<object> {
  const result = await outcomeAsync(async () => {
    if (hasTransactional(bytes)) throw new KafkaError('TRANSACTIONAL_ID_AUTHORIZATION_FAILED')
    checkProduced(bytes, version)
    const first = validateForLeader(bytes, 0, RULES)
    if (first.kind === 'convert') validateForLeader(await convertForLeader(bytes, RULES), 0, RULES)
  })
  if (!(result instanceof KafkaError)) return { errorCode: 0, errorMessage: null, recordErrors: [] }
  const recordErrors = result instanceof RecordsRejected ? result.recordErrors : []
  return { errorCode: result.code, errorMessage: result.detail, recordErrors }
}

describe('the same in Produce requests', () => {
  const bytesOf = new Map(vectors.map((vector) => [vector.case, vector.hex]))

  test.each(answers)('$case', async (answer) => {
    const hex = bytesOf.get(answer.case)
    expect(hex).toBeDefined()
    const { errorCode, errorMessage, recordErrors } = answer.produceV11
    const eleven = await produced(Buffer.from(hex ?? '', 'hex'), 11)
    expect(eleven).toEqual({ errorCode, errorMessage, recordErrors })
    const three = await produced(Buffer.from(hex ?? '', 'hex'), 3)
    expect(three).toMatchObject({ errorCode: answer.produceV3.errorCode })
  })
})
