import { InvariantError } from '../base/assert.ts'
import { ByteReader, type Piece } from '../base/bytes.ts'
import { ErrorCode, KafkaError, ProtocolError } from '../base/errors.ts'
import { areaOf } from '../io/log-levels.ts'
import type { Logger } from '../io/ports.ts'
import { encodeAnswer } from '../protocol/answer-frame.ts'
import {
  type Api,
  ApiKey,
  apiOf,
  requestHeaderVersion,
  responseHeaderVersion,
  servedVersions,
} from '../protocol/apis.ts'
import {
  type ConnectionInfo,
  type FrameHandler,
  type FrameRefusal,
  type ReplySlot,
  Used,
} from '../protocol/frame-handler.ts'
import { RequestHeader } from '../protocol/messages/headers.ts'
import { within } from '../protocol/schema.ts'
import { type Answer, CLOSE_CONNECTION, type Handler, NO_REPLY, RawAnswer, type RequestContext } from './handler.ts'
import { type RequestMeasures, RequestTiming } from './request-timing.ts'
import { RequestTrail } from './request-trail.ts'

export interface DispatcherOptions {
  readonly handlers: readonly Handler[]
  readonly logger: Logger
  /** A broken invariant: the node must stop. */
  readonly onFatal: (error: Error) => void
  /** Left out: requests cost their clients nothing. */
  readonly costs?: RequestCosts
  /** Left out: nothing is counted. */
  readonly measures?: RequestMeasures
}

/** What a request costs its client: see request_percentage. */
export interface RequestCosts {
  /** Whether anybody's requests are counted at all. */
  readonly countsTime: boolean
  monotonicMs(): number
  /** Gives how long the client is held back for it. */
  worked(context: RequestContext, ms: number): number
}

/** Answers an ApiVersions request of a version that we don't serve: in version 0, with error 35 and its own range. */
export interface ApiVersionsHandler extends Handler {
  unsupported(): unknown
}

/** Key, version and correlation id, which no header version moves. */
const FIXED_HEADER_BYTES = 8
const SIZE_BYTES = 4
const CORRELATION_ID_BYTES = 4

/** From a frame to its handler, and from the handler's value to the frame of the answer. */
export class Dispatcher {
  readonly #handlers = new Map<number, Handler>()
  readonly #logger: Logger
  /** Of its own level: there is a line for each request. */
  readonly #requests: Logger
  readonly #onFatal: (error: Error) => void
  readonly #costs: RequestCosts | undefined
  readonly #measures: RequestMeasures | undefined

  constructor(options: DispatcherOptions) {
    this.#costs = options.costs
    this.#measures = options.measures
    for (const served of options.handlers) this.#handlers.set(served.api.key, served)
    this.#logger = options.logger
    this.#requests = areaOf(options.logger, 'request')
    this.#onFatal = options.onFatal
  }

  /** One request frame. Never throws. */
  readonly handle: FrameHandler = (frame, connection, slot) => {
    try {
      this.#handle(frame, connection, slot)
    } catch (error) {
      if (error instanceof ProtocolError) {
        noteClient(frame, connection)
        slot.close(error.message)
      } else this.#fatal(error, slot)
    }
  }

  /** The answer that says `code`, where the request can be read and its response has a place for it; nothing is done. */
  readonly refusal: FrameRefusal = (frame, connection, code) => {
    const handler = this.#handlers.get(frame.readInt16BE(0))
    const version = frame.readInt16BE(2)
    if (handler === undefined || !isServed(handler.api, version)) return undefined
    const { api } = handler
    const reader = new ByteReader(frame)
    const { correlationId, clientId } = RequestHeader.decode(reader, requestHeaderVersion(api, version))
    const request = decodeBody(api, reader, version, clientId)
    const context = { api, apiVersion: version, correlationId, clientId, connection }
    const answer = handler.failed?.(request, code, context) ?? errorAnswer(api, version, code)
    if (answer === undefined || typeof answer === 'symbol' || answer instanceof RawAnswer) return undefined
    try {
      return encodeAnswer(api, version, correlationId, answer)
    } catch (error) {
      // A response that can't hold a code alone.
      if (error instanceof InvariantError) throw error
      return undefined
    }
  }

