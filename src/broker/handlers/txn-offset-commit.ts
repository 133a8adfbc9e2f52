import { ErrorCode, type ErrorName, KafkaError } from '../../base/errors.ts'
import { ZERO_UUID } from '../../base/ids.ts'
import type { PartitionResult } from '../../group/commands.ts'
import type { MetadataImage } from '../../metadata/image.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  TxnOffsetCommitRequest,
  type TxnOffsetCommitRequestData,
  TxnOffsetCommitResponse,
} from '../../protocol/messages/txn-offset-commit.ts'
import type { Access } from '../access.ts'
import { deniedOf, readableTopics } from '../authorization.ts'
import { partitionsThere, TopicOutcomes } from '../committed-topics.ts'
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
      const outcomes = new TopicOutcomes()
      const known = existing(topics, image(), denied, outcomes)
      if (known.length > 0) {
        try {
          const asked = { ...commit, topics: known, generationIdOrMemberEpoch: generationId }
          const commits = () => offsets.commit(asked, verifying(apiVersion))
          const committed = endsAhead(context.connection)?.then(commits) ?? commits()
          writesUntil(context.connection, committed)
          outcomes.add(withoutIds((await committed).topics))
        } catch (error) {
          if (!(error instanceof KafkaError)) throw error
          const errorCode = ErrorCode[inVersion(error.error, apiVersion)]
          outcomes.add(withoutIds(failed(known, errorCode)))
        }
      }
      return { throttleTimeMs: 0, topics: outcomes.all }
    },
    ({ topics }, errorCode) => ({ throttleTimeMs: 0, topics: failed(topics, errorCode) }),
  )
}

/** Those of the request's partitions that there are; the others fail. */
function existing(
  topics: Topics,
  image: Pick<MetadataImage, 'topic'>,
  denied: ReadonlySet<string>,
  outcomes: TopicOutcomes,
) {
  return topics.flatMap((one) => {
    const asked = { ...one, topicId: ZERO_UUID }
    if (denied.has(asked.name)) {
      outcomes.fail(asked, asked.partitions, 'TOPIC_AUTHORIZATION_FAILED')
      return []
    }
    const topic = image.topic(asked.name)
    const partitions = partitionsThere(asked, topic, outcomes)
    return topic === undefined || partitions.length === 0 ? [] : [{ ...asked, topicId: topic.id, partitions }]
  })
}

function withoutIds(topics: readonly { readonly name: string; readonly partitions: readonly PartitionResult[] }[]) {
  return topics.map(({ name, partitions }) => ({ name, topicId: ZERO_UUID, partitions }))
}

function verifying(apiVersion: number): Verifying {
  if (apiVersion >= ADDS_SINCE) return 'add'
  return apiVersion >= ABORTABLE_SINCE ? 'verify' : 'verifyOld'
}

function inVersion(error: ErrorName, apiVersion: number): ErrorName {
  const isLoading = error === 'COORDINATOR_LOAD_IN_PROGRESS'
  return isLoading && apiVersion < LOADING_SINCE ? 'COORDINATOR_NOT_AVAILABLE' : error
}

function failed(topics: Topics, errorCode: number) {
  return topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
  }))
}
