import type { Piece } from '../base/bytes.ts'
import { ErrorCode, ProtocolError } from '../base/errors.ts'
import type { CountedLines } from '../io/counted-lines.ts'
import type { Timer } from '../io/ports.ts'
import { encodeAnswer } from '../protocol/answer-frame.ts'
import { ApiKey } from '../protocol/apis.ts'
import type { ConnectionControl, ConnectionInfo, ReplySlot } from '../protocol/frame-handler.ts'
import { SaslAuthenticateRequest } from '../protocol/messages/sasl-authenticate.ts'
import { SaslHandshakeRequest } from '../protocol/messages/sasl-handshake.ts'
import type { SaslDone, SaslServer, SaslStep } from '../security/sasl/mechanism.ts'
import { type ParsedHeader, parseHeader, WatchedSlot } from './sasl-frames.ts'
import type { LoginFailure, SaslGateOptions } from './sasl-settings.ts'

type State =
  /** Nothing is known; `isFirst`: not even whether it speaks Kafka's protocol. */
  | { readonly at: 'greeting'; readonly isFirst: boolean }
  /** It knows which versions there are. */
  | { readonly at: 'handshake' }
  /** `isFramed`: tokens come in SaslAuthenticate requests, not bare. */
  | { readonly at: 'tokens'; readonly server: SaslServer; readonly isFramed: boolean; readonly isRefused?: true }
  | { readonly at: 'wrong mechanism'; readonly mechanism: string; readonly reason: string }
  | { readonly at: 'in'; readonly mechanism: string; readonly expiresAtMs: number | undefined }
  | { readonly at: 'over' }

/** Who the client was before it renews its session. */
interface Renewal {
  readonly mechanism: string
  readonly principal: string
}

const MIN_RENEWAL_INTERVAL_MS = 1000
/** Strangers choose names and ids. */
const LOGGED_CHARS = 300

/**
 * The login of one connection, as Kafka's server has it:
 *
 *     greeting ─ ApiVersions ─► handshake ─ SaslHandshake ─► tokens ─ SaslAuthenticate… ─► in ─ SaslHandshake ─► tokens …
 *         └──────── SaslHandshake ────────────────────────────►┘   (v0: bare tokens)         (to renew a session, KIP-368)
 *
 * Whatever does not fit closes the connection. Frames are dealt with one after the other: while a step is waited for, the
 * next ones wait here.
 */
export class SaslSession {
  readonly #gate: SaslGateOptions
  readonly #failures: CountedLines
  readonly #connection: ConnectionInfo
  readonly #control: ConnectionControl
  #deadline: Timer | undefined
  #delay: Timer | undefined
  #state: State = { at: 'greeting', isFirst: true }
  #renewal: Renewal | undefined
  #renewalBeganMs = Number.NEGATIVE_INFINITY
  /** It has sent a SaslAuthenticate of v1 or later. */
  #knowsRenewal = false
  #isBusy = false
  readonly #waiting: { readonly frame: Buffer; readonly slot: ReplySlot }[] = []

  constructor(
    gate: SaslGateOptions,
    failures: CountedLines,
    connection: ConnectionInfo,
    control: ConnectionControl,
    deadline: Timer,
  ) {
    this.#gate = gate
    this.#failures = failures
    this.#connection = connection
    this.#control = control
    this.#deadline = deadline
  }

  handle(frame: Buffer, slot: ReplySlot): void {
    if (this.#isBusy) this.#waiting.push({ frame, slot })
    else this.#handle(frame, slot)
  }

  #handle(frame: Buffer, slot: ReplySlot): void {
    const state = this.#state
    if (state.at === 'in') {
      this.#pass(state, frame, slot)
      return
    }
    try {
      this.#authenticate(state, frame, slot)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#failed({ reason: error.message })
      slot.close(undefined)
    }
  }

  #pass(state: State & { at: 'in' }, frame: Buffer, slot: ReplySlot): void {
    const { clock, handle } = this.#gate
    if (state.expiresAtMs !== undefined) {
      const nowMs = clock.monotonic()
      const isHandshake = frame.length >= 2 && frame.readInt16BE(0) === ApiKey.SaslHandshake
      if (isHandshake && nowMs - this.#renewalBeganMs >= MIN_RENEWAL_INTERVAL_MS) {
        this.#renewalBeganMs = nowMs
        this.#renew(state.mechanism)
        this.handle(frame, slot)
        return
      }
      if (nowMs > state.expiresAtMs) {
        this.#expired(slot)
        return
      }
    }
    handle(frame, this.#connection, slot)
  }

