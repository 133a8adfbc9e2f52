import { ErrorCode, KafkaError } from '../../base/errors.ts'
import { type TopicId, ZERO_UUID } from '../../base/ids.ts'
import type { MetadataImage } from '../../metadata/image.ts'
import type { TopicDeletion, TopicToDelete } from '../../metadata/topics/commands.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  DeleteTopicsRequest,
  type DeleteTopicsRequestData,
  DeleteTopicsResponse,
  type DeleteTopicsResponseInput,
} from '../../protocol/messages/delete-topics.ts'
import { AclOperation, ResourceType } from '../../security/acl.ts'
import type { Access } from '../access.ts'
import { type ControllerPort, needsTime, orRefusal } from '../admin.ts'
import { DENIALS, deniedOf, describableTopics } from '../authorization.ts'
import { type Handler, handler, type RequestContext } from '../handler.ts'
import { beginMutations, type MutationDeps } from '../mutation-throttle.ts'

/** The version that has an error code of its own for a broker where topics can't be deleted. */
const DELETION_DISABLED_CODE_SINCE = 3

/** Clients of this version on know that a quota may refuse them (KIP-599). */
const KNOWS_QUOTA_SINCE = 5

export interface DeleteTopicsDeps extends MutationDeps {
  readonly controller: ControllerPort
  readonly image: () => Pick<MetadataImage, 'topic' | 'topicById'>
  readonly access: Access
  /** delete.topic.enable */
  readonly deletionEnabled: boolean
}

export function deleteTopicsHandler(deps: DeleteTopicsDeps): Handler {
  return handler(ApiKey.DeleteTopics, DeleteTopicsRequest, DeleteTopicsResponse, (request, context) => {
    const { apiVersion } = context
    const topics = named(request)
    const refused = (error: KafkaError): DeleteTopicsResponseInput => ({
      throttleTimeMs: 0,
      responses: topics.map(({ name, topicId }) => ({ name, topicId, errorCode: error.code })),
    })
    if (!deps.deletionEnabled) {
      const disabled = apiVersion < DELETION_DISABLED_CODE_SINCE ? 'INVALID_REQUEST' : 'TOPIC_DELETION_DISABLED'
      return refused(new KafkaError(disabled))
    }
    return orRefusal(remove(deps, { topics, timeoutMs: request.timeoutMs }, context), refused)
  })
}

function named({ topics, topicNames }: DeleteTopicsRequestData): readonly TopicToDelete[] {
  return [...topics, ...topicNames.map((name) => ({ name, topicId: ZERO_UUID }))]
}

async function remove(
  deps: DeleteTopicsDeps,
  { topics, timeoutMs }: { readonly topics: readonly TopicToDelete[]; readonly timeoutMs: number },
  context: RequestContext,
): Promise<DeleteTopicsResponseInput> {
  const { count, throttleTimeMs } = beginMutations(deps, context, KNOWS_QUOTA_SINCE)
  if (meantOnce(topics).length > 0) needsTime(timeoutMs)
  const { allowed, refused } = permitted(deps, topics, context)
  const results = await deps.controller.submit({ type: 'deleteTopics', topics: allowed, count })
  const responses = [...results, ...refused].map(({ name, topicId, error, message }) => ({
    name,
    topicId,
    errorCode: ErrorCode[error],
    errorMessage: message,
  }))
  return { throttleTimeMs: throttleTimeMs(), responses }
}

interface Permitted {
  readonly allowed: readonly TopicToDelete[]
  readonly refused: readonly TopicDeletion[]
}

/** Whoever may not even see a topic is told neither the name of its id nor whether there is one of its name. */
function permitted(deps: DeleteTopicsDeps, topics: readonly TopicToDelete[], context: RequestContext): Permitted {
  const { access } = deps
  if (!access.isOn || access.mayCluster(context, AclOperation.DELETE, 'silent')) return { allowed: topics, refused: [] }
  const image = deps.image()
  const once = meantOnce(topics)
  const names = new Set(once.flatMap(({ name, topicId }) => name ?? image.topicById(topicId)?.name ?? []))
  const hidden = deniedOf(describableTopics(access, context), names)
  const { DELETE: operation } = AclOperation
  const kept = deniedOf({ access, context, operation, resourceType: ResourceType.TOPIC }, names)
  const refused = new Map<TopicToDelete, TopicDeletion>()
  for (const topic of once) {
    const refusal = topic.name === null ? refuseId(topic.topicId) : refuseName(topic.name)
    if (refusal !== undefined) refused.set(topic, refusal)
  }
  return { allowed: topics.filter((topic) => !refused.has(topic)), refused: [...refused.values()] }

  function refuseId(topicId: TopicId): TopicDeletion | undefined {
    const name = image.topicById(topicId)?.name
    // The controller may know of it by now: who asks before it is told of may not delete it yet.
    if (name === undefined) return { name: null, topicId, error: 'UNKNOWN_TOPIC_ID', message: UNKNOWN_ID }
    if (!kept.has(name)) return undefined
    return { ...DENIED, name: hidden.has(name) ? null : name, topicId }
  }

  function refuseName(name: string): TopicDeletion | undefined {
    const isRefused = hidden.has(name) || (kept.has(name) && image.topic(name) !== undefined)
    return isRefused ? { ...DENIED, name, topicId: ZERO_UUID } : undefined
  }
}

const UNKNOWN_ID = 'This server does not host this topic ID.'
const DENIED = { error: 'TOPIC_AUTHORIZATION_FAILED', message: DENIALS.TOPIC_AUTHORIZATION_FAILED } as const

function meantOnce(topics: readonly TopicToDelete[]): readonly TopicToDelete[] {
  const times = Map.groupBy(topics, keyOf)
  return topics.filter((topic) => times.get(keyOf(topic))?.length === 1 && isMeant(topic))
}

/** By its name or by its id; whatever is both or neither is wrong for everybody. */
function isMeant({ name, topicId }: TopicToDelete): boolean {
  return (name === null) !== (topicId === ZERO_UUID)
}

function keyOf({ name, topicId }: TopicToDelete): string {
  return `${topicId} ${name ?? ''}`
}
