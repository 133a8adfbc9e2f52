import { present } from '../base/assert.ts'
import type { Token } from '../base/machine.ts'
import type { Protocol } from './commands.ts'

export const EMPTY_BYTES = Buffer.alloc(0)

/** A member of a classic group. */
export interface Member {
  memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly protocolType: string
  rebalanceTimeoutMs: number
  sessionTimeoutMs: number
  /** In its order of preference. */
  protocols: readonly Protocol[]
  assignment: Buffer
  /** Who waits for the answer to this member's JoinGroup or SyncGroup. */
  joinToken: Token | undefined
  syncToken: Token | undefined
  /** It has not had a generation yet: its session is the time that its join may wait. */
  isNew: boolean
}

export function metadataOf(member: Member, protocolName: string | null): Buffer {
  const protocol = member.protocols.find(({ name }) => name === protocolName)
  return present(protocol, `protocol ${protocolName} of ${member.memberId}`).metadata
}

/** The same protocols with the same metadata in the same order. */
export function matches(member: Member, protocols: readonly Protocol[]): boolean {
  if (member.protocols.length !== protocols.length) return false
  return member.protocols.every((own, i) => {
    const other = protocols[i]
    return other !== undefined && own.name === other.name && own.metadata.equals(other.metadata)
  })
}

/** A member whose request is parked need not send heartbeats, except one that waits in its very first join. */
export function satisfiesHeartbeat(member: Member): boolean {
  return !member.isNew && (member.joinToken !== undefined || member.syncToken !== undefined)
}

/** Copies what outlives the request's buffer. */
export function keptProtocols(protocols: readonly Protocol[]): Protocol[] {
  return protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) }))
}
