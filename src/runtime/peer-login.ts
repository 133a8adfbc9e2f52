import { ErrorCode, errorName } from '../base/errors.ts'
import { type Api, ApiKey, apiOf } from '../protocol/apis.ts'
import type { SaslAuthenticateResponseData } from '../protocol/messages/sasl-authenticate.ts'
import type { SaslHandshakeResponseData } from '../protocol/messages/sasl-handshake.ts'
import type { Range } from '../protocol/schema.ts'
import { type LoginFactory, type SaslClient, SaslRefused } from '../security/sasl/mechanism.ts'
import type { Sent } from './sent.ts'

/** What a login needs of its connection. */
export interface LoginLine {
  send(sent: Sent, body: unknown): void
  version(api: Api, asked: Partial<Range>): number | undefined
  readonly isClosed: boolean
}

export interface LoginEvents {
  /** 0: the session lasts as long as the connection (KIP-368). */
  done(sessionLifetimeMs: number): void
  failed(error: Error): void
}

/** Trying again with the same credentials would not help. */
export class LoginFailed extends Error {
  override readonly name = 'LoginFailed'
}

/** Tokens come in SaslAuthenticate requests after a handshake of this version. */
const FRAMED_HANDSHAKE = 1

/** One login over a connection, the first or one that renews its session: SaslHandshake, then SaslAuthenticate until it is over. */
export class PeerLogin {
  readonly #factory: LoginFactory
  readonly #line: LoginLine
  readonly #events: LoginEvents

  constructor(factory: LoginFactory, line: LoginLine, events: LoginEvents) {
    this.#factory = factory
    this.#line = line
    this.#events = events
  }

  begin(): void {
    const { mechanism } = this.#factory
    const body = { mechanism }
    this.#ask(ApiKey.SaslHandshake, { min: FRAMED_HANDSHAKE }, body, (answer) => {
      const { errorCode, mechanisms } = answer as SaslHandshakeResponseData
      if (errorCode === ErrorCode.UNSUPPORTED_SASL_MECHANISM) {
        this.#failed(`the other side has no ${mechanism}, but ${mechanisms.join(', ')}`)
      } else if (errorCode !== 0) this.#failed(`the handshake was answered with ${errorName(errorCode)}`)
      else this.#start()
    })
  }

  #start(): void {
    const started = this.#guarded(() => this.#factory.start())
    if (started === undefined) return
    if (started instanceof Promise) {
      started.then(
        (client) => this.#first(client),
        (error) => this.#failed(messageOf(error)),
      )
    } else this.#first(started)
  }

  #first(client: SaslClient): void {
    if (this.#line.isClosed) return
    const token = this.#guarded(() => client.first())
    if (token !== undefined) this.#token(client, token)
  }

  #token(client: SaslClient, token: Buffer): void {
    this.#ask(ApiKey.SaslAuthenticate, {}, { authBytes: token }, (answer) => {
      const { errorCode, errorMessage, authBytes, sessionLifetimeMs } = answer as SaslAuthenticateResponseData
      if (errorCode !== 0) {
        this.#failed(errorMessage ?? errorName(errorCode))
        return
      }
      this.#guarded(() => {
        const next = client.next(authBytes)
        if (next === undefined) this.#events.done(sessionLifetimeMs)
        else this.#token(client, next)
        return true
      })
    })
  }

  #ask(key: number, versions: Partial<Range>, body: unknown, answered: (answer: unknown) => void): void {
    const api = apiOf(key) as Api
    const version = this.#line.version(api, versions)
    if (version === undefined) this.#failed(`the other side does not serve ${api.name}`)
    else this.#line.send({ api, version, answered }, body)
  }

  #guarded<T>(work: () => T): T | undefined {
    try {
      return work()
    } catch (error) {
      if (!(error instanceof SaslRefused)) throw error
      this.#failed(error.message)
      return undefined
    }
  }

  #failed(reason: string): void {
    if (this.#line.isClosed) return
    this.#events.failed(new LoginFailed(`the login by ${this.#factory.mechanism} failed: ${reason}`))
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
