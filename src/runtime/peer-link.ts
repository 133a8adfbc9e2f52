import type { ClientTls } from '../io/tls.ts'
import type { LoginFactory } from '../security/sasl/mechanism.ts'

/** How this node speaks with nodes of one kind: brokers or controllers. */
export interface PeerLink {
  /** Absent: the bytes go as they are. */
  readonly tls?: ClientTls
  /** Absent: whoever has the connection is the client. */
  readonly login?: LoginFactory
}

export const PLAIN_LINK: PeerLink = {}
