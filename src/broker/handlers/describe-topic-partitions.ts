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
import { TOPIC_OPERATIONS } from '../authorized-operations.ts'
import { type Handler, handler } from '../handler.ts'
import { viewPartition } from '../partition-metadata.ts'

type Image = Pick<MetadataImage, 'topicsByName' | 'topic' | 'broker'>
type TopicResult = DescribeTopicPartitionsResponseInput['topics'][number]
type Page = Pick<DescribeTopicPartitionsResponseInput, 'topics' | 'nextCursor'>

export interface DescribeTopicPartitionsDeps {
  readonly image: () => Image
  /** max.request.partition.size.limit */
  readonly maxPartitions: number
}

/** Topics in the order of their names, a page at a time (KIP-966). */
export function describeTopicPartitionsHandler({ image, maxPartitions }: DescribeTopicPartitionsDeps): Handler {
  return handler(
    ApiKey.DescribeTopicPartitions,
    DescribeTopicPartitionsRequest,
    DescribeTopicPartitionsResponse,
    (request, { connection }) => {
      if (!cursorFits(request)) return { throttleTimeMs: 0, topics: request.topics.map(({ name }) => malformed(name)) }
      const limit = Math.max(Math.min(maxPartitions, request.responsePartitionLimit), 1)
      return { throttleTimeMs: 0, ...page(image(), request, limit, connection.listenerName) }
    },
  )
}

/** A cursor has to name a partition, and a topic that is asked for. */
function cursorFits({ topics, cursor }: DescribeTopicPartitionsRequestData): boolean {
  if (cursor === null) return true
  if (cursor.partitionIndex < 0) return false
  return topics.length === 0 || topics.some(({ name }) => name === cursor.topicName)
}

function malformed(name: string): TopicResult {
  return { errorCode: ErrorCode.INVALID_REQUEST, name, topicId: ZERO_UUID, partitions: [] }
}

function page(image: Image, request: DescribeTopicPartitionsRequestData, limit: number, listener: string): Page {
  const { cursor } = request
  const wantsAll = request.topics.length === 0
  const names = new Set(wantsAll ? image.topicsByName.keys() : request.topics.map(({ name }) => name))
  const from = cursor?.topicName ?? ''
  const topics: TopicResult[] = []
  let room = limit
  for (const name of [...names].filter((other) => other >= from).sort()) {
    if (room === 0) return { topics, nextCursor: { topicName: name, partitionIndex: 0 } }
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
      partitions: partitions.map((partition) => partitionOf(image, partition, listener)),
      topicAuthorizedOperations: TOPIC_OPERATIONS,
    })
    const next = first + partitions.length
    if (next < topic.partitions.length) return { topics, nextCursor: { topicName: name, partitionIndex: next } }
    room -= partitions.length
  }
  return { topics, nextCursor: null }
}

function missing(name: string): TopicResult {
  const legal = illegalTopicName(name) === undefined
  return {
    errorCode: legal ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.INVALID_TOPIC_EXCEPTION,
    name,
    topicId: ZERO_UUID,
    isInternal: isInternalTopic(name),
    partitions: [],
    topicAuthorizedOperations: TOPIC_OPERATIONS,
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
