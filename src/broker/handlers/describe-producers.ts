import { ErrorCode, KafkaError } from '../../base/errors.ts'
import { illegalTopicName } from '../../metadata/topics/names.ts'
import { ApiKey } from '../../protocol/apis.ts'
import { DescribeProducersRequest, DescribeProducersResponse } from '../../protocol/messages/describe-producers.ts'
import { type Handler, handler } from '../handler.ts'
import type { ReplicaRegistry } from '../replicas.ts'

const UNKNOWN_TOPIC = 'This server does not host this topic-partition.'

export function describeProducersHandler(deps: { readonly replicas: ReplicaRegistry }): Handler {
  return handler(ApiKey.DescribeProducers, DescribeProducersRequest, DescribeProducersResponse, (request) => ({
    throttleTimeMs: 0,
    topics: request.topics.map(({ name, partitionIndexes }) => {
      const refused = refuse(deps.replicas, name)
      return {
        name,
        partitions: partitionIndexes.map((index) => ({
          partitionIndex: index,
          ...(refused ?? describe(deps.replicas, name, index)),
        })),
      }
    }),
  }))
}

function refuse(replicas: ReplicaRegistry, name: string) {
  const illegal = illegalTopicName(name)
  if (illegal !== undefined) return refusal(ErrorCode.INVALID_TOPIC_EXCEPTION, illegal)
  return replicas.image.topic(name) ? undefined : refusal(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, UNKNOWN_TOPIC)
}

function refusal(errorCode: number, errorMessage: string) {
  return { errorCode, errorMessage, activeProducers: [] }
}

function describe(replicas: ReplicaRegistry, topic: string, partition: number) {
  try {
    return { errorCode: ErrorCode.NONE, activeProducers: replicas.require(topic, partition).log.activeProducers() }
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return { errorCode: error.code, activeProducers: [] }
  }
}
