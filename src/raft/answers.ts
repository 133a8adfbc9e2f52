import type { ErrorName } from '../base/errors.ts'
import { learn } from './learn.ts'
import type { BeginEpochRequest, EndEpochRequest, RaftRequest, VoteRequest } from './messages.ts'
import type { Raft } from './raft.ts'
import type { Role } from './role.ts'
import type { ReplicaKey, Token } from './types.ts'
import { NOBODY } from './types.ts'
import { matchesReplica } from './voters.ts'

/** What candidates and leaders ask of any node; the errors are Kafka's, and so is the order in which they are looked for. */
export function answer(
  raft: Raft,
  role: Role,
  token: Token,
  request: VoteRequest | BeginEpochRequest | EndEpochRequest,
): void {
  if (request.type === 'vote') answerVote(raft, role, token, request)
  else if (request.type === 'begin-epoch') answerBegin(raft, token, request)
  else answerEnd(raft, token, request)
}

function answerVote(raft: Raft, before: Role, token: Token, request: VoteRequest): void {
  const error = voteError(raft, request)
  let granted = false
  if (error === 'NONE') {
    const role = request.epoch > raft.epoch ? raft.nextEpoch(request.epoch) : before
    if (!isForMe(raft, request.voter)) {
      raft.reply(token, { type: 'vote', ...raft.hint('INVALID_VOTER_KEY'), granted: false }, 'afterSync')
      return
    }
    granted = role.grants(request)
    if (granted && !request.preVote && raft.voted === null) {
      raft.voted = request.candidate
      raft.become('unattached')
    }
  }
  // A vote counts only when it survives a crash; a pre-vote is no promise.
  raft.reply(token, { type: 'vote', ...raft.hint(error), granted }, request.preVote ? 'now' : 'afterSync')
}

function voteError(raft: Raft, { candidate, epoch, logEnd, preVote }: VoteRequest): ErrorName {
  // Nobody asks for real votes in an epoch that its log has already seen a leader of.
  const isIllegal = preVote ? logEnd.epoch > epoch : logEnd.epoch >= epoch
  if (logEnd.offset < 0 || logEnd.epoch < 0 || isIllegal) return 'INVALID_REQUEST'
  return voterOnlyError(raft, candidate.id, epoch)
}

function voterOnlyError(raft: Raft, id: number, epoch: number): ErrorName {
  if (epoch < raft.epoch) return 'FENCED_LEADER_EPOCH'
  return id < 0 ? 'INVALID_REQUEST' : 'NONE'
}

function isForMe(raft: Raft, voter: ReplicaKey | undefined): boolean {
  return voter === undefined || matchesReplica(voter, raft.self)
}

function answerBegin(raft: Raft, token: Token, request: BeginEpochRequest): void {
  const { leaderId, epoch, leaderEndpoints } = request
  let error = voterOnlyError(raft, leaderId, epoch)
  if (error === 'NONE' && isContradiction(raft, leaderId, epoch)) error = 'UNKNOWN_SERVER_ERROR'
  if (error === 'NONE') {
    learn(raft, epoch, leaderId, leaderEndpoints, true)
    if (!isForMe(raft, request.voter)) error = 'INVALID_VOTER_KEY'
  }
  raft.reply(token, { type: 'begin-epoch', ...raft.hint(error) }, 'afterSync')
}

function answerEnd(raft: Raft, token: Token, request: EndEpochRequest): void {
  const { leaderId, epoch, leaderEndpoints } = request
  let error = voterOnlyError(raft, leaderId, epoch)
  if (error === 'NONE' && isContradiction(raft, leaderId, epoch)) error = 'UNKNOWN_SERVER_ERROR'
  if (error === 'NONE') {
    learn(raft, epoch, leaderId, leaderEndpoints, false)
    raft.leaderEnded(request)
  }
  raft.reply(token, { type: 'end-epoch', ...raft.hint(error) }, 'afterSync')
}

/** An epoch has one leader: whoever says otherwise, or that it is this node, is not of this quorum. */
function isContradiction(raft: Raft, leaderId: number, epoch: number): boolean {
  if (leaderId === raft.self.id) return true
  return epoch === raft.epoch && raft.leaderId !== NOBODY && raft.leaderId !== leaderId
}

/** Not the leader: who is, as far as this node knows. */
export function refuse(raft: Raft, token: Token, request: RaftRequest): void {
  switch (request.type) {
    case 'fetch':
      raft.reply(token, {
        ...noRecords(raft),
        ...raft.hint(fetchError(raft, request) ?? leaderOnlyError(raft, request.epoch)),
      })
      break
    case 'fetch-snapshot':
      raft.reply(token, {
        type: 'fetch-snapshot',
        ...raft.hint(leaderOnlyError(raft, request.epoch)),
        snapshotId: { endOffset: 0, epoch: 0 },
        size: 0,
        position: 0,
        length: 0,
        bytes: Buffer.alloc(0),
      })
      break
    case 'add-voter':
    case 'remove-voter':
      raft.reply(token, { type: request.type, error: leaderOnlyError(raft, raft.epoch), message: null })
      break
    case 'update-voter':
      raft.reply(token, { type: 'update-voter', ...raft.hint(leaderOnlyError(raft, request.epoch)) })
      break
    default:
      break
  }
}

export function noRecords(raft: Raft) {
  return {
    type: 'fetch',
    highWatermark: -1,
    logStartOffset: raft.options.log.startOffset,
    diverging: undefined,
    snapshotId: undefined,
    read: undefined,
    records: Buffer.alloc(0),
  } as const
}

export function fetchError(raft: Raft, request: RaftRequest & { readonly type: 'fetch' }): ErrorName | undefined {
  const { maxWaitMs, offset, lastFetchedEpoch, epoch, replica } = request
  if (maxWaitMs < 0 || offset < 0 || lastFetchedEpoch < 0 || lastFetchedEpoch > epoch) return 'INVALID_REQUEST'
  // A node with this one's id, thus formatted twice or configured wrongly.
  return replica.id === raft.self.id ? 'UNKNOWN_SERVER_ERROR' : undefined
}

/** NONE where this node leads that epoch. */
export function leaderOnlyError(raft: Raft, epoch: number): ErrorName {
  if (epoch < raft.epoch) return 'FENCED_LEADER_EPOCH'
  if (epoch > raft.epoch) return 'UNKNOWN_LEADER_EPOCH'
  return raft.role === 'leader' ? 'NONE' : 'NOT_LEADER_OR_FOLLOWER'
}
