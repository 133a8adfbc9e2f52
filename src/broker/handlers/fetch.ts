import { ErrorCode } from '../../base/errors.ts'
import { type Uuid, ZERO_UUID } from '../../base/ids.ts'
import type { Clock, Logger } from '../../io/ports.ts'
import type { FetchPartition, FetchSession } from '../../partition/fetch-session.ts'
import type { FetchContext, FetchSessionCache } from '../../partition/fetch-session-cache.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  FetchRequest,
  type FetchRequestData,
  FetchResponse,
  type FetchResponseInput,
} from '../../protocol/messages/fetch.ts'
import { AclOperation, ResourceType } from '../../security/acl.ts'
import type { Access } from '../access.ts'
import type { ClientThrottles } from '../client-throttles.ts'
import { type Answer, type Handler, handler, NO_REPLY, type RequestContext } from '../handler.ts'
import { DelayedFetch } from '../purgatory.ts'
import type { ReadReplicaSelector } from '../read-replicas.ts'
import type { ClusterView, Replica, ReplicaRegistry } from '../replicas.ts'
import { RestingPartitions } from '../resting.ts'
import { EVERY_TOPIC, FetchRead, type LeaderThrottle, type PartitionRead } from './fetch-read.ts'
import { LeaderHints } from './leader-hint.ts'

export interface FetchDeps {
  readonly replicas: ReplicaRegistry
  readonly sessions: FetchSessionCache
  readonly clock: Clock
  readonly logger: Logger
  readonly access: Access
  /** fetch.max.bytes */
  readonly maxBytes: () => number
  readonly selectReplica?: ReadReplicaSelector | undefined
  readonly throttle?: LeaderThrottle | undefined
  /** consumer_byte_rate; left out: nobody is held back. */
  readonly quota?: Pick<ClientThrottles, 'fetched' | 'mostFetched'> | undefined
}

type TopicAnswer = FetchResponseInput['responses'][number]
type PartitionAnswer = TopicAnswer['partitions'][number]

/** The first version whose clients know topics by id alone. */
const TOPIC_IDS = 13

export function fetchHandler(deps: FetchDeps): Handler {
  const restingOf = new WeakMap<FetchSession, RestingPartitions>()
  return handler(ApiKey.Fetch, FetchRequest, FetchResponse, (request, context) => {
    if (request.isolationLevel !== 0 && request.isolationLevel !== 1) return allFailed(request, context)
    const { image } = deps.replicas
    const now = deps.clock.monotonic()
    const session = deps.sessions.begin(
      {
        sessionId: request.sessionId,
        sessionEpoch: request.sessionEpoch,
        usesTopicIds: context.apiVersion >= TOPIC_IDS,
        isFollower: replicaIdOf(request, context) >= 0,
        partitions: partitionsOf(request, context.apiVersion, image),
        forgotten: forgottenOf(request, context.apiVersion, image),
      },
      deps.clock.monotonic(),
    )
    if (session.error !== undefined) {
      return { throttleTimeMs: 0, errorCode: ErrorCode[session.error], sessionId: 0, responses: [] }
    }
    for (const asked of session.partitions) {
      if (asked.topic === undefined) asked.topic = image.topicById(asked.topicId)?.name
    }
    return new Fetch(deps, request, context, session, restingIn(restingOf, request, context, session, now)).run()
  })
}

/** Those of a follower's session; consumers look at all of theirs. */
function restingIn(
  known: WeakMap<FetchSession, RestingPartitions>,
  request: FetchRequestData,
  context: RequestContext,
  { session }: FetchContext,
  nowMs: number,
): RestingPartitions | undefined {
  const follower = replicaIdOf(request, context)
  if (session === undefined || follower < 0) return undefined
  const brokerEpoch = replicaEpochOf(request, context)
  let resting = known.get(session)
  if (!resting?.isOf(follower, brokerEpoch)) {
    session.wakeAll()
    resting = new RestingPartitions(session, follower, brokerEpoch)
    known.set(session, resting)
  }
  resting.lookAfter(nowMs)
  return resting
}

/** An isolation level that there is not: Kafka trips over it. */
function allFailed(request: FetchRequestData, { apiVersion }: RequestContext): FetchResponseInput {
  const errorCode = ErrorCode.UNKNOWN_SERVER_ERROR
  const named = apiVersion < TOPIC_IDS ? request.topics : []
  const responses = named.map(({ topic, topicId, partitions }) => ({
    topic,
    topicId,
    partitions: partitions.map(({ partition }) => ({
      partitionIndex: partition,
      errorCode,
      highWatermark: -1,
      abortedTransactions: [],
      records: [],
    })),
  }))
  return { throttleTimeMs: 0, errorCode, sessionId: request.sessionId, responses }
}

class Fetch {
  readonly #deps: FetchDeps
  readonly #request: FetchRequestData
  readonly #context: RequestContext
  readonly #session: FetchContext
  readonly #resting: RestingPartitions | undefined
  readonly #quota: FetchDeps['quota']
  readonly #maxBytes: number
  readonly #minBytes: number
  /** Topics that may not be read. */
  readonly #denied: ReadonlySet<string> | typeof EVERY_TOPIC | undefined

