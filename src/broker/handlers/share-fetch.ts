import { ErrorCode, type ErrorName, KafkaError } from '../../base/errors.ts'
import type { Uuid } from '../../base/ids.ts'
import type { Clock, Logger } from '../../io/ports.ts'
import type { TopicImage } from '../../metadata/image.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  ShareFetchRequest,
  type ShareFetchRequestData,
  ShareFetchResponse,
  type ShareFetchResponseInput,
} from '../../protocol/messages/share-fetch.ts'
import { FINAL_EPOCH, INITIAL_EPOCH, type SessionPartition, type ShareSession } from '../../share/sessions.ts'
import type { Access } from '../access.ts'
import { deniedOf, mayReadGroup, readableTopics } from '../authorization.ts'
import { type Answer, type Handler, handler, NO_REPLY, type RequestContext } from '../handler.ts'
import type { ReplicaRegistry } from '../replicas.ts'
import { type AcknowledgedPartition, acknowledgeAll, checkMember } from '../share/acknowledgements.ts'
import { DelayedShareFetch, type FetchedPartition, type FetchTarget, failedPartition } from '../share/delayed-fetch.ts'
import type { SharePartitions } from '../share/share-partitions.ts'
import { LeaderHints } from './leader-hint.ts'

const RENEW_SINCE = 2
/** Exactly so many records as asked for, at most (KIP-1206). */
const RECORD_LIMIT = 1

export interface ShareFetchDeps {
  readonly partitions: SharePartitions
  readonly replicas: ReplicaRegistry
  readonly clock: Clock
  readonly logger: Logger
  /** fetch.max.bytes */
  readonly maxBytes: () => number
  /** share.version, and the protocols that the coordinator speaks. */
  readonly isEnabled: () => boolean
  readonly access: Access
}

type PartitionAnswer = ShareFetchResponseInput['responses'][number]['partitions'][number]

export function shareFetchHandler(deps: ShareFetchDeps): Handler {
  return handler(
    ApiKey.ShareFetch,
    ShareFetchRequest,
    ShareFetchResponse,
    async (request, context): Promise<Answer<ShareFetchResponseInput>> => {
      try {
        return await new ShareFetch(deps, request, context).run()
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error
        return failed(error)
      }
    },
    (_, errorCode) => ({ ...failed(new KafkaError('UNKNOWN_SERVER_ERROR')), errorCode }),
  )
}

function failed({ code, detail }: KafkaError): ShareFetchResponseInput {
  const nothing = { acquisitionLockTimeoutMs: 0, responses: [], nodeEndpoints: [] }
  return { throttleTimeMs: 0, errorCode: code, errorMessage: detail, ...nothing }
}

class ShareFetch {
  readonly #deps: ShareFetchDeps
  readonly #request: ShareFetchRequestData
  readonly #context: RequestContext
  readonly #groupId: string
  readonly #memberId: string
  readonly #isRenewal: boolean
  /** Topics that the member may not read. */
  #denied: ReadonlySet<string> = NONE

