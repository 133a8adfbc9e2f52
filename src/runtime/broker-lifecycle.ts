import { errorName, KafkaError } from '../base/errors.ts'
import type { DirectoryId, Uuid } from '../base/ids.ts'
import type { Clock, Logger, Timer } from '../io/ports.ts'
import { RepeatedLine } from '../io/repeated-line.ts'
import type { MetadataDelta } from '../metadata/delta.ts'
import { metadataVersionOf, supportedFeatures, supportsDirectories } from '../metadata/features.ts'
import type { MetadataImage } from '../metadata/image.ts'
import type { Endpoint } from '../metadata/image-types.ts'
import { ApiKey } from '../protocol/apis.ts'
import type { BrokerHeartbeatResponseData } from '../protocol/messages/broker-heartbeat.ts'
import type { ControllerRequests } from './controller-types.ts'
import { describeRefusal } from './registration-refusals.ts'

export interface LifecycleMetadata {
  readonly image: MetadataImage
  onImage(listener: (delta: Pick<MetadataDelta, 'brokers'>) => void): () => void
  onLeader(listener: () => void): () => void
}

export interface BrokerLifecycleOptions {
  readonly nodeId: number
  readonly clusterId: string
  /** Of this process. */
  readonly incarnationId: Uuid
  readonly endpoints: readonly Endpoint[]
  readonly rack: string | null
  readonly logDirs: readonly DirectoryId[]
  readonly previousBrokerEpoch: number
  /** KIP-1066: those that take no new replicas now. */
  readonly cordonedLogDirs: () => readonly DirectoryId[]
  readonly channel: ControllerRequests
  readonly metadata: LifecycleMetadata
  readonly clock: Clock
  readonly logger: Logger
  /** broker.heartbeat.interval.ms */
  readonly heartbeatIntervalMs: number
  /** broker.session.timeout.ms */
  readonly sessionTimeoutMs: number
  /** initial.broker.registration.timeout.ms */
  readonly registrationTimeoutMs: number
  /** log.dir.failure.timeout.ms */
  readonly directoryFailureTimeoutMs: number
  /** No controller can be active now. */
  readonly isQuorumGone: () => Promise<boolean>
  /** The broker can't go on. */
  readonly onFatal: (error: Error) => void
}

const MIN_BACKOFF_MS = 50
const MAX_BACKOFF_MS = 1000
/** While something is about to change: unfencing, a controlled shutdown. */
const SOON_MS = 20
/** As Kafka: how long a controlled shutdown may take. */
const SHUTDOWN_TIMEOUT_MS = 300_000
/** How long it waits for a controller when none answers: others may be stopping too. */
const SHUTDOWN_SILENCE_MS = 3_000
/** After so long without an answer, and from then on, it is asked whether anybody could give one. */
const LOOK_MS = 200

/**
 * What the active controller knows of this broker, kept up from start to stop.
 *
 *     register ─ (fenced) heartbeats ─ unfence ─ heartbeats ─ controlledShutdown ─ close
 *
 * One request is under way at a time. Whatever goes wrong is tried again with growing pauses, as long as the process lives.
 */
export class BrokerLifecycle {
  readonly #options: BrokerLifecycleOptions
  readonly #offline = new Map<DirectoryId, 'untold' | 'told'>()
  readonly #registered = Promise.withResolvers<void>()
  readonly #unfenced = Promise.withResolvers<void>()
  readonly #shutDown = Promise.withResolvers<void>()
  readonly #stopListening: readonly (() => void)[]
  readonly #timers = new Set<Timer>()
  readonly #failureLine: RepeatedLine
  #brokerEpoch = -1
  #isRegistered = false
  #mayServe = false
  #isLeaving = false
  #hasLeft = false
  #inFlight = false
  #again = false
  #failures = 0
  #lastFailure = 'no active controller is known'
  /** The first request since the last answer. */
  #askedMs: number | undefined
  #next: Timer | undefined
  #sentOffset = -1
  #closed = false

