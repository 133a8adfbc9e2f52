import { KafkaError } from '../base/errors.ts'
import type { Disk } from '../io/ports.ts'
import { featureRecords } from '../metadata/bootstrap.ts'
import { defaultFeatureLevels, LATEST_METADATA_VERSION } from '../metadata/features.ts'
import { decodeMetadataRecord, type MetadataRecord } from '../metadata/records.ts'
import { parseSnapshot } from '../metadata/snapshot-file.ts'
import { KRaftVersionRecord, VotersRecord } from '../protocol/stored/control-records.ts'
import { decodeQuorumState } from '../raft/quorum-state.ts'
import type { HardState, VoterSource, Voters } from '../raft/types.ts'
import { parseControlKey } from '../record/control.ts'
import { isControl, leaderEpoch, maxTimestamp } from '../record/header.ts'
import { batches } from '../record/iterate.ts'
import type { Log } from '../storage/log.ts'
import type { MetadataSnapshots } from './metadata-snapshots.ts'

export interface LoadedMetadata {
  readonly voters: VoterSource
  /** Of the last record: its epoch, and its time (0: no record). */
  readonly epoch: number
  readonly lastTimestamp: number
  /** Bytes of the log since the snapshot that was read. */
  readonly bytesSinceSnapshot: number
}

const READ_BYTES = 4 * 1024 * 1024

/** What the log and its snapshots say about who votes; later words replace earlier ones. */
class QuorumReader {
  kraftVersion: number | undefined
  voters: Voters | undefined
  fromBootstrap = false

  control(key: Buffer | null, value: Buffer | null): void {
    if (key === null || value === null) return
    const { type } = parseControlKey(key)
    if (type === 'kraft-version') this.kraftVersion = KRaftVersionRecord.fromBuffer(value, 0).kRaftVersion
    if (type === 'voters') this.voters = VotersRecord.fromBuffer(value, 0).voters
    if (type === 'voters' || type === 'kraft-version') this.fromBootstrap = false
  }

  source(fallback: Voters): VoterSource {
    if ((this.kraftVersion ?? 0) > 0 && this.voters) {
      return { voters: this.voters, kraftVersion: 1, fromBootstrap: this.fromBootstrap }
    }
    return { voters: fallback, kraftVersion: 0, fromBootstrap: false }
  }
}

/** Reads the newest snapshot and the log after it; `replay` gets every record with its offset. */
export async function loadMetadata(
  log: Log,
  snapshots: MetadataSnapshots,
  staticVoters: Voters,
  replay: (record: MetadataRecord, offset: number, epoch: number) => void,
): Promise<LoadedMetadata> {
  const quorum = new QuorumReader()
  const { latest } = snapshots
  let epoch = latest?.epoch ?? 0
  let lastTimestamp = 0
  if (latest) {
    const snapshot = await snapshots.read(latest)
    for (const record of snapshot.records) replay(record, latest.endOffset - 1, latest.epoch)
    quorum.kraftVersion = snapshot.kraftVersion
    quorum.voters = snapshot.voters
    quorum.fromBootstrap = latest.endOffset === 0
    lastTimestamp = latest.endOffset === 0 ? 0 : snapshot.lastContainedLogTimestamp
    // Records that the snapshot holds may be missing behind a gap: the log goes on after it.
    if (log.logEndOffset < latest.endOffset) await log.truncateFullyAndStartAt(latest.endOffset)
  }
  let offset = latest?.endOffset ?? 0
  if (offset < log.logStartOffset) {
    throw new KafkaError(
      'KAFKA_STORAGE_ERROR',
      `The metadata log begins at ${log.logStartOffset}, but there is no snapshot of what was before`,
    )
  }
  let bytesSinceSnapshot = 0
  while (offset < log.logEndOffset) {
    const { chunks, nextOffset, release } = await log.read(offset, {
      maxBytes: READ_BYTES,
      upTo: log.logEndOffset,
      minOneBatch: true,
    })
    if (nextOffset === offset) break
    const bytes = Buffer.concat(chunks)
    for (const batch of batches(bytes)) {
      epoch = leaderEpoch(batch.buffer, batch.at)
      lastTimestamp = maxTimestamp(batch.buffer, batch.at)
      const control = isControl(batch.buffer, batch.at)
      for (const record of batch.records()) {
        if (record.offset < offset) continue
        if (control) quorum.control(record.key, record.value)
        else if (record.value !== null) replay(decodeMetadataRecord(record.value), record.offset, epoch)
      }
    }
    bytesSinceSnapshot += bytes.length
    release()
    offset = nextOffset
  }
  return { voters: quorum.source(staticVoters), epoch, lastTimestamp, bytesSinceSnapshot }
}

/** What `storage format` left for the first leader; a directory without it gets the newest features. */
export async function readBootstrap(disk: Disk, dir: string): Promise<readonly MetadataRecord[]> {
  const path = `${dir}/bootstrap.checkpoint`
  if ((await disk.stat(path)) === undefined) return featureRecords(defaultFeatureLevels(LATEST_METADATA_VERSION))
  return parseSnapshot(await disk.readFile(path)).records
}

export async function readQuorumState(disk: Disk, path: string): Promise<HardState | undefined> {
  if ((await disk.stat(path)) === undefined) return undefined
  return decodeQuorumState((await disk.readFile(path)).toString('utf8'))
}
