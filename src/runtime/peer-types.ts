import type { NetAddress } from '../io/ports.ts'
import type { CallKey, Calls } from '../protocol/apis.ts'

export type PeerErrorKind =
  /** No connection could be made, or the last attempt failed and the next one is not due. */
  | 'unreachable'
  /** The connection broke: the request may have been carried out. */
  | 'disconnected'
  /** No answer in time: the request may have been carried out. */
  | 'timeout'
  /** The peer has no version of this API that we have. */
  | 'unsupported'
  /** Too many requests wait for this peer already. */
  | 'busy'

/** A request to a peer that got no answer. */
export class PeerError extends Error {
  override readonly name = 'PeerError'
  readonly kind: PeerErrorKind

  constructor(kind: PeerErrorKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.kind = kind
  }
}

export interface PeerCall<K extends CallKey> {
  /** `ApiKey.Fetch`… */
  readonly api: K
  /** A function where the body depends on the version that is spoken. */
  readonly body: Calls[K]['request'] | ((version: number) => Calls[K]['request'])
  /** From now on, a connection to be made included. */
  readonly timeoutMs: number
  readonly maxVersion?: number
  readonly minVersion?: number
  /** Nothing comes back (Produce with acks 0): resolves, with undefined, once it is on its way. */
  readonly isUnanswered?: boolean
  /**
   * For answers by the gigabyte: the frame may be a piece of the node's memory, and whoever is given it here, before the
   * promise resolves, releases it when nothing of the answer is needed any more.
   */
  readonly lease?: (frame: Buffer) => void
}

/** A connection to another node for one purpose, made when it is first needed. */
export interface PeerClient {
  readonly address: NetAddress
  readonly isConnected: boolean
  /**
   * Requests leave in the order of the calls and are answered in it. Rejects with `PeerError`. The buffers in the answer
   * (records) are slices of its frame.
   */
  request<K extends CallKey>(call: PeerCall<K>): Promise<Calls[K]['response']>
  /** The next request tries to connect though the last attempt failed just now. */
  retryNow(): void
  /** An established connection broke, by whatever cause but `close`. Returns what ends the listening. */
  onClosed(listener: () => void): () => void
  /** What waits is rejected. A later request opens the client anew. */
  close(): void
}

export interface PeerDirectory {
  /** The same client for the same address and purpose; what is not used any more is to be closed. */
  to(address: NetAddress, purpose: string): PeerClient
}