  constructor(options: BrokerLifecycleOptions) {
    this.#options = options
    this.#failureLine = new RepeatedLine(options.clock)
    // Who waits for none of them must not be ended by a rejection.
    for (const { promise } of [this.#registered, this.#unfenced, this.#shutDown]) promise.catch(() => {})
    const { metadata } = options
    this.#stopListening = [
      metadata.onImage((delta) => {
        this.#imageChanged()
        this.#lookForLeaving(delta)
      }),
      metadata.onLeader(() => this.#leaderChanged()),
    ]
  }

  /** -1 before the registration. */
  get brokerEpoch(): number {
    return this.#brokerEpoch
  }

  /** Resolves when the controller knows this broker, which is fenced still, and its record is in this node's image. */
  async register(): Promise<void> {
    const { registrationTimeoutMs } = this.#options
    this.#after(registrationTimeoutMs, () => {
      const seconds = registrationTimeoutMs / 1000
      this.#registered.reject(
        new Error(`The broker could not be registered within ${seconds} s: ${this.#lastFailure}.`),
      )
    })
    this.#communicate()
    await this.#registered.promise
  }

  /** Everything is loaded: resolves when this broker may lead. */
  async unfence(): Promise<void> {
    this.#mayServe = true
    this.#communicate()
    await this.#unfenced.promise
  }

  /** Log directories failed: their replicas lead nothing any more. A broker that can't tell anybody must not go on. */
  directoriesOffline(directories: readonly DirectoryId[]): void {
    for (const directory of directories) {
      if (this.#offline.has(directory)) continue
      this.#offline.set(directory, 'untold')
      this.#after(this.#options.directoryFailureTimeoutMs, () => {
        if (this.#offline.get(directory) === 'told') return
        this.#options.onFatal(new Error(`The controller could not be told that log directory ${directory} failed.`))
      })
    }
    if (this.#isRegistered) this.#communicate()
  }

  /** What heartbeats say of this broker has changed. */
  changed(): void {
    if (this.#isRegistered) this.#communicate()
  }

  /** Gives up what this broker leads; resolves when the controller lets it go, or can't be asked. */
  async controlledShutdown(): Promise<void> {
    if (!this.#isRegistered || this.#closed) return
    this.#isLeaving = true
    this.#after(SHUTDOWN_TIMEOUT_MS, () => this.#leave())
    this.#watchSilence()
    this.#communicate()
    await this.#shutDown.promise
  }

  close(): void {
    this.#closed = true
    for (const stop of this.#stopListening) stop()
    for (const timer of this.#timers) timer.cancel()
    this.#next?.cancel()
    const error = new KafkaError('NOT_CONTROLLER', 'The broker was stopped')
    for (const { reject } of [this.#registered, this.#unfenced]) reject(error)
    this.#shutDown.resolve()
  }

  #watchSilence(): void {
    this.#after(LOOK_MS, async () => {
      if (this.#closed || this.#hasLeft) return
      const { clock, logger, isQuorumGone } = this.#options
      const nowMs = clock.monotonic()
      const silentMs = nowMs - (this.#askedMs ?? nowMs)
      if (silentMs < LOOK_MS || (silentMs < SHUTDOWN_SILENCE_MS && !(await isQuorumGone()))) this.#watchSilence()
      else {
        logger.warn('no controller answers: this broker stops without handing over what it leads')
        this.#leave()
      }
    })
  }

  #leave(): void {
    this.#hasLeft = true
    this.#shutDown.resolve()
  }

  #communicate(): void {
    if (this.#closed) return
    this.#again = this.#inFlight
    if (this.#inFlight) return
    this.#next?.cancel()
    this.#inFlight = true
    this.#askedMs ??= this.#options.clock.monotonic()
    const work = this.#isRegistered ? this.#beat() : this.#registration()
    work.then(
      (nextMs) => this.#done(nextMs),
      (error: unknown) => this.#failed(error),
    )
  }

  #done(nextMs: number): void {
    this.#inFlight = false
    this.#failures = 0
    this.#failureLine.over()
    this.#askedMs = undefined
    this.#schedule(this.#again ? 0 : nextMs)
  }

  #failed(error: unknown): void {
    this.#inFlight = false
    if (!(error instanceof Error)) throw error
    if (error instanceof KafkaError && error.error !== 'REQUEST_TIMED_OUT') this.#askedMs = undefined
    this.#lastFailure = describeRefusal(error, this.#options)
    if (error instanceof KafkaError && error.error === 'INCONSISTENT_CLUSTER_ID') {
      this.#registered.reject(new Error(`${this.#lastFailure}.`))
    }
    const what = this.#isRegistered ? 'a heartbeat failed' : 'waiting to be registered'
    if (!this.#closed) this.#failureLine.say(() => this.#options.logger.warn(`${what}: ${this.#lastFailure}`))
    this.#schedule(Math.min(MAX_BACKOFF_MS, MIN_BACKOFF_MS * 2 ** Math.min(this.#failures++, 10)))
  }

  #schedule(ms: number): void {
    if (this.#closed) return
    if (ms === 0) this.#communicate()
    else this.#next = this.#options.clock.after(ms, () => this.#communicate())
  }

  async #registration(): Promise<number> {
    const { nodeId, clusterId, incarnationId, endpoints, rack, logDirs, previousBrokerEpoch, channel } = this.#options
    const body = {
      brokerId: nodeId,
      clusterId,
      incarnationId,
      listeners: endpoints,
      features: supportedFeatures().map(({ name, min, max }) => {
        return { name, minSupportedVersion: min, maxSupportedVersion: max }
      }),
      rack,
      logDirs: [...logDirs].sort(),
      previousBrokerEpoch,
    }
    const { sessionTimeoutMs, logger } = this.#options
    const timeoutMs = sessionTimeoutMs / 2
    const { errorCode, brokerEpoch } = await channel.request({ api: ApiKey.BrokerRegistration, body, timeoutMs })
    if (errorCode !== 0) throw new KafkaError(errorName(errorCode))
    if (this.#brokerEpoch !== brokerEpoch) logger.info(`registered as broker ${nodeId} with epoch ${brokerEpoch}`)
    this.#brokerEpoch = brokerEpoch
    this.#isRegistered = true
    this.#imageChanged()
    // The next heartbeat is due when there is something to say, or to stay known.
    return this.#mayServe ? 0 : this.#options.heartbeatIntervalMs
  }

  async #beat(): Promise<number> {
    const { nodeId, channel, metadata, sessionTimeoutMs, cordonedLogDirs } = this.#options
    const offline = [...this.#offline.keys()]
    this.#sentOffset = metadata.image.offset
    const body = {
      brokerId: nodeId,
      brokerEpoch: this.#brokerEpoch,
      currentMetadataOffset: this.#sentOffset,
      wantFence: !this.#mayServe,
      wantShutDown: this.#isLeaving,
      offlineLogDirs: offline,
      cordonedLogDirs: cordonedLogDirs(),
    }
    const timeoutMs = sessionTimeoutMs / 2
    const answer = await channel.request({ api: ApiKey.BrokerHeartbeat, body, timeoutMs })
    if (answer.errorCode !== 0) throw new KafkaError(errorName(answer.errorCode))
    for (const directory of offline) this.#offline.set(directory, 'told')
    return this.#heard(answer)
  }

  /** When the next heartbeat is due. */
  #heard({ isFenced, shouldShutDown }: BrokerHeartbeatResponseData): number {
    const { heartbeatIntervalMs, metadata } = this.#options
    if (this.#isLeaving) {
      if (shouldShutDown) this.#leave()
      // The controller waits for us to have seen that others lead now.
      return metadata.image.offset > this.#sentOffset ? 0 : SOON_MS
    }
    if (!this.#mayServe) return heartbeatIntervalMs
    if (!isFenced) this.#unfenced.resolve()
    return isFenced ? SOON_MS : heartbeatIntervalMs
  }

  #imageChanged(): void {
    const { image } = this.#options.metadata
    if (!this.#isRegistered) return
    if (image.offset >= this.#brokerEpoch) this.#registered.resolve()
    if (this.#isLeaving && image.offset > this.#sentOffset) this.#communicate()
    const known = image.broker(this.#options.nodeId)
    // A metadata.version was finalized that says more of a broker than what we could tell before.
    const isPoor = known?.epoch === this.#brokerEpoch && known.directories.length === 0
    if (isPoor && this.#options.logDirs.length > 0 && supportsDirectories(metadataVersionOf(image))) {
      this.#isRegistered = false
      this.#communicate()
    }
  }

  /** A broker that leaves may go when all others know it: it need not wait until our next heartbeat is due. */
  #lookForLeaving({ brokers }: Pick<MetadataDelta, 'brokers'>): void {
    const { nodeId, metadata } = this.#options
    for (const id of brokers) {
      const broker = id === nodeId ? undefined : metadata.image.broker(id)
      if (broker?.inControlledShutdown && !broker.fenced && this.#isRegistered) this.#communicate()
    }
  }

  /** A new controller learns at once that we live, and has a connection that tells it when we don't. */
  #leaderChanged(): void {
    if (this.#isRegistered) this.#communicate()
  }

  #after(ms: number, run: () => void): void {
    const timer = this.#options.clock.after(ms, () => {
      this.#timers.delete(timer)
      run()
    })
    this.#timers.add(timer)
  }
}
