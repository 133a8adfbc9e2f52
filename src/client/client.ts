import { ErrorCode, KafkaError } from '../base/errors.ts'
import { ApiKey, type CallKey } from '../protocol/apis.ts'
import { type PeerClient, PeerError } from '../runtime/peer-types.ts'
import { ClientError, kafkaError } from './client-error.ts'
import { Connections } from './connections.ts'
import { linkOf } from './link.ts'
import { METADATA_VERSIONS, type MetadataAnswer, MetadataCache, metadataOf } from './metadata.ts'
import { CONTROLLER_MOVED, COORDINATOR_MOVED, isRefused, isRepeatable, LEADER_MOVED, NOTHING_MOVED } from './retries.ts'
import type {
  Answer,
  BrokerView,
  ClientCall,
  ClientOptions,
  ClusterView,
  CoordinatorType,
  HostAndPort,
  TopicView,
} from './types.ts'

export const DEFAULT_REQUEST_TIMEOUT_MS = 30_000
const DEFAULT_CONNECT_TIMEOUT_MS = 10_000
const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 500
/** How long an address at which nobody has ever answered is tried: most likely this machine can't reach it at all. */
const UNREACHED_PATIENCE_MS = 4_000
const KEY_TYPES: Readonly<Record<CoordinatorType, number>> = { group: 0, transaction: 1, share: 2 }
/** The first that takes several keys. */
const FIND_COORDINATOR_VERSION = 4

/** Whom a call goes to, found anew for each attempt. */
interface Route {
  readonly address: () => HostAndPort | Promise<HostAndPort>
  readonly movedBy: ReadonlySet<number>
  /** What was known of the way there is wrong. */
  readonly forget: () => void
  /** For sentences. */
  readonly whom: (address: HostAndPort) => string
}

interface Attempt {
  readonly timeoutMs: number
  readonly isLast: boolean
  /** There is patience left for an address at which nobody has answered yet. */
  readonly isNew: boolean
}

const ADVERTISED_HINT =
  ' (the broker names this address to its clients: set advertised.listeners to one that they can reach)'

/** A connection to a cluster, Odradek's or Apache Kafka's: calls go to whom they belong to, again where that moved. */
export class KafkaClient {
  readonly #options: ClientOptions
  readonly #connections: Connections
  readonly #metadata = new MetadataCache()
  readonly #coordinators = new Map<string, number>()
  /** Addresses at which somebody has answered. */
  readonly #reached = new Set<string>()
  /** Where any() begins. */
  #next = 0
  #isClosed = false

