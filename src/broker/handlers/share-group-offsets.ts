import { ErrorCode, KafkaError } from '../../base/errors.ts'
import { ZERO_UUID } from '../../base/ids.ts'
import type { MetadataImage } from '../../metadata/image.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  AlterShareGroupOffsetsRequest,
  AlterShareGroupOffsetsResponse,
} from '../../protocol/messages/alter-share-group-offsets.ts'
import {
  DeleteShareGroupOffsetsRequest,
  DeleteShareGroupOffsetsResponse,
} from '../../protocol/messages/delete-share-group-offsets.ts'
import {
  DescribeShareGroupOffsetsRequest,
  type DescribeShareGroupOffsetsRequestData,
  DescribeShareGroupOffsetsResponse,
  type DescribeShareGroupOffsetsResponseInput,
} from '../../protocol/messages/describe-share-group-offsets.ts'
import { AclOperation, ResourceType } from '../../security/acl.ts'
import type { Access } from '../access.ts'
import { askedLast } from '../asked-last.ts'
import { DENIALS, describableTopics, mayReadGroup, readableTopics, split } from '../authorization.ts'
import { type Handler, handler, type RequestContext } from '../handler.ts'
import { sentenceOf } from '../share/sentences.ts'
import type { ShareGroups } from '../share/share-groups.ts'
import { isFailure } from '../share/share-state-coordinator.ts'

export interface ShareGroupOffsetsDeps {
  readonly groups: ShareGroups
  readonly image: () => Pick<MetadataImage, 'topic' | 'topicById'>
  /** The high watermark of a partition, wherever its leader is. Rejects with a KafkaError. */
  readonly latestOffset: (topic: string, partition: number) => Promise<number>
  readonly isEnabled: () => boolean
  readonly access: Access
}

type AskedGroup = DescribeShareGroupOffsetsRequestData['groups'][number]
type AskedTopic = NonNullable<AskedGroup['topics']>[number]
type GroupAnswer = DescribeShareGroupOffsetsResponseInput['groups'][number]
type PartitionAnswer = GroupAnswer['topics'][number]['partitions'][number]

export function shareGroupOffsetsHandlers(deps: ShareGroupOffsetsDeps): Handler[] {
  return [describeHandler(deps), alterHandler(deps), deleteHandler(deps)]
}

function describeHandler(deps: ShareGroupOffsetsDeps): Handler {
  return handler(
    ApiKey.DescribeShareGroupOffsets,
    DescribeShareGroupOffsetsRequest,
    DescribeShareGroupOffsetsResponse,
    async ({ groups }, context) => ({
      throttleTimeMs: 0,
      groups: await Promise.all(groups.map((asked) => describeGroup(deps, asked, context))),
    }),
  )
}

async function describeGroup(
  deps: ShareGroupOffsetsDeps,
  { groupId, topics }: AskedGroup,
  context: RequestContext,
): Promise<GroupAnswer> {
  try {
    if (!deps.isEnabled()) return { groupId, topics: [], errorCode: ErrorCode.UNSUPPORTED_VERSION }
    if (!deps.access.may(context, AclOperation.DESCRIBE, ResourceType.GROUP, groupId)) {
      return { groupId, topics: [], errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED }
    }
    const asked = topics ?? (await allTopics(deps, groupId))
    const { allowed, refused } = split(describableTopics(deps.access, context), asked, ({ topicName }) => topicName)
    const described = askedOnce(deps, allowed).map(async ({ topicName, partitions }) => {
      const topicId = deps.image().topic(topicName)?.id
      return {
        topicName,
        topicId: topicId ?? ZERO_UUID,
        partitions: await Promise.all(
          partitions.map((partition): PartitionAnswer | Promise<PartitionAnswer> =>
            topicId === undefined
              ? { ...NOWHERE, partitionIndex: partition }
              : describePartition(deps, { groupId, topicId, topicName, partition }),
          ),
        ),
      }
    })
    // Where all of them are asked for, none is named that may not be seen.
    const denied = topics === null ? [] : refused.map(deniedTopic)
    return { groupId, topics: [...(await Promise.all(described)), ...denied], errorCode: ErrorCode.NONE }
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return { groupId, topics: [], errorCode: error.code, errorMessage: saidBy(error) }
  }
}

/** Topics that there are, each once; those that there are not as they stand in the request. */
function askedOnce({ image }: ShareGroupOffsetsDeps, topics: readonly AskedTopic[]): readonly AskedTopic[] {
  const isKnown = ({ topicName }: AskedTopic) => image().topic(topicName) !== undefined
  const known = askedLast(
    topics.filter(isKnown),
    (topic) => topic.topicName,
    (topic) => topic.partitions,
    (partition) => partition,
    ({ topicName }, partitions) => ({ topicName, partitions }),
  )
  return [...known, ...topics.filter((topic) => !isKnown(topic))]
}

function deniedTopic({
  topicName,
  partitions,
}: {
  readonly topicName: string
  readonly partitions: readonly number[]
}) {
  const errorCode = ErrorCode.TOPIC_AUTHORIZATION_FAILED
  const denial = { ...NOWHERE, errorCode, errorMessage: DENIALS.TOPIC_AUTHORIZATION_FAILED }
  return {
    topicName,
    topicId: ZERO_UUID,
    partitions: partitions.map((partitionIndex) => ({ ...denial, partitionIndex })),
  }
}

const NOWHERE = { startOffset: -1, leaderEpoch: 0, lag: -1, errorCode: ErrorCode.NONE, errorMessage: null }

