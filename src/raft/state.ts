import type { Envelope, HardState, LogEnd, LogView, RaftBatch, SnapshotChunk } from './types.ts'
import { sameReplica } from './voters.ts'

/** What has gathered since it was last taken. */
export interface Effects {
  truncateTo: number | undefined
  readonly append: RaftBatch[]
  readonly snapshotChunks: SnapshotChunk[]
  readonly sendNow: Envelope[]
  readonly sendAfterSync: Envelope[]
}

export function noEffects(): Effects {
  return { truncateTo: undefined, append: [], snapshotChunks: [], sendNow: [], sendAfterSync: [] }
}

export function sameState(a: HardState, b: HardState | undefined): boolean {
  if (b === undefined || a.epoch !== b.epoch || a.leaderId !== b.leaderId) return false
  return a.voted === null || b.voted === null ? a.voted === b.voted : sameReplica(a.voted, b.voted)
}

/** What a log begins behind: a snapshot, or nothing. */
export function logStart({ startOffset, earliestSnapshot, latestSnapshot }: LogView): LogEnd {
  if (startOffset === 0) return { offset: 0, epoch: 0 }
  const at = [latestSnapshot, earliestSnapshot].find((snapshot) => snapshot?.endOffset === startOffset)
  return { offset: startOffset, epoch: (at ?? earliestSnapshot)?.epoch ?? 0 }
}