  constructor(
    deps: FetchDeps,
    request: FetchRequestData,
    context: RequestContext,
    session: FetchContext,
    resting: RestingPartitions | undefined,
  ) {
    this.#resting = resting
    this.#deps = deps
    this.#request = request
    this.#context = context
    this.#session = session
    const isFollower = replicaIdOf(request, context) >= 0
    if (isFollower) context.exempt?.()
    else this.#quota = deps.quota
    this.#maxBytes = Math.min(request.maxBytes, deps.maxBytes(), this.#quota?.mostFetched(context) ?? request.maxBytes)
    this.#minBytes = Math.min(request.minBytes, this.#maxBytes)
    this.#denied = deps.access.isOn ? this.#askFor(isFollower) : undefined
  }

  /** Brokers may read everything or nothing. */
  #askFor(isFollower: boolean): ReadonlySet<string> | typeof EVERY_TOPIC | undefined {
    const { access } = this.#deps
    if (isFollower) return access.mayCluster(this.#context, AclOperation.CLUSTER_ACTION) ? undefined : EVERY_TOPIC
    let denied: Set<string> | undefined
    let last: string | undefined
    // Partitions of one topic mostly stand together, and mostly all of them may be read.
    for (const { topic } of this.#session.partitions) {
      if (topic === undefined || topic === last || denied?.has(topic)) continue
      last = topic
      if (access.may(this.#context, AclOperation.READ, ResourceType.TOPIC, topic)) continue
      denied ??= new Set()
      denied.add(topic)
    }
    return denied
  }

  /** At once where everything that is read is in memory. */
  run(): FetchResponseInput | Promise<Answer<FetchResponseInput>> {
    const read = this.#newRead(true)
    const pending = read.run()
    return pending === undefined ? this.#afterRead(read) : pending.then(() => this.#afterRead(read))
  }

  #newRead(first: boolean): FetchRead {
    const { replicas, logger } = this.#deps
    return new FetchRead({
      replicas,
      logger,
      partitions: this.#session.partitions,
      version: this.#context.apiVersion,
      replicaId: replicaIdOf(this.#request, this.#context),
      replicaEpoch: replicaEpochOf(this.#request, this.#context),
      committedOnly: this.#request.isolationLevel === 1,
      maxBytes: this.#maxBytes,
      tracksFollower: first,
      preferredReplica: this.#preference(),
      throttle: this.#deps.throttle,
      denied: this.#denied,
      late: this.#context.onSent !== undefined && this.#context.sendsLate === true,
    })
  }

  /** Consumers that tell their rack may be sent to a replica nearby. */
  #preference() {
    const { selectReplica } = this.#deps
    const rack = this.#request.rackId
    if (selectReplica === undefined || rack === '' || replicaIdOf(this.#request, this.#context) >= 0) return undefined
    const consumer = { rack, listenerName: this.#context.connection.listenerName }
    return (replica: Replica, offset: number) => selectReplica(replica, offset, consumer)
  }

  #afterRead(read: FetchRead): FetchResponseInput | Promise<Answer<FetchResponseInput>> {
    const wait = this.#request.maxWaitMs
    const isWatched = read.replicas.length > 0 || this.#resting?.isEmpty === false
    const enough = read.bytes >= this.#minBytes || read.mustAnswer || (!isWatched && !read.isHeldBack)
    if (wait <= 0 || enough) return this.#answer(read)
    read.release()
    const metrics = this.#deps.replicas.metrics.replicas
    return new Promise((resolve, reject) => {
      const delayed = new DelayedFetch({
        clock: this.#deps.clock,
        watched: this.#resting ? [...read.replicas, this.#resting] : read.replicas,
        missing: this.#minBytes - read.bytes,
        maxWaitMs: wait,
        committedOnly: this.#request.isolationLevel === 1 && replicaIdOf(this.#request, this.#context) < 0,
        seesUncommitted: replicaIdOf(this.#request, this.#context) >= 0,
        expired: () => this.#expired(),
        complete: () => {
          metrics.waitingFetches--
          this.#readAgain(resolve, reject)
        },
      })
      metrics.waitingFetches++
      this.#context.onAbandoned?.(() => {
        if (!delayed.cancel()) return
        metrics.waitingFetches--
        resolve(NO_REPLY)
      })
    })
  }

  #readAgain(resolve: (answer: FetchResponseInput) => void, reject: (error: unknown) => void): void {
    try {
      const read = this.#newRead(false)
      const pending = read.run()
      if (pending === undefined) resolve(this.#answer(read))
      else pending.then(() => resolve(this.#answer(read))).catch(reject)
    } catch (error) {
      reject(error)
    }
  }

  #answer(read: FetchRead): FetchResponseInput {
    const throttleMs = this.#quota?.fetched(this.#context, read.answerBytes) ?? 0
    if (throttleMs > 0) return this.#heldBack(read, throttleMs)
    const finished = this.#session.finish(read.outcomes(), this.#deps.clock.monotonic())
    if (finished.error === undefined) this.#letRest(read)
    const hints = new LeaderHints(this.#deps.replicas, this.#context.connection.listenerName)
    const responses: { topic: string; topicId: Uuid; partitions: PartitionAnswer[] }[] = []
    for (const { asked, outcome } of finished.told) {
      this.#count(outcome)
      let last = responses[responses.length - 1]
      if (last === undefined || last.topicId !== asked.topicId || last.topic !== (asked.topic ?? '')) {
        last = { topic: asked.topic ?? '', topicId: asked.topicId, partitions: [] }
        responses.push(last)
      }
      last.partitions.push(this.#told(asked, outcome, hints))
    }
    if (this.#context.onSent === undefined) read.forget()
    else this.#context.onSent(() => read.release())
    const errorCode = finished.error === undefined ? 0 : ErrorCode[finished.error]
    return {
      throttleTimeMs: 0,
      errorCode,
      sessionId: finished.sessionId,
      responses,
      nodeEndpoints: replicaIdOf(this.#request, this.#context) >= 0 ? [] : hints.nodes,
    }
  }

  #count({ metrics, recordsSize }: PartitionRead): void {
    if (metrics === undefined || recordsSize <= 0) return
    if (this.#isFollower) this.#deps.replicas.metrics.topics.replicationBytesOut += recordsSize
    else metrics.bytesOut += recordsSize
  }

  get #isFollower(): boolean {
    return replicaIdOf(this.#request, this.#context) >= 0
  }

  #expired(): void {
    const { replicas } = this.#deps.replicas.metrics
    if (this.#isFollower) replicas.expiredFollowerFetches++
    else replicas.expiredConsumerFetches++
  }

  /** Nothing this time: the session stays as it was. */
  #heldBack(read: FetchRead, throttleTimeMs: number): FetchResponseInput {
    read.release()
    const isIncremental = this.#request.sessionEpoch > 0
    return { throttleTimeMs, errorCode: 0, sessionId: isIncremental ? this.#request.sessionId : 0, responses: [] }
  }

  #letRest(read: FetchRead): void {
    const { session } = this.#session
    if (this.#resting === undefined || session === undefined) return
    for (const { asked, outcome } of read.outcomes()) {
      if (outcome.recordsSize > 0 || outcome.errorCode !== 0 || outcome.mustTell || !session.isActive(asked)) continue
      const replica = this.#deps.replicas.find(asked.topic ?? '', asked.partition)
      if (replica !== undefined) this.#resting.offer(asked, replica)
    }
  }

  #told(asked: FetchPartition, read: PartitionRead, hints: LeaderHints): PartitionAnswer {
    const version = this.#context.apiVersion
    const { errorCode } = read
    const moved = errorCode === ErrorCode.NOT_LEADER_OR_FOLLOWER || errorCode === ErrorCode.FENCED_LEADER_EPOCH
    return {
      partitionIndex: asked.partition,
      // Clients of v5 and before don't know the storage error: they look for another leader.
      errorCode:
        errorCode === ErrorCode.KAFKA_STORAGE_ERROR && version <= 5 ? ErrorCode.NOT_LEADER_OR_FOLLOWER : errorCode,
      highWatermark: read.highWatermark,
      lastStableOffset: read.lastStableOffset,
      logStartOffset: read.logStartOffset,
      divergingEpoch: read.divergingEpoch,
      currentLeader:
        moved && version >= 16 && asked.topic !== undefined ? hints.of(asked.topic, asked.partition) : undefined,
      abortedTransactions: read.abortedTransactions,
      preferredReadReplica: read.preferredReplica,
      records: read.chunks,
    }
  }
}

function replicaEpochOf(request: FetchRequestData, context: RequestContext): number {
  return context.apiVersion >= 15 ? request.replicaState.replicaEpoch : -1
}

function replicaIdOf(request: FetchRequestData, context: RequestContext): number {
  return context.apiVersion >= 15 ? request.replicaState.replicaId : request.replicaId
}

function partitionsOf(request: FetchRequestData, version: number, image: ClusterView): FetchPartition[] {
  const partitions: FetchPartition[] = []
  for (const asked of request.topics) {
    const { topic, topicId } = identify(asked, version, image)
    for (const part of asked.partitions) {
      partitions.push({
        topic,
        topicId,
        partition: part.partition,
        fetchOffset: part.fetchOffset,
        maxBytes: part.partitionMaxBytes,
        currentLeaderEpoch: part.currentLeaderEpoch,
        lastFetchedEpoch: part.lastFetchedEpoch,
        logStartOffset: part.logStartOffset,
      })
    }
  }
  return partitions
}

function forgottenOf(request: FetchRequestData, version: number, image: ClusterView) {
  return request.forgottenTopicsData.flatMap((forgotten) => {
    const { topic, topicId } = identify(forgotten, version, image)
    return forgotten.partitions.map((partition) => ({ topic, topicId, partition }))
  })
}

function identify(asked: { readonly topic: string; readonly topicId: Uuid }, version: number, image: ClusterView) {
  if (version < TOPIC_IDS) return { topic: asked.topic, topicId: ZERO_UUID }
  return { topic: image.topicById(asked.topicId)?.name, topicId: asked.topicId }
}
