import { ApiKey } from '../../../protocol/apis.ts'
import { BeginQuorumEpochRequest, BeginQuorumEpochResponse } from '../../../protocol/messages/begin-quorum-epoch.ts'
import { type Handler, handler } from '../../handler.ts'
import { answerPartition, leaderOf, type QuorumDeps, voterKey } from './quorum-request.ts'

/** A new leader says that it leads. */
export function beginQuorumEpochHandler(deps: QuorumDeps): Handler {
  return handler(ApiKey.BeginQuorumEpoch, BeginQuorumEpochRequest, BeginQuorumEpochResponse, (request, context) =>
    answerPartition(
      request,
      deps,
      context,
      (asked) =>
        deps.quorum.ask({
          type: 'begin-epoch',
          voter: voterKey(request.voterId, asked.voterDirectoryId),
          leaderId: asked.leaderId,
          epoch: asked.leaderEpoch,
          leaderEndpoints: request.leaderEndpoints,
        }),
      leaderOf,
    ),
  )
}
