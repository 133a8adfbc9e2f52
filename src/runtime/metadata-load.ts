import { KafkaError } from '../base/errors.ts'
import { takeCopy } from '../base/lent-memory.ts'
import type { Disk } from '../io/ports.ts'
import { featureRecords } from '../metadata/bootstrap.ts'
import { defaultFeatureLevels, LATEST_METADATA_VERSION } from '../metadata/features.ts'
import type { MetadataRecord } from '../metadata/records.ts'
import { KRaftVersionRecord, VotersRecord } from '../protocol/stored/control-records.ts'
import { decodeQuorumState } from '../raft/quorum-state.ts'
import type { EpochStart, HardState, QuorumRecord, VoterSource, Voters } from '../raft/types.ts'
import { parseControlKey } from '../record/control.ts'
import { isControl } from '../record/header.ts'
import { batches } from '../record/iterate.ts'
import type { Log } from '../storage/log.ts'
import { LogDirectoryError } from '../storage/log-directory-error.ts'
import { type MetadataSnapshots, readable } from './metadata-snapshots.ts'

/** What Raft has to know of the log before it begins. */
export interface LoadedQuorum {
  /** Where no record says more: from the configuration, or from what `storage format` left. */
  readonly voters: VoterSource
  readonly quorumRecords: readonly QuorumRecord[]
  readonly epochs: readonly EpochStart[]
}

const READ_BYTES = 4 * 1024 * 1024

/** Reads the newest snapshot's and the log's words about the quorum; no metadata record is looked at. */
export async function loadQuorum(log: Log, snapshots: MetadataSnapshots, staticVoters: Voters): Promise<LoadedQuorum> {
  const { latest } = snapshots
  let voters: VoterSource = { voters: staticVoters, kraftVersion: 0, fromBootstrap: false }
  const quorumRecords: QuorumRecord[] = []
  if (latest) {
    const snapshot = await snapshots.read(latest)
    if (latest.endOffset > 0) {
      const { kraftVersion, voters } = snapshot
      quorumRecords.push({ offset: latest.endOffset - 1, kraftVersion, voters })
    } else if ((snapshot.kraftVersion ?? 0) > 0 && snapshot.voters) {
      voters = { voters: snapshot.voters, kraftVersion: 1, fromBootstrap: true }
    }
    // Records that the snapshot holds may be missing behind a gap: the log goes on after it.
    if (log.logEndOffset < latest.endOffset) await log.truncateFullyAndStartAt(latest.endOffset)
  }
  const from = latest?.endOffset ?? 0
  if (from < log.logStartOffset) {
    throw new KafkaError(
      'KAFKA_STORAGE_ERROR',
      `The metadata log begins at ${log.logStartOffset}, but there is no snapshot of what was before`,
    )
  }
  await readControlRecords(log, from, quorumRecords)
  return { voters, quorumRecords, epochs: epochsOf(log, latest?.epoch) }
}

async function readControlRecords(log: Log, from: number, into: QuorumRecord[]): Promise<void> {
  let offset = from
  while (offset < log.logEndOffset) {
    const options = { maxBytes: READ_BYTES, upTo: log.logEndOffset, minOneBatch: true }
    const read = await log.read(offset, options)
    const bytes = takeCopy(read)
    if (read.nextOffset === offset) break
    for (const batch of batches(bytes)) {
      if (!isControl(batch.buffer, batch.at)) continue
      for (const record of batch.records()) {
        const said = record.offset < offset ? undefined : quorumRecord(record.offset, record.key, record.value)
        if (said) into.push(said)
      }
    }
    offset = read.nextOffset
  }
}

function quorumRecord(offset: number, key: Buffer | null, value: Buffer | null): QuorumRecord | undefined {
  if (key === null || value === null) return undefined
  const { type } = parseControlKey(key)
  if (type === 'kraft-version') return { offset, kraftVersion: KRaftVersionRecord.fromBuffer(value, 0).kRaftVersion }
  if (type === 'voters') return { offset, voters: VotersRecord.fromBuffer(value, 0).voters }
  return undefined
}

/**
 * The log's own history; behind a snapshot with nothing after it, the snapshot's epoch. After a crash the log may begin with
 * records that the snapshot holds and whose epoch is forgotten: nobody asks for them any more.
 */
function epochsOf(log: Log, snapshotEpoch: number | undefined): EpochStart[] {
  const epochs = log.leaderEpochs.map(({ epoch, startOffset }) => ({ epoch, startOffset }))
  if (epochs.length === 0 && snapshotEpoch !== undefined && snapshotEpoch > 0) {
    epochs.push({ epoch: snapshotEpoch, startOffset: log.logStartOffset })
  }
  return epochs
}

/** What `storage format` left for the first leader; a directory without it gets the newest features. */
export async function readBootstrap(disk: Disk, dir: string): Promise<readonly MetadataRecord[]> {
  const path = `${dir}/bootstrap.checkpoint`
  if ((await disk.stat(path)) === undefined) return featureRecords(defaultFeatureLevels(LATEST_METADATA_VERSION))
  return readable(path, await disk.readFile(path)).records
}

export async function readQuorumState(disk: Disk, path: string): Promise<HardState | undefined> {
  if ((await disk.stat(path)) === undefined) return undefined
  const text = (await disk.readFile(path)).toString('utf8')
  try {
    return decodeQuorumState(text)
  } catch (cause) {
    // Who forgets for whom it voted may vote twice.
    throw new LogDirectoryError(`Restore ${path}, which is damaged: ${(cause as Error).message}.`, { cause })
  }
}
