import { type ErrorName, errorName } from '../base/errors.ts'
import type { BeginQuorumEpochResponseData } from '../protocol/messages/begin-quorum-epoch.ts'
import type { FetchResponseData } from '../protocol/messages/fetch.ts'
import type { FetchSnapshotResponseData } from '../protocol/messages/fetch-snapshot.ts'
import type { UpdateRaftVoterResponseData } from '../protocol/messages/update-raft-voter.ts'
import type { VoteResponseData } from '../protocol/messages/vote.ts'
import type * as raft from '../raft/messages.ts'
import type { Endpoint } from '../raft/types.ts'

const NO_BYTES = Buffer.alloc(0)
/** An answer that is refused as a whole says nothing of the leader. */
const NO_EPOCH = -1

export function errorOf(code: number): ErrorName {
  return errorName(code)
}

interface NodeEndpoint {
  readonly nodeId: number
  readonly host: string
  readonly port: number
}

/** Answers name one address of the leader: that of the listener which was asked. */
function endpointsOf(leaderId: number, nodes: readonly NodeEndpoint[], name: string): readonly Endpoint[] {
  const node = leaderId < 0 ? undefined : nodes.find(({ nodeId }) => nodeId === leaderId)
  return node === undefined ? [] : [{ name, host: node.host, port: node.port }]
}

function refused(code: number): raft.LeaderHint {
  // An answer without an error and without the partition has no meaning.
  const error = code === 0 ? 'UNKNOWN_SERVER_ERROR' : errorOf(code)
  return { error, leaderId: -1, epoch: NO_EPOCH, leaderEndpoints: [] }
}

export function voteReply(response: VoteResponseData, listener: string): raft.VoteReply {
  const partition = response.errorCode === 0 ? response.topics[0]?.partitions[0] : undefined
  if (partition === undefined) return { type: 'vote', ...refused(response.errorCode), granted: false }
  return { type: 'vote', ...hint(partition, response.nodeEndpoints, listener), granted: partition.voteGranted }
}

/** BeginQuorumEpoch and EndQuorumEpoch answer alike. */
export function epochReply<T extends 'begin-epoch' | 'end-epoch'>(
  type: T,
  response: BeginQuorumEpochResponseData,
  listener: string,
): { readonly type: T } & raft.LeaderHint {
  const partition = response.errorCode === 0 ? response.topics[0]?.partitions[0] : undefined
  if (partition === undefined) return { type, ...refused(response.errorCode) }
  return { type, ...hint(partition, response.nodeEndpoints, listener) }
}

interface Hinting {
  readonly errorCode: number
  readonly leaderId: number
  readonly leaderEpoch: number
}

function hint(partition: Hinting, nodes: readonly NodeEndpoint[], listener: string): raft.LeaderHint {
  return {
    error: errorOf(partition.errorCode),
    leaderId: partition.leaderId,
    epoch: partition.leaderEpoch,
    leaderEndpoints: endpointsOf(partition.leaderId, nodes, listener),
  }
}

export function fetchReply(response: FetchResponseData, listener: string): raft.FetchReply {
  const partition = response.errorCode === 0 ? response.responses[0]?.partitions[0] : undefined
  if (partition === undefined) {
    const nothing = { highWatermark: -1, logStartOffset: -1, diverging: undefined, snapshotId: undefined }
    return { type: 'fetch', ...refused(response.errorCode), ...nothing, read: undefined, records: NO_BYTES }
  }
  const { divergingEpoch, snapshotId, records, errorCode, currentLeader } = partition
  const said = ({ epoch, endOffset }: { epoch: number; endOffset: number }) => epoch >= 0 || endOffset >= 0
  return {
    type: 'fetch',
    ...hint({ errorCode, ...currentLeader }, response.nodeEndpoints, listener),
    highWatermark: partition.highWatermark,
    logStartOffset: partition.logStartOffset,
    diverging: said(divergingEpoch) ? divergingEpoch : undefined,
    snapshotId: said(snapshotId) ? snapshotId : undefined,
    read: undefined,
    records: records ?? NO_BYTES,
  }
}

export function fetchSnapshotReply(response: FetchSnapshotResponseData, listener: string): raft.FetchSnapshotReply {
  const partition = response.errorCode === 0 ? response.topics[0]?.partitions[0] : undefined
  if (partition === undefined) {
    const nothing = { snapshotId: { endOffset: -1, epoch: -1 }, size: 0, position: 0, length: 0, bytes: NO_BYTES }
    return { type: 'fetch-snapshot', ...refused(response.errorCode), ...nothing }
  }
  const { errorCode, currentLeader, snapshotId, size, position, unalignedRecords } = partition
  return {
    type: 'fetch-snapshot',
    ...hint({ errorCode, ...currentLeader }, response.nodeEndpoints, listener),
    snapshotId,
    size,
    position,
    length: 0,
    bytes: unalignedRecords ?? NO_BYTES,
  }
}

export function voterReply<T extends 'add-voter' | 'remove-voter'>(
  type: T,
  { errorCode, errorMessage }: { readonly errorCode: number; readonly errorMessage: string | null },
): { readonly type: T; readonly error: ErrorName; readonly message: string | null } {
  return { type, error: errorOf(errorCode), message: errorMessage }
}

export function updateVoterReply(response: UpdateRaftVoterResponseData, listener: string): raft.UpdateVoterReply {
  const { leaderId, leaderEpoch, host, port } = response.currentLeader
  return {
    type: 'update-voter',
    error: errorOf(response.errorCode),
    leaderId,
    epoch: leaderEpoch,
    leaderEndpoints: host === '' ? [] : [{ name: listener, host, port }],
  }
}
