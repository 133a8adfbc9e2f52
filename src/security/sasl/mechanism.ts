/** What the gate knows of an exchange that has to be asked for the way of its connection. */
export interface SaslExchange {
  readonly listenerName: string
  readonly peerAddress: string
}

/** What becomes of a token of the client's. */
export type SaslStep =
  /** More is needed: the token goes back, and another is awaited. */
  | SaslChallenge
  | SaslDone
  /**
   * The client is told `message` (which must tell nothing about whether a user exists), or where it is left out
   * Kafka's sentence about invalid credentials. `detail` is for the log alone and holds no secret.
   */
  | { readonly kind: 'failed'; readonly message?: string; readonly detail?: string; readonly user?: string }
  /** What came can not be reckoned with: the connection closes at once, and the client is told nothing. */
  | { readonly kind: 'malformed'; readonly detail: string; readonly user?: string }

export interface SaslChallenge {
  readonly kind: 'challenge'
  readonly token: Buffer
  /** The challenge says no, and the client need only say that it heard it: what is wrong, for the log. */
  readonly refused?: string
}

export interface SaslDone {
  readonly kind: 'done'
  /** The last token for the client; may be empty. */
  readonly token: Buffer
  /** `User:name` */
  readonly principal: string
  /** By a delegation token. */
  readonly tokenAuthenticated?: boolean
  /** When what the client has shown runs out, in ms since 1970: the session ends with it (KIP-368). */
  readonly expiresAtMs?: number
}

/** The server's side of one exchange. A step after `done` or `failed` is never asked for. */
export interface SaslServer {
  readonly mechanism: SaslMechanismName
  /** `nowMs`: wall clock. A rejected promise is a failure without a sentence of its own. */
  step(token: Buffer, nowMs: number): SaslStep | Promise<SaslStep>
}

export const SASL_MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'] as const
export type SaslMechanismName = (typeof SASL_MECHANISMS)[number]

/** A mechanism as one listener has it set up. */
export interface SaslMechanism {
  readonly name: SaslMechanismName
  start(exchange: SaslExchange): SaslServer
}

/** The client's side of one exchange. Throws `SaslRefused` where the server's token can't be accepted. */
export interface SaslClient {
  first(): Buffer
  /** The server's token; undefined where nothing more is to be sent: the server has said all that it must. */
  next(challenge: Buffer): Buffer | undefined
}

/** How this node logs in to others over one kind of link. */
export interface LoginFactory {
  readonly mechanism: SaslMechanismName
  /** Called for each login, the renewal of a session included. */
  start(): SaslClient | Promise<SaslClient>
}

/** The server does not know what it should, or speaks another language. */
export class SaslRefused extends Error {
  override readonly name = 'SaslRefused'
}
