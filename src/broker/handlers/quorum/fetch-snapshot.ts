import { ErrorCode } from '../../../base/errors.ts'
import { CLUSTER_METADATA_TOPIC } from '../../../metadata/topics/names.ts'
import { ApiKey } from '../../../protocol/apis.ts'
import {
  FetchSnapshotRequest,
  FetchSnapshotResponse,
  type FetchSnapshotResponseInput,
} from '../../../protocol/messages/fetch-snapshot.ts'
import type { FetchSnapshotReply } from '../../../raft/messages.ts'
import type { RaftAnswer } from '../../../runtime/raft-answer.ts'
import { type Handler, handler, type RequestContext } from '../../handler.ts'
import { endpointsFor, isForeign, leaderOf, type QuorumDeps, unavailableCode } from './quorum-request.ts'

/** A replica that needs records which are not in the log any more reads a snapshot piece by piece. */
export function fetchSnapshotHandler(deps: QuorumDeps): Handler {
  return handler(
    ApiKey.FetchSnapshot,
    FetchSnapshotRequest,
    FetchSnapshotResponse,
    async (request, context): Promise<FetchSnapshotResponseInput> => {
      if (isForeign(request.clusterId, deps)) return refused(ErrorCode.INCONSISTENT_CLUSTER_ID)
      const [topic] = request.topics
      const [first] = topic?.partitions ?? []
      if (topic === undefined || first === undefined) return refused(ErrorCode.INVALID_REQUEST)
      const metadata = request.topics.find(({ name }) => name === CLUSTER_METADATA_TOPIC)
      const asked = metadata?.partitions.find(({ partition }) => partition === 0)
      if (asked === undefined) return unknown(topic.name, first.partition)
      try {
        const answer = await deps.quorum.ask({
          type: 'fetch-snapshot',
          replica: { id: request.replicaId, directoryId: asked.replicaDirectoryId },
          epoch: asked.currentLeaderEpoch,
          snapshotId: asked.snapshotId,
          position: asked.position,
          maxBytes: request.maxBytes,
        })
        context.onSent?.(() => answer.release())
        return answered(answer, context)
      } catch (error) {
        return refused(unavailableCode(error))
      }
    },
  )
}

function refused(errorCode: number): FetchSnapshotResponseInput {
  return { throttleTimeMs: 0, errorCode, topics: [] }
}

function unknown(name: string, index: number): FetchSnapshotResponseInput {
  const partition = {
    index,
    errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
    snapshotId: { endOffset: 0, epoch: 0 },
    size: 0,
    position: 0,
    unalignedRecords: [],
  }
  return { throttleTimeMs: 0, errorCode: 0, topics: [{ name, partitions: [partition] }] }
}

function answered(
  { reply, chunks }: RaftAnswer<FetchSnapshotReply>,
  context: RequestContext,
): FetchSnapshotResponseInput {
  const { errorCode, leaderId, leaderEpoch } = leaderOf(reply)
  const failed = errorCode !== 0
  const partition = {
    index: 0,
    errorCode,
    snapshotId: failed ? { endOffset: 0, epoch: 0 } : reply.snapshotId,
    currentLeader: { leaderId, leaderEpoch },
    size: failed ? 0 : reply.size,
    position: failed ? 0 : reply.position,
    unalignedRecords: chunks,
  }
  return {
    throttleTimeMs: 0,
    errorCode: 0,
    topics: [{ name: CLUSTER_METADATA_TOPIC, partitions: [partition] }],
    nodeEndpoints: endpointsFor(reply, context, 1),
  }
}
