import { createHash, timingSafeEqual } from 'node:crypto'
import type { SaslClient, SaslMechanism, SaslStep } from './mechanism.ts'

/** The password of a user; undefined: there is no such user. */
export type Passwords = (user: string) => string | undefined

const NUL = '\0'
const FIELDS = 3
/** Longer names are cut in the log. */
const LOGGED_NAME = 100

/** RFC 4616: the password itself, which is why it belongs into TLS. */
export function plainMechanism(passwords: Passwords): SaslMechanism {
  return {
    name: 'PLAIN',
    start: () => ({ mechanism: 'PLAIN', step: (token) => plainStep(passwords, token) }),
  }
}

function plainStep(passwords: Passwords, token: Buffer): SaslStep {
  const fields = token.toString('utf8').split(NUL, FIELDS + 1)
  const [authorizationId = '', user = '', password = ''] = fields
  if (fields.length !== FIELDS) {
    return failed(`Invalid SASL/PLAIN response: expected 3 tokens, got ${fields.length}`)
  }
  if (user === '') return failed('Authentication failed: username not specified')
  if (password === '') return failed('Authentication failed: password not specified', user)
  const expected = passwords(user)
  if (!isSame(password, expected ?? '') || expected === undefined) {
    return failed('Authentication failed: Invalid username or password', user)
  }
  if (authorizationId !== '' && authorizationId !== user) {
    return failed('Authentication failed: Client requested an authorization id that is different from username', user)
  }
  return { kind: 'done', token: Buffer.alloc(0), principal: `User:${user}` }
}

function failed(message: string, user?: string): SaslStep {
  return { kind: 'failed', message, ...(user !== undefined && { user: user.slice(0, LOGGED_NAME) }) }
}

/** How long it takes tells nothing, not even of the length. */
function isSame(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

export class PlainClient implements SaslClient {
  readonly #token: Buffer

  constructor(user: string, password: string) {
    this.#token = Buffer.from(`${NUL}${user}${NUL}${password}`)
  }

  first(): Buffer {
    return this.#token
  }

  /** The server's answer to the token is empty, and all that it says. */
  next(): undefined {
    return undefined
  }
}
