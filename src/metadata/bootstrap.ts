import type { DirectoryId } from '../base/ids.ts'
import type { VotersRecordData } from '../protocol/stored/control-records.ts'
import { KRAFT_VERSION, METADATA_VERSION } from './features.ts'
import { type MetadataRecord, metadataRecord } from './records.ts'
import { snapshotChunks } from './snapshot-file.ts'

export interface FormatVoter {
  readonly id: number
  readonly directoryId: DirectoryId
  readonly listener: string
  readonly host: string
  readonly port: number
}

export interface FormatOptions {
  /** Name → level, with metadata.version; see defaultFeatureLevels. Levels of 0 leave no record. */
  readonly features: ReadonlyMap<string, number>
  /** Further records of a new cluster: SCRAM credentials. */
  readonly records?: readonly MetadataRecord[]
  /** `--standalone` and `--initial-controllers`: the first voters; left out: no `0-0.checkpoint` is written. */
  readonly voters?: readonly FormatVoter[]
  readonly nowMs: number
}

export interface FormattedFiles {
  /** `bootstrap.checkpoint` of the metadata log directory. */
  readonly bootstrap: Buffer
  /** `__cluster_metadata-0/00000000000000000000-0000000000.checkpoint` */
  readonly standalone: Buffer | undefined
}

/** The bytes of the files that `storage format` leaves besides meta.properties. */
export function formatRecords({ features, records = [], voters, nowMs }: FormatOptions): FormattedFiles {
  const bootstrap = snapshotChunks({
    leaderEpoch: 0,
    lastContainedLogTimestamp: 0,
    nowMs,
    records: [...featureRecords(features), ...records],
  })
  if (voters === undefined) return { bootstrap: Buffer.concat([...bootstrap]), standalone: undefined }
  const standalone = snapshotChunks({
    leaderEpoch: 0,
    lastContainedLogTimestamp: nowMs,
    nowMs,
    quorum: { kraftVersion: features.get(KRAFT_VERSION) ?? 1, voters: voters.map(voterOf) },
    records: [],
  })
  return { bootstrap: Buffer.concat([...bootstrap]), standalone: Buffer.concat([...standalone]) }
}

/** metadata.version first, because how later records are read depends on it; then by name. */
export function featureRecords(features: ReadonlyMap<string, number>): MetadataRecord[] {
  const others = [...features.keys()].filter((name) => name !== METADATA_VERSION && name !== KRAFT_VERSION).sort()
  return [METADATA_VERSION, ...others].flatMap((name) => {
    const featureLevel = features.get(name) ?? 0
    return featureLevel === 0 ? [] : [metadataRecord('FeatureLevelRecord', { name, featureLevel })]
  })
}

export function voterOf(voter: FormatVoter): VotersRecordData['voters'][number] {
  return {
    voterId: voter.id,
    voterDirectoryId: voter.directoryId,
    endpoints: [{ name: voter.listener, host: voter.host, port: voter.port }],
    kRaftVersionFeature: { minSupportedVersion: 0, maxSupportedVersion: 1 },
  }
}
