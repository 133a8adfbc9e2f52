import type { Partitions } from '../assignors/assignor.ts'
import { NO_PARTITIONS } from '../partition-sets.ts'

export interface ShareMember {
  readonly memberId: string
  readonly memberEpoch: number
  readonly previousMemberEpoch: number
  readonly rackId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly topicNames: readonly string[]
  readonly assigned: Partitions
}

export function newMember(memberId: string): ShareMember {
  const nobody = { rackId: null, clientId: '', clientHost: '', topicNames: [], assigned: NO_PARTITIONS }
  return { memberId, memberEpoch: 0, previousMemberEpoch: -1, ...nobody }
}
