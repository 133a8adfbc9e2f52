import { buildBatch } from '../record/builder.ts'
import type { RaftBatch } from './types.ts'

export function dataBatch(
  baseOffset: number,
  epoch: number,
  timestamp: number,
  values: readonly Uint8Array[],
): RaftBatch {
  const records = values.map((value) => ({ timestamp, key: null, value }))
  const bytes = buildBatch({ baseOffset, leaderEpoch: epoch, records })
  return { origin: 'leader', baseOffset, lastOffset: baseOffset + values.length - 1, epoch, bytes }
}