  #renew(mechanism: string): void {
    this.#renewal = { mechanism, principal: this.#connection.principal }
    this.#state = { at: 'handshake' }
    const { maxReceiveBytes: bytes } = this.#gate
    this.#control.limitFrames({ bytes, setting: 'sasl.server.max.receive.size' })
  }

  #expired(slot: ReplySlot): void {
    const { metrics, logger } = this.#gate
    if (metrics !== undefined) metrics.expiredSessions++
    logger.debug({ connection: this.#connection.id }, 'the session has expired')
    this.#end()
    slot.close(undefined)
  }

  #authenticate(state: Exclude<State, { at: 'in' }>, frame: Buffer, slot: ReplySlot): void {
    switch (state.at) {
      case 'greeting':
      case 'handshake':
        this.#greet(state, frame, slot)
        break
      case 'tokens':
        if (state.isFramed) this.#framedToken(state.server, frame, slot)
        else this.#step(state.server, frame, slot, undefined)
        break
      case 'wrong mechanism':
        this.#refuse(slot, undefined, state)
        break
      case 'over':
        slot.skip()
    }
  }

  #greet(state: State & { at: 'greeting' | 'handshake' }, frame: Buffer, slot: ReplySlot): void {
    const header = parseHeader(frame)
    if (header === undefined) {
      if (state.at !== 'greeting' || !state.isFirst) throw new ProtocolError('a frame that is no request')
      // Clients of Kafka 0.9 began with a token of GSSAPI.
      const reason = 'Exception handling first SASL packet from client, GSSAPI is not supported by server'
      this.#refuse(slot, undefined, { reason })
      return
    }
    if (state.at === 'greeting') this.#state = { at: 'greeting', isFirst: false }
    if (header.api.key === ApiKey.ApiVersions) this.#apiVersions(state, frame, slot)
    else if (header.api.key === ApiKey.SaslHandshake) this.#handshake(header, slot)
    else {
      const reason = `Unexpected Kafka request of type ${header.api.name} during SASL handshake.`
      this.#refuse(slot, undefined, { reason })
    }
  }

  /** Answered by whoever answers everything else; asked again where the first answer was an error, and only then. */
  #apiVersions({ at }: State, frame: Buffer, slot: ReplySlot): void {
    if (at !== 'greeting') throw new ProtocolError('a second ApiVersions request before the login')
    this.#isBusy = true
    const watched = new WatchedSlot(slot, (answer) => {
      if (answer?.errorCode === ErrorCode.NONE) this.#state = { at: 'handshake' }
      this.#resume()
    })
    this.#gate.handle(frame, this.#connection, watched)
  }

  #handshake({ api, version, correlationId, reader }: ParsedHeader, slot: ReplySlot): void {
    if (!SaslHandshakeRequest.supports(version)) throw new ProtocolError(`no version ${version} of SaslHandshake`)
    const { mechanism } = SaslHandshakeRequest.decode(reader, version)
    const known = this.#gate.mechanisms()
    const mechanisms = known.map(({ name }) => name)
    const chosen = known.find(({ name }) => name === mechanism)
    const answer = (errorCode: number) => encodeAnswer(api, version, correlationId, { errorCode, mechanisms })
    if (chosen === undefined) {
      const reason = `Unsupported SASL mechanism ${mechanism.slice(0, 100)}`
      // Kafka's server says why only to those who log in for the first time.
      if (this.#renewal !== undefined) throw new ProtocolError(reason)
      this.#refuse(slot, answer(ErrorCode.UNSUPPORTED_SASL_MECHANISM), { reason })
      return
    }
    const before = this.#renewal?.mechanism
    if (before !== undefined && before !== mechanism) {
      const reason = `SASL mechanism '${mechanism}' requested by client is not supported for re-authentication of mechanism '${before}'`
      this.#state = { at: 'wrong mechanism', mechanism, reason }
    } else {
      const { listenerName, peerAddress } = this.#connection
      const server = chosen.start({ listenerName, peerAddress })
      this.#state = { at: 'tokens', server, isFramed: version >= 1 }
    }
    slot.send(answer(ErrorCode.NONE))
  }

  #framedToken(server: SaslServer, frame: Buffer, slot: ReplySlot): void {
    const header = parseHeader(frame)
    if (header === undefined) throw new ProtocolError('a frame that is no request, instead of SaslAuthenticate')
    const { api, version, reader } = header
    if (api.key !== ApiKey.SaslAuthenticate) {
      const reason = `Unexpected Kafka request of type ${api.name} during SASL authentication.`
      const answer = this.#gate.refusal?.(frame, this.#connection, ErrorCode.ILLEGAL_SASL_STATE)
      this.#refuse(slot, answer, { mechanism: server.mechanism, reason })
      return
    }
    if (!SaslAuthenticateRequest.supports(version)) throw new ProtocolError(`no version ${version} of SaslAuthenticate`)
    if (version > 0) this.#knowsRenewal = true
    this.#step(server, SaslAuthenticateRequest.decode(reader, version).authBytes, slot, header)
  }

  #step(server: SaslServer, token: Buffer, slot: ReplySlot, header: ParsedHeader | undefined): void {
    const step = server.step(token, this.#gate.clock.now())
    if (!(step instanceof Promise)) {
      this.#stepped(server, step, slot, header)
      return
    }
    this.#isBusy = true
    step
      .catch((error): SaslStep => ({ kind: 'failed', detail: `it could not be checked (${placeOf(error)})` }))
      .then((outcome) => {
        this.#stepped(server, outcome, slot, header)
        this.#resume()
      })
  }

  #stepped(server: SaslServer, step: SaslStep, slot: ReplySlot, header: ParsedHeader | undefined): void {
    if (this.#state.at === 'over') {
      slot.skip()
      return
    }
    const { mechanism } = server
    if (step.kind === 'malformed') {
      this.#failed({ mechanism, reason: step.detail, ...(step.user !== undefined && { user: step.user }) })
      slot.close(undefined)
      return
    }
    if (step.kind === 'failed') {
      const { message = invalidCredentials(mechanism, this.#renewal), detail, user } = step
      const reason = detail === undefined ? message : `${message}: ${detail}`
      const failure = { mechanism, reason, ...(user !== undefined && { user }) }
      this.#refuse(slot, header && tokenRefusal(header, message), failure)
      return
    }
    if (step.kind === 'challenge') {
      const { refused } = step
      if (refused !== undefined) {
        this.#audit({ mechanism, reason: refused })
        this.#state = { at: 'tokens', server, isFramed: header !== undefined, isRefused: true }
      }
      slot.send(tokenAnswer(step.token, 0, header))
      return
    }
    const changed = this.#changedPrincipal(step)
    if (changed !== undefined) {
      this.#refuse(slot, header && tokenRefusal(header, changed), { mechanism, reason: changed })
      return
    }
    const lifetimeMs = this.#lifetime(mechanism, step)
    this.#loggedIn(mechanism, step, lifetimeMs)
    slot.send(tokenAnswer(step.token, lifetimeMs ?? 0, header))
  }

  #changedPrincipal({ principal }: SaslDone): string | undefined {
    const before = this.#renewal?.principal
    if (before === undefined || before === principal) return undefined
    return `Cannot change principals during re-authentication from ${dotted(before)}: ${dotted(principal)}`
  }

  /** Undefined: the session ends with the connection. */
  #lifetime(mechanism: string, { expiresAtMs }: SaslDone): number | undefined {
    const maxMs = this.#gate.maxReauthMs(mechanism)
    const most = maxMs > 0 ? maxMs : Number.POSITIVE_INFINITY
    const left = expiresAtMs === undefined ? Number.POSITIVE_INFINITY : expiresAtMs - this.#gate.clock.now()
    const lifetimeMs = Math.max(0, Math.min(most, left))
    return Number.isFinite(lifetimeMs) ? lifetimeMs : undefined
  }

  #loggedIn(
    mechanism: string,
    { principal, tokenAuthenticated = false }: SaslDone,
    lifetimeMs: number | undefined,
  ): void {
    const { clock, logger } = this.#gate
    const connection = this.#connection
    this.#deadline?.cancel()
    this.#deadline = undefined
    connection.principal = principal
    connection.tokenAuthenticated = tokenAuthenticated
    this.#control.limitFrames(undefined)
    const expiresAtMs = lifetimeMs === undefined ? undefined : clock.monotonic() + lifetimeMs
    this.#state = { at: 'in', mechanism, expiresAtMs }
    this.#countLogin()
    const line = { ...this.#who(), mechanism, principal, tokenAuthenticated, sessionLifetimeMs: lifetimeMs ?? 0 }
    logger.debug(line, this.#renewal === undefined ? 'login' : 'login renewed')
    this.#renewal = undefined
  }

  #countLogin(): void {
    const { metrics } = this.#gate
    if (metrics === undefined) return
    if (this.#renewal !== undefined) metrics.reauthentications++
    else {
      metrics.logins++
      if (!this.#knowsRenewal) metrics.loginsWithoutReauthentication++
    }
  }

  /** Answered and closed after a delay, so that guessing is slow. */
  #refuse(slot: ReplySlot, answer: readonly Piece[] | undefined, failure: LoginFailure): void {
    this.#failed(failure)
    const { failureDelayMs, clock } = this.#gate
    const close = (): void => {
      if (answer !== undefined && slot.sendLast !== undefined) slot.sendLast(answer)
      else slot.close(undefined)
    }
    if (failureDelayMs > 0) this.#delay = clock.after(failureDelayMs, close)
    else close()
  }

  #failed(failure: LoginFailure): void {
    const state = this.#state
    // Said once: whatever else comes of a client that was refused is no other login.
    if (state.at !== 'tokens' || state.isRefused !== true) this.#audit(failure)
    this.#end()
  }

  #audit(failure: LoginFailure): void {
    const { reason, mechanism, user } = failure
    const { metrics, failedLogin } = this.#gate
    failedLogin?.(this.#connection, failure)
    const isRenewal = this.#renewal !== undefined
    if (metrics !== undefined && isRenewal) metrics.failedReauthentications++
    else if (metrics !== undefined) metrics.failedLogins++
    const who = this.#who()
    const fields = {
      ...who,
      ...(mechanism !== undefined && { mechanism }),
      ...(user !== undefined && { user: user.slice(0, LOGGED_CHARS) }),
      reason: reason.slice(0, LOGGED_CHARS),
    }
    const message = isRenewal ? 'login not renewed' : 'login failed'
    const kind = [message, who.host, mechanism, user, reason].join('\n')
    this.#failures.say({ kind, fields: () => fields, message, by: { listener: who.listener, host: who.host } })
  }

  #who() {
    const { listenerName: listener, peerAddress: host, id } = this.#connection
    return { listener, host, connection: id }
  }

  #end(): void {
    this.#state = { at: 'over' }
    this.#deadline?.cancel()
    this.#deadline = undefined
    for (const { slot } of this.#waiting.splice(0)) slot.skip()
  }

  #resume(): void {
    this.#isBusy = false
    while (!this.#isBusy) {
      const next = this.#waiting.shift()
      if (next === undefined) return
      this.#handle(next.frame, next.slot)
    }
  }

  /** The connection is gone. */
  close(): void {
    this.#delay?.cancel()
    this.#end()
  }
}

