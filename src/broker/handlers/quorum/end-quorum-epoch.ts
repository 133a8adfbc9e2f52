import { ErrorCode } from '../../../base/errors.ts'
import { ZERO_UUID } from '../../../base/ids.ts'
import { CLUSTER_METADATA_TOPIC } from '../../../metadata/topics/names.ts'
import { ApiKey } from '../../../protocol/apis.ts'
import {
  EndQuorumEpochRequest,
  type EndQuorumEpochRequestData,
  EndQuorumEpochResponse,
  type EndQuorumEpochResponseInput,
} from '../../../protocol/messages/end-quorum-epoch.ts'
import type { ReplicaKey } from '../../../raft/types.ts'
import { type Handler, handler } from '../../handler.ts'
import { endpointsFor, isForeign, leaderOf, partitionOf, type QuorumDeps, unavailableCode } from './quorum-request.ts'

/** A leader resigns and says who should follow it. */
export function endQuorumEpochHandler(deps: QuorumDeps): Handler {
  return handler(
    ApiKey.EndQuorumEpoch,
    EndQuorumEpochRequest,
    EndQuorumEpochResponse,
    async (request, context): Promise<EndQuorumEpochResponseInput> => {
      if (isForeign(request.clusterId, deps)) return { errorCode: ErrorCode.INCONSISTENT_CLUSTER_ID, topics: [] }
      const asked = partitionOf(request.topics)
      if (asked === undefined) return { errorCode: ErrorCode.INVALID_REQUEST, topics: [] }
      try {
        const { reply } = await deps.quorum.ask({
          type: 'end-epoch',
          leaderId: asked.leaderId,
          epoch: asked.leaderEpoch,
          successors: successorsOf(asked),
          leaderEndpoints: request.leaderEndpoints,
        })
        const partition = { partitionIndex: 0, ...leaderOf(reply) }
        return {
          errorCode: 0,
          topics: [{ topicName: CLUSTER_METADATA_TOPIC, partitions: [partition] }],
          nodeEndpoints: endpointsFor(reply, context, 1),
        }
      } catch (error) {
        return { errorCode: unavailableCode(error), topics: [] }
      }
    },
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
