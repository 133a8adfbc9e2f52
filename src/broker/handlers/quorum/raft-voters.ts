import { ErrorCode, type ErrorName } from '../../../base/errors.ts'
import { ApiKey } from '../../../protocol/apis.ts'
import { AddRaftVoterRequest, AddRaftVoterResponse } from '../../../protocol/messages/add-raft-voter.ts'
import { RemoveRaftVoterRequest, RemoveRaftVoterResponse } from '../../../protocol/messages/remove-raft-voter.ts'
import { UpdateRaftVoterRequest, UpdateRaftVoterResponse } from '../../../protocol/messages/update-raft-voter.ts'
import type { LeaderHint } from '../../../raft/messages.ts'
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
        return updateAnswer(deps.quorum.hint('INCONSISTENT_CLUSTER_ID'), connection.listenerName)
      }
      try {
        const { reply } = await deps.quorum.ask({
          type: 'update-voter',
          epoch: request.currentLeaderEpoch,
          voter: { id: request.voterId, directoryId: request.voterDirectoryId },
          endpoints: request.listeners,
          kRaftVersionFeature: request.kRaftVersionFeature,
        })
        return updateAnswer(reply, connection.listenerName)
      } catch (error) {
        return { throttleTimeMs: 0, errorCode: unavailableCode(error) }
      }
    },
  )
}

function updateAnswer(hint: LeaderHint, listenerName: string) {
  const endpoint = hint.leaderEndpoints.find(({ name }) => name === listenerName)
  return {
    throttleTimeMs: 0,
    errorCode: ErrorCode[hint.error],
    currentLeader: {
      leaderId: hint.leaderId,
      leaderEpoch: hint.epoch,
      host: endpoint?.host ?? '',
      port: endpoint?.port ?? 0,
    },
  }
}

/** Without words of its own an answer has the field's default. */
function answer(error: ErrorName, message: string | null): VoterAnswer {
  return { throttleTimeMs: 0, errorCode: ErrorCode[error], errorMessage: message ?? '' }
}

function unavailable(error: unknown): VoterAnswer {
  return { throttleTimeMs: 0, errorCode: unavailableCode(error), errorMessage: '' }
}

function foreign(given: string | null, { clusterId }: QuorumDeps): VoterAnswer {
  const errorMessage = `The given id "${given}" doesn't match the cluster id "${clusterId}"`
  return { throttleTimeMs: 0, errorCode: ErrorCode.INCONSISTENT_CLUSTER_ID, errorMessage }
}