/** Where an error is from; its text may be of what the client sent. */
function placeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'for no reason'
  return `${error.name} ${
    error.stack
      ?.split('\n')
      .find((line) => line.startsWith('    at '))
      ?.trim() ?? ''
  }`
}

function invalidCredentials(mechanism: string, renewal: Renewal | undefined): string {
  const during = renewal === undefined ? 'authentication' : 're-authentication'
  return `Authentication failed during ${during} due to invalid credentials with SASL mechanism ${mechanism}`
}

/** `User.name` */
function dotted(principal: string): string {
  return principal.replace(':', '.')
}

function tokenAnswer(token: Buffer, sessionLifetimeMs: number, header: ParsedHeader | undefined) {
  if (header === undefined) {
    const size = Buffer.allocUnsafe(4)
    size.writeInt32BE(token.length)
    return [size, token]
  }
  const { api, version, correlationId } = header
  const answer = { errorCode: ErrorCode.NONE, errorMessage: '', authBytes: token, sessionLifetimeMs }
  return encodeAnswer(api, version, correlationId, answer)
}

function tokenRefusal({ api, version, correlationId }: ParsedHeader, errorMessage: string) {
  const answer = {
    errorCode: ErrorCode.SASL_AUTHENTICATION_FAILED,
    errorMessage,
    authBytes: Buffer.alloc(0),
    sessionLifetimeMs: 0,
  }
  return encodeAnswer(api, version, correlationId, answer)
}
