import type { RaftReply } from './messages.ts'
import type { Raft } from './raft.ts'
import type { Endpoint, OutgoingRequest } from './types.ts'
import { NOBODY } from './types.ts'
import { sameEndpoints } from './voters.ts'

/**
 * What any answer says about who leads, and how its sender is to be treated. True: the answer is of this epoch, and the role that
 * asked should look at it (its error may still be one of that request's own).
 */
export function learnFromReply(raft: Raft, request: OutgoingRequest, reply: RaftReply): boolean {
  const { to } = request
  if (!('leaderId' in reply)) {
    raft.requests.succeeded(to)
    return true
  }
  const { error, epoch, leaderId, leaderEndpoints } = reply
  const isStale = epoch < raft.epoch || error === 'UNKNOWN_LEADER_EPOCH'
  const isRefusal = error === 'FENCED_LEADER_EPOCH' || error === 'NOT_LEADER_OR_FOLLOWER'
  // Asked again at once it would say the same: the other side must first learn what this one knows.
  if (isStale) raft.requests.failed(to, raft.nowMs)
  else if (epoch > raft.epoch || isRefusal) {
    // Who was taken for the leader says where that one really is.
    const wasLeader = to.id === leaderId
    if (!learn(raft, epoch, leaderId, leaderEndpoints, wasLeader)) raft.requests.failed(to, raft.nowMs)
  } else {
    // The leader that answers a fetch is learnt of and heard at once.
    const isLeaders = reply.type === 'fetch' && error === 'NONE'
    const isNew = learn(raft, epoch, leaderId, leaderEndpoints, isLeaders)
    // A snapshot that is not there any more is no reason to wait: there is a newer one.
    if (error === 'NONE' || error === 'SNAPSHOT_NOT_FOUND') raft.requests.succeeded(to)
    else raft.requests.failed(to, raft.nowMs)
    return error === 'NONE' || !isNew
  }
  return false
}

/**
 * What a message says about who leads. `isDirect`: the leader itself says so, or who was taken for it.
 * True: this node follows somebody else than before, or a newer epoch.
 */
export function learn(
  raft: Raft,
  epoch: number,
  leaderId: number,
  endpoints: readonly Endpoint[],
  isDirect: boolean,
): boolean {
  if (epoch < raft.epoch || (epoch === raft.epoch && leaderId === NOBODY)) return false
  if (epoch > raft.epoch) {
    raft.follow(epoch, leaderId, endpoints)
    return true
  }
  if (leaderId === raft.self.id || (raft.leaderId !== NOBODY && raft.leaderId !== leaderId)) return false
  const isLost = raft.role === 'unattached' || (isDirect && raft.role === 'prospective')
  if (raft.leaderId === NOBODY || (isLost && raft.endpointsOf(leaderId, endpoints).length > 0)) {
    raft.follow(epoch, leaderId, endpoints)
    return true
  }
  if (endpoints.length > 0 && raft.role === 'follower' && !sameEndpoints(endpoints, raft.leaderEndpoints)) {
    // The same node where it is reached now.
    if (isDirect || endpoints.length > raft.leaderEndpoints.length) raft.leaderEndpoints = endpoints
  }
  return false
}
