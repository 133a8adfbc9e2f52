import type { SaslMechanism, SaslServer, SaslStep } from '../mechanism.ts'
import { ACKNOWLEDGED, type BearerRefusal, parseBearerMessage, refusalText } from './messages.ts'

export interface ValidToken {
  readonly kind: 'valid'
  /** Whom it is about; the principal is `User:` and this. */
  readonly name: string
  readonly expiresAtMs: number
}

export interface InvalidToken extends BearerRefusal {
  readonly kind: 'invalid'
  /** For the log; nothing of the token is in it that would be of use to a reader. */
  readonly detail: string
}

export type TokenVerdict = ValidToken | InvalidToken

/** Says whether a token is to be believed; may have to fetch keys first. */
export type TokenValidator = (token: string, nowMs: number) => TokenVerdict | Promise<TokenVerdict>

export function bearerMechanism(validate: TokenValidator): SaslMechanism {
  return { name: 'OAUTHBEARER', start: () => new BearerServer(validate) }
}

/**
 * RFC 7628, the server's side: a token → done, or a sentence in JSON that the client acknowledges before it is told again
 * and turned away.
 */
class BearerServer implements SaslServer {
  readonly mechanism = 'OAUTHBEARER'
  readonly #validate: TokenValidator
  #refused: InvalidToken | undefined

  constructor(validate: TokenValidator) {
    this.#validate = validate
  }

  step(bytes: Buffer, nowMs: number): SaslStep | Promise<SaslStep> {
    if (this.#refused !== undefined) return afterRefusal(this.#refused, bytes)
    const message = parseBearerMessage(bytes)
    if (message === undefined) return { kind: 'failed', detail: 'Invalid OAUTHBEARER client first message' }
    const { token, authorizationId } = message
    const verdict = this.#validate(token, nowMs)
    // The validator waits, not this machine.
    if (verdict instanceof Promise) return verdict.then((known) => this.#conclude(known, authorizationId))
    return this.#conclude(verdict, authorizationId)
  }

  #conclude(verdict: TokenVerdict, authorizationId: string): SaslStep {
    if (verdict.kind === 'invalid') {
      this.#refused = verdict
      return { kind: 'challenge', token: Buffer.from(refusalText(verdict)), refused: verdict.detail }
    }
    const { name, expiresAtMs } = verdict
    if (authorizationId !== '' && authorizationId !== name) {
      const ids = `authorization id (${authorizationId}) that is different from the token's principal name (${name})`
      return { kind: 'failed', message: `Authentication failed: Client requested an ${ids}`, user: name }
    }
    return { kind: 'done', token: Buffer.alloc(0), principal: `User:${name}`, expiresAtMs }
  }
}

function afterRefusal(refused: InvalidToken, bytes: Buffer): SaslStep {
  const { detail } = refused
  if (bytes.equals(ACKNOWLEDGED)) return { kind: 'failed', message: refusalText(refused), detail }
  return { kind: 'failed', detail: `${detail}; then something else than an acknowledgement came` }
}
