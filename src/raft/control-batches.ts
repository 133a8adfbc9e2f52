import { KRaftVersionRecord, LeaderChangeMessage, VotersRecord } from '../protocol/stored/control-records.ts'
import { type ControlRecord, controlBatch, parseControlKey } from '../record/control.ts'
import { baseOffset, isControl, isValid, lastOffset, leaderEpoch, magic } from '../record/header.ts'
import { type BatchView, batches } from '../record/iterate.ts'
import type { LogEnd, QuorumRecord, RaftBatch, Voters } from './types.ts'

export function leaderChangeRecord(
  leaderId: number,
  voters: readonly number[],
  granting: readonly number[],
): ControlRecord {
  const change = {
    version: 0,
    leaderId,
    voters: voters.map((voterId) => ({ voterId })),
    grantingVoters: granting.map((voterId) => ({ voterId })),
  }
  return { type: 'leader-change', value: LeaderChangeMessage.toBuffer(change, 0) }
}

export function kraftVersionRecord(kRaftVersion: number): ControlRecord {
  return { type: 'kraft-version', value: KRaftVersionRecord.toBuffer({ version: 0, kRaftVersion }, 0) }
}

export function votersRecord(voters: Voters): ControlRecord {
  return { type: 'voters', value: VotersRecord.toBuffer({ version: 0, voters }, 0) }
}

export function controlRaftBatch(
  at: number,
  epoch: number,
  timestamp: number,
  records: readonly ControlRecord[],
): RaftBatch {
  const bytes = controlBatch({ baseOffset: at, leaderEpoch: epoch, timestamp, records })
  return { origin: 'leader', baseOffset: at, lastOffset: at + records.length - 1, epoch, bytes }
}

/** What a control batch says about the quorum; nothing where it is another batch. Also reads the control batches of a snapshot. */
export function quorumRecordsOf(batch: BatchView): QuorumRecord[] {
  const { buffer, at } = batch
  if (magic(buffer, at) < 2 || !isControl(buffer, at)) return []
  const found: QuorumRecord[] = []
  for (const { key, value, offset } of batch.records()) {
    if (key === null || value === null) continue
    const { type } = parseControlKey(key)
    if (type === 'voters') found.push({ offset, voters: VotersRecord.fromBuffer(value, 0).voters })
    if (type === 'kraft-version') {
      found.push({ offset, kraftVersion: KRaftVersionRecord.fromBuffer(value, 0).kRaftVersion })
    }
  }
  return found
}

export interface FetchedBatches {
  readonly batch: RaftBatch | undefined
  /** Where a new epoch begins, and where each batch ends. */
  readonly spans: readonly { readonly start: number; readonly end: number; readonly epoch: number }[]
  readonly quorumRecords: readonly QuorumRecord[]
}

const NOTHING: FetchedBatches = { batch: undefined, spans: [], quorumRecords: [] }

/**
 * The whole and sound batches that go on where the log ends and are not of an epoch to come; what is behind the first that is not so
 * is left out, and fetched again.
 */
export function soundBatches(records: Buffer, logEnd: LogEnd, epoch: number): FetchedBatches {
  const spans: { start: number; end: number; epoch: number }[] = []
  const quorumRecords: QuorumRecord[] = []
  let end = logEnd
  let size = 0
  try {
    for (const batch of batches(records)) {
      const { buffer, at } = batch
      const of = leaderEpoch(buffer, at)
      const follows = baseOffset(buffer, at) === end.offset && lastOffset(buffer, at) >= end.offset
      if (magic(buffer, at) !== 2 || !follows || of < end.epoch || of > epoch || !isValid(buffer, at)) break
      quorumRecords.push(...quorumRecordsOf(batch))
      end = { offset: lastOffset(buffer, at) + 1, epoch: of }
      spans.push({ start: baseOffset(buffer, at), end: end.offset, epoch: of })
      size += batch.sizeInBytes
    }
  } catch {
    // Not a batch, or not a control record: a reader can do no more than ask again.
  }
  if (size === 0) return NOTHING
  const bytes = records.subarray(0, size)
  const batch = {
    origin: 'follower',
    baseOffset: logEnd.offset,
    lastOffset: end.offset - 1,
    epoch: end.epoch,
    bytes,
  } as const
  return { batch, spans, quorumRecords }
}
