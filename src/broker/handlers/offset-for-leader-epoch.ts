import { ErrorCode, KafkaError } from '../../base/errors.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  OffsetForLeaderEpochRequest,
  type OffsetForLeaderEpochRequestData,
  OffsetForLeaderEpochResponse,
} from '../../protocol/messages/offset-for-leader-epoch.ts'
import { AclOperation } from '../../security/acl.ts'
import type { Access } from '../access.ts'
import { describableTopics, split } from '../authorization.ts'
import { type Handler, handler, type RequestContext } from '../handler.ts'
import type { ReplicaRegistry } from '../replicas.ts'

export interface OffsetForLeaderEpochDeps {
  readonly replicas: ReplicaRegistry
  readonly access: Access
}

type Asked = OffsetForLeaderEpochRequestData['topics'][number]

/** Tells a fetcher where an epoch ended here, so that it finds where its own log or position went another way. */
export function offsetForLeaderEpochHandler({ replicas, access }: OffsetForLeaderEpochDeps): Handler {
  return handler(
    ApiKey.OffsetForLeaderEpoch,
    OffsetForLeaderEpochRequest,
    OffsetForLeaderEpochResponse,
    (request, context) => {
      const { allowed, refused } = visible(access, context, request.topics)
      const known = allowed.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map((asked) => endOf(replicas, topic, asked)),
      }))
      const denied = refused.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map(({ partition }) => {
          return { partition, errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED }
        }),
      }))
      return { throttleTimeMs: 0, topics: [...known, ...denied] }
    },
  )
}

/** Brokers ask about everything, consumers about what they may see (KIP-320). */
function visible(access: Access, context: RequestContext, topics: readonly Asked[]) {
  const isBroker = access.mayCluster(context, AclOperation.CLUSTER_ACTION, 'silent')
  if (isBroker) return { allowed: topics, refused: [] }
  return split(describableTopics(access, context), topics, ({ topic }) => topic)
}

function endOf(replicas: ReplicaRegistry, topic: string, asked: Asked['partitions'][number]) {
  const { partition, currentLeaderEpoch, leaderEpoch } = asked
  try {
    const end = replicas.requireLeader(topic, partition, currentLeaderEpoch).log.endOffsetForEpoch(leaderEpoch)
    return { partition, errorCode: ErrorCode.NONE, leaderEpoch: end?.leaderEpoch, endOffset: end?.endOffset }
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return { partition, errorCode: error.code }
  }
}
