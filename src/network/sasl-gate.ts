import type { Clock, Logger } from '../io/ports.ts'
import type { ListenerMetrics } from '../metrics/broker-metrics.ts'
import type {
  ConnectionControl,
  ConnectionGuard,
  ConnectionInfo,
  FrameHandler,
  FrameRefusal,
} from '../protocol/frame-handler.ts'
import type { SaslMechanism } from '../security/sasl/mechanism.ts'
import { SaslSession } from './sasl-session.ts'

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

/** A client that has not logged in by then is closed: Kafka would let it stay until connections.max.idle.ms. */
const LOGIN_LIMIT_MS = 30_000

/** Stands before the dispatcher of one SASL listener: nothing but ApiVersions passes before a login. */
export class SaslGate implements ConnectionGuard {
  readonly #options: SaslGateOptions
  readonly #sessions = new Map<ConnectionInfo, SaslSession>()

  constructor(options: SaslGateOptions) {
    this.#options = options
  }

  /** Connections that are known here. */
  get size(): number {
    return this.#sessions.size
  }

  opened(connection: ConnectionInfo, control: ConnectionControl): void {
    const { maxReceiveBytes: bytes, clock } = this.#options
    control.limitFrames({ bytes, setting: 'sasl.server.max.receive.size' })
    const deadline = clock.after(LOGIN_LIMIT_MS, () => control.close(`no login within ${LOGIN_LIMIT_MS} ms`))
    this.#sessions.set(connection, new SaslSession(this.#options, connection, control, deadline))
  }

  readonly handle: FrameHandler = (frame, connection, slot) => {
    const session = this.#sessions.get(connection)
    if (session === undefined) slot.close(undefined)
    else session.handle(frame, slot)
  }

  closed(connection: ConnectionInfo): void {
    this.#sessions.get(connection)?.close()
    this.#sessions.delete(connection)
  }
}
