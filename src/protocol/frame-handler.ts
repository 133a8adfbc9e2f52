import type { Piece } from '../base/bytes.ts'

/** Kinds of requests that came by a connection: bits. Greetings (ApiVersions, logins) are none. */
export const Used = { METADATA: 1, OTHER: 2 } as const

/** What came by a connection so far. Its fields are added to and set in place. */
export interface ConnectionUse {
  /** Wall clock. */
  readonly openedMs: number
  /** Monotonic; of the newest request. */
  lastMs: number
  /** Of the newest request. */
  clientId: string | null
  /** Bits of `Used`. */
  kinds: number
  requests: number
  bytesIn: number
  bytesOut: number
}

/** What is known about a connection; the same object for all of its requests. */
export interface ConnectionInfo {
  /** `localhost:port-remote:port-n`, as in Kafka's logs. */
  readonly id: string
  readonly listenerName: string
  readonly securityProtocol: string
  /** Addresses of IPv4 are shown as such on sockets of both kinds too. */
  readonly peerAddress: string
  readonly peerPort: number
  /** The address and port that the client reached us at: what it is told where no advertised listener is configured. */
  readonly localAddress: string
  readonly localPort: number
  /** `User:ANONYMOUS` until a certificate or a login says otherwise; set by the listener and its SASL gate only. */
  principal: string
  /** Logged in by a delegation token: may not ask for another. */
  tokenAuthenticated: boolean
  /** A broker passes on what came to it. */
  readonly isForwarded?: boolean
  /** From ApiVersions v3+ (KIP-511). */
  clientSoftwareName: string
  clientSoftwareVersion: string
  /** Left out: nobody wants to know. */
  readonly use?: ConnectionUse
}

/** Told when an answer was next in line and when the last of it was taken, in monotonic ms; negative: at once. */
export interface SentListener {
  sent(leftMs: number, sentMs: number): void
}

/** The place of one request among the answers of its connection. One of `send`, `skip`, `close` is called, once. */
export interface ReplySlot {
  /** Late bytes may be sent. */
  readonly takesLate?: boolean
  /** When the last byte of the request was there, in monotonic ms. */
  readonly arrivedMs?: number
  /** A whole frame, its size included. `release` runs when nobody reads the pieces any more. */
  send(pieces: readonly Piece[], release?: () => void, listener?: SentListener): void
  /** As `send`, and the connection is closed when the client has taken it. */
  sendLast?(pieces: readonly Piece[]): void
  /** There is no answer. */
  skip(): void
  /** From now on nothing more is started of this connection for so long (KIP-219). */
  throttle?(ms: number): void
  /** Answers of earlier requests still leave; nothing after them. `reason` is the log line, none where undefined. */
  close(reason: string | undefined): void
  /** `run` is called if the connection closes before there is an outcome: whoever waits for something may stop. */
  onAbandoned?(run: () => void): void
  /** The value whose bytes are sent next. */
  answering?(answer: unknown): void
}

/** Called with the frames of a connection in order; never throws. */
export type FrameHandler = (frame: Buffer, connection: ConnectionInfo, slot: ReplySlot) => void

/** The whole frame that answers a request with an error; undefined: it has no such answer. @throws ProtocolError */
export type FrameRefusal = (frame: Buffer, connection: ConnectionInfo, code: number) => readonly Piece[] | undefined

/** What a listener lets those do to a connection who guard it. */
export interface ConnectionControl {
  /** Larger frames close the connection; undefined: the listener's own bound again. `setting` is where it is from. */
  limitFrames(bound: { readonly bytes: number; readonly setting: string } | undefined): void
  /** At once, whatever is under way; `reason` is the log line. */
  close(reason: string | undefined): void
}

/** Whoever stands between the connections of a listener and what serves them. */
export interface ConnectionGuard {
  readonly handle: FrameHandler
  opened(connection: ConnectionInfo, control: ConnectionControl): void
  closed(connection: ConnectionInfo): void
  /** The listener is closed, and all of its connections. */
  stopped?(): void
}
