import { ErrorCode, KafkaError } from '../../base/errors.ts'
import type { Clock } from '../../io/ports.ts'
import { isInternalTopic } from '../../metadata/topics/names.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  DeleteRecordsRequest,
  type DeleteRecordsRequestData,
  DeleteRecordsResponse,
} from '../../protocol/messages/delete-records.ts'
import { AclOperation, ResourceType } from '../../security/acl.ts'
import type { Access } from '../access.ts'
import { askedLast } from '../asked-last.ts'
import { split } from '../authorization.ts'
import { type Handler, handler } from '../handler.ts'
import type { ReplicaRegistry } from '../replicas.ts'

const HIGH_WATERMARK = -1
const NO_WATERMARK = -1
const DENIED = { errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED, lowWatermark: NO_WATERMARK }

export interface DeleteRecordsDeps {
  readonly replicas: ReplicaRegistry
  readonly clock: Clock
  readonly access: Access
}

export function deleteRecordsHandler(deps: DeleteRecordsDeps): Handler {
  const { access } = deps
  return handler(ApiKey.DeleteRecords, DeleteRecordsRequest, DeleteRecordsResponse, async (request, context) => {
    const question = { access, context, operation: AclOperation.DELETE, resourceType: ResourceType.TOPIC }
    const { allowed, refused } = split(question, withoutRepeats(request.topics), ({ name }) => name)
    const deleted = allowed.map(async ({ name, partitions }) => ({
      name,
      partitions: await Promise.all(
        partitions.map(({ partitionIndex, offset }) => answer(deps, name, partitionIndex, offset, request.timeoutMs)),
      ),
    }))
    const denied = refused.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ ...DENIED, partitionIndex })),
    }))
    return { throttleTimeMs: 0, topics: [...(await Promise.all(deleted)), ...denied] }
  })
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
