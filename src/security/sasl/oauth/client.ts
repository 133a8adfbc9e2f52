import { type SaslClient, SaslRefused } from '../mechanism.ts'
import { ACKNOWLEDGED, bearerMessage } from './messages.ts'

export interface BearerLogin {
  readonly token: string
  readonly extensions: ReadonlyMap<string, string>
}

const SHOWN_CHARS = 200

/** RFC 7628, the client's side. */
export class BearerClient implements SaslClient {
  readonly #login: BearerLogin
  #refusal: string | undefined

  constructor(login: BearerLogin) {
    this.#login = login
  }

  first(): Buffer {
    return bearerMessage({ ...this.#login, authorizationId: '' })
  }

  next(challenge: Buffer): Buffer | undefined {
    if (this.#refusal !== undefined) throw new SaslRefused(`the server refused the token: ${this.#refusal}`)
    if (challenge.length === 0) return undefined
    this.#refusal = challenge.toString('utf8').slice(0, SHOWN_CHARS)
    return ACKNOWLEDGED
  }
}