  #handle(frame: Buffer, connection: ConnectionInfo, slot: ReplySlot): void {
    if (frame.length < FIXED_HEADER_BYTES) throw new ProtocolError(`a request of ${frame.length} bytes has no header`)
    const key = frame.readInt16BE(0)
    const version = frame.readInt16BE(2)
    const handler = this.#handlers.get(key)
    if (handler === undefined) throw new ProtocolError(unknownApi(key, version))
    if (!isServed(handler.api, version)) {
      if (key === ApiKey.ApiVersions) this.#unknownApiVersions(frame, handler as ApiVersionsHandler, slot)
      else throw new ProtocolError(`no version ${version} of API key ${key} (${handler.api.name})`)
      return
    }
    const costs = this.#costs?.countsTime ? this.#costs : undefined
    const beganMs = costs?.monotonicMs()
    const measures = this.#measures
    const startedMs = measures?.monotonicMs() ?? 0
    const reader = new ByteReader(frame)
    const header = RequestHeader.decode(reader, requestHeaderVersion(handler.api, version))
    noteUse(key, header.clientId, connection)
    const context = new Context(handler.api, version, header.correlationId, header.clientId, connection, slot, frame)
    const request = decodeBody(handler.api, reader, version, header.clientId)
    context.trail = RequestTrail.of(this.#requests, connection, header.correlationId)
    context.trail?.note('dispatched', {
      api: handler.api.name,
      version,
      clientId: header.clientId,
      bytes: frame.length,
    })
    context.beganMs = beganMs
    if (measures) context.timing = new RequestTiming(measures, context, request, startedMs, slot.arrivedMs)
    this.#run(handler, request, context, slot)
    if (costs !== undefined && beganMs !== undefined) context.workedMs = costs.monotonicMs() - beganMs
    context.timing?.worked()
  }

  #run(handler: Handler, request: unknown, context: Context, slot: ReplySlot): void {
    let answer: Answer<unknown> | Promise<Answer<unknown>>
    try {
      answer = handler.handle(request, context)
    } catch (error) {
      this.#failed(error, handler, request, context, slot)
      return
    }
    if (!(answer instanceof Promise)) {
      this.#answer(answer, handler.api, context, slot)
      return
    }
    answer
      .then((value) => this.#answer(value, handler.api, context, slot))
      .catch((error) => this.#failed(error, handler, request, context, slot))
      .catch((error) => this.#fatal(error, slot))
  }

  #answer(answer: Answer<unknown>, api: Api, context: Context, slot: ReplySlot): void {
    if (answer === NO_REPLY || answer === CLOSE_CONNECTION) {
      context.release?.()
      context.timing?.unanswered(answer === CLOSE_CONNECTION, context.throttleMs)
      if (context.throttleMs > 0) slot.throttle?.(context.throttleMs)
      context.trail?.note(answer === NO_REPLY ? 'done without an answer' : 'closed instead of answered', {
        api: api.name,
      })
      if (answer === NO_REPLY) slot.skip()
      else slot.close(undefined)
      return
    }
    if (answer instanceof RawAnswer) {
      const throttleMs = throttleTimeIn(answer.bytes, api, context.apiVersion)
      context.timing?.answeredAs(answer.bytes, context, throttleMs)
      if (throttleMs > 0) slot.throttle?.(throttleMs)
      const size = Buffer.allocUnsafe(SIZE_BYTES)
      size.writeInt32BE(answer.bytes.length)
      context.trail?.note('answered', { api: api.name, bytes: answer.bytes.length, throttleMs })
      slot.send([size, answer.bytes], context.release, context.timing)
      return
    }
    const told = this.#withThrottleTime(answer, context)
    slot.answering?.(told)
    let pieces: Piece[]
    try {
      pieces = encodeAnswer(api, context.apiVersion, context.correlationId, told)
    } catch (error) {
      context.release?.()
      if (error instanceof InvariantError) throw error
      this.#logger.error({ err: error, api: api.name, version: context.apiVersion }, 'an answer could not be encoded')
      slot.close(`the answer to ${api.name} v${context.apiVersion} could not be encoded`)
      return
    }
    const { throttleTimeMs = 0 } = told as { readonly throttleTimeMs?: number }
    if (throttleTimeMs > 0) slot.throttle?.(throttleTimeMs)
    context.timing?.answered(told, throttleTimeMs)
    context.trail?.note('answered', { api: api.name, bytes: bytesOf(pieces), throttleMs: throttleTimeMs })
    slot.send(pieces, context.release, context.timing)
  }

  /** The answer says how long its client is held back. */
  #withThrottleTime(answer: unknown, context: Context): unknown {
    const { beganMs, isExempt } = context
    const costs = this.#costs
    if (beganMs !== undefined && costs !== undefined && !isExempt) {
      context.throttle(costs.worked(context, context.workedMs ?? costs.monotonicMs() - beganMs))
    }
    if (context.throttleMs === 0 || answer === null || typeof answer !== 'object') return answer
    const { throttleTimeMs = 0 } = answer as { readonly throttleTimeMs?: number }
    return { ...answer, throttleTimeMs: Math.max(throttleTimeMs, context.throttleMs) }
  }

