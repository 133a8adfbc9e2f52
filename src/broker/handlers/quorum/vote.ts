import { ApiKey } from '../../../protocol/apis.ts'
import { VoteRequest, VoteResponse } from '../../../protocol/messages/vote.ts'
import { type Handler, handler } from '../../handler.ts'
import { answerPartition, leaderOf, type QuorumDeps, voterKey } from './quorum-request.ts'

/** A candidate asks for this node's vote, or whether it would get it. */
export function voteHandler(deps: QuorumDeps): Handler {
  return handler(ApiKey.Vote, VoteRequest, VoteResponse, (request, context) =>
    answerPartition(
      request,
      deps,
      context,
      (asked) =>
        deps.quorum.ask({
          type: 'vote',
          candidate: { id: asked.replicaId, directoryId: asked.replicaDirectoryId },
          voter: voterKey(request.voterId, asked.voterDirectoryId),
          epoch: asked.replicaEpoch,
          logEnd: { offset: asked.lastOffset, epoch: asked.lastOffsetEpoch },
          preVote: asked.preVote,
        }),
      (reply) => ({ ...leaderOf(reply), voteGranted: reply.granted }),
    ),
  )
}
