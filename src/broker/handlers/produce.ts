import { InvariantError } from '../../base/assert.ts'
import { ErrorCode, KafkaError } from '../../base/errors.ts'
import type { Clock, Logger } from '../../io/ports.ts'
import { isInternalTopic } from '../../metadata/topics/names.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  ProduceRequest,
  type ProduceRequestData,
  ProduceResponse,
  type ProduceResponseInput,
} from '../../protocol/messages/produce.ts'
import { checkProduced, hasTransactional } from '../../record/produced.ts'
import { RecordsRejected } from '../../record/rejected.ts'
import { AclOperation, ResourceType } from '../../security/acl.ts'
import type { AppendInfo } from '../../storage/types.ts'
import type { Access } from '../access.ts'
import { askedLast } from '../asked-last.ts'
import type { ClientThrottles } from '../client-throttles.ts'
import { type Answer, CLOSE_CONNECTION, type Handler, handler, NO_REPLY, type RequestContext } from '../handler.ts'
import type { Replica, ReplicaRegistry } from '../replicas.ts'
import { endsAhead, writesUntil } from '../transactions/under-way.ts'
import { LeaderHints } from './leader-hint.ts'
import {
  type ProduceVerificationDeps,
  type Unverified,
  UnverifiedTransaction,
  type Verdict,
  verifyTransaction,
} from './produce-verification.ts'

export interface ProduceDeps extends ProduceVerificationDeps {
  readonly replicas: ReplicaRegistry
  readonly clock: Clock
  readonly logger: Logger
  readonly access: Access
  /** producer_byte_rate; left out: nobody is held back. */
  readonly quota?: Pick<ClientThrottles, 'produced'> | undefined
  /** Told of records that a topic does not take. */
  readonly tooLarge?: (connection: RequestContext['connection'], topic: string, reason: string) => void
}

/** The client id by which Kafka lets its own tools write to internal topics. */
const ADMIN_CLIENT_ID = '__admin_client'

type TopicAnswer = ProduceResponseInput['responses'][number]
type PartitionAnswer = TopicAnswer['partitionResponses'][number]
type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** One partition of the request: its answer, and what it still waits for. */
interface Part {
  readonly topic: string
  /** What is to be appended; undefined where it was refused. */
  records: Buffer | undefined
  readonly answer: Mutable<PartitionAnswer>
  /** Once the log has been asked. */
  replica: Replica | undefined
  waiting: Promise<void> | undefined
}

/** From here on topics have ids instead of names. */
const TOPIC_IDS_SINCE = 13

/** Of a log's refusals, those that Kafka tells no log start offset with. */
const WITHOUT_LOG_START = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'NOT_LEADER_OR_FOLLOWER',
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'CORRUPT_MESSAGE',
  'KAFKA_STORAGE_ERROR',
])

export function produceHandler(deps: ProduceDeps): Handler {
  const turns: Turns = new WeakMap()
  return handler(
    ApiKey.Produce,
    ProduceRequest,
    ProduceResponse,
    (request, context) => new Produce(deps, turns, request, context).run(),
    (request, code) => failAll(request, code, null),
  )
}

/**
 * By connection: when the last of its transactional requests that had to be verified has been appended. The next ones wait for
 * that, because a producer numbers its batches in the order in which it sends them.
 */
type Turns = WeakMap<RequestContext['connection'], Promise<void>>

/** The answer comes when all is stored. */
interface Appended {
  readonly answer: Answer<ProduceResponseInput> | Promise<Answer<ProduceResponseInput>>
}

class Produce {
  readonly #deps: ProduceDeps
  readonly #turns: Turns
  readonly #request: ProduceRequestData
  readonly #context: RequestContext
  readonly #topics: { readonly answer: Mutable<TopicAnswer>; readonly parts: Part[] }[] = []

  constructor(deps: ProduceDeps, turns: Turns, request: ProduceRequestData, context: RequestContext) {
    this.#deps = deps
    this.#turns = turns
    this.#request = request
    this.#context = context
  }

