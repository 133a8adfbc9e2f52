import { ErrorCode, type ErrorName, KafkaError } from '../../base/errors.ts'
import type { MetadataImage } from '../../metadata/image.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  TxnOffsetCommitRequest,
  type TxnOffsetCommitRequestData,
  TxnOffsetCommitResponse,
  type TxnOffsetCommitResponseInput,
} from '../../protocol/messages/txn-offset-commit.ts'
import type { Access } from '../access.ts'
import { deniedOf, readableTopics } from '../authorization.ts'
import { type Handler, handler } from '../handler.ts'
import type { TransactionalOffsets } from '../transactions/offsets.ts'
import { endsAhead, writesUntil } from '../transactions/under-way.ts'
import type { Verifying } from '../transactions/verifier.ts'

export interface TxnOffsetCommitDeps {
  readonly offsets: Pick<TransactionalOffsets, 'commit'>
  readonly image: () => Pick<MetadataImage, 'topic'>
  readonly access: Access
}

const LOADING_SINCE = 2
const ABORTABLE_SINCE = 4
const ADDS_SINCE = 5

type Topics = TxnOffsetCommitRequestData['topics']

export function txnOffsetCommitHandler({ offsets, image, access }: TxnOffsetCommitDeps): Handler {
  return handler(
    ApiKey.TxnOffsetCommit,
    TxnOffsetCommitRequest,
    TxnOffsetCommitResponse,
    async (request, context) => {
      const { apiVersion } = context
      const { topics, generationId, ...commit } = request
      const denied = deniedOf(
        readableTopics(access, context),
        topics.map(({ name }) => name),
      )
      const known = topics.flatMap((topic) => {
        if (denied.has(topic.name)) return []
        const there = image().topic(topic.name)
        const partitions = topic.partitions.filter(
          ({ partitionIndex }) => there?.partitions[partitionIndex] !== undefined,
        )
        return there === undefined || partitions.length === 0 ? [] : [{ ...topic, topicId: there.id, partitions }]
      })
      const codes = new Map<string, number>()
      if (known.length > 0) {
        try {
          const asked = { ...commit, topics: known, generationIdOrMemberEpoch: generationId }
          const commits = () => offsets.commit(asked, verifying(apiVersion))
          const committed = endsAhead(context.connection)?.then(commits) ?? commits()
          writesUntil(context.connection, committed)
          const results = await committed
          for (const { name, partitions } of results.topics) {
            for (const { partitionIndex, errorCode } of partitions) codes.set(keyOf(name, partitionIndex), errorCode)
          }
        } catch (error) {
          if (!(error instanceof KafkaError)) throw error
          const code = ErrorCode[inVersion(error.error, apiVersion)]
          for (const { name, partitions } of known) {
            for (const { partitionIndex } of partitions) codes.set(keyOf(name, partitionIndex), code)
          }
        }
      }
      return answer(topics, (name, index) =>
        denied.has(name)
          ? ErrorCode.TOPIC_AUTHORIZATION_FAILED
          : (codes.get(keyOf(name, index)) ?? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
      )
    },
    ({ topics }, errorCode) => answer(topics, () => errorCode),
  )
}

const keyOf = (topic: string, partition: number): string => `${partition} ${topic}`

function verifying(apiVersion: number): Verifying {
  if (apiVersion >= ADDS_SINCE) return 'add'
  return apiVersion >= ABORTABLE_SINCE ? 'verify' : 'verifyOld'
}

function inVersion(error: ErrorName, apiVersion: number): ErrorName {
  const isLoading = error === 'COORDINATOR_LOAD_IN_PROGRESS'
  return isLoading && apiVersion < LOADING_SINCE ? 'COORDINATOR_NOT_AVAILABLE' : error
}

function answer(topics: Topics, codeOf: (topic: string, partition: number) => number): TxnOffsetCommitResponseInput {
  const answered = topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: codeOf(name, partitionIndex) })),
  }))
  return {
    throttleTimeMs: 0,
    topics: answered.map((topic) => ({ ...topic, partitions: unknownFirst(topic.partitions) })),
  }
}

/** As Kafka lists them. */
function unknownFirst<T extends { readonly errorCode: number }>(partitions: readonly T[]): T[] {
  const isUnknown = ({ errorCode }: T) => errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
  return [...partitions.filter(isUnknown), ...partitions.filter((one) => !isUnknown(one))]
}
