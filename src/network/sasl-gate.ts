import { CountedLines } from '../io/counted-lines.ts'
import type { ConnectionControl, ConnectionGuard, ConnectionInfo, FrameHandler } from '../protocol/frame-handler.ts'
import { SaslSession } from './sasl-session.ts'
import type { SaslGateOptions } from './sasl-settings.ts'

/** A client that has not logged in by then is closed: Kafka would let it stay until connections.max.idle.ms. */
const LOGIN_LIMIT_MS = 30_000

/** Stands before the dispatcher of one SASL listener: nothing but ApiVersions passes before a login. */
export class SaslGate implements ConnectionGuard {
  readonly #options: SaslGateOptions
  readonly #failures: CountedLines
  readonly #sessions = new Map<ConnectionInfo, SaslSession>()

  constructor(options: SaslGateOptions) {
    this.#options = options
    const { logger, clock } = options
    this.#failures = new CountedLines({ logger, clock, level: 'warn', again: 'again', more: 'more logins failed' })
  }

  /** Connections that are known here. */
  get size(): number {
    return this.#sessions.size
  }

  opened(connection: ConnectionInfo, control: ConnectionControl): void {
    const { maxReceiveBytes: bytes, clock } = this.#options
    control.limitFrames({ bytes, setting: 'sasl.server.max.receive.size' })
    const deadline = clock.after(LOGIN_LIMIT_MS, () => control.close(`no login within ${LOGIN_LIMIT_MS} ms`))
    this.#sessions.set(connection, new SaslSession(this.#options, this.#failures, connection, control, deadline))
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

  stopped(): void {
    this.#failures.flush()
  }
}
