import type { Clock, Logger } from '../io/ports.ts'
import type { ListenerMetrics } from '../metrics/broker-metrics.ts'
import type { ConnectionInfo, FrameHandler, FrameRefusal } from '../protocol/frame-handler.ts'
import type { SaslMechanism } from '../security/sasl/mechanism.ts'

export interface SaslSettings {
  /** What sasl.enabled.mechanisms of the listener names; looked up for each login. */
  readonly mechanisms: () => readonly SaslMechanism[]
  /** sasl.server.max.receive.size: of each frame before the login is over. */
  readonly maxReceiveBytes: number
  /** connection.failed.authentication.delay.ms */
  readonly failureDelayMs: number
  /** connections.max.reauth.ms of a mechanism; 0: a login holds as long as its connection. */
  readonly maxReauthMs: (mechanism: string) => number
}

export interface SaslGateOptions extends SaslSettings {
  /** Where the frames of clients that have logged in go, and every ApiVersions request. */
  readonly handle: FrameHandler
  /** Left out: whoever sends something else in the middle of a login gets no answer. */
  readonly refusal?: FrameRefusal
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics?: SaslMetrics
  readonly failedLogin?: (connection: ConnectionInfo, failure: LoginFailure) => void
}

export interface LoginFailure {
  readonly mechanism?: string
  readonly user?: string
  readonly reason: string
}

/** What was seen of logins; fields of the listener's metrics. */
export type SaslMetrics = Pick<
  ListenerMetrics,
  | 'logins'
  | 'failedLogins'
  | 'reauthentications'
  | 'failedReauthentications'
  | 'loginsWithoutReauthentication'
  | 'expiredSessions'
>
