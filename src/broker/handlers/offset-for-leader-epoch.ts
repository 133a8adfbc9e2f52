import { ErrorCode, KafkaError } from '../../base/errors.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  OffsetForLeaderEpochRequest,
  OffsetForLeaderEpochResponse,
} from '../../protocol/messages/offset-for-leader-epoch.ts'
import { type Handler, handler } from '../handler.ts'
import type { ReplicaRegistry } from '../replicas.ts'

/** Tells a fetcher where an epoch ended here, so that it finds where its own log or position went another way. */
export function offsetForLeaderEpochHandler(deps: { readonly replicas: ReplicaRegistry }): Handler {
  return handler(ApiKey.OffsetForLeaderEpoch, OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse, (request) => ({
    throttleTimeMs: 0,
    topics: request.topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition, currentLeaderEpoch, leaderEpoch }) => {
        try {
          const end = deps.replicas
            .requireLeader(topic, partition, currentLeaderEpoch)
            .log.endOffsetForEpoch(leaderEpoch)
          return { partition, errorCode: ErrorCode.NONE, leaderEpoch: end?.leaderEpoch, endOffset: end?.endOffset }
        } catch (error) {
          if (!(error instanceof KafkaError)) throw error
          return { partition, errorCode: error.code }
        }
      }),
    })),
  }))
}
