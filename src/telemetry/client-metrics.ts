import { KafkaError } from '../base/errors.ts'
import { type Uuid, ZERO_UUID } from '../base/ids.ts'
import { inStringOrder, javaUuidHash } from '../group/java-order.ts'
import { crc32c } from '../record/crc32c.ts'
import { COMPRESSIONS } from '../record/header.ts'
import { ClientInstance } from './client-instance.ts'
import { ALL_METRICS, type ClientAttributes, DEFAULT_INTERVAL_MS, type Subscription } from './subscription.ts'

/** Clients that are known at a time: Kafka's bound. */
const MAX_INSTANCES = 16_384
const MIN_EXPIRY_MS = 60_000
const INTERVALS_UNTIL_EXPIRY = 3
const SWEEP_MS = 10_000
/** Ids that stand for something else (Uuid.RESERVED). */
const RESERVED: ReadonlySet<string> = new Set([ZERO_UUID, 'AAAAAAAAAAAAAAAAAAAAAQ'])

export type TelemetryClient = Omit<ClientAttributes, 'client_instance_id'>

export interface PushedMetrics {
  readonly clientInstanceId: Uuid
  readonly subscriptionId: number
  readonly terminating: boolean
  readonly compressionType: number
  readonly metrics: { readonly length: number }
}

/**
 * Which clients push which metrics to this broker, and how often (KIP-714). Decides only: what is pushed goes elsewhere.
 * `nowMs` is the time of a clock that nobody sets.
 */
export class ClientMetrics {
  readonly #maxBytes: number
  readonly #newId: () => Uuid
  #subscriptions: readonly Subscription[] = []
  #version = 0
  /** The one used last is the last. */
  readonly #instances = new Map<Uuid, ClientInstance>()
  readonly #byConnection = new Map<string, Uuid>()
  #sweptMs = Number.NEGATIVE_INFINITY
  throttled = 0
  unknownSubscriptions = 0

  constructor(maxBytes: number, newId: () => Uuid) {
    this.#maxBytes = maxBytes
    this.#newId = newId
  }

  get size(): number {
    return this.#instances.size
  }

  /** Others than before: every client is to learn of it with its next request. */
  subscribe(subscriptions: readonly Subscription[]): void {
    this.#subscriptions = subscriptions
    this.#version++
  }

  /** What is wanted of the client; throws where it asks too often. */
  get(asked: Uuid, client: TelemetryClient, connectionId: string, nowMs: number): ClientInstance {
    const id = asked === ZERO_UUID ? this.#unusedId() : asked
    const instance = this.#instance(id, client, connectionId, nowMs)
    const isAsking = instance.asked(nowMs)
    const maySoon =
      instance.lastError === 'UNKNOWN_SUBSCRIPTION_ID' || instance.lastError === 'UNSUPPORTED_COMPRESSION_TYPE'
    if (!isAsking && !maySoon) throw this.#tooEarly(asked)
    instance.lastError = 'NONE'
    return instance
  }

  /** Whether a push may be taken: throws why not. */
  push(request: PushedMetrics, client: TelemetryClient, connectionId: string, nowMs: number): ClientInstance {
    const { clientInstanceId: id, terminating } = request
    if (RESERVED.has(id)) {
      throw new KafkaError('INVALID_REQUEST', `Invalid request from the client [${id}], invalid client instance id`)
    }
    const instance = this.#instance(id, client, connectionId, nowMs)
    try {
      this.#check(request, instance, nowMs)
      instance.lastError = 'NONE'
      return instance
    } catch (error) {
      if (error instanceof KafkaError) instance.lastError = error.error
      throw error
    } finally {
      instance.isTerminating = terminating
    }
  }

  #check(request: PushedMetrics, instance: ClientInstance, nowMs: number): void {
    const { clientInstanceId: id, terminating, subscriptionId, compressionType, metrics } = request
    if (instance.isTerminating) {
      throw new KafkaError('INVALID_REQUEST', `The client [${id}] has said that it ends: nothing more is taken of it`)
    }
    if (!instance.pushed(nowMs) && !terminating) throw this.#tooEarly(id)
    if (subscriptionId !== instance.subscriptionId) {
      this.unknownSubscriptions++
      throw new KafkaError('UNKNOWN_SUBSCRIPTION_ID')
    }
    if (COMPRESSIONS[compressionType] === undefined) throw new KafkaError('UNSUPPORTED_COMPRESSION_TYPE')
    if (metrics.length > this.#maxBytes) throw new KafkaError('TELEMETRY_TOO_LARGE')
  }

  #tooEarly(id: Uuid): KafkaError {
    this.throttled++
    return new KafkaError('THROTTLING_QUOTA_EXCEEDED', `The client [${id}] asks before its interval is over`)
  }

  /** Clients of a connection that is gone are forgotten. */
  connectionClosed(connectionId: string): void {
    const id = this.#byConnection.get(connectionId)
    if (id === undefined) return
    this.#byConnection.delete(connectionId)
    this.#instances.delete(id)
  }

  #instance(id: Uuid, client: TelemetryClient, connectionId: string, nowMs: number): ClientInstance {
    this.#sweep(nowMs)
    let instance = this.#instances.get(id)
    this.#instances.delete(id)
    if (instance !== undefined && instance.expiresMs <= nowMs) instance = undefined
    if (instance === undefined || instance.version < this.#version) {
      const attributes = instance?.attributes ?? { ...client, client_instance_id: id }
      instance = this.#make(id, attributes)
      this.#byConnection.set(connectionId, id)
    }
    this.#instances.set(id, instance)
    const [oldest] = this.#instances.keys()
    if (this.#instances.size > MAX_INSTANCES && oldest !== undefined) this.#instances.delete(oldest)
    instance.expiresMs = nowMs + Math.max(MIN_EXPIRY_MS, instance.intervalMs * INTERVALS_UNTIL_EXPIRY)
    return instance
  }

  #make(id: Uuid, attributes: ClientAttributes): ClientInstance {
    const matching = this.#subscriptions.filter((subscription) => subscription.matches(attributes))
    const wanted = matching.flatMap(({ metrics }) => metrics)
    const metrics = wanted.includes(ALL_METRICS) ? [ALL_METRICS] : inStringOrder(new Set(wanted))
    const intervalMs = Math.min(DEFAULT_INTERVAL_MS, ...matching.map(({ intervalMs }) => intervalMs))
    const subscriptionId = subscriptionIdOf(metrics, intervalMs, id)
    return new ClientInstance({ id, attributes, subscriptionId, version: this.#version, metrics, intervalMs })
  }

  #unusedId(): Uuid {
    let id = this.#newId()
    while (this.#instances.has(id)) id = this.#newId()
    return id
  }

  /** Those that came no more, and connections of clients that are not known any more. */
  #sweep(nowMs: number): void {
    if (nowMs - this.#sweptMs < SWEEP_MS) return
    this.#sweptMs = nowMs
    for (const [id, { expiresMs }] of this.#instances) if (expiresMs <= nowMs) this.#instances.delete(id)
    for (const [connectionId, id] of this.#byConnection) {
      if (!this.#instances.has(id)) this.#byConnection.delete(connectionId)
    }
  }
}

/** As Kafka makes it: who has the same id everywhere need not ask again at another broker. */
function subscriptionIdOf(metrics: readonly string[], intervalMs: number, id: Uuid): number {
  return crc32c(Buffer.from(`[${metrics.join(', ')}]${intervalMs}`)) ^ javaUuidHash(id)
}
