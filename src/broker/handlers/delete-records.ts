import { ErrorCode, KafkaError } from '../../base/errors.ts'
import type { Clock } from '../../io/ports.ts'
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

export interface DeleteRecordsDeps {
  readonly replicas: ReplicaRegistry
  readonly clock: Clock
}

export function deleteRecordsHandler(deps: DeleteRecordsDeps): Handler {
  return handler(ApiKey.DeleteRecords, DeleteRecordsRequest, DeleteRecordsResponse, async (request) => ({
    throttleTimeMs: 0,
    topics: await Promise.all(
      withoutRepeats(request.topics).map(async ({ name, partitions }) => ({
        name,
        partitions: await Promise.all(
          partitions.map(({ partitionIndex, offset }) => answer(deps, name, partitionIndex, offset, request.timeoutMs)),
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

async function answer(
  deps: DeleteRecordsDeps,
  topic: string,
  partitionIndex: number,
  offset: number,
  timeoutMs: number,
) {
  try {
    const { replica, before } = await deleteBefore(deps.replicas, topic, partitionIndex, offset)
    const soFar = replica.lowWatermark
    if (soFar >= before) return { partitionIndex, errorCode: ErrorCode.NONE, lowWatermark: soFar }
    if (!(await isDoneInTime(deps.clock, replica.deletedEverywhere(before), timeoutMs))) {
      return { partitionIndex, errorCode: ErrorCode.REQUEST_TIMED_OUT, lowWatermark: soFar }
    }
    return { partitionIndex, errorCode: ErrorCode.NONE, lowWatermark: replica.lowWatermark }
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
  const replica = replicas.requireLeader(topic, partition)
  const { log } = replica
  if (!log.config.cleanupDelete && log.config.cleanupCompact) throw new KafkaError('POLICY_VIOLATION')
  const before = asked === HIGH_WATERMARK ? log.highWatermark : asked
  if (before < 0) throw new KafkaError('OFFSET_OUT_OF_RANGE')
  await log.deleteRecordsBefore(before)
  return { replica, before }
}

/** Followers delete when they next fetch; a dead one is not waited for. */
async function isDoneInTime(clock: Clock, done: Promise<void>, timeoutMs: number): Promise<boolean> {
  const late = Promise.withResolvers<false>()
  const timer = clock.after(Math.max(0, timeoutMs), () => late.resolve(false))
  try {
    return await Promise.race([done.then(() => true), late.promise])
  } finally {
    timer.cancel()
  }
}
