import { ErrorCode, KafkaError } from '../../base/errors.ts'
import { illegalTopicName } from '../../metadata/topics/names.ts'
import { ApiKey } from '../../protocol/apis.ts'
import { DescribeProducersRequest, DescribeProducersResponse } from '../../protocol/messages/describe-producers.ts'
import { AclOperation, ResourceType } from '../../security/acl.ts'
import type { Access } from '../access.ts'
import { DENIALS } from '../authorization.ts'
import { type Handler, handler, type RequestContext } from '../handler.ts'
import type { ReplicaRegistry } from '../replicas.ts'

const UNKNOWN_TOPIC = 'This server does not host this topic-partition.'

export interface DescribeProducersDeps {
  readonly replicas: ReplicaRegistry
  readonly access: Access
}

export function describeProducersHandler(deps: DescribeProducersDeps): Handler {
  return handler(ApiKey.DescribeProducers, DescribeProducersRequest, DescribeProducersResponse, (request, context) => ({
    throttleTimeMs: 0,
    topics: request.topics.map(({ name, partitionIndexes }) => {
      const refused = refuse(deps, context, name)
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

function refuse({ replicas, access }: DescribeProducersDeps, context: RequestContext, name: string) {
  const illegal = illegalTopicName(name)
  if (illegal !== undefined) return refusal(ErrorCode.INVALID_TOPIC_EXCEPTION, illegal)
  if (!access.may(context, AclOperation.READ, ResourceType.TOPIC, name)) {
    return refusal(ErrorCode.TOPIC_AUTHORIZATION_FAILED, DENIALS.TOPIC_AUTHORIZATION_FAILED)
  }
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
