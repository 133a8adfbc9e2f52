import { ErrorCode, KafkaError } from '../../base/errors.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  ShareAcknowledgeRequest,
  type ShareAcknowledgeRequestData,
  ShareAcknowledgeResponse,
  type ShareAcknowledgeResponseInput,
} from '../../protocol/messages/share-acknowledge.ts'
import { FINAL_EPOCH, INITIAL_EPOCH } from '../../share/sessions.ts'
import type { Access } from '../access.ts'
import { deniedOf, mayReadGroup, readableTopics } from '../authorization.ts'
import { type Handler, handler, type RequestContext } from '../handler.ts'
import type { ReplicaRegistry } from '../replicas.ts'
import { type AcknowledgedPartition, acknowledgeAll, checkMember } from '../share/acknowledgements.ts'
import type { SharePartitions } from '../share/share-partitions.ts'
import { LeaderHints } from './leader-hint.ts'

const RENEW_SINCE = 2

export interface ShareAcknowledgeDeps {
  readonly partitions: SharePartitions
  readonly replicas: ReplicaRegistry
  /** share.version, and the protocols that the coordinator speaks. */
  readonly isEnabled: () => boolean
  readonly access: Access
}

export function shareAcknowledgeHandler(deps: ShareAcknowledgeDeps): Handler {
  return handler(
    ApiKey.ShareAcknowledge,
    ShareAcknowledgeRequest,
    ShareAcknowledgeResponse,
    async (request, context) => {
      try {
        return await acknowledge(deps, request, context)
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error
        return failed(error)
      }
    },
    (_, errorCode) => ({ ...failed(new KafkaError('UNKNOWN_SERVER_ERROR')), errorCode }),
  )
}

function failed({ code, detail }: KafkaError): ShareAcknowledgeResponseInput {
  const nothing = { acquisitionLockTimeoutMs: 0, responses: [], nodeEndpoints: [] }
  return { throttleTimeMs: 0, errorCode: code, errorMessage: detail, ...nothing }
}

async function acknowledge(
  { partitions, replicas, isEnabled, access }: ShareAcknowledgeDeps,
  request: ShareAcknowledgeRequestData,
  context: RequestContext,
): Promise<ShareAcknowledgeResponseInput> {
  if (!isEnabled()) throw new KafkaError('UNSUPPORTED_VERSION')
  if (!mayReadGroup(access, context, request.groupId ?? '')) throw new KafkaError('GROUP_AUTHORIZATION_FAILED')
  const { groupId, memberId } = checkMember(request.groupId, request.memberId)
  const { shareSessionEpoch: epoch, topics, isRenewAck } = request
  if (epoch === INITIAL_EPOCH) throw new KafkaError('INVALID_SHARE_SESSION_EPOCH')
  const session = partitions.sessions.require(groupId, memberId, epoch)
  if (epoch !== FINAL_EPOCH) session.nextEpoch()
  const knowsRenew = context.apiVersion >= RENEW_SINCE
  const names = topics.flatMap(({ topicId }) => replicas.image.topicById(topicId)?.name ?? [])
  const denied = deniedOf(readableTopics(access, context), names)
  const asked = { groupId, memberId, topics, denied, knowsRenew, isRenewAck: knowsRenew && isRenewAck }
  const acknowledged = await acknowledgeAll({ partitions, image: () => replicas.image }, asked)
  if (epoch === FINAL_EPOCH) await partitions.endSession(groupId, memberId)
  const hints = new LeaderHints(replicas, context.connection.listenerName)
  const byTopic = Map.groupBy(acknowledged, ({ topicId }) => topicId)
  const responses = [...byTopic].map(([topicId, answers]) => ({
    topicId,
    partitions: answers.map((answer) => told(answer, hints)),
  }))
  return {
    throttleTimeMs: 0,
    errorCode: ErrorCode.NONE,
    acquisitionLockTimeoutMs: partitions.configOf(groupId).lockDurationMs,
    responses,
    nodeEndpoints: hints.nodes,
  }
}

function told({ topic, partition, errorCode, errorMessage }: AcknowledgedPartition, hints: LeaderHints) {
  const moved = errorCode === ErrorCode.NOT_LEADER_OR_FOLLOWER || errorCode === ErrorCode.FENCED_LEADER_EPOCH
  const leader = moved && topic !== undefined ? hints.of(topic, partition) : undefined
  return {
    partitionIndex: partition,
    errorCode,
    errorMessage,
    currentLeader: leader ?? { leaderId: 0, leaderEpoch: 0 },
  }
}
