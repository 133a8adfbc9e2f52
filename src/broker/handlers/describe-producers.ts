import { ErrorCode, KafkaError } from '../../base/errors.ts'
import { ApiKey } from '../../protocol/apis.ts'
import { DescribeProducersRequest, DescribeProducersResponse } from '../../protocol/messages/describe-producers.ts'
import { type Handler, handler } from '../handler.ts'
import type { ReplicaRegistry } from '../replicas.ts'

const UNKNOWN_TOPIC = 'This server does not host this topic-partition.'

export interface DescribeProducersDeps {
  readonly replicas: ReplicaRegistry
  /** Throws INVALID_TOPIC_EXCEPTION with Kafka's sentence. */
  readonly checkTopicName: (name: string) => void
}

export function describeProducersHandler(deps: DescribeProducersDeps): Handler {
  return handler(ApiKey.DescribeProducers, DescribeProducersRequest, DescribeProducersResponse, (request) => ({
    throttleTimeMs: 0,
    topics: request.topics.map(({ name, partitionIndexes }) => {
      const refusal = refuse(deps, name)
      return {
        name,
        partitions: partitionIndexes.map((index) => ({
          partitionIndex: index,
          ...(refusal ?? describe(deps.replicas, name, index)),
        })),
      }
    }),
  }))
}

function refuse(deps: DescribeProducersDeps, name: string) {
  try {
    deps.checkTopicName(name)
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return { errorCode: error.code, errorMessage: error.detail, activeProducers: [] }
  }
  if (deps.replicas.image.topic(name) !== undefined) return undefined
  return { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, errorMessage: UNKNOWN_TOPIC, activeProducers: [] }
}

function describe(replicas: ReplicaRegistry, topic: string, partition: number) {
  try {
    return { errorCode: ErrorCode.NONE, activeProducers: replicas.require(topic, partition).log.activeProducers() }
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return { errorCode: error.code, activeProducers: [] }
  }
}
