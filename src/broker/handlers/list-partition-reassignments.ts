import type { MetadataImage, PartitionImage, TopicImage } from '../../metadata/image.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  ListPartitionReassignmentsRequest,
  type ListPartitionReassignmentsRequestData,
  ListPartitionReassignmentsResponse,
} from '../../protocol/messages/list-partition-reassignments.ts'
import { type Handler, handler } from '../handler.ts'

type Topics = Pick<MetadataImage, 'topics' | 'topic'>

/** Partitions whose replicas are on the move; topics and partitions that do not exist are left out, as Kafka does. */
export function listPartitionReassignmentsHandler({ image }: { readonly image: () => Topics }): Handler {
  return handler(
    ApiKey.ListPartitionReassignments,
    ListPartitionReassignmentsRequest,
    ListPartitionReassignmentsResponse,
    ({ topics }) => ({ throttleTimeMs: 0, errorCode: 0, errorMessage: null, topics: reassignments(image(), topics) }),
  )
}

function reassignments(image: Topics, wanted: ListPartitionReassignmentsRequestData['topics']) {
  const found = []
  for (const { topic, partitions } of wanted === null ? everything(image) : named(image, wanted)) {
    const moving = partitions.filter((p) => p.addingReplicas.length > 0 || p.removingReplicas.length > 0)
    if (moving.length === 0) continue
    found.push({
      name: topic.name,
      partitions: moving.map(({ partition, replicas, addingReplicas, removingReplicas }) => ({
        partitionIndex: partition,
        replicas: [...replicas],
        addingReplicas: [...addingReplicas],
        removingReplicas: [...removingReplicas],
      })),
    })
  }
  return found
}

interface Part {
  readonly topic: TopicImage
  readonly partitions: readonly PartitionImage[]
}

function* everything(image: Topics): Iterable<Part> {
  for (const topic of image.topics.values()) yield { topic, partitions: topic.partitions }
}

function* named(
  image: Topics,
  wanted: readonly { readonly name: string; readonly partitionIndexes: readonly number[] }[],
): Iterable<Part> {
  for (const { name, partitionIndexes } of wanted) {
    const topic = image.topic(name)
    if (topic === undefined) continue
    const partitions = [...new Set(partitionIndexes)].flatMap((index) => topic.partitions[index] ?? [])
    yield { topic, partitions }
  }
}
