import { KafkaError } from '../base/errors.ts'
import {
  KRaftVersionRecord,
  SnapshotFooterRecord,
  SnapshotHeaderRecord,
  VotersRecord,
  type VotersRecordData,
} from '../protocol/stored/control-records.ts'
import { buildBatch, type NewRecord } from '../record/builder.ts'
import { type ControlRecord, controlBatch, parseControlKey } from '../record/control.ts'
import { ensureValid, isControl } from '../record/header.ts'
import { batches } from '../record/iterate.ts'
import { decodeMetadataRecord, encodeMetadataRecord, type MetadataRecord } from './records.ts'

/**
 * A `.checkpoint` file: batches with offsets of their own, from 0.
 *
 *     [ SnapshotHeader  KRaftVersion?  Voters? ]  [ metadata records ]…  [ SnapshotFooter ]
 */
export interface SnapshotContent {
  readonly leaderEpoch: number
  /** The time of the last record that the snapshot stands for. */
  readonly lastContainedLogTimestamp: number
  readonly nowMs: number
  /** Left out in files that know nothing of the quorum (`bootstrap.checkpoint`). */
  readonly quorum?: { readonly kraftVersion: number; readonly voters: VotersRecordData['voters'] }
  readonly records: Iterable<MetadataRecord>
}

const RECORDS_PER_BATCH = 1000

/** The file in pieces of at most a thousand records, made one after another. */
export function* snapshotChunks(content: SnapshotContent): IterableIterator<Buffer> {
  const { leaderEpoch: epoch, nowMs } = content
  let baseOffset = 0
  const control = (records: ControlRecord[]) => {
    const chunk = controlBatch({ baseOffset, leaderEpoch: epoch, timestamp: nowMs, records })
    baseOffset += records.length
    return chunk
  }
  const data = (records: NewRecord[]) => {
    const chunk = buildBatch({ baseOffset, leaderEpoch: epoch, records })
    baseOffset += records.length
    return chunk
  }
  yield control(headerRecords(content))
  let pending: NewRecord[] = []
  for (const record of content.records) {
    pending.push({ timestamp: nowMs, key: null, value: encodeMetadataRecord(record) })
    if (pending.length < RECORDS_PER_BATCH) continue
    yield data(pending)
    pending = []
  }
  if (pending.length > 0) yield data(pending)
  yield control([{ type: 'snapshot-footer', value: SnapshotFooterRecord.toBuffer({ version: 0 }, 0) }])
}

function headerRecords({ lastContainedLogTimestamp, quorum }: SnapshotContent): ControlRecord[] {
  const header = SnapshotHeaderRecord.toBuffer({ version: 0, lastContainedLogTimestamp }, 0)
  const records: ControlRecord[] = [{ type: 'snapshot-header', value: header }]
  if (quorum && quorum.kraftVersion > 0) records.push(...quorumRecords(quorum.kraftVersion, quorum.voters))
  return records
}

export function quorumRecords(kraftVersion: number, voters: VotersRecordData['voters']): ControlRecord[] {
  return [
    { type: 'kraft-version', value: KRaftVersionRecord.toBuffer({ version: 0, kRaftVersion: kraftVersion }, 0) },
    { type: 'voters', value: VotersRecord.toBuffer({ version: 0, voters }, 0) },
  ]
}

export interface ParsedSnapshot {
  readonly lastContainedLogTimestamp: number
  readonly kraftVersion: number | undefined
  readonly voters: VotersRecordData['voters'] | undefined
  readonly records: readonly MetadataRecord[]
}

/** @throws KafkaError CORRUPT_MESSAGE where the file is no whole snapshot */
export function parseSnapshot(bytes: Buffer): ParsedSnapshot {
  const records: MetadataRecord[] = []
  let lastContainedLogTimestamp = 0
  let kraftVersion: number | undefined
  let voters: VotersRecordData['voters'] | undefined
  let complete = false
  for (const batch of batches(bytes)) {
    ensureValid(batch.buffer, batch.at)
    const control = isControl(batch.buffer, batch.at)
    for (const { key, value } of batch.records()) {
      if (value === null) throw new KafkaError('CORRUPT_MESSAGE', 'a snapshot record has no value')
      if (!control) records.push(decodeMetadataRecord(value))
      else if (key !== null) {
        const { type } = parseControlKey(key)
        if (type === 'snapshot-header') {
          lastContainedLogTimestamp = SnapshotHeaderRecord.fromBuffer(value, 0).lastContainedLogTimestamp
        } else if (type === 'kraft-version') kraftVersion = KRaftVersionRecord.fromBuffer(value, 0).kRaftVersion
        else if (type === 'voters') voters = VotersRecord.fromBuffer(value, 0).voters
        else if (type === 'snapshot-footer') complete = true
      }
    }
  }
  if (!complete) throw new KafkaError('CORRUPT_MESSAGE', 'the snapshot has no end')
  return { lastContainedLogTimestamp, kraftVersion, voters, records }
}