  run(): Answer<ProduceResponseInput> | Promise<Answer<ProduceResponseInput>> {
    const refused = this.#refuseWhole()
    if (refused !== undefined)
      return this.#request.acks === 0 ? this.#close([...refused]) : failAll(this.#request, ...refused)
    for (const asked of withoutRepeats(this.#request.topicData)) {
      const name = this.#topicName(asked.name, asked.topicId)
      const isDenied = name !== undefined && !this.#mayWrite(ResourceType.TOPIC, name, asked.partitionData.length)
      const parts = asked.partitionData.map((part) => this.#part(name, isDenied, part.index, part.records))
      this.#topics.push({ answer: { name: asked.name, topicId: asked.topicId, partitionResponses: [] }, parts })
    }
    if (this.#request.transactionalId === null) return this.#appendAll()
    const answer = this.#verifyAll(this.#request.transactionalId)
    if (answer instanceof Promise) writesUntil(this.#context.connection, answer)
    return answer
  }

  #mayWrite(resourceType: number, name: string, count: number): boolean {
    const { access } = this.#deps
    return !access.isOn || access.may(this.#context, AclOperation.WRITE, resourceType, name, undefined, count)
  }

  /** A transaction's batches are appended where its coordinator knows that the transaction has the partition (KIP-890). */
  #verifyAll(transactionalId: string): Answer<ProduceResponseInput> | Promise<Answer<ProduceResponseInput>> {
    const { connection } = this.#context
    const before = both(this.#turns.get(connection), endsAhead(connection))
    const verdicts =
      before === undefined ? this.#verify(transactionalId) : before.then(() => this.#verify(transactionalId))
    if (!(verdicts instanceof Promise)) return this.#appendVerified(verdicts)
    const appended = verdicts.then((all): Appended => ({ answer: this.#appendVerified(all) }))
    const end = () => {
      if (this.#turns.get(connection) === turn) this.#turns.delete(connection)
    }
    const turn = appended.then(end, end)
    this.#turns.set(connection, turn)
    return appended.then(({ answer }) => answer)
  }

  /** An error: of the whole request. */
  #verify(transactionalId: string): Verdicts | KafkaError | Promise<Verdicts> {
    const parts = this.#topics.flatMap((topic) => topic.parts.flatMap((part) => unverified(part)))
    try {
      return verifyTransaction(this.#deps, transactionalId, this.#context.apiVersion, parts) ?? NO_VERDICTS
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      return error
    }
  }

  #appendVerified(
    verdicts: Verdicts | KafkaError,
  ): Answer<ProduceResponseInput> | Promise<Answer<ProduceResponseInput>> {
    if (!(verdicts instanceof KafkaError)) return this.#appendAll(verdicts)
    const { code, detail } = verdicts
    return this.#request.acks === 0 ? this.#close([code]) : failAll(this.#request, code, detail)
  }

  #appendAll(verdicts: Verdicts = NO_VERDICTS): Answer<ProduceResponseInput> | Promise<Answer<ProduceResponseInput>> {
    const waiting: Promise<void>[] = []
    const byReplica = new Map([...verdicts].map(([{ replica }, verdict]) => [replica, verdict]))
    for (const { parts } of this.#topics) {
      for (const part of parts) {
        this.#append(part, part.replica && byReplica.get(part.replica))
        if (part.waiting !== undefined) waiting.push(part.waiting)
      }
    }
    if (waiting.length === 0) return this.#answer()
    const all: Promise<unknown> = waiting.length === 1 ? (waiting[0] as Promise<void>) : Promise.all(waiting)
    return all.then(() => this.#answer())
  }

  /** What is wrong with the request as a whole: code and message. */
  #refuseWhole(): [number, string | null] | undefined {
    try {
      let transactional = false
      for (const topic of this.#request.topicData) {
        for (const part of topic.partitionData) if (hasTransactional(part.records)) transactional = true
      }
      const { transactionalId } = this.#request
      if (!transactional) return undefined
      if (transactionalId !== null && this.#mayWrite(ResourceType.TRANSACTIONAL_ID, transactionalId, 1))
        return undefined
      return [ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, null]
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      return [error.code, error.detail]
    }
  }

  #topicName(name: string, id: ProduceRequestData['topicData'][number]['topicId']): string | undefined {
    return this.#context.apiVersion < TOPIC_IDS_SINCE ? name : this.#deps.replicas.image.topicById(id)?.name
  }

  #part(topic: string | undefined, isDenied: boolean, index: number, records: Buffer | null): Part {
    const answer: Mutable<PartitionAnswer> = { index, errorCode: 0, baseOffset: -1 }
    const part: Part = { topic: topic ?? '', answer, records: undefined, replica: undefined, waiting: undefined }
    if (topic === undefined) {
      answer.errorCode = ErrorCode.UNKNOWN_TOPIC_ID
      return part
    }
    try {
      if (isDenied) throw new KafkaError('TOPIC_AUTHORIZATION_FAILED')
      if (this.#deps.replicas.image.topic(topic)?.partitions[index] === undefined) {
        throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')
      }
      const bytes = this.#checked(topic, records)
      part.replica = this.#deps.replicas.requireLeader(topic, index)
      part.records = bytes
    } catch (error) {
      this.#fail(part, error)
    }
    return part
  }

  #checked(topic: string, records: Buffer | null): Buffer {
    const { acks } = this.#request
    checkProduced(records, this.#context.apiVersion)
    if (records === null) throw new InvariantError('checked records are missing')
    if (acks < -1 || acks > 1) throw new KafkaError('INVALID_REQUIRED_ACKS')
    if (isInternalTopic(topic) && this.#context.clientId !== ADMIN_CLIENT_ID) {
      throw new KafkaError('INVALID_TOPIC_EXCEPTION')
    }
    return records
  }

  #append(part: Part, verdict: Verdict | undefined): void {
    const { replica, records } = part
    if (replica === undefined || records === undefined) return
    try {
      if (verdict instanceof KafkaError) {
        // The log was not asked: its start is not told.
        part.replica = undefined
        throw verdict
      }
      if (this.#request.acks === -1) replica.requireInSync()
      const appended = replica.append(records, 'client', verdict)
      part.waiting =
        appended instanceof Promise
          ? appended.then((info) => this.#stored(part, replica, info)).catch((error) => this.#fail(part, error))
          : this.#stored(part, replica, appended).catch((error) => this.#fail(part, error))
    } catch (error) {
      this.#fail(part, error)
    }
  }

  #stored(part: Part, replica: Replica, info: AppendInfo): Promise<void> {
    part.answer.baseOffset = info.firstOffset
    part.answer.logAppendTimeMs = info.logAppendTimeMs
    part.answer.logStartOffset = info.logStartOffset
    if (this.#context.trail !== undefined)
      this.#note('appended', part, { offset: info.firstOffset, lastOffset: info.lastOffset })
    // A batch that came before may still be under way: its repetition is answered no sooner.
    const end = info.lastOffset + 1
    if (this.#request.acks !== -1 && !info.duplicate) return info.written
    const stored = info.written.then(() =>
      replica.log.highWatermark >= end ? checkStored(replica) : this.#committed(replica, end, this.#request.timeoutMs),
    )
    if (this.#context.trail === undefined) return stored
    return stored.then(() => {
      const { isr, log } = replica
      this.#note('replicated', part, { offset: info.firstOffset, highWatermark: log.highWatermark, isr })
    })
  }

  #note(message: string, { topic, answer }: Part, fields: object): void {
    this.#context.trail?.note(message, { topic, partition: answer.index, ...fields })
  }

  async #committed(replica: Replica, endOffset: number, timeoutMs: number): Promise<void> {
    const timedOut = Promise.withResolvers<never>()
    const metrics = this.#deps.replicas.metrics.replicas
    const timer = this.#deps.clock.after(Math.max(0, timeoutMs), () => {
      metrics.expiredProduces++
      timedOut.reject(new KafkaError('REQUEST_TIMED_OUT'))
    })
    metrics.waitingProduces++
    try {
      await Promise.race([replica.committed(endOffset), timedOut.promise])
      checkStored(replica)
    } finally {
      metrics.waitingProduces--
      timer.cancel()
    }
  }

  #fail(part: Part, error: unknown): void {
    if (error instanceof InvariantError) throw error
    const { answer } = part
    answer.baseOffset = -1
    answer.logAppendTimeMs = -1
    answer.logStartOffset = -1
    answer.errorCode = ErrorCode.UNKNOWN_SERVER_ERROR
    if (!(error instanceof KafkaError)) {
      this.#deps.logger.error({ err: error, topic: part.topic, partition: answer.index }, 'append failed')
      if (part.replica !== undefined) part.replica.metrics.failedProduceRequests++
      return
    }
    answer.errorCode = error.code
    if (error.error === 'MESSAGE_TOO_LARGE' && part.replica !== undefined) {
      part.replica.metrics.bytesRejected += part.records?.length ?? 0
      this.#deps.tooLarge?.(this.#context.connection, part.topic, error.message)
    }
    if (!WITHOUT_LOG_START.has(error.error)) {
      answer.logStartOffset = part.replica?.log.logStartOffset ?? -1
      if (part.replica !== undefined) part.replica.metrics.failedProduceRequests++
    }
    if (error instanceof UnverifiedTransaction) answer.errorMessage = error.message
    if (!(error instanceof RecordsRejected) || error.recordErrors.length === 0) return
    answer.errorMessage = error.detail
    answer.recordErrors = error.recordErrors.map(({ batchIndex, message }) => ({
      batchIndex,
      batchIndexErrorMessage: message,
    }))
  }

  #answer(): Answer<ProduceResponseInput> {
    this.#context.throttle?.(this.#deps.quota?.produced(this.#context) ?? 0)
    if (this.#request.acks === 0) return this.#unanswered()
    const hints = new LeaderHints(this.#deps.replicas, this.#context.connection.listenerName)
    const responses = this.#topics.map(({ answer, parts }) => {
      answer.partitionResponses = parts.map((part) => this.#told(part, hints))
      return answer
    })
    return { responses, throttleTimeMs: 0, nodeEndpoints: hints.nodes }
  }

  #told(part: Part, hints: LeaderHints): PartitionAnswer {
    if (part.answer.errorCode === ErrorCode.NOT_LEADER_OR_FOLLOWER && this.#context.apiVersion >= 10) {
      part.answer.currentLeader = hints.of(part.topic, part.answer.index)
    }
    return part.answer
  }

  /** With acks=0 a closed connection is the only sign that something failed. */
  #unanswered(): Answer<ProduceResponseInput> {
    const failed = this.#topics.flatMap(({ parts }) => parts).find((part) => part.answer.errorCode !== 0)
    return failed === undefined ? NO_REPLY : this.#close([failed.answer.errorCode, failed.topic])
  }

  #close([code, what]: (number | string | null)[]): typeof CLOSE_CONNECTION {
    const { connection, clientId, correlationId } = this.#context
    const fields = { connection: connection.id, clientId, correlationId, code, what }
    this.#deps.logger.info(fields, 'closing the connection: a produce request with acks=0 failed')
    return CLOSE_CONNECTION
  }
}

