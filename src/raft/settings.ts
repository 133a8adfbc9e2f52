import type { LogView, RaftOptions } from './types.ts'

export type Settings = Required<RaftOptions>

const EMPTY_LOG: LogView = {
  startOffset: 0,
  earliestSnapshot: undefined,
  latestSnapshot: undefined,
  snapshotSize: () => undefined,
}

const MIB = 1024 * 1024

/** Kafka's defaults for what is left out. */
export function settingsOf(options: RaftOptions): Settings {
  return {
    quorumRecords: [],
    epochs: options.logEnd.offset > 0 ? [{ epoch: options.logEnd.epoch, startOffset: 0 }] : [],
    log: EMPTY_LOG,
    canVote: true,
    endpoints: [],
    listenerName: 'CONTROLLER',
    bootstrapServers: [],
    autoJoin: false,
    electionBackoffMaxMs: 1000,
    requestTimeoutMs: 2000,
    retryBackoffMs: 20,
    fetchMaxBytes: 8 * MIB,
    snapshotMaxBytes: 8 * MIB,
    ...definedOf(options),
  }
}

/** An option that is there but undefined is one that is left out. */
function definedOf(options: RaftOptions): RaftOptions {
  const known = Object.entries(options).filter(([name, value]) => value !== undefined || name === 'hardState')
  return Object.fromEntries(known) as unknown as RaftOptions
}

/** What this code understands of kraft.version. */
export const SUPPORTED_KRAFT_VERSIONS = { minSupportedVersion: 0, maxSupportedVersion: 1 }
/** Kafka's, not configurable: how long a leader may hold a fetch that finds nothing. */
export const MAX_FETCH_WAIT_MS = 500
/** An observer that did not fetch for so long is forgotten. */
export const OBSERVER_SESSION_TIMEOUT_MS = 300_000
/** A leader resigns when no majority fetched within this many fetch timeouts. */
export const CHECK_QUORUM_FACTOR = 1.5
