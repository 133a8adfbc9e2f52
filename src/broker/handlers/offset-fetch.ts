import { ErrorCode, KafkaError } from '../../base/errors.ts'
import { type Uuid, ZERO_UUID } from '../../base/ids.ts'
import type { FetchedOffsets } from '../../group/commands.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  OffsetFetchRequest,
  type OffsetFetchRequestData,
  OffsetFetchResponse,
  type OffsetFetchResponseInput,
} from '../../protocol/messages/offset-fetch.ts'
import { AclOperation, ResourceType } from '../../security/acl.ts'
import type { Access } from '../access.ts'
import { deniedOf, describableTopics } from '../authorization.ts'
import { resolveTopic, type TopicLookup } from '../committed-topics.ts'
import type { GroupCoordinator } from '../groups.ts'
import { type Handler, handler, type RequestContext } from '../handler.ts'

/** The first version that has an error for the whole of a group. */
const GROUP_ERROR_SINCE = 2
/** From here on a request can ask for several groups. */
const GROUPS_SINCE = 8
const TOPIC_IDS_SINCE = 10

type GroupRequest = OffsetFetchRequestData['groups'][number]
type GroupResult = NonNullable<OffsetFetchResponseInput['groups']>[number]

export interface OffsetFetchDeps {
  readonly groups: Pick<GroupCoordinator, 'fetchOffsets'>
  readonly image: () => TopicLookup
  /** Whether another node may coordinate the group by now, unknown to this one. */
  readonly mayBeElsewhere: (groupId: string) => boolean
  readonly access: Access
}

export function offsetFetchHandler(deps: OffsetFetchDeps): Handler {
  return handler(
    ApiKey.OffsetFetch,
    OffsetFetchRequest,
    OffsetFetchResponse,
    async (request, context) => {
      const { requireStable } = request
      const { apiVersion } = context
      const results = asked(request, apiVersion).map((group) => fetchGroup(deps, group, requireStable, context))
      return inVersion(await Promise.all(results), request, apiVersion)
    },
    (request, errorCode, { apiVersion }) =>
      inVersion(
        asked(request, apiVersion).map(({ groupId }) => ({ groupId, topics: [], errorCode })),
        request,
        apiVersion,
      ),
  )
}

function asked({ groupId, topics, groups }: OffsetFetchRequestData, apiVersion: number): readonly GroupRequest[] {
  if (apiVersion >= GROUPS_SINCE) return groups
  const named = topics?.map((topic) => ({ ...topic, topicId: ZERO_UUID }))
  return [{ groupId, memberId: null, memberEpoch: -1, topics: named ?? null }]
}

function inVersion(
  groups: readonly GroupResult[],
  request: OffsetFetchRequestData,
  apiVersion: number,
): OffsetFetchResponseInput {
  if (apiVersion >= GROUPS_SINCE) return { groups }
  const [only] = groups
  const errorCode = only?.errorCode ?? ErrorCode.NONE
  if (apiVersion >= GROUP_ERROR_SINCE || errorCode === ErrorCode.NONE) {
    return { errorCode, topics: (only?.topics ?? []).map((topic) => ({ ...topic, name: topic.name ?? '' })) }
  }
  return {
    topics: (request.topics ?? []).map(({ name, partitionIndexes }) => ({
      name,
      partitions: failedPartitions(partitionIndexes, errorCode),
    })),
  }
}

function failedPartitions(partitionIndexes: readonly number[], errorCode: number) {
  return partitionIndexes.map((partitionIndex) => ({
    partitionIndex,
    committedOffset: -1,
    committedLeaderEpoch: -1,
    metadata: '',
    errorCode,
  }))
}

async function fetchGroup(
  { groups, image, mayBeElsewhere, access }: OffsetFetchDeps,
  group: GroupRequest,
  requireStable: boolean,
  context: RequestContext,
): Promise<GroupResult> {
  const { groupId, memberId, memberEpoch } = group
  if (!access.may(context, AclOperation.DESCRIBE, ResourceType.GROUP, groupId)) {
    return { groupId, topics: [], errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED }
  }
  // Who goes on in another's place must not begin before what that one has committed.
  if (requireStable && mayBeElsewhere(groupId)) return { groupId, topics: [], errorCode: ErrorCode.NOT_COORDINATOR }
  const byId = context.apiVersion >= TOPIC_IDS_SINCE
  const known = group.topics?.map((topic) => {
    const name = byId ? resolveTopic(image(), topic, true)?.name : topic.name
    return { name, topicId: topic.topicId, partitionIndexes: topic.partitionIndexes }
  })
  const question = describableTopics(access, context)
  const denied = deniedOf(
    question,
    (known ?? []).flatMap(({ name }) => name ?? []),
  )
  try {
    const mayAsk = known?.flatMap(({ name, ...rest }) =>
      name === undefined || denied.has(name) ? [] : [{ ...rest, name }],
    )
    const topics = mayAsk ?? null
    const fetched = await groups.fetchOffsets({ groupId, memberId, memberEpoch, topics, requireStable })
    // Of all that there is those are left out that may not be seen.
    const hidden = known
      ? NONE
      : deniedOf(
          question,
          fetched.topics.map(({ name }) => name),
        )
    const shown = hidden.size === 0 ? fetched : { topics: fetched.topics.filter(({ name }) => !hidden.has(name)) }
    const refused = (known ?? []).filter(({ name }) => name === undefined || denied.has(name))
    const told = byId ? withIds(shown, image()) : shown.topics
    return {
      groupId,
      errorCode: ErrorCode.NONE,
      topics: [...told, ...refused.map((topic) => refusedTopic(topic, byId))],
    }
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return { groupId, topics: [], errorCode: error.code }
  }
}

/** A topic that is gone by now has no id that could be told. */
function withIds({ topics }: FetchedOffsets, image: TopicLookup): GroupResult['topics'][number][] {
  return topics.flatMap(({ name, partitions }) => {
    const topic = image.topic(name)
    return topic ? [{ topicId: topic.id, partitions }] : []
  })
}

interface AskedTopic {
  /** undefined: nobody knows whose id it is. */
  readonly name: string | undefined
  readonly topicId: Uuid
  readonly partitionIndexes: readonly number[]
}

function refusedTopic({ name, topicId, partitionIndexes }: AskedTopic, byId: boolean) {
  const code = name === undefined ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.TOPIC_AUTHORIZATION_FAILED
  const partitions = failedPartitions(partitionIndexes, code)
  return byId ? { topicId, partitions } : { name: name ?? '', topicId, partitions }
}

const NONE: ReadonlySet<string> = new Set()
