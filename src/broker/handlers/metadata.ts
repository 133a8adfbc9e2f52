import { ErrorCode, type ErrorName } from '../../base/errors.ts'
import { type TopicId, ZERO_UUID } from '../../base/ids.ts'
import type { MetadataImage, PartitionImage, TopicImage } from '../../metadata/image.ts'
import { illegalTopicName, isInternalTopic } from '../../metadata/topics/names.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  MetadataRequest,
  type MetadataRequestData,
  MetadataResponse,
  type MetadataResponseInput,
} from '../../protocol/messages/metadata.ts'
import { ResourceType } from '../../security/acl.ts'
import type { Access } from '../access.ts'
import { deniedOf, describableTopics, split, uncreatable } from '../authorization.ts'
import { clusterOperations } from '../authorized-operations.ts'
import type { AutoTopicCreation } from '../auto-create.ts'
import type { Endpoints } from '../endpoints.ts'
import { type Handler, handler, type RequestContext } from '../handler.ts'
import type { LostLeaders } from '../lost-leaders.ts'
import { reachable, viewPartition } from '../partition-metadata.ts'

type Image = Pick<MetadataImage, 'topicsByName' | 'topic' | 'topicById' | 'broker'>
type TopicResult = MetadataResponseInput['topics'][number]
type PartitionResult = TopicResult['partitions'][number]

/** Version 0 names an error where a replica can't be reached; later ones just leave the broker out. */
const LAST_WITH_REPLICA_ERRORS = 0
/** From here on a leader without the client's listener has an error of its own. */
const LISTENER_ERROR_SINCE = 6
/** In versions 10 and 11 ids are answered but can't be asked for. */
const ASK_BY_ID_SINCE = 12

export interface MetadataDeps {
  readonly clusterId: string
  readonly image: () => Image
  readonly endpoints: Endpoints
  readonly autoCreate: Pick<AutoTopicCreation, 'request'>
  /** auto.create.topics.enable */
  readonly autoCreateEnabled: boolean
  readonly access: Access
  readonly lostLeaders?: Pick<LostLeaders, 'isLost' | 'settled'>
}

export function metadataHandler(deps: MetadataDeps): Handler {
  const handle = (request: MetadataRequestData, context: RequestContext) => {
    const malformed = checkForm(request, context.apiVersion)
    if (malformed !== undefined) return refusal(request, ErrorCode[malformed])
    const answer = () => answerOf(deps, request, context)
    return deps.lostLeaders?.settled(() => namesLostLeader(deps, request, context))?.then(answer) ?? answer()
  }
  return handler(ApiKey.Metadata, MetadataRequest, MetadataResponse, handle, refusal)
}

function answerOf(deps: MetadataDeps, request: MetadataRequestData, context: RequestContext): MetadataResponseInput {
  const { access } = deps
  const brokers = deps.endpoints.alive(context.connection)
  const { unknown, shown, refused } = topicsOf(deps, request, context)
  const withOperations = (topic: TopicResult) => {
    const topicAuthorizedOperations = access.operations(context, ResourceType.TOPIC, topic.name ?? '')
    return { ...topic, topicAuthorizedOperations }
  }
  const told = request.includeTopicAuthorizedOperations ? shown.map(withOperations) : shown
  return {
    throttleTimeMs: 0,
    brokers: brokers.map(({ id, host, port, rack }) => ({ nodeId: id, host, port, rack })),
    clusterId: deps.clusterId,
    controllerId: deps.endpoints.any(),
    topics: [...unknown, ...told, ...refused],
    clusterAuthorizedOperations: clusterOperations(access, context, request.includeClusterAuthorizedOperations),
  }
}

/** The answer would send clients to a leader that may be dead. */
function namesLostLeader(deps: MetadataDeps, { topics }: MetadataRequestData, { apiVersion }: RequestContext): boolean {
  const image = deps.image()
  const isLost = (topic: TopicImage | undefined) =>
    topic?.partitions.some(({ leader }) => deps.lostLeaders?.isLost(leader)) ?? false
  if (asksForAll(topics, apiVersion)) return [...image.topicsByName.values()].some(isLost)
  return topics.some(({ name, topicId }) =>
    isLost(topicId === ZERO_UUID ? image.topic(name ?? '') : image.topicById(topicId)),
  )
}

/** An empty list means everything in version 0 and nothing later on, where null means everything. */
function asksForAll(topics: MetadataRequestData['topics'], apiVersion: number): topics is null {
  return topics === null || (topics.length === 0 && apiVersion === 0)
}

function checkForm({ topics }: MetadataRequestData, apiVersion: number): ErrorName | undefined {
  for (const { name, topicId } of topics ?? []) {
    if (apiVersion >= ASK_BY_ID_SINCE) {
      if (name === null && topicId === ZERO_UUID) return 'INVALID_REQUEST'
    } else if (name === null || topicId !== ZERO_UUID) return 'INVALID_REQUEST'
  }
  return undefined
}

/** The whole request is wrong: every topic gets the error, and nothing else is told. */
function refusal({ topics }: MetadataRequestData, errorCode: number): MetadataResponseInput {
  return {
    brokers: [],
    topics: (topics ?? []).map(({ name, topicId }) => ({ errorCode, name: name ?? '', topicId, partitions: [] })),
    errorCode,
  }
}

interface Found {
  /** By their ids. */
  readonly unknown: readonly TopicResult[]
  readonly shown: readonly TopicResult[]
  /** Nothing else is said of them: whoever may not see a topic is not told whether there is one. */
  readonly refused: readonly TopicResult[]
}