async function allTopics({ groups, image }: ShareGroupOffsetsDeps, groupId: string) {
  return (await groups.states(groupId)).flatMap(({ topicId, partitions }) => {
    const topicName = image().topicById(topicId)?.name
    return topicName === undefined ? [] : [{ topicName, partitions: [...partitions] }]
  })
}

interface Place {
  readonly groupId: string
  readonly topicId: Parameters<ShareGroups['summary']>[1]
  readonly topicName: string
  readonly partition: number
}

/** Lag: the records that are neither before the start nor done. */
async function describePartition(deps: ShareGroupOffsetsDeps, place: Place): Promise<PartitionAnswer> {
  const { groupId, topicId, topicName, partition } = place
  const summary = await deps.groups.summary(groupId, topicId, partition)
  if (isFailure(summary)) return { ...NOWHERE, partitionIndex: partition }
  const { startOffset, leaderEpoch, deliveryCompleteCount } = summary
  const known = { ...NOWHERE, partitionIndex: partition, startOffset, leaderEpoch }
  if (startOffset === -1 || deliveryCompleteCount === -1) return known
  try {
    return { ...known, lag: (await deps.latestOffset(topicName, partition)) - startOffset - deliveryCompleteCount }
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    const { code: errorCode } = error
    return {
      ...NOWHERE,
      partitionIndex: partition,
      startOffset: 0,
      lag: -1,
      errorCode,
      errorMessage: sentenceOf(errorCode),
    }
  }
}

function alterHandler(deps: ShareGroupOffsetsDeps): Handler {
  return handler(
    ApiKey.AlterShareGroupOffsets,
    AlterShareGroupOffsetsRequest,
    AlterShareGroupOffsetsResponse,
    async ({ groupId, topics }, context) => {
      try {
        if (!deps.isEnabled()) throw new KafkaError('UNSUPPORTED_VERSION')
        if (!mayReadGroup(deps.access, context, groupId)) throw new KafkaError('GROUP_AUTHORIZATION_FAILED')
        const { allowed, refused } = split(readableTopics(deps.access, context), topics, ({ topicName }) => topicName)
        if (groupId === '') throw new KafkaError('INVALID_GROUP_ID')
        const altered = await deps.groups.alterOffsets({ groupId, topics: allowed })
        const errors = new Map(altered.errors.map((error) => [`${error.topicId}:${error.partition}`, error]))
        const unknown = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
        const told = altered.topics.filter(({ topicId, partitions }) => topicId !== ZERO_UUID || partitions.length > 0)
        const responses = told.map(({ topicName, topicId, partitions }) => ({
          topicName,
          topicId,
          partitions: partitions.map(({ partitionIndex, isKnown }) => {
            const error = errors.get(`${topicId}:${partitionIndex}`)
            if (!isKnown) return { partitionIndex, errorCode: unknown, errorMessage: sentenceOf(unknown) }
            return { partitionIndex, errorCode: error?.errorCode ?? 0, errorMessage: error?.errorMessage ?? null }
          }),
        }))
        const denied = refused.map(({ topicName, partitions }) => ({
          topicName,
          topicId: deps.image().topic(topicName)?.id ?? ZERO_UUID,
          partitions: partitions.map(({ partitionIndex }) => ({ ...DENIED, partitionIndex })),
        }))
        return { throttleTimeMs: 0, errorCode: ErrorCode.NONE, responses: [...denied, ...responses] }
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error
        return { throttleTimeMs: 0, errorCode: error.code, errorMessage: saidBy(error), responses: [] }
      }
    },
  )
}

const DENIED = {
  errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED,
  errorMessage: DENIALS.TOPIC_AUTHORIZATION_FAILED,
}

function deleteHandler(deps: ShareGroupOffsetsDeps): Handler {
  return handler(
    ApiKey.DeleteShareGroupOffsets,
    DeleteShareGroupOffsetsRequest,
    DeleteShareGroupOffsetsResponse,
    async ({ groupId, topics: asked }, context) => {
      try {
        if (!deps.isEnabled()) throw new KafkaError('UNSUPPORTED_VERSION')
        if (!deps.access.may(context, AclOperation.DELETE, ResourceType.GROUP, groupId)) {
          throw new KafkaError('GROUP_AUTHORIZATION_FAILED')
        }
        const { allowed: topics, refused: forbidden } = split(
          readableTopics(deps.access, context),
          asked,
          ({ topicName }) => topicName,
        )
        if (groupId === '') throw new KafkaError('INVALID_GROUP_ID')
        const topicNames = topics.map(({ topicName }) => topicName)
        const { topics: deleted, refused } = await deps.groups.deleteOffsets({ groupId, topicNames })
        const responses = [
          ...forbidden.map(({ topicName }) => ({ ...DENIED, topicName, topicId: ZERO_UUID })),
          ...deleted.map(({ topicId, error }) => ({
            topicName: deps.image().topicById(topicId)?.name ?? '',
            topicId,
            errorCode: error?.errorCode ?? ErrorCode.NONE,
            errorMessage: error ? sentenceOf(error.errorCode) : null,
          })),
          ...refused.map(({ topicName, message }) => ({
            topicName,
            topicId: ZERO_UUID,
            errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
            errorMessage: message,
          })),
        ]
        return { throttleTimeMs: 0, errorCode: ErrorCode.NONE, responses }
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error
        return { throttleTimeMs: 0, errorCode: error.code, errorMessage: saidBy(error), responses: [] }
      }
    },
  )
}

function saidBy({ code, detail }: KafkaError): string {
  return detail ?? sentenceOf(code)
}
