import { ZERO_UUID } from '../../../base/ids.ts'
import { ApiKey } from '../../../protocol/apis.ts'
import {
  EndQuorumEpochRequest,
  type EndQuorumEpochRequestData,
  EndQuorumEpochResponse,
} from '../../../protocol/messages/end-quorum-epoch.ts'
import type { ReplicaKey } from '../../../raft/types.ts'
import { type Handler, handler } from '../../handler.ts'
import { answerPartition, leaderOf, type QuorumDeps } from './quorum-request.ts'

/** A leader resigns and says who should follow it. */
export function endQuorumEpochHandler(deps: QuorumDeps): Handler {
  return handler(ApiKey.EndQuorumEpoch, EndQuorumEpochRequest, EndQuorumEpochResponse, (request, context) =>
    answerPartition(
      request,
      deps,
      context,
      (asked) =>
        deps.quorum.ask({
          type: 'end-epoch',
          leaderId: asked.leaderId,
          epoch: asked.leaderEpoch,
          successors: successorsOf(asked),
          leaderEndpoints: request.leaderEndpoints,
        }),
      leaderOf,
    ),
  )
}

/** Version 0 knows them by their ids alone. */
function successorsOf(asked: EndQuorumEpochRequestData['topics'][number]['partitions'][number]): ReplicaKey[] {
  if (asked.preferredCandidates.length === 0) {
    return asked.preferredSuccessors.map((id) => ({ id, directoryId: ZERO_UUID }))
  }
  return asked.preferredCandidates.map(({ candidateId, candidateDirectoryId }) => ({
    id: candidateId,
    directoryId: candidateDirectoryId,
  }))
}