  /** A handler threw: a KafkaError has its code, anything else is a bug of ours. */
  #failed(error: unknown, handler: Handler, request: unknown, context: Context, slot: ReplySlot): void {
    if (error instanceof InvariantError) throw error
    const { api, apiVersion } = context
    if (!(error instanceof KafkaError)) {
      this.#logger.error(
        { err: error, api: api.name, version: apiVersion, connection: context.connection.id },
        'request failed',
      )
    }
    const code = error instanceof KafkaError ? error.code : ErrorCode.UNKNOWN_SERVER_ERROR
    const answer = handler.failed?.(request, code, context) ?? errorAnswer(api, apiVersion, code)
    if (answer !== undefined) this.#answer(answer as Answer<unknown>, api, context, slot)
    else slot.close(`${api.name} v${apiVersion} failed and its response has no place to say so`)
  }

  #unknownApiVersions(frame: Buffer, handler: ApiVersionsHandler, slot: ReplySlot): void {
    slot.send(encodeAnswer(handler.api, 0, frame.readInt32BE(4), handler.unsupported()))
  }

  #fatal(error: unknown, slot: ReplySlot): void {
    const cause = error instanceof Error ? error : new Error(String(error))
    this.#logger.error({ err: cause }, 'a broken invariant stops the node')
    slot.close('internal error')
    this.#onFatal(cause)
  }
}

class Context implements RequestContext {
  readonly api: Api
  readonly apiVersion: number
  readonly correlationId: number
  readonly clientId: string | null
  readonly connection: ConnectionInfo
  readonly frame: Buffer
  readonly sendsLate: boolean
  readonly #slot: ReplySlot
  release: (() => void) | undefined
  throttleMs = 0
  /** What it does is no use of its client's. */
  isExempt = false
  /** When it was begun, where time is counted, and how long it took until it had to wait for something. */
  beganMs: number | undefined
  workedMs: number | undefined
  timing: RequestTiming | undefined
  trail: RequestTrail | undefined

  constructor(
    api: Api,
    version: number,
    correlationId: number,
    clientId: string | null,
    connection: ConnectionInfo,
    slot: ReplySlot,
    frame: Buffer,
  ) {
    this.api = api
    this.apiVersion = version
    this.correlationId = correlationId
    this.clientId = clientId
    this.connection = connection
    this.frame = frame
    this.sendsLate = slot.takesLate === true
    this.#slot = slot
  }

  onAbandoned(run: () => void): void {
    this.#slot.onAbandoned?.(run)
  }

  throttle(ms: number): void {
    this.throttleMs = Math.max(this.throttleMs, ms)
  }

  exempt(): void {
    this.isExempt = true
  }

  onSent(release: () => void): void {
    const before = this.release
    this.release =
      before === undefined
        ? release
        : () => {
            before()
            release()
          }
  }
}

function bytesOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0)
}

/** Of an answer that was made elsewhere. */
function throttleTimeIn(bytes: Buffer, api: Api, version: number): number {
  const [first] = api.response.fields
  const at = CORRELATION_ID_BYTES + (responseHeaderVersion(api, version) === 1 ? 1 : 0)
  const isFirst = first?.name === 'throttleTimeMs' && within(version, first.versions)
  return isFirst && bytes.length >= at + 4 ? bytes.readInt32BE(at) : 0
}

function isServed(api: Api, version: number): boolean {
  return within(version, servedVersions(api))
}

function noteUse(key: number, clientId: string | null, { use }: ConnectionInfo): void {
  if (use === undefined) return
  use.clientId = clientId
  if (key === ApiKey.Metadata) use.kinds |= Used.METADATA
  else if (key !== ApiKey.ApiVersions) use.kinds |= Used.OTHER
}

/** Who sent what can't be served: where a header is at all, the client's id is at the same place. */
function noteClient(frame: Buffer, { use }: ConnectionInfo): void {
  if (use === undefined || frame.length < FIXED_HEADER_BYTES + 2) return
  const from = FIXED_HEADER_BYTES + 2
  const length = frame.readInt16BE(FIXED_HEADER_BYTES)
  if (length > 0 && from + length <= frame.length) use.clientId = frame.toString('utf8', from, from + length)
}

function unknownApi(key: number, version: number): string {
  const name = apiOf(key)?.name
  return name === undefined ? `unknown API key ${key}` : `API key ${key} (${name}) v${version} is not served here`
}

function decodeBody(api: Api, reader: ByteReader, version: number, clientId: string | null): unknown {
  try {
    return api.request.decode(reader, version)
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    const who = clientId === null ? '' : ` of client ${JSON.stringify(clientId.slice(0, 100))}`
    throw new ProtocolError(`${api.name} v${version}${who} can't be read: ${error.message}`)
  }
}

/** A response that holds nothing but its own error code. */
function errorAnswer(api: Api, version: number, code: number): unknown {
  const field = api.response.fields.find((candidate) => candidate.name === 'errorCode')
  return field !== undefined && within(version, field.versions) ? { errorCode: code } : undefined
}
