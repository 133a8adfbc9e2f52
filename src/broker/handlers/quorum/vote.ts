import { ErrorCode } from '../../../base/errors.ts'
import { CLUSTER_METADATA_TOPIC } from '../../../metadata/topics/names.ts'
import { ApiKey } from '../../../protocol/apis.ts'
import { VoteRequest, VoteResponse, type VoteResponseInput } from '../../../protocol/messages/vote.ts'
import { type Handler, handler } from '../../handler.ts'
import {
  endpointsFor,
  isForeign,
  leaderOf,
  partitionOf,
  type QuorumDeps,
  unavailableCode,
  voterKey,
} from './quorum-request.ts'

/** A candidate asks for this node's vote, or whether it would get it. */
export function voteHandler(deps: QuorumDeps): Handler {
  return handler(ApiKey.Vote, VoteRequest, VoteResponse, async (request, context): Promise<VoteResponseInput> => {
    if (isForeign(request.clusterId, deps)) return { errorCode: ErrorCode.INCONSISTENT_CLUSTER_ID, topics: [] }
    const asked = partitionOf(request.topics)
    if (asked === undefined) return { errorCode: ErrorCode.INVALID_REQUEST, topics: [] }
    try {
      const { reply } = await deps.quorum.ask({
        type: 'vote',
        candidate: { id: asked.replicaId, directoryId: asked.replicaDirectoryId },
        voter: voterKey(request.voterId, asked.voterDirectoryId),
        epoch: asked.replicaEpoch,
        logEnd: { offset: asked.lastOffset, epoch: asked.lastOffsetEpoch },
        preVote: asked.preVote,
      })
      const partition = { partitionIndex: 0, ...leaderOf(reply), voteGranted: reply.granted }
      return {
        errorCode: 0,
        topics: [{ topicName: CLUSTER_METADATA_TOPIC, partitions: [partition] }],
        nodeEndpoints: endpointsFor(reply, context, 1),
      }
    } catch (error) {
      return { errorCode: unavailableCode(error), topics: [] }
    }
  })
}
