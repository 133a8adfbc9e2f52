import { ByteReader } from '../base/bytes.ts'
import { ErrorCode } from '../base/errors.ts'
import type { ApiMetrics, RequestMetrics, RequestTimes } from '../metrics/request-metrics.ts'
import { type Api, ApiKey, responseHeaderVersion } from '../protocol/apis.ts'
import type { SentListener } from '../protocol/frame-handler.ts'
import type { RequestContext } from './handler.ts'

/** What is counted of requests, and by which clock. */
export interface RequestMeasures {
  readonly requests: RequestMetrics
  /** Told of every request that was answered; left out: nobody wants to know of single ones. */
  readonly trace?: RequestTracer | undefined
  monotonicMs(): number
}

export type RequestTracer = (timing: RequestTiming, context: RequestContext) => void

const CORRELATION_ID_BYTES = 4
const TAGS_BYTES = 1

/** One request on its way, for the metrics of its API. */
export class RequestTiming implements RequestTimes, SentListener {
  readonly arrivedMs: number
  readonly beganMs: number
  workedMs = -1
  answeredMs = -1
  leftMs = -1
  sentMs = -1
  throttleMs = 0
  readonly #measures: RequestMeasures
  readonly #metrics: ApiMetrics
  /** Where it is traced. */
  readonly #context: RequestContext | undefined
  readonly requestBytes: number

  constructor(measures: RequestMeasures, context: RequestContext, request: unknown, beganMs: number, arrivedMs = -1) {
    this.#measures = measures
    this.beganMs = beganMs
    this.arrivedMs = arrivedMs < 0 ? beganMs : arrivedMs
    this.#metrics = measures.requests.of(context.api, isFollowerFetch(context.api, request))
    this.requestBytes = context.frame?.length ?? 0
    this.#context = measures.trace && context
    this.#metrics.received(context.apiVersion, this.requestBytes)
  }

  /** The handler is done, or waits for something. */
  worked(): void {
    if (this.workedMs < 0) this.workedMs = this.#measures.monotonicMs()
  }

  answered(answer: unknown, throttleMs: number): void {
    this.throttleMs = throttleMs
    if (typeof answer === 'object' && answer !== null) this.#metrics.answered(answer)
    this.answeredMs = this.#measures.monotonicMs()
    if (this.workedMs < 0) this.workedMs = this.answeredMs
  }

  /** By another node, in bytes. */
  answeredAs(bytes: Buffer, { api, apiVersion }: RequestContext, throttleMs: number): void {
    this.answered(decoded(bytes, api, apiVersion), throttleMs)
  }

  /** Without an answer: there is none, or the connection is closed instead. */
  unanswered(isFailure: boolean, throttleMs: number): void {
    this.#metrics.failed(isFailure ? ErrorCode.UNKNOWN_SERVER_ERROR : ErrorCode.NONE)
    this.answered(undefined, throttleMs)
    this.sent(this.answeredMs, this.answeredMs)
  }

  sent(leftMs: number, sentMs: number): void {
    this.leftMs = leftMs < 0 ? this.answeredMs : leftMs
    this.sentMs = sentMs < 0 ? this.leftMs : sentMs
    this.#metrics.done(this)
    if (this.#context !== undefined) this.#measures.trace?.(this, this.#context)
  }
}

function decoded(bytes: Buffer, api: Api, version: number): unknown {
  const header = CORRELATION_ID_BYTES + (responseHeaderVersion(api, version) === 1 ? TAGS_BYTES : 0)
  try {
    return api.response.decode(new ByteReader(bytes.subarray(header)), version)
  } catch {
    // It goes to the client as it is; only its errors stay uncounted.
    return undefined
  }
}

function isFollowerFetch(api: Api, request: unknown): boolean {
  if (api.key !== ApiKey.Fetch) return false
  const { replicaId, replicaState } = request as {
    readonly replicaId?: number
    readonly replicaState?: { readonly replicaId: number }
  }
  return (replicaId ?? -1) >= 0 || (replicaState?.replicaId ?? -1) >= 0
}
