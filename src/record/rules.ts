import type { Compression } from './header.ts'
import type { RecordDemands } from './record-checks.ts'

/** What a log demands of an append by its leader. */
export interface LeaderRules extends RecordDemands {
  readonly origin: 'client' | 'coordinator' | 'raft-leader'
  readonly leaderEpoch: number
  /** compression.type; `uncompressed` is `none` here. */
  readonly compression: 'producer' | Compression
  readonly compressionLevel?: number
  /** max.message.bytes. */
  readonly maxMessageBytes: number
  /** What the records of a compressed batch may unpack to. */
  readonly maxUnpackedBytes?: number
}
