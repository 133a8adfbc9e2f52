import type { ErrorName } from '../base/errors.ts'
import { ZERO_UUID } from '../base/ids.ts'
import type { AddVoterReply, RemoveVoterReply } from './messages.ts'
import type { Endpoint, ReplicaKey, Voter } from './types.ts'
import { replicaText } from './voters.ts'

export const NO_DIRECTORY = ZERO_UUID

/** Kafka's words; admin tools show them. */
export const MESSAGES = {
  previousChange: 'Request timed out waiting for leader to handle previous voter change request',
  noHighWatermark: 'Request timed out waiting for leader to establish HWM and fence previous voter changes',
}

/** What Kafka's answers say where there is nothing more to say. */
const DEFAULT_MESSAGES: { readonly [E in ErrorName]?: string } = {
  NONE: 'NONE',
  REQUEST_TIMED_OUT: 'The request timed out.',
  NOT_LEADER_OR_FOLLOWER:
    'For requests intended only for the leader, this error indicates that the broker is not the current leader. ' +
    'For requests intended for any replica, this error indicates that the broker is not a replica of the topic partition.',
}

export function addVoterReply(error: ErrorName, message: string | null): AddVoterReply {
  return { type: 'add-voter', error, message: message ?? DEFAULT_MESSAGES[error] ?? null }
}

export function removeVoterReply(error: ErrorName, message: string | null): RemoveVoterReply {
  return { type: 'remove-voter', error, message: message ?? DEFAULT_MESSAGES[error] ?? null }
}

export function voterKeysText(keys: readonly ReplicaKey[]): string {
  return `[${keys.map(replicaText).join(', ')}]`
}

export function endpointsText(endpoints: readonly Endpoint[]): string {
  const texts = endpoints.map(({ name, host, port }) => `ListenerName(${name})=${host}/<unresolved>:${port}`)
  return `Endpoints(endpoints={${texts.join(', ')}})`
}

export function supportsVersion(range: Voter['kRaftVersionFeature'], version: number): boolean {
  return range.minSupportedVersion <= version && range.maxSupportedVersion >= version
}
