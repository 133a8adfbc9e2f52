import { ErrorCode, type ErrorName } from '../../../base/errors.ts'
import { ZERO_UUID } from '../../../base/ids.ts'
import { ApiKey } from '../../../protocol/apis.ts'
import { AddRaftVoterRequest, AddRaftVoterResponse } from '../../../protocol/messages/add-raft-voter.ts'
import { RemoveRaftVoterRequest, RemoveRaftVoterResponse } from '../../../protocol/messages/remove-raft-voter.ts'
import { UpdateRaftVoterRequest, UpdateRaftVoterResponse } from '../../../protocol/messages/update-raft-voter.ts'
import { type Handler, handler } from '../../handler.ts'
import { isForeign, type QuorumDeps, unavailableCode } from './quorum-request.ts'

/** KIP-853: changes of the set of voters, one at a time. */
export function raftVoterHandlers(deps: QuorumDeps): Handler[] {
  return [addRaftVoterHandler(deps), removeRaftVoterHandler(deps), updateRaftVoterHandler(deps)]
}

interface VoterAnswer {
  readonly throttleTimeMs: number
  readonly errorCode: number
  readonly errorMessage: string | null
}

export function addRaftVoterHandler(deps: QuorumDeps): Handler {
  return handler(
    ApiKey.AddRaftVoter,
    AddRaftVoterRequest,
    AddRaftVoterResponse,
    async (request): Promise<VoterAnswer> => {
      if (isForeign(request.clusterId, deps)) return foreign(request.clusterId, deps)
      const { voterId, voterDirectoryId, listeners, timeoutMs, ackWhenCommitted } = request
      if (voterId < 0 || voterDirectoryId === ZERO_UUID)
        return invalid("Add voter request didn't include a valid voter")
      try {
        const { reply } = await deps.quorum.ask({
          type: 'add-voter',
          voter: { id: voterId, directoryId: voterDirectoryId },
          endpoints: listeners,
          timeoutMs,
          ackWhenCommitted,
        })
        return answer(reply.error, reply.message)
      } catch (error) {
        return unavailable(error)
      }
    },
  )
}

export function removeRaftVoterHandler(deps: QuorumDeps): Handler {
  return handler(
    ApiKey.RemoveRaftVoter,
    RemoveRaftVoterRequest,
    RemoveRaftVoterResponse,
    async (request): Promise<VoterAnswer> => {
      if (isForeign(request.clusterId, deps)) return foreign(request.clusterId, deps)
      const { voterId: id, voterDirectoryId: directoryId } = request
      if (id < 0 || directoryId === ZERO_UUID) return invalid("Remove voter request didn't include a valid voter")
      try {
        const { reply } = await deps.quorum.ask({ type: 'remove-voter', voter: { id, directoryId } })
        return answer(reply.error, reply.message)
      } catch (error) {
        return unavailable(error)
      }
    },
  )
}

function updateRaftVoterHandler(deps: QuorumDeps): Handler {
  return handler(
    ApiKey.UpdateRaftVoter,
    UpdateRaftVoterRequest,
    UpdateRaftVoterResponse,
    async (request, { connection }) => {
      if (isForeign(request.clusterId, deps)) {
        return { throttleTimeMs: 0, errorCode: ErrorCode.INCONSISTENT_CLUSTER_ID }
      }
      try {
        const { reply } = await deps.quorum.ask({
          type: 'update-voter',
          epoch: request.currentLeaderEpoch,
          voter: { id: request.voterId, directoryId: request.voterDirectoryId },
          endpoints: request.listeners,
          kRaftVersionFeature: request.kRaftVersionFeature,
        })
        const endpoint = reply.leaderEndpoints.find(({ name }) => name === connection.listenerName)
        return {
          throttleTimeMs: 0,
          errorCode: ErrorCode[reply.error],
          currentLeader: {
            leaderId: reply.leaderId,
            leaderEpoch: reply.epoch,
            host: endpoint?.host ?? '',
            port: endpoint?.port ?? 0,
          },
        }
      } catch (error) {
        return { throttleTimeMs: 0, errorCode: unavailableCode(error) }
      }
    },
  )
}

function answer(error: ErrorName, errorMessage: string | null): VoterAnswer {
  return { throttleTimeMs: 0, errorCode: ErrorCode[error], errorMessage }
}

function invalid(errorMessage: string): VoterAnswer {
  return { throttleTimeMs: 0, errorCode: ErrorCode.INVALID_REQUEST, errorMessage }
}

function unavailable(error: unknown): VoterAnswer {
  return { throttleTimeMs: 0, errorCode: unavailableCode(error), errorMessage: null }
}

function foreign(given: string | null, { clusterId }: QuorumDeps): VoterAnswer {
  const errorMessage = `The given id "${given}" doesn't match the cluster id "${clusterId}"`
  return { throttleTimeMs: 0, errorCode: ErrorCode.INCONSISTENT_CLUSTER_ID, errorMessage }
}
