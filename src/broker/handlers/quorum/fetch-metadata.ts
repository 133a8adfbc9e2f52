import { ErrorCode } from '../../../base/errors.ts'
import { METADATA_TOPIC_ID } from '../../../base/ids.ts'
import { CLUSTER_METADATA_TOPIC } from '../../../metadata/topics/names.ts'
import { ApiKey } from '../../../protocol/apis.ts'
import {
  FetchRequest,
  type FetchRequestData,
  FetchResponse,
  type FetchResponseInput,
} from '../../../protocol/messages/fetch.ts'
import type * as raft from '../../../raft/messages.ts'
import type { RaftAnswer } from '../../../runtime/raft-answer.ts'
import { type Handler, handler, type RequestContext } from '../../handler.ts'
import {
  endpointsFor,
  isForeign,
  isMetadataTopic,
  leaderOf,
  type QuorumDeps,
  unavailableCode,
} from './quorum-request.ts'

type FetchPartition = FetchRequestData['topics'][number]['partitions'][number]

/** Kafka's default of the field: the replica does not say. */
const NOT_SAID = 2 ** 53

/** Voters and observers pull the metadata log; the only partition on a controller's listener. */
export function fetchMetadataHandler(deps: QuorumDeps): Handler {
  return handler(ApiKey.Fetch, FetchRequest, FetchResponse, async (request, context): Promise<FetchResponseInput> => {
    if (isForeign(request.clusterId, deps)) return refused(ErrorCode.INCONSISTENT_CLUSTER_ID)
    const asked = partitionOf(request)
    if (asked === undefined) return refused(ErrorCode.INVALID_REQUEST)
    try {
      const answer = await deps.quorum.ask(requestOf(request, asked, context))
      context.onSent?.(() => answer.release())
      return answered(answer, context)
    } catch (error) {
      return refused(unavailableCode(error))
    }
  })
}

function refused(errorCode: number): FetchResponseInput {
  return { throttleTimeMs: 0, errorCode, sessionId: 0, responses: [] }
}

function partitionOf({ topics }: FetchRequestData): FetchPartition | undefined {
  const [topic] = topics
  const [partition] = topic?.partitions ?? []
  if (topics.length !== 1 || topic?.partitions.length !== 1 || !isMetadataTopic(topic)) return undefined
  return partition?.partition === 0 ? partition : undefined
}

function requestOf(request: FetchRequestData, asked: FetchPartition, context: RequestContext): raft.FetchRequest {
  return {
    type: 'fetch',
    replica: {
      id: context.apiVersion >= 15 ? request.replicaState.replicaId : request.replicaId,
      directoryId: asked.replicaDirectoryId,
    },
    epoch: asked.currentLeaderEpoch,
    offset: asked.fetchOffset,
    lastFetchedEpoch: asked.lastFetchedEpoch,
    highWatermark: asked.highWatermark > NOT_SAID ? undefined : asked.highWatermark,
    maxWaitMs: request.maxWaitMs,
    maxBytes: request.maxBytes,
  }
}

function answered({ reply, chunks }: RaftAnswer<raft.FetchReply>, context: RequestContext): FetchResponseInput {
  const { errorCode, leaderId, leaderEpoch } = leaderOf(reply)
  const partition = {
    partitionIndex: 0,
    errorCode,
    highWatermark: reply.highWatermark,
    logStartOffset: reply.logStartOffset,
    ...(reply.diverging && { divergingEpoch: reply.diverging }),
    ...(reply.snapshotId && { snapshotId: reply.snapshotId }),
    currentLeader: { leaderId, leaderEpoch },
    abortedTransactions: [],
    records: chunks,
  }
  return {
    throttleTimeMs: 0,
    errorCode: 0,
    sessionId: 0,
    responses: [{ topic: CLUSTER_METADATA_TOPIC, topicId: METADATA_TOPIC_ID, partitions: [partition] }],
    nodeEndpoints: endpointsFor(reply, context, 17),
  }
}
