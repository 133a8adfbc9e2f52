import { readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { Command } from 'commander'
import { decodeMetadataRecord } from '../../metadata/records.ts'
import { parseControlKey } from '../../record/control.ts'
import type { DecodedRecord } from '../../record/decoded-record.ts'
import {
  baseOffset,
  compressionType,
  ensureValid,
  isControl,
  isTransactional,
  lastOffset,
  leaderEpoch,
  magic,
  maxTimestamp,
  producerEpoch,
  producerId,
  recordCount,
} from '../../record/header.ts'
import { type BatchView, batches } from '../../record/iterate.ts'
import { decodeSnapshot } from '../../storage/producer-snapshot.ts'
import { decodeAborted } from '../../storage/txn-index.ts'
import { print, printLine } from '../terminal/output.ts'
import { printable } from '../terminal/table.ts'
import { errorCode, UserError } from '../user-error.ts'
import { withExamples } from './common.ts'

interface DumpFlags {
  readonly deep?: boolean
  readonly metadata?: boolean
  readonly json?: boolean
}

const METADATA_FOLDER = '__cluster_metadata-0'
const OFFSET_ENTRY = 8
const TIME_ENTRY = 12

export function dumpLogCommand(): Command {
  return withExamples(
    new Command('dump-log')
      .description('show what is in segments, indexes, snapshots and checkpoints; exit code 1 where a batch is damaged')
      .argument('<file...>', 'files of a log directory: .log .index .timeindex .txnindex .snapshot .checkpoint …')
      .option('-d, --deep', 'each record, not only each batch')
      .option('--metadata', `read records as those of the metadata log (the default in ${METADATA_FOLDER})`)
      .option('--json', 'print a JSON object in each line, for programs')
      .action((files: string[], flags: DumpFlags) => {
        for (const file of files) dump(file, flags, files.length > 1)
      }),
    [
      'dump-log data/orders-0/00000000000000000000.log --deep',
      `dump-log data/${METADATA_FOLDER}/00000000000000000000.log --deep --json`,
      'dump-log data/orders-0/00000000000000000000.timeindex',
    ],
  )
}

function dump(file: string, flags: DumpFlags, isOneOfMany: boolean): void {
  const bytes = contentOf(file)
  const tell = (entry: object) =>
    flags.json ? printLine({ ...(isOneOfMany && { file }), ...entry }) : print(lineOf(entry))
  if (isOneOfMany && !flags.json) print(`\n${file}`)
  const name = basename(file)
  if (name.endsWith('.index')) for (const entry of offsetEntries(name, bytes)) tell(entry)
  else if (name.endsWith('.timeindex')) for (const entry of timeEntries(name, bytes)) tell(entry)
  else if (name.endsWith('.txnindex')) for (const entry of whole(file, decodeAborted(bytes))) tell(entry)
  else if (name.endsWith('.snapshot')) for (const entry of whole(file, decodeSnapshot(bytes))) tell({ ...entry })
  else if (/\.(log|checkpoint|deleted|cleaned|swap)$/.test(name)) dumpBatches(file, bytes, flags, tell)
  else if (/checkpoint|metadata|properties/.test(name))
    print(printable(bytes.toString()).replaceAll('·', '\n').trimEnd())
  else throw new UserError(`Give a file of a log directory: ${name} is of no kind that is known.`)
}

function contentOf(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    throw new UserError(`Give a file that can be read: ${file} can't (${errorCode(error)}).`)
  }
}

function whole<T>(file: string, entries: readonly T[] | undefined): readonly T[] {
  if (entries === undefined) throw new UserError(`${file} is damaged: it is no whole file of its kind.`)
  return entries
}

/** `key: value` for people. */
function lineOf(entry: object): string {
  return Object.entries(entry)
    .filter(([, value]) => value !== undefined)
    .map(
      ([key, value]) =>
        `${key}: ${typeof value === 'object' && value !== null ? JSON.stringify(value) : printable(String(value))}`,
    )
    .join('  ')
}

function firstOffsetOf(name: string): number {
  return Number.parseInt(name, 10)
}

