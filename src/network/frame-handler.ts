import type { Piece } from '../base/bytes.ts'

/** What is known about a connection; the same object for all of its requests. */
export interface ConnectionInfo {
  /** `localhost:port-remote:port-n`, as in Kafka's logs. */
  readonly id: string
  readonly listenerName: string
  readonly securityProtocol: string
  readonly peerAddress: string
  readonly peerPort: number
  readonly localAddress: string
  readonly localPort: number
  readonly principal: string
  clientSoftwareName: string
  clientSoftwareVersion: string
}

/** The place of one request among the answers of its connection. Exactly one of the three is called, once. */
export interface ReplySlot {
  readonly takesLate: boolean
  /** A whole frame, its size included. `release` runs when nobody reads the pieces any more. */
  send(pieces: readonly Piece[], release?: () => void): void
  /** There is no answer. */
  skip(): void
  /** From now on nothing more is started of this connection for so long (KIP-219). */
  throttle(ms: number): void
  /** Answers of earlier requests still leave; nothing after them. `reason` is the log line, none where undefined. */
  close(reason: string | undefined): void
  /** `run` is called if the connection closes before there is an outcome: whoever waits for something may stop. */
  onAbandoned(run: () => void): void
}

/** Called with the frames of a connection in order; never throws. */
export type FrameHandler = (frame: Buffer, connection: ConnectionInfo, slot: ReplySlot) => void