  /** @throws KafkaError UNSUPPORTED_VERSION, INVALID_REQUEST */
  constructor(deps: ShareFetchDeps, request: ShareFetchRequestData, context: RequestContext) {
    if (!deps.isEnabled()) throw new KafkaError('UNSUPPORTED_VERSION')
    if (!mayReadGroup(deps.access, context, request.groupId ?? '')) throw new KafkaError('GROUP_AUTHORIZATION_FAILED')
    const { groupId, memberId } = checkMember(request.groupId, request.memberId)
    this.#deps = deps
    this.#request = request
    this.#context = context
    this.#groupId = groupId
    this.#memberId = memberId
    this.#isRenewal = context.apiVersion >= RENEW_SINCE && request.isRenewAck
    if (this.#isRenewal) checkRenewal(request)
  }

  async run(): Promise<Answer<ShareFetchResponseInput>> {
    const { partitions } = this.#deps
    const { shareSessionEpoch: epoch, topics, shareAcquireMode } = this.#request
    const acknowledges = topics.some((topic) => topic.partitions.some((p) => p.acknowledgementBatches.length > 0))
    const session = await this.#session(acknowledges)
    // Kafka does not foresee others.
    if (shareAcquireMode < 0 || shareAcquireMode > RECORD_LIMIT) throw new KafkaError('UNKNOWN_SERVER_ERROR')
    const expectedEpoch = session?.epoch
    this.#denied = this.#deniedIn(session)
    const acknowledged = acknowledges ? this.#acknowledge() : Promise.resolve([])
    const fetched = session === undefined || this.#isRenewal ? [] : await this.#fetch(session)
    if (fetched === NO_REPLY) return NO_REPLY
    const answers = await acknowledged
    if (epoch === FINAL_EPOCH) await partitions.endSession(this.#groupId, this.#memberId)
    if (session && session.epoch !== expectedEpoch) throw new KafkaError('INVALID_SHARE_SESSION_EPOCH')
    const isFirst = epoch === INITIAL_EPOCH
    const told = fetched.filter(({ target, errorCode, records }) => {
      const tells = session?.tells(target, records.length > 0, errorCode !== ErrorCode.NONE)
      return isFirst || tells === true
    })
    return this.#answer(told, answers)
  }

  #deniedIn(session: ShareSession | undefined): ReadonlySet<string> {
    const { access, replicas } = this.#deps
    if (!access.isOn) return NONE
    const ids = [...this.#request.topics, ...(session?.partitions ?? [])].map(({ topicId }) => topicId)
    const names = ids.flatMap((id) => replicas.image.topicById(id)?.name ?? [])
    return deniedOf(readableTopics(access, this.#context), names)
  }

  /** undefined: this request ends it. */
  async #session(acknowledges: boolean): Promise<ShareSession | undefined> {
    const { sessions } = this.#deps.partitions
    const { shareSessionEpoch: epoch, topics, forgottenTopicsData, maxWaitMs } = this.#request
    const asked = topics.flatMap(({ topicId, partitions }) =>
      partitions.map(({ partitionIndex }) => ({ topicId, partition: partitionIndex })),
    )
    if (epoch === INITIAL_EPOCH) {
      if (acknowledges) throw new KafkaError('INVALID_REQUEST')
      const { id } = this.#context.connection
      try {
        return sessions.begin(this.#groupId, this.#memberId, id, asked)
      } catch (error) {
        // A client that finds no room asks again at once: it is to wait as long as for records.
        await new Promise<void>((resolve) => this.#deps.clock.after(Math.max(0, maxWaitMs), resolve))
        throw error
      }
    }
    const session = sessions.require(this.#groupId, this.#memberId, epoch)
    if (epoch === FINAL_EPOCH) return undefined
    const forgotten = forgottenTopicsData.flatMap(({ topicId, partitions }) =>
      partitions.map((partition) => ({ topicId, partition })),
    )
    session.update(asked, forgotten)
    return session
  }

  #acknowledge(): Promise<AcknowledgedPartition[]> {
    const { partitions, replicas } = this.#deps
    return acknowledgeAll(
      { partitions, image: () => replicas.image },
      {
        groupId: this.#groupId,
        memberId: this.#memberId,
        topics: this.#request.topics,
        denied: this.#denied,
        knowsRenew: this.#context.apiVersion >= RENEW_SINCE,
        isRenewAck: this.#isRenewal,
      },
    )
  }

  async #fetch(session: ShareSession): Promise<FetchedPartition[] | typeof NO_REPLY> {
    const { partitions, clock, logger } = this.#deps
    const { known, unknown } = this.#targets(session.partitions)
    const maxBytes = Math.min(this.#request.maxBytes, this.#deps.maxBytes())
    const params = {
      groupId: this.#groupId,
      memberId: this.#memberId,
      targets: rotated(known, this.#request.shareSessionEpoch),
      maxWaitMs: this.#request.maxWaitMs,
      minBytes: Math.min(this.#request.minBytes, maxBytes),
      maxBytes,
      maxRecords: this.#request.maxRecords,
      batchSize: this.#request.batchSize,
      isStrict: this.#context.apiVersion >= RENEW_SINCE && this.#request.shareAcquireMode === RECORD_LIMIT,
    }
    const fetch = new DelayedShareFetch(partitions, params, clock, logger)
    const running = fetch.run()
    const abandoned = new Promise<typeof NO_REPLY>((resolve) => {
      this.#context.onAbandoned?.(() => {
        if (fetch.cancel()) resolve(NO_REPLY)
      })
    })
    const fetched = await Promise.race([running, abandoned])
    if (fetched === NO_REPLY) return NO_REPLY
    this.#context.onSent?.(() => fetch.release())
    return [...fetched, ...unknown]
  }

  #targets(asked: readonly SessionPartition[]): { known: FetchTarget[]; unknown: FetchedPartition[] } {
    const { image } = this.#deps.replicas
    const known: FetchTarget[] = []
    const unknown: FetchedPartition[] = []
    for (const { topicId, partition } of asked) {
      const topic = image.topicById(topicId)
      const target = { topicId, topic: topic?.name ?? '', partition }
      const error = this.#refusalOf(topic, partition)
      if (error === undefined) known.push(target)
      else unknown.push(failedPartition(target, new KafkaError(error)))
    }
    return { known, unknown }
  }

  #refusalOf(topic: TopicImage | undefined, partition: number): ErrorName | undefined {
    if (topic === undefined) return 'UNKNOWN_TOPIC_ID'
    if (this.#denied.has(topic.name)) return 'TOPIC_AUTHORIZATION_FAILED'
    return topic.partitions[partition] === undefined ? 'UNKNOWN_TOPIC_OR_PARTITION' : undefined
  }

  #answer(fetched: readonly FetchedPartition[], acknowledged: readonly AcknowledgedPartition[]) {
    const { partitions, replicas } = this.#deps
    const hints = new LeaderHints(replicas, this.#context.connection.listenerName)
    const byTopic = new Map<Uuid, PartitionAnswer[]>()
    const add = (topicId: Uuid, answer: PartitionAnswer): void => {
      byTopic.set(topicId, [...(byTopic.get(topicId) ?? []), answer])
    }
    const left = new Map(acknowledged.map((answer) => [`${answer.topicId}:${answer.partition}`, answer]))
    for (const one of fetched) {
      const key = `${one.target.topicId}:${one.target.partition}`
      add(one.target.topicId, this.#told(one, left.get(key), hints))
      left.delete(key)
    }
    for (const { topicId, partition, errorCode, errorMessage } of left.values()) {
      add(topicId, { ...NOTHING, partitionIndex: partition, ...acknowledgement({ errorCode, errorMessage }) })
    }
    return {
      throttleTimeMs: 0,
      errorCode: ErrorCode.NONE,
      acquisitionLockTimeoutMs: partitions.configOf(this.#groupId).lockDurationMs,
      responses: [...byTopic].map(([topicId, answers]) => ({ topicId, partitions: answers })),
      nodeEndpoints: hints.nodes,
    }
  }

  #told(one: FetchedPartition, acknowledged: AcknowledgedPartition | undefined, hints: LeaderHints): PartitionAnswer {
    const { target, errorCode, errorMessage, records, acquired } = one
    const moved = errorCode === ErrorCode.NOT_LEADER_OR_FOLLOWER || errorCode === ErrorCode.FENCED_LEADER_EPOCH
    const leader = moved ? hints.of(target.topic, target.partition) : undefined
    return {
      partitionIndex: target.partition,
      errorCode,
      errorMessage,
      ...acknowledgement(acknowledged),
      currentLeader: leader ?? NO_LEADER,
      records: [...records],
      acquiredRecords: [...acquired],
    }
  }
}

const NONE: ReadonlySet<string> = new Set()
const NO_LEADER = { leaderId: 0, leaderEpoch: 0 }
const NOTHING = { errorCode: 0, errorMessage: null, currentLeader: NO_LEADER, records: [], acquiredRecords: [] }

function acknowledgement(answer: Pick<AcknowledgedPartition, 'errorCode' | 'errorMessage'> | undefined) {
  return { acknowledgeErrorCode: answer?.errorCode ?? 0, acknowledgeErrorMessage: answer?.errorMessage ?? null }
}

/** @throws KafkaError INVALID_REQUEST */
function checkRenewal({ maxBytes, minBytes, maxRecords, maxWaitMs }: ShareFetchRequestData): void {
  if ([maxBytes, minBytes, maxRecords, maxWaitMs].some((value) => value !== 0)) throw new KafkaError('INVALID_REQUEST')
}

/** Each request begins at another partition. */
function rotated(targets: readonly FetchTarget[], epoch: number): readonly FetchTarget[] {
  if (targets.length <= 1 || epoch < 1) return targets
  const at = epoch % targets.length
  return [...targets.slice(at), ...targets.slice(0, at)]
}
