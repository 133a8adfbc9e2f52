import type { Clock, Disk } from '../../io/ports.ts'
import { claimOf, decodePart, isObject } from '../../security/sasl/oauth/json-web-token.ts'
import { httpExchange, shownUrl } from './http.ts'
import { type RetryRules, retrying, Unretryable } from './retry.ts'
import type { TokenRequests } from './token-requests.ts'

export interface BearerToken {
  readonly token: string
  readonly expiresAtMs: number
}

/** Where this node's own tokens come from. */
export type TokenSource = (nowMs: number) => Promise<BearerToken>

export interface TokenEndpointOptions extends RetryRules {
  readonly url: URL
  readonly requests: TokenRequests
  /** sasl.login.connect.timeout.ms and sasl.login.read.timeout.ms together. */
  readonly timeoutMs: number
  readonly trusted?: readonly string[]
  readonly clock: Clock
}

/** What would not become better: the request is wrong, or the method. As Kafka's HttpJwtRetriever has them. */
const UNRETRYABLE: ReadonlySet<number> = new Set([
  ...[400, 401, 402, 403, 404, 405, 406, 407, 409, 410, 411, 412, 413, 414, 415],
  ...[501, 505],
])

/** Asks a token server. */
export function tokensFromEndpoint(options: TokenEndpointOptions): TokenSource {
  const { url, requests, timeoutMs, trusted, clock } = options
  const attempt = async (): Promise<BearerToken> => {
    const { headers, body } = await requests(clock.now())
    const call = { url, method: 'POST', headers, body, timeoutMs } as const
    const { status, text } = await httpExchange({ ...call, ...(trusted !== undefined && { trusted }) })
    if (status === 200 || status === 201) return readToken(tokenIn(text))
    const reason = `the token server at ${shownUrl(url)} answered with status ${status}${errorIn(text)}`
    throw UNRETRYABLE.has(status) ? new Unretryable(reason) : new Error(reason)
  }
  return () => retrying(attempt, options, clock)
}

function tokenIn(text: string): string {
  const answer = jsonOf(text)
  for (const name of ['access_token', 'id_token']) {
    const token = claimOf(answer, name)
    if (typeof token === 'string' && token.trim() !== '') return token.trim()
  }
  throw new Unretryable('the answer of the token server holds no token')
}

/** What RFC 6749 lets a server say of an error; nothing else of its answer, which may repeat what is secret. */
function errorIn(text: string): string {
  const error = claimOf(jsonOf(text), 'error')
  return typeof error === 'string' ? `: ${error.slice(0, 100)}` : ''
}

function jsonOf(text: string) {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}

/** Somebody else keeps the file up to date. */
export function tokensFromFile(path: string, disk: Pick<Disk, 'readFile'>): TokenSource {
  return async () => readToken((await disk.readFile(path)).toString('utf8').trim())
}

/** Only what the login itself needs: whether it is to be believed is for the broker to say. */
function readToken(token: string): BearerToken {
  const parts = token.split('.')
  const claims = parts.length === 3 ? decodePart(parts[1] ?? '') : undefined
  const expiry = claims && claimOf(claims, 'exp')
  if (typeof expiry !== 'number' || expiry < 0) throw new Unretryable('what came is no token with an expiration time')
  return { token, expiresAtMs: Math.trunc(expiry) * 1000 }
}
