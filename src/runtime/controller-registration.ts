import { errorName, KafkaError } from '../base/errors.ts'
import type { Uuid } from '../base/ids.ts'
import type { Clock, Logger, Timer } from '../io/ports.ts'
import { RepeatedLine } from '../io/repeated-line.ts'
import { metadataVersionOf, supportedFeatures, supportsControllerRegistration } from '../metadata/features.ts'
import type { MetadataImage } from '../metadata/image.ts'
import type { Endpoint } from '../metadata/image-types.ts'
import { ApiKey } from '../protocol/apis.ts'
import type { ControllerRequests } from './controller-types.ts'

export interface ControllerRegistrationOptions {
  readonly nodeId: number
  /** Of this process. */
  readonly incarnationId: Uuid
  readonly endpoints: readonly Endpoint[]
  readonly channel: ControllerRequests
  readonly metadata: { readonly image: MetadataImage; onImage(listener: () => void): () => void }
  readonly clock: Clock
  readonly logger: Logger
}

const TIMEOUT_MS = 30_000
const MIN_BACKOFF_MS = 100
const MAX_BACKOFF_MS = 60_000

/** Tells the cluster where this controller is and what it supports (KIP-919), whenever the image does not know. */
export class ControllerRegistration {
  readonly #options: ControllerRegistrationOptions
  readonly #line: RepeatedLine
  readonly #stopListening: () => void
  #inFlight = false
  #failures = 0
  #timer: Timer | undefined
  #closed = false

  constructor(options: ControllerRegistrationOptions) {
    this.#options = options
    this.#line = new RepeatedLine(options.clock)
    this.#stopListening = options.metadata.onImage(() => this.check())
  }

  check(): void {
    const { nodeId, incarnationId, metadata } = this.#options
    const { image } = metadata
    if (this.#closed || this.#inFlight || this.#timer !== undefined) return
    if (!supportsControllerRegistration(metadataVersionOf(image))) return
    if (image.controllers.get(nodeId)?.incarnationId === incarnationId) return
    this.#inFlight = true
    this.#register().then(
      () => this.#done(),
      (error: unknown) => this.#failed(error),
    )
  }

  async #register(): Promise<void> {
    const { nodeId, incarnationId, endpoints, channel } = this.#options
    const body = {
      controllerId: nodeId,
      incarnationId,
      zkMigrationReady: false,
      listeners: endpoints,
      features: supportedFeatures().map(({ name, min, max }) => {
        return { name, minSupportedVersion: min, maxSupportedVersion: max }
      }),
    }
    const answer = await channel.request({ api: ApiKey.ControllerRegistration, body, timeoutMs: TIMEOUT_MS })
    if (answer.errorCode !== 0) throw new KafkaError(errorName(answer.errorCode), answer.errorMessage ?? undefined)
  }

  /** The record may still be on its way to this node's image: looked at again with the next change. */
  #done(): void {
    this.#inFlight = false
    this.#failures = 0
    this.#line.over()
  }

  #failed(error: unknown): void {
    if (!(error instanceof Error)) throw error
    this.#inFlight = false
    if (this.#closed) return
    this.#line.say(() => this.#options.logger.warn(`this controller could not be registered: ${error.message}`))
    const delay = Math.min(MAX_BACKOFF_MS, MIN_BACKOFF_MS * 2 ** Math.min(this.#failures++, 10))
    this.#timer = this.#options.clock.after(delay, () => {
      this.#timer = undefined
      this.check()
    })
  }

  close(): void {
    this.#closed = true
    this.#timer?.cancel()
    this.#stopListening()
  }
}
