import type { Clock, Logger, Random, Timer } from '../io/ports.ts'
import { RepeatedLine } from '../io/repeated-line.ts'
import { ID_BYTES, otlpTraces, type Teller, type TracedRequest } from '../telemetry/spans.ts'

export interface TraceExporterOptions {
  readonly endpoint: string
  readonly teller: Teller
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** Requests that may wait for the collector. What comes beyond them is dropped: tracing never holds up who is traced. */
const MOST_WAITING = 2_000
/** So many at a time, and so long between two: what it costs the event loop has an end. */
const AT_A_TIME = 200
const GAP_MS = 200
const TIMEOUT_MS = 5_000
const CLOSE_TIMEOUT_MS = 1_000

/**
 * Tells a collector of requests by OTLP/HTTP, as JSON. It is ours because OpenTelemetry's own packages make an object for each span
 * when it begins, in the midst of the work; here a request is only noted when it is over, and its spans are made beside the work.
 */
export class TraceExporter {
  readonly #options: TraceExporterOptions
  readonly #abort = new AbortController()
  readonly #trouble: RepeatedLine
  #waiting: TracedRequest[] = []
  #timer: Timer | undefined
  #sending: Promise<void> | undefined
  #closed = false
  /** Requests that no collector was told of. */
  dropped = 0

  constructor(options: TraceExporterOptions) {
    this.#options = options
    this.#trouble = new RepeatedLine(options.clock)
  }

  add(request: TracedRequest): void {
    if (this.#closed) return
    if (this.#waiting.length >= MOST_WAITING) {
      this.dropped++
      this.#complain('it is too slow')
      return
    }
    this.#waiting.push(request)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#sending !== undefined || this.#waiting.length === 0 || this.#closed) return
    this.#timer = this.#options.clock.after(GAP_MS, () => {
      this.#timer = undefined
      this.#sending = this.#send().finally(() => {
        this.#sending = undefined
        this.#schedule()
      })
    })
  }

  async #send(timeoutMs = TIMEOUT_MS): Promise<void> {
    const requests = this.#waiting.splice(0, AT_A_TIME)
    const { endpoint, teller, random } = this.#options
    try {
      const answer = await fetch(endpoint, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: otlpTraces(requests, teller, random.bytes(requests.length * ID_BYTES)),
        redirect: 'error',
        signal: AbortSignal.any([this.#abort.signal, AbortSignal.timeout(timeoutMs)]),
      })
      // What it says of it is of no use here, but the connection is.
      await answer.body?.cancel()
      if (!answer.ok) throw new Error(`it answered ${answer.status}`)
      if (this.#waiting.length < MOST_WAITING) this.#trouble.over()
    } catch (error) {
      this.dropped += requests.length
      this.#complain(reasonOf(error))
    }
  }

  #complain(reason: string): void {
    if (this.#closed) return
    const { endpoint, logger } = this.#options
    const { dropped } = this
    this.#trouble.say(() =>
      logger.warn({ endpoint, reason, dropped }, 'traces are lost: their collector does not take them'),
    )
  }

  /** What waits is told in one last attempt, if that is soon done. */
  async close(): Promise<void> {
    this.#closed = true
    this.#timer?.cancel()
    const late = this.#options.clock.after(CLOSE_TIMEOUT_MS, () => this.#abort.abort())
    await this.#sending
    if (this.#waiting.length > 0 && !this.#abort.signal.aborted) await this.#send(CLOSE_TIMEOUT_MS)
    late.cancel()
    this.#waiting = []
  }
}

/** A failed `fetch` says what failed in its cause. */
function reasonOf(error: unknown): string {
  const { cause } = error as { readonly cause?: unknown }
  return String(cause instanceof Error && cause.message !== '' ? cause.message : (error as Error).message)
}
