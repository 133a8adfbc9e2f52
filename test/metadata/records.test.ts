import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { decodeMetadataRecord, encodeMetadataRecord, metadataRecord } from '../../src/metadata/records.ts'

interface Vector {
  readonly type: string
  readonly record: string
  readonly version: number
  readonly case: string
  readonly framedHex?: string
}

const vectors = readFileSync(join(import.meta.dirname, '../golden/record-vectors.jsonl'), 'utf8')
  .split('\n')
  .filter((line) => line.includes('"type":"metadata"'))
  .map((line) => JSON.parse(line) as Vector)
  .filter((vector) => vector.framedHex !== undefined)

describe('metadata record frames', () => {
  it('has the vectors', () => expect(vectors.length).toBeGreaterThan(100))

  it('decodes and encodes what Kafka wrote, byte for byte', () => {
    for (const vector of vectors) {
      const hex = vector.framedHex ?? ''
      const record = decodeMetadataRecord(Buffer.from(hex, 'hex'))
      expect(record).toMatchObject({ type: vector.record, version: vector.version })
      // int64 beyond 2^53 and unknown tags do not come back byte for byte.
      if (vector.case === 'default' || vector.case === 'populated-1') {
        expect(encodeMetadataRecord(record).toString('hex'), `${vector.record} ${vector.case}`).toBe(hex)
      }
    }
  })

  it('refuses frames that it does not know', () => {
    for (const hex of ['', '00', '0263', '016300', '010209', '01020001']) {
      expect(() => decodeMetadataRecord(Buffer.from(hex, 'hex'))).toThrow()
    }
  })

  it('fills in what the writer left out', () => {
    const record = metadataRecord('PartitionChangeRecord', {
      partitionId: 3,
      topicId: 'AAAAAAAAAAAAAAAAAAAAAA' as never,
    })
    expect(decodeMetadataRecord(encodeMetadataRecord(record))).toEqual(record)
    expect(record.data.leader).toBe(-2)
  })
})