function* offsetEntries(name: string, bytes: Buffer) {
  const base = firstOffsetOf(name)
  for (let at = 0; at + OFFSET_ENTRY <= bytes.length; at += OFFSET_ENTRY) {
    const [relative, position] = [bytes.readInt32BE(at), bytes.readInt32BE(at + 4)]
    // Room that is set aside is filled with zeros.
    if (relative === 0 && position === 0 && at > 0) return
    yield { offset: base + relative, position }
  }
}

function* timeEntries(name: string, bytes: Buffer) {
  const base = firstOffsetOf(name)
  for (let at = 0; at + TIME_ENTRY <= bytes.length; at += TIME_ENTRY) {
    const timestamp = Number(bytes.readBigInt64BE(at))
    if (timestamp === 0 && at > 0) return
    yield { timestamp, time: new Date(timestamp).toISOString(), offset: base + bytes.readInt32BE(at + 8) }
  }
}

function dumpBatches(file: string, bytes: Buffer, flags: DumpFlags, tell: (entry: object) => void): void {
  const isMetadata = flags.metadata ?? basename(dirname(file)) === METADATA_FOLDER
  let end = 0
  try {
    for (const batch of batches(bytes)) {
      end = batch.at + batch.sizeInBytes
      const isValid = soundness(batch)
      if (isValid !== true) process.exitCode = 1
      tell(batchEntry(batch, isValid))
      if (!flags.deep || isValid !== true) continue
      for (const record of batch.records()) tell(recordEntry(batch, record, isMetadata))
    }
  } catch (error) {
    process.exitCode = 1
    tell({ position: end, damaged: error instanceof Error ? error.message : String(error) })
    return
  }
  // Segments may have room set aside behind what is written.
  if (end < bytes.length && bytes.subarray(end).some((byte) => byte !== 0)) {
    process.exitCode = 1
    tell({ position: end, damaged: `${bytes.length - end} bytes are no whole batch` })
  }
}

function soundness({ buffer, at }: BatchView): true | string {
  try {
    ensureValid(buffer, at)
    return true
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function batchEntry({ buffer, at, sizeInBytes }: BatchView, isValid: true | string) {
  const hasProducer = producerId(buffer, at) >= 0
  return {
    baseOffset: baseOffset(buffer, at),
    lastOffset: lastOffset(buffer, at),
    records: recordCount(buffer, at),
    position: at,
    size: sizeInBytes,
    maxTimestamp: maxTimestamp(buffer, at),
    leaderEpoch: leaderEpoch(buffer, at),
    magic: magic(buffer, at),
    compression: compressionType(buffer, at),
    producerId: hasProducer ? producerId(buffer, at) : undefined,
    producerEpoch: hasProducer ? producerEpoch(buffer, at) : undefined,
    transactional: isTransactional(buffer, at) || undefined,
    control: isControl(buffer, at) || undefined,
    valid: isValid,
  }
}

function recordEntry(batch: BatchView, record: DecodedRecord, isMetadata: boolean) {
  const { offset, timestamp, sequence, key, value, headers } = record
  const place = { offset, timestamp, ...(sequence >= 0 && { sequence }) }
  if (isControl(batch.buffer, batch.at) && key !== null) return { ...place, control: parseControlKey(key).type }
  if (isMetadata && value !== null) return { ...place, ...metadataEntry(value) }
  return {
    ...place,
    key: textOf(key),
    value: textOf(value),
    ...(headers.length > 0 && { headers: headers.map((header) => ({ key: header.key, value: textOf(header.value) })) }),
  }
}

function metadataEntry(value: Buffer) {
  try {
    const { type, version, data } = decodeMetadataRecord(value)
    return { type, version, data: withoutSecrets(data) }
  } catch (error) {
    return { unknown: error instanceof Error ? error.message : String(error), value: textOf(value) }
  }
}

/** Salts, keys and the like are bytes: their length is enough. */
function withoutSecrets(data: object): object {
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [name, value instanceof Uint8Array ? `${value.length} bytes` : value]),
  )
}

function textOf(bytes: Buffer | null): string | null {
  return bytes === null ? null : bytes.toString()
}
