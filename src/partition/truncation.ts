/** The history of a follower's log, as far as a truncation needs it. */
export interface TruncatableLog {
  readonly logEndOffset: number
  readonly highWatermark: number
  endOffsetForEpoch(epoch: number): { readonly leaderEpoch: number; readonly endOffset: number } | undefined
}

/** Where the leader's history of the follower's last epoch ends (KIP-595). */
export interface DivergingEpoch {
  readonly epoch: number
  readonly endOffset: number
}

/**
 * Up to where a follower may keep its log when the leader says that it went another way. Where the leader's epoch is not
 * known here, everything after the largest smaller one goes, and the next fetch tells whether that is enough.
 */
export function truncationOffset(log: TruncatableLog, diverging: DivergingEpoch): number {
  if (diverging.endOffset < 0) return Math.min(log.highWatermark, log.logEndOffset)
  const ours = diverging.epoch < 0 ? undefined : log.endOffsetForEpoch(diverging.epoch)
  if (ours === undefined) return Math.min(diverging.endOffset, log.logEndOffset)
  if (ours.leaderEpoch !== diverging.epoch) return Math.min(ours.endOffset, log.logEndOffset)
  return Math.min(ours.endOffset, diverging.endOffset, log.logEndOffset)
}
