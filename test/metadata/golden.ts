import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeMetadataRecord, type MetadataRecord } from '../../src/metadata/records.ts'
import { isControl } from '../../src/record/header.ts'
import { batches } from '../../src/record/iterate.ts'

const DISK = join(import.meta.dirname, '../golden/disk')

export function goldenBytes(path: string): Buffer {
  return Buffer.from(readFileSync(join(DISK, `${path}.hex`), 'ascii').replace(/\n/g, ''), 'hex')
}

export interface LogRecord {
  readonly offset: number
  readonly record: MetadataRecord
}

/** The data records of a metadata log. */
export function recordsOfLog(bytes: Buffer): LogRecord[] {
  const records: LogRecord[] = []
  for (const batch of batches(bytes)) {
    if (isControl(batch.buffer, batch.at)) continue
    for (const { offset, value } of batch.records()) {
      if (value !== null) records.push({ offset, record: decodeMetadataRecord(value) })
    }
  }
  return records
}
