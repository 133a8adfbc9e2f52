import { ErrorCode } from '../../base/errors.ts'
import { ZERO_UUID } from '../../base/ids.ts'
import type { MetadataImage, PartitionImage } from '../../metadata/image.ts'
import { illegalTopicName, isInternalTopic } from '../../metadata/topics/names.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  DescribeTopicPartitionsRequest,
  type DescribeTopicPartitionsRequestData,
  DescribeTopicPartitionsResponse,
  type DescribeTopicPartitionsResponseInput,
} from '../../protocol/messages/describe-topic-partitions.ts'
import { AclOperation, ResourceType } from '../../security/acl.ts'
import type { Access } from '../access.ts'
import { type Handler, handler, type RequestContext } from '../handler.ts'
import { viewPartition } from '../partition-metadata.ts'

type Image = Pick<MetadataImage, 'topicsByName' | 'topic' | 'broker'>
type TopicResult = DescribeTopicPartitionsResponseInput['topics'][number]

interface Page extends Pick<DescribeTopicPartitionsResponseInput, 'topics' | 'nextCursor'> {
  /** Asked for by name, by somebody who is not to know whether there are such. */
  readonly refused: readonly TopicResult[]
}

export interface DescribeTopicPartitionsDeps {
  readonly image: () => Image
  /** max.request.partition.size.limit */
  readonly maxPartitions: number
  readonly access: Access
}

/** Topics in the order of their names, a page at a time (KIP-966). */
export function describeTopicPartitionsHandler(deps: DescribeTopicPartitionsDeps): Handler {
  return handler(
    ApiKey.DescribeTopicPartitions,
    DescribeTopicPartitionsRequest,
    DescribeTopicPartitionsResponse,
    (request, context) => {
      if (!cursorFits(request))
        return { throttleTimeMs: 0, topics: request.topics.map(({ name }) => refusal(name, ErrorCode.INVALID_REQUEST)) }
      const { topics, refused, nextCursor } = page(deps, request, context)
      const shown = topics.map((topic) => ({
        ...topic,
        topicAuthorizedOperations: deps.access.operations(context, ResourceType.TOPIC, topic.name ?? ''),
      }))
      return { throttleTimeMs: 0, topics: [...shown, ...refused], nextCursor }
    },
  )
}

/** A cursor has to name a partition, and a topic that is asked for. */
function cursorFits({ topics, cursor }: DescribeTopicPartitionsRequestData): boolean {
  if (cursor === null) return true
  if (cursor.partitionIndex < 0) return false
  return topics.length === 0 || topics.some(({ name }) => name === cursor.topicName)
}

function refusal(name: string, errorCode: number): TopicResult {
  return { errorCode, name, topicId: ZERO_UUID, partitions: [] }
}

function page(
  { image: imageOf, maxPartitions, access }: DescribeTopicPartitionsDeps,
  request: DescribeTopicPartitionsRequestData,
  context: RequestContext,
): Page {
  const image = imageOf()
  const { cursor } = request
  const wantsAll = request.topics.length === 0
  const names = new Set(wantsAll ? image.topicsByName.keys() : request.topics.map(({ name }) => name))
  const from = cursor?.topicName ?? ''
  const topics: TopicResult[] = []
  const refused: TopicResult[] = []
  let room = Math.max(Math.min(maxPartitions, request.responsePartitionLimit), 1)
  for (const name of [...names].filter((other) => other >= from).sort()) {
    if (!access.may(context, AclOperation.DESCRIBE, ResourceType.TOPIC, name)) {
      if (!wantsAll) refused.push(refusal(name, ErrorCode.TOPIC_AUTHORIZATION_FAILED))
      continue
    }
    if (room === 0) return { topics, refused, nextCursor: { topicName: name, partitionIndex: 0 } }
    const topic = image.topic(name)
    if (topic === undefined) {
      if (!wantsAll) topics.push(missing(name))
      continue
    }
    const first = name === cursor?.topicName ? cursor.partitionIndex : 0
    const partitions = topic.partitions.slice(first, first + room)
    topics.push({
      errorCode: 0,
      name,
      topicId: topic.id,
      isInternal: isInternalTopic(name),
      partitions: partitions.map((partition) => partitionOf(image, partition, context.connection.listenerName)),
    })
    const next = first + partitions.length
    if (next < topic.partitions.length)
      return { topics, refused, nextCursor: { topicName: name, partitionIndex: next } }
    room -= partitions.length
  }
  return { topics, refused, nextCursor: null }
}

function missing(name: string): TopicResult {
  const legal = illegalTopicName(name) === undefined
  return {
    errorCode: legal ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.INVALID_TOPIC_EXCEPTION,
    name,
    topicId: ZERO_UUID,
    isInternal: isInternalTopic(name),
    partitions: [],
  }
}

function partitionOf(image: Image, partition: PartitionImage, listener: string): TopicResult['partitions'][number] {
  const { leaderId, offlineReplicas } = viewPartition(image, partition, listener)
  return {
    errorCode: 0,
    partitionIndex: partition.partition,
    leaderId,
    leaderEpoch: partition.leaderEpoch,
    replicaNodes: partition.replicas,
    isrNodes: partition.isr,
    eligibleLeaderReplicas: partition.elr,
    lastKnownElr: partition.lastKnownElr,
    offlineReplicas,
  }
}
