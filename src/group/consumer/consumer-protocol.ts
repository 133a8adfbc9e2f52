import { ByteReader, ByteWriter } from '../../base/bytes.ts'
import { ProtocolError } from '../../base/errors.ts'
import {
  ConsumerProtocolAssignment,
  type ConsumerProtocolAssignmentData,
  ConsumerProtocolSubscription,
  type ConsumerProtocolSubscriptionData,
} from '../../protocol/stored/consumer-protocol.ts'
import { ascending, type TopicPartitions } from '../partition-sets.ts'
import type { OwnedPartitions } from './member.ts'
import type { TopicSource } from './topics.ts'

/** What classic consumers tell each other, of which the coordinator must know something where both kinds meet. */
export const CONSUMER_PROTOCOL = 'consumer'
const LATEST_VERSION = 3

/** Later versions only add to what this one knows. @throws ProtocolError */
function versionOf(reader: ByteReader): number {
  const version = reader.int16()
  if (version < 0) throw new ProtocolError(`consumer protocol version ${version}`)
  return Math.min(version, LATEST_VERSION)
}

/** @throws ProtocolError */
export function readSubscription(metadata: Buffer): ConsumerProtocolSubscriptionData {
  const reader = new ByteReader(metadata)
  return ConsumerProtocolSubscription.decode(reader, versionOf(reader))
}

/** @throws ProtocolError */
export function readAssignment(bytes: Buffer): ConsumerProtocolAssignmentData {
  const reader = new ByteReader(bytes)
  return ConsumerProtocolAssignment.decode(reader, versionOf(reader))
}

/** In the version in which the member wrote its subscription. */
export function writeAssignment(assigned: TopicPartitions, topics: TopicSource, subscription: Buffer): Buffer {
  const version = versionOf(new ByteReader(subscription))
  const assignedPartitions = assigned.flatMap(({ topicId, partitions }) => {
    const topic = topics.withId(topicId)?.name
    return topic === undefined ? [] : [{ topic, partitions: [...partitions] }]
  })
  const writer = new ByteWriter()
  writer.int16(version)
  ConsumerProtocolAssignment.encode(writer, { assignedPartitions, userData: null }, version)
  return writer.toBuffer()
}

type Named = readonly { readonly topic: string; readonly partitions: readonly number[] }[]

/** Topics that there are, by their ids. */
export function withIds(named: Named, topics: TopicSource): TopicPartitions {
  return named.flatMap(({ topic, partitions }) => {
    const topicId = topics.named(topic)?.id
    return topicId === undefined ? [] : [{ topicId, partitions }]
  })
}

export function ownedSince(partitions: TopicPartitions, epoch: number): OwnedPartitions {
  return new Map(
    partitions.map((topic) => [topic.topicId, new Map(ascending(topic.partitions).map((p) => [p, epoch]))]),
  )
}