  private constructor(options: ClientOptions) {
    this.#options = options
    this.#connections = new Connections({
      clientId: options.clientId,
      link: options.link ?? linkOf(options.security),
      connectTimeoutMs: options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS,
    })
  }

  /** @throws ClientError where nobody answers, KafkaError where the login is refused */
  static async connect(options: ClientOptions): Promise<KafkaClient> {
    const client = new KafkaClient(options)
    try {
      await client.#firstContact()
      return client
    } catch (error) {
      await client.close()
      throw error
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#connections.close()
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  get requestTimeoutMs(): number {
    return this.#options.requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS
  }

  /** As it is now. */
  async cluster(): Promise<ClusterView> {
    return (await this.metadata([])).cluster
  }

  /** What the cluster says now of these topics, or of all (null). */
  async metadata(
    topics: readonly string[] | null,
    options: { readonly createsTopics?: boolean; readonly timeoutMs?: number } = {},
  ): Promise<MetadataAnswer> {
    const { createsTopics = false, timeoutMs } = options
    const answer = metadataOf(
      await this.any({
        api: ApiKey.Metadata,
        body: { topics: topics?.map((name) => ({ name })) ?? null, allowAutoTopicCreation: createsTopics },
        ...METADATA_VERSIONS,
        ...(timeoutMs !== undefined && { timeoutMs }),
      }),
    )
    this.#metadata.learn(answer)
    return answer
  }

  /** One topic, as it is now. @throws KafkaError where there is none, or this user may not see it */
  async topic(name: string): Promise<TopicView> {
    const found = (await this.metadata([name])).topics.get(name)
    if (found === undefined || found instanceof Error) {
      throw found ?? kafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, null, name)
    }
    return found
  }

  /** One topic, as it was when it was last asked for. */
  async knownTopic(name: string): Promise<TopicView> {
    return this.#metadata.topic(name) ?? this.topic(name)
  }

  /** What is known of a topic is wrong. */
  forgetTopic(name: string): void {
    this.#metadata.forget(name)
  }

  any<K extends CallKey>(call: ClientCall<K>): Promise<Answer<K>> {
    return this.#routed(call, {
      address: () => this.#anyAddress(),
      movedBy: NOTHING_MOVED,
      forget: () => this.#next++,
      whom: ({ host, port }) => `${host}:${port}`,
    })
  }

  broker<K extends CallKey>(id: number, call: ClientCall<K>): Promise<Answer<K>> {
    return this.#routed(call, {
      address: () => this.#addressOf(id),
      movedBy: NOTHING_MOVED,
      forget: () => this.#forgetBrokers(),
      whom: ({ host, port }) => `broker ${id} at ${host}:${port}`,
    })
  }

  /** Brokers pass on what is for the controller. */
  controller<K extends CallKey>(call: ClientCall<K>): Promise<Answer<K>> {
    return this.#routed(call, {
      address: () => {
        const broker = this.#metadata.broker(this.#metadata.cluster?.controllerId ?? -1)
        return broker ?? this.#anyAddress()
      },
      movedBy: CONTROLLER_MOVED,
      forget: () => this.#forgetBrokers(),
      whom: ({ host, port }) => `${host}:${port}`,
    })
  }

  /** The leader of a partition; `errorOf` should give the partition's error code. */
  leader<K extends CallKey>(topic: string, partition: number, call: ClientCall<K>): Promise<Answer<K>> {
    return this.#routed(call, {
      address: async () => this.#addressOf(await this.leaderOf(topic, partition)),
      movedBy: LEADER_MOVED,
      forget: () => this.forgetTopic(topic),
      whom: ({ host, port }) => `the leader of ${topic}-${partition} at ${host}:${port}`,
    })
  }

  /** @throws KafkaError where there is no such partition, or no leader */
  async leaderOf(topic: string, partition: number): Promise<number> {
    const { partitions } = await this.knownTopic(topic)
    const found = partitions.find((one) => one.partition === partition)
    if (found === undefined) throw kafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, null, `${topic}-${partition}`)
    if (found.leader < 0) throw kafkaError(ErrorCode.LEADER_NOT_AVAILABLE, null, `${topic}-${partition}`)
    return found.leader
  }

  coordinator<K extends CallKey>(type: CoordinatorType, key: string, call: ClientCall<K>): Promise<Answer<K>> {
    return this.#routed(call, {
      address: async () => this.#addressOf(await this.coordinatorOf(type, key)),
      movedBy: COORDINATOR_MOVED,
      forget: () => this.#coordinators.delete(`${type} ${key}`),
      whom: ({ host, port }) => `the coordinator of ${key} at ${host}:${port}`,
    })
  }

  /** The broker that coordinates it. @throws KafkaError */
  async coordinatorOf(type: CoordinatorType, key: string): Promise<number> {
    const known = this.#coordinators.get(`${type} ${key}`)
    if (known !== undefined) return known
    const found = (await this.coordinatorsOf(type, [key])).get(key)
    if (typeof found !== 'number') throw found ?? kafkaError(ErrorCode.COORDINATOR_NOT_AVAILABLE, null, key)
    return found
  }

  /** The brokers that coordinate them, by key; what has none gives its error. Those that come up are waited for. */
  async coordinatorsOf(type: CoordinatorType, keys: readonly string[]): Promise<Map<string, number | KafkaError>> {
    const found = new Map<string, number | KafkaError>()
    const { coordinators } = await this.#routed(
      {
        api: ApiKey.FindCoordinator,
        body: { key: '', keyType: KEY_TYPES[type], coordinatorKeys: [...keys] },
        minVersion: FIND_COORDINATOR_VERSION,
        errorOf: (answer) =>
          answer.coordinators.find(({ errorCode }) => COORDINATOR_MOVED.has(errorCode))?.errorCode ?? 0,
      },
      {
        address: () => this.#anyAddress(),
        movedBy: COORDINATOR_MOVED,
        forget: () => this.#next++,
        whom: ({ host, port }) => `${host}:${port}`,
      },
    )
    for (const { key, nodeId, errorCode, errorMessage } of coordinators) {
      found.set(key, errorCode === 0 ? nodeId : kafkaError(errorCode, errorMessage, key))
      if (errorCode === 0) this.#coordinators.set(`${type} ${key}`, nodeId)
    }
    return found
  }

  forgetCoordinator(type: CoordinatorType, key: string): void {
    this.#coordinators.delete(`${type} ${key}`)
  }

  /** Asks each of the given addresses once: who is wrong shall know at once. */
  async #firstContact(): Promise<void> {
    const { bootstrap } = this.#options
    const failures: unknown[] = []
    for (const address of bootstrap) {
      try {
        const answer = metadataOf(
          await this.#ask(this.#connections.to(address, ''), {
            api: ApiKey.Metadata,
            body: { topics: [], allowAutoTopicCreation: false },
            ...METADATA_VERSIONS,
            timeoutMs: this.requestTimeoutMs,
          }),
        )
        this.#metadata.learn(answer)
        return
      } catch (error) {
        failures.push(this.#explained(error, `${address.host}:${address.port}`))
      }
    }
    throw failures[0] ?? new ClientError('unreachable', 'No bootstrap address was given.')
  }

  #anyAddress(): HostAndPort {
    const known = this.#metadata.cluster?.brokers ?? []
    const all = known.length > 0 ? [...known, ...this.#options.bootstrap] : this.#options.bootstrap
    return all[this.#next % all.length] as HostAndPort
  }

  async #addressOf(id: number): Promise<BrokerView> {
    const known = this.#metadata.broker(id)
    if (known !== undefined) return known
    await this.cluster()
    const found = this.#metadata.broker(id)
    if (found === undefined) throw new KafkaError('BROKER_NOT_AVAILABLE', `Broker ${id} is not available.`)
    return found
  }

  #forgetBrokers(): void {
    this.#next++
    const cluster = this.#metadata.cluster
    if (cluster) this.#metadata.learn({ cluster: { ...cluster, brokers: [], controllerId: -1 }, topics: new Map() })
  }

  async #routed<K extends CallKey>(call: ClientCall<K>, route: Route): Promise<Answer<K>> {
    const startedAt = performance.now()
    const deadline = startedAt + (call.timeoutMs ?? this.requestTimeoutMs)
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      if (this.#isClosed) throw new ClientError('closed', 'This client is closed.')
      const left = deadline - performance.now()
      const isLast = left <= pause || call.isSingleAttempt === true
      const isNew = performance.now() - startedAt < UNREACHED_PATIENCE_MS
      const outcome = await this.#attempt(call, route, { timeoutMs: Math.max(left, 1), isLast, isNew })
      if (outcome !== undefined) return outcome.answer
      await new Promise((resolve) => setTimeout(resolve, pause))
    }
  }

  /** Undefined: to be tried again. */
  async #attempt<K extends CallKey>(
    call: ClientCall<K>,
    route: Route,
    { timeoutMs, isLast, isNew }: Attempt,
  ): Promise<{ readonly answer: Answer<K> } | undefined> {
    let whom = 'the broker'
    let isReached = true
    try {
      const address = await route.address()
      whom = route.whom(address)
      isReached = this.#reached.has(keyOf(address)) || this.#isBootstrap(address)
      const answer = await this.#ask(this.#connections.to(address, call.purpose ?? ''), { ...call, timeoutMs })
      this.#reached.add(keyOf(address))
      const code = call.errorOf?.(answer) ?? topLevelError(answer)
      if (isLast || !route.movedBy.has(code)) return { answer }
    } catch (error) {
      const isOver = isLast || !(isReached || isNew)
      if (isOver || !this.#mayRepeat(error, call, route)) {
        if (error instanceof PeerError) route.forget()
        throw this.#explained(error, whom, isReached)
      }
    }
    route.forget()
    return undefined
  }

  #mayRepeat<K extends CallKey>(error: unknown, call: ClientCall<K>, route: Route): boolean {
    if (error instanceof KafkaError) return route.movedBy.has(error.code)
    if (!(error instanceof PeerError) || isRefused(error)) return false
    if (error.kind === 'unreachable' || error.kind === 'busy') return true
    return error.kind === 'disconnected' && (call.isRepeatable ?? isRepeatable(call.api))
  }

  #ask<K extends CallKey>(
    peer: PeerClient,
    { api, body, minVersion, maxVersion, timeoutMs, isUnanswered }: ClientCall<K> & { readonly timeoutMs: number },
  ): Promise<Answer<K>> {
    peer.retryNow()
    return peer.request<K>({
      api,
      body,
      timeoutMs,
      ...(minVersion !== undefined && { minVersion }),
      ...(maxVersion !== undefined && { maxVersion }),
      ...(isUnanswered !== undefined && { isUnanswered }),
    })
  }

  #isBootstrap({ host, port }: HostAndPort): boolean {
    return this.#options.bootstrap.some((one) => one.host === host && one.port === port)
  }

  #explained(error: unknown, whom: string, isReached = true): unknown {
    if (!(error instanceof PeerError)) return error
    const { kind, message, cause } = error
    if (this.#isClosed) return new ClientError('closed', 'This client is closed.', error)
    if (isRefused(error) && cause instanceof Error) {
      if (cause.name === 'LoginFailed') return new KafkaError('SASL_AUTHENTICATION_FAILED', `${whom}: ${cause.message}`)
      return new ClientError('handshake', `${whom}: ${cause.message}`, error)
    }
    const what = message.replace(/^[^ ]*:\d+: /, '')
    const hint = kind === 'unreachable' && !isReached ? ADVERTISED_HINT : ''
    return new ClientError(kind === 'busy' ? 'timeout' : kind, `${whom}: ${what}${hint}`, error)
  }
}

function keyOf({ host, port }: HostAndPort): string {
  return `${host}:${port}`
}

function topLevelError(answer: unknown): number {
  if (typeof answer !== 'object' || answer === null || !('errorCode' in answer)) return 0
  return typeof answer.errorCode === 'number' ? answer.errorCode : 0
}
