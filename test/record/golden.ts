import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { KafkaError } from '../../src/base/errors.ts'
import type { DecodedRecord } from '../../src/record/decoded-record.ts'
import { goldenPath } from '../support/golden.ts'

export function golden<T>(file: string): T[] {
  const lines = readFileSync(goldenPath(file), 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as T)
}

export function goldenObject<T>(file: string): T {
  return JSON.parse(readFileSync(goldenPath(file), 'utf8')) as T
}

export interface GoldenRecord {
  readonly offset: number
  readonly timestamp: number
  readonly sequence?: number
  readonly key: string | null
  readonly value: string | null | { readonly length: number; readonly sha256: string }
  readonly headers?: readonly (readonly [string, string | null])[]
  readonly controlType?: string
  readonly coordinatorEpoch?: number
}

export interface GoldenBatch {
  readonly magic: number
  readonly sizeInBytes: number
  readonly valid: boolean
  readonly baseOffset?: number
  readonly lastOffset: number
  readonly lastOffsetDelta?: number
  readonly partitionLeaderEpoch?: number
  readonly crc: number
  readonly compression: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
  readonly timestampType: 'CreateTime' | 'LogAppendTime' | 'NoTimestampType'
  readonly attributes?: number
  readonly baseTimestamp?: number
  readonly maxTimestamp: number
  readonly producerId?: number
  readonly producerEpoch?: number
  readonly baseSequence?: number
  readonly lastSequence?: number
  readonly transactional?: boolean
  readonly control?: boolean
  readonly deleteHorizonMs?: number
  readonly count?: number
  readonly records: readonly GoldenRecord[]
}

export interface GoldenError {
  readonly exception: string
  readonly errorCode: number
  readonly error: string
  readonly message?: string
  readonly recordErrors?: readonly { batchIndex: number; message: string }[]
}

export interface GoldenAppend {
  readonly firstOffset: number
  readonly lastOffset: number
  readonly maxTimestamp: number
  readonly validBytes: number
}

function shortened(value: Buffer | null): GoldenRecord['value'] {
  if (value === null || value.length <= 8192) return value?.toString('base64') ?? null
  return { length: value.length, sha256: createHash('sha256').update(value).digest('hex') }
}

/** A decoded record in the form of the vectors. */
export function asGolden(record: DecodedRecord, magic: number): GoldenRecord {
  const { offset, timestamp, sequence } = record
  const old = { offset, timestamp, key: record.key?.toString('base64') ?? null, value: shortened(record.value) }
  if (magic < 2) return old
  const headers = record.headers.map(({ key, value }) => [key, value?.toString('base64') ?? null] as const)
  return { ...old, sequence, headers }
}

/** The value, or the KafkaError; anything else that is thrown passes through. */
export function outcome<T>(run: () => T): T | KafkaError {
  try {
    return run()
  } catch (error) {
    if (error instanceof KafkaError) return error
    throw error
  }
}

export async function outcomeAsync<T>(run: () => Promise<T>): Promise<T | KafkaError> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof KafkaError) return error
    throw error
  }
}