function both(one: Promise<unknown> | undefined, other: Promise<unknown> | undefined): Promise<unknown> | undefined {
  return one && other ? Promise.all([one, other]) : (one ?? other)
}

function withoutRepeats(topics: ProduceRequestData['topicData']): readonly ProduceRequestData['topicData'][number][] {
  const keyOf = ({ name, topicId }: (typeof topics)[number]) => `${topicId} ${name}`
  return askedLast(
    topics,
    keyOf,
    (topic) => topic.partitionData,
    (part) => part.index,
    (topic, partitionData) => ({ ...topic, partitionData }),
  )
}

/** Committed, but by fewer than min.insync.replicas: the ISR shrank meanwhile. */
function checkStored(replica: Replica): void {
  if (replica.isShortOfReplicas) throw new KafkaError('NOT_ENOUGH_REPLICAS_AFTER_APPEND')
}

type Verdicts = ReadonlyMap<Unverified, Verdict>
const NO_VERDICTS: Verdicts = new Map()

function unverified({ replica, records }: Part): Unverified[] {
  return replica === undefined || records === undefined ? [] : [{ replica, records }]
}

function failAll(request: ProduceRequestData, code: number, message: string | null): ProduceResponseInput {
  const answerOf = ({ index }: { index: number }) => ({ index, errorCode: code, baseOffset: -1, errorMessage: message })
  return {
    throttleTimeMs: 0,
    responses: withoutRepeats(request.topicData).map(({ name, topicId, partitionData }) => ({
      name,
      topicId,
      partitionResponses: partitionData.map(answerOf),
    })),
  }
}
