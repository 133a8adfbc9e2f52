import type { ConnectionInfo, FrameHandler } from '../protocol/frame-handler.ts'
import type { SaslMechanism } from '../security/sasl/mechanism.ts'

export interface SaslGateOptions {
  /** What sasl.enabled.mechanisms of the listener names. */
  readonly mechanisms: readonly SaslMechanism[]
  /** Where the frames of clients that have logged in go. */
  readonly handle: FrameHandler
}

/** Stands before the dispatcher of one SASL listener: nothing passes before a login. */
export interface SaslGate {
  readonly handle: FrameHandler
  closed(connection: ConnectionInfo): void
}
