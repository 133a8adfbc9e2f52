import { ErrorCode, KafkaError } from '../../base/errors.ts'
import { isInternalTopic } from '../../metadata/topics/names.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  DeleteRecordsRequest,
  type DeleteRecordsRequestData,
  DeleteRecordsResponse,
} from '../../protocol/messages/delete-records.ts'
import { askedLast } from '../asked-last.ts'
import { type Handler, handler } from '../handler.ts'
import type { ReplicaRegistry } from '../replicas.ts'

const HIGH_WATERMARK = -1
const NO_WATERMARK = -1

export function deleteRecordsHandler(deps: { readonly replicas: ReplicaRegistry }): Handler {
  return handler(ApiKey.DeleteRecords, DeleteRecordsRequest, DeleteRecordsResponse, async (request) => ({
    throttleTimeMs: 0,
    topics: await Promise.all(
      withoutRepeats(request.topics).map(async ({ name, partitions }) => ({
        name,
        partitions: await Promise.all(
          partitions.map(({ partitionIndex, offset }) => answer(deps.replicas, name, partitionIndex, offset)),
        ),
      })),
    ),
  }))
}

function withoutRepeats(topics: DeleteRecordsRequestData['topics']) {
  return askedLast(
    topics,
    (topic) => topic.name,
    (topic) => topic.partitions,
    (part) => part.partitionIndex,
    (topic, partitions) => ({ ...topic, partitions }),
  )
}

async function answer(replicas: ReplicaRegistry, topic: string, partitionIndex: number, offset: number) {
  try {
    const lowWatermark = await deleteBefore(replicas, topic, partitionIndex, offset)
    return { partitionIndex, errorCode: ErrorCode.NONE, lowWatermark }
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return { partitionIndex, errorCode: error.code, lowWatermark: NO_WATERMARK }
  }
}

async function deleteBefore(replicas: ReplicaRegistry, topic: string, partition: number, asked: number) {
  if (replicas.image.topic(topic)?.partitions[partition] === undefined) {
    throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')
  }
  if (isInternalTopic(topic)) throw new KafkaError('INVALID_TOPIC_EXCEPTION')
  const { log } = replicas.requireLeader(topic, partition)
  if (!log.config.cleanupDelete && log.config.cleanupCompact) throw new KafkaError('POLICY_VIOLATION')
  const offset = asked === HIGH_WATERMARK ? log.highWatermark : asked
  if (offset < 0) throw new KafkaError('OFFSET_OUT_OF_RANGE')
  await log.deleteRecordsBefore(offset)
  return log.logStartOffset
}
