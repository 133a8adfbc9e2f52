import { ErrorCode } from '../../../base/errors.ts'
import { CLUSTER_METADATA_TOPIC } from '../../../metadata/topics/names.ts'
import { ApiKey } from '../../../protocol/apis.ts'
import {
  BeginQuorumEpochRequest,
  BeginQuorumEpochResponse,
  type BeginQuorumEpochResponseInput,
} from '../../../protocol/messages/begin-quorum-epoch.ts'
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

/** A new leader says that it leads. */
export function beginQuorumEpochHandler(deps: QuorumDeps): Handler {
  return handler(
    ApiKey.BeginQuorumEpoch,
    BeginQuorumEpochRequest,
    BeginQuorumEpochResponse,
    async (request, context): Promise<BeginQuorumEpochResponseInput> => {
      if (isForeign(request.clusterId, deps)) return { errorCode: ErrorCode.INCONSISTENT_CLUSTER_ID, topics: [] }
      const asked = partitionOf(request.topics)
      if (asked === undefined) return { errorCode: ErrorCode.INVALID_REQUEST, topics: [] }
      try {
        const { reply } = await deps.quorum.ask({
          type: 'begin-epoch',
          voter: voterKey(request.voterId, asked.voterDirectoryId),
          leaderId: asked.leaderId,
          epoch: asked.leaderEpoch,
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
