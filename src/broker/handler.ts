import { present } from '../base/assert.ts'
import { type Api, apiOf } from '../protocol/apis.ts'
import type { ConnectionInfo } from '../protocol/frame-handler.ts'
import type { Message } from '../protocol/schema.ts'
import type { RequestTrail } from './request-trail.ts'

export interface RequestContext {
  readonly api: Api
  readonly apiVersion: number
  readonly correlationId: number
  readonly clientId: string | null
  readonly connection: ConnectionInfo
  /** The request as it came, header included; not to be kept beyond the answer. */
  readonly frame?: Buffer
  /** `release` runs once nobody reads the answer's bytes any more: sent, or never to be sent. */
  onSent?(release: () => void): void
  /** Left out: what happens to it is not written down. */
  readonly trail?: RequestTrail | undefined
  /** The answer's records may be late bytes. */
  readonly sendsLate?: boolean
  /** The client is held back for so long after the answer, which says so (KIP-219); the longest counts. */
  throttle?(ms: number): void
  /** Nobody's quota is charged with the request. */
  exempt?(): void
  /** `run` is called if the connection closes before the answer: nobody waits for it any more. */
  onAbandoned?(run: () => void): void
}

/** Given instead of a response: nothing is sent (Produce with acks=0). */
export const NO_REPLY = Symbol('no reply')
/** Given instead of a response: the connection is closed (an acks=0 produce that failed: the client's only sign). */
export const CLOSE_CONNECTION = Symbol('close connection')

/** Given instead of a response: its bytes, header included, as another node made them for this request. */
export class RawAnswer {
  readonly bytes: Buffer

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }
}

export type Answer<Res> = Res | RawAnswer | typeof NO_REPLY | typeof CLOSE_CONNECTION

/**
 * Serves one API at all of its versions. Called in the order in which requests came on a connection; whatever must keep
 * that order (an append) happens before the first `await`. A throw is a bug or a broken invariant: errors of the request
 * are answers.
 */
export interface Handler {
  readonly api: Api
  handle(request: unknown, context: RequestContext): Answer<unknown> | Promise<Answer<unknown>>
  /** The answer that says `code` wherever this API has a place for it; left out: the response's own errorCode, if any. */
  failed?(request: unknown, code: number, context: RequestContext): unknown
}

/** Ties an API's message types to the function that serves it. */
export function handler<Req, ReqIn, Res, ResIn>(
  key: number,
  _request: Message<Req, ReqIn>,
  _response: Message<Res, ResIn>,
  handle: (request: Req, context: RequestContext) => Answer<ResIn> | Promise<Answer<ResIn>>,
  failed?: (request: Req, code: number, context: RequestContext) => ResIn,
): Handler {
  const served = {
    api: present(apiOf(key), `API ${key}`),
    handle: (request: unknown, context: RequestContext) => handle(request as Req, context),
  }
  if (failed === undefined) return served
  return { ...served, failed: (request, code, context) => failed(request as Req, code, context) }
}