function topicsOf(deps: MetadataDeps, request: MetadataRequestData, context: RequestContext): Found {
  const image = deps.image()
  const { topics } = request
  const describe = (topic: TopicImage) => existing(image, topic, context)
  if (asksForAll(topics, context.apiVersion)) {
    const question = { ...describableTopics(deps.access, context), audit: 'silent' } as const
    const { allowed } = split(question, [...image.topicsByName.values()], ({ name }) => name)
    return { unknown: [], shown: allowed.map(describe), refused: [] }
  }
  const ids = new Set(topics.map(({ topicId }) => topicId).filter((id) => id !== ZERO_UUID))
  return ids.size > 0
    ? byId(deps, ids, context)
    : byName(deps, new Set(topics.map(({ name }) => name ?? '')), request, context)
}

function byId(deps: MetadataDeps, ids: ReadonlySet<TopicId>, context: RequestContext): Found {
  const image = deps.image()
  const known = [...ids].flatMap((id) => image.topicById(id) ?? [])
  const { allowed, refused } = split(describableTopics(deps.access, context), known, ({ name }) => name)
  const unknown = [...ids].filter((id) => image.topicById(id) === undefined)
  return {
    unknown: unknown.map((id) => missing('UNKNOWN_TOPIC_ID', null, id)),
    shown: allowed.map((topic) => existing(image, topic, context)),
    refused: refused.map(({ id }) => missing('TOPIC_AUTHORIZATION_FAILED', null, id)),
  }
}

function byName(
  deps: MetadataDeps,
  names: ReadonlySet<string>,
  { allowAutoTopicCreation }: MetadataRequestData,
  context: RequestContext,
): Found {
  const image = deps.image()
  const hidden = deniedOf(describableTopics(deps.access, context), names)
  const visible = [...names].filter((name) => !hidden.has(name))
  const unknown = visible.filter((name) => image.topic(name) === undefined)
  const creates = allowAutoTopicCreation && deps.autoCreateEnabled
  const forbidden = creates ? uncreatable(deps.access, context, unknown) : new Set<string>()
  const mayBe = unknown.filter((name) => !forbidden.has(name))
  const errors = absent(deps, mayBe, allowAutoTopicCreation, context)
  return {
    unknown: [],
    shown: visible
      .filter((name) => !forbidden.has(name))
      .map((name) => {
        const topic = image.topic(name)
        if (topic !== undefined) return existing(image, topic, context)
        return missing(errors.get(name) ?? 'UNKNOWN_TOPIC_OR_PARTITION', name, ZERO_UUID)
      }),
    refused: [
      ...[...forbidden].map((name) => missing('TOPIC_AUTHORIZATION_FAILED', name, ZERO_UUID)),
      ...[...hidden].map((name) => ({ ...missing('TOPIC_AUTHORIZATION_FAILED', name, ZERO_UUID), isInternal: false })),
    ],
  }
}

/** What is said about topics that do not exist; some of them may be on their way then. */
function absent(
  { autoCreate, autoCreateEnabled }: MetadataDeps,
  unknown: readonly string[],
  mayCreate: boolean,
  context: RequestContext,
): Map<string, ErrorName> {
  if (mayCreate && autoCreateEnabled) return autoCreate.request(unknown, context)
  return new Map(
    unknown.map((name) => [
      name,
      illegalTopicName(name) === undefined ? 'UNKNOWN_TOPIC_OR_PARTITION' : 'INVALID_TOPIC_EXCEPTION',
    ]),
  )
}

function missing(error: ErrorName, name: string | null, topicId: TopicId): TopicResult {
  const isInternal = name !== null && isInternalTopic(name)
  return { errorCode: ErrorCode[error], name, topicId, isInternal, partitions: [] }
}

function existing(image: Image, topic: TopicImage, context: RequestContext): TopicResult {
  return {
    errorCode: 0,
    name: topic.name,
    topicId: topic.id,
    isInternal: isInternalTopic(topic.name),
    partitions: topic.partitions.map((partition) => partitionOf(image, partition, context)),
  }
}

function partitionOf(
  image: Image,
  partition: PartitionImage,
  { apiVersion, connection: { listenerName } }: RequestContext,
): PartitionResult {
  const view = viewPartition(image, partition, listenerName)
  const filtered = apiVersion <= LAST_WITH_REPLICA_ERRORS
  const replicaNodes = filtered ? reachable(image, partition.replicas, listenerName) : partition.replicas
  const isrNodes = filtered ? reachable(image, partition.isr, listenerName) : partition.isr
  const { replicas, isr } = partition
  const complete = replicaNodes.length === replicas.length && isrNodes.length === isr.length
  return {
    errorCode: ErrorCode[partitionError(view.leaderId, view.leaderRegistered, complete, apiVersion)],
    partitionIndex: partition.partition,
    leaderId: view.leaderId,
    leaderEpoch: partition.leaderEpoch,
    replicaNodes,
    isrNodes,
    offlineReplicas: view.offlineReplicas,
  }
}

function partitionError(leaderId: number, leaderRegistered: boolean, complete: boolean, apiVersion: number): ErrorName {
  if (leaderId >= 0) return complete ? 'NONE' : 'REPLICA_NOT_AVAILABLE'
  return leaderRegistered && apiVersion >= LISTENER_ERROR_SINCE ? 'LISTENER_NOT_FOUND' : 'LEADER_NOT_AVAILABLE'
}
