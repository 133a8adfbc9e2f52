import { type DirectoryId, isUuid, ZERO_UUID } from '../base/ids.ts'
import type { HardState, VoterSource } from './types.ts'

/** The text of `quorum-state`: version 0 where voters are fixed, 1 with directories (KIP-853); no newline, as Kafka's. */
export function encodeQuorumState({ epoch, leaderId, voted }: HardState, voters: VoterSource): string {
  const common = { leaderId, leaderEpoch: epoch, votedId: voted?.id ?? -1 }
  if (voters.kraftVersion > 0) {
    return JSON.stringify({ ...common, votedDirectoryId: voted?.directoryId ?? ZERO_UUID, data_version: 1 })
  }
  const currentVoters = voters.voters.map(({ voterId }) => ({ voterId }))
  return JSON.stringify({ clusterId: '', ...common, appliedOffset: 0, currentVoters, data_version: 0 })
}

/** @throws Error with one sentence where the text is no quorum state */
export function decodeQuorumState(text: string): HardState {
  const fields = object(text)
  const version = fields.data_version
  if (version !== 0 && version !== 1) throw new Error(`quorum-state has data_version ${version}`)
  const votedId = integer(fields, 'votedId')
  const directory = fields.votedDirectoryId ?? ZERO_UUID
  if (typeof directory !== 'string' || !isUuid(directory)) throw new Error('quorum-state has a bad votedDirectoryId')
  return {
    epoch: integer(fields, 'leaderEpoch'),
    leaderId: integer(fields, 'leaderId'),
    voted: votedId < 0 ? null : { id: votedId, directoryId: directory as DirectoryId },
  }
}

function object(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (value !== null && typeof value === 'object') return value as Record<string, unknown>
  } catch {
    // Said below.
  }
  throw new Error('quorum-state is no JSON object')
}

function integer(fields: Record<string, unknown>, name: string): number {
  const value = fields[name]
  if (!Number.isInteger(value)) throw new Error(`quorum-state has no ${name}`)
  return value as number
}
