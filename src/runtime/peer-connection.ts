import { ByteReader } from '../base/bytes.ts'
import { ErrorCode, ProtocolError } from '../base/errors.ts'
import type { SlabPool } from '../base/slab-pool.ts'
import type { Net, NetAddress, NetSocket } from '../io/ports.ts'
import { adopt } from '../io/socket-source.ts'
import type { HandshakeOutcome } from '../io/tls.ts'
import { type Api, ApiKey, apiOf, servedVersions } from '../protocol/apis.ts'
import { type FrameMemory, FrameSplitter } from '../protocol/frame.ts'
import { ApiVersionsRequest } from '../protocol/messages/api-versions.ts'
import { decodeAnswer, encodeRequest } from '../protocol/request-frame.ts'
import type { Range } from '../protocol/schema.ts'
import type { LoginFactory } from '../security/sasl/mechanism.ts'
import type { PeerLink } from './peer-link.ts'
import { type LoginLine, PeerLogin } from './peer-login.ts'
import type { Sent } from './sent.ts'

/** A fetch answers with at least one batch, however large; memory is taken only as it arrives. */
const MAX_ANSWER_BYTES = 0x7fffffff
const JOIN_BELOW = 16 * 1024
const OLDEST_API_VERSIONS = 0
const SOFTWARE = { clientSoftwareName: 'odradek', clientSoftwareVersion: '1.0.0' }

export interface PeerConnectionEvents {
  /**
   * Requests may be sent: the peer has said which versions it speaks, and knows who asks. Again after each `renewLogin`; the
   * session ends after so long, where that is not 0.
   */
  ready(sessionLifetimeMs: number): void
  /** Once; nothing comes after it. */
  closed(reason: Error): void
}

/** Who asks, and how. */
export interface PeerConnectionIdentity {
  readonly clientId: string
  readonly link: PeerLink
}

/** No connection without TLS that both sides accept. */
export class HandshakeFailed extends Error {
  override readonly name = 'HandshakeFailed'
}

interface InFlight {
  readonly sent: Sent
  readonly correlationId: number
}

/**
 * One connection to a peer.
 *
 *     connecting ─ TLS ─ ApiVersions ─ SASL ─ ready: requests out, answers in their order ─ closed
 *
 * An answer that can't be read, or belongs to no request, closes it.
 */
export class PeerConnection implements LoginLine {
  readonly #events: PeerConnectionEvents
  readonly #clientId: string
  readonly #splitter: FrameSplitter
  readonly #inFlight: InFlight[] = []
  #socket: NetSocket
  #versions: ReadonlyMap<number, Range> | undefined
  readonly #login: LoginFactory | undefined
  #correlationId = 0
  #isReady = false
  #wasReady = false
  #closed = false

  constructor(
    net: Net,
    address: NetAddress,
    { clientId, link }: PeerConnectionIdentity,
    events: PeerConnectionEvents,
    memory?: SlabPool,
  ) {
    this.#events = events
    this.#splitter = new FrameSplitter(MAX_ANSWER_BYTES, memory && this.#answersIn(memory))
    this.#clientId = clientId
    const { tls, login } = link
    this.#login = login
    const socket = net.connect(address)
    this.#socket = socket
    socket.on('error', (error) => this.destroy(error))
    socket.on('close', () => this.#socketClosed(socket))
    socket.on('connect', () => {
      if (tls === undefined) this.#connected(socket)
      else tls.secure(socket, address.host, (outcome) => this.#secured(outcome))
    })
  }

  #secured(outcome: HandshakeOutcome): void {
    if ('socket' in outcome) {
      if (this.#closed) outcome.socket.destroy()
      else this.#connected(outcome.socket)
      return
    }
    const { error, reason } = outcome.failure
    this.destroy(
      new HandshakeFailed(`the TLS handshake failed: ${reason ?? 'the connection closed'}`, { cause: error }),
    )
  }

  /** Answers come in their order: the frame that begins answers the first that waits. */
  #answersIn(memory: SlabPool): FrameMemory {
    return {
      allocate: (bytes) => (this.#inFlight[0]?.sent.isLeased ? memory.allocate(bytes) : Buffer.allocUnsafe(bytes)),
      release: (buffer) => memory.release(buffer),
    }
  }

  get isReady(): boolean {
    return this.#isReady && !this.#closed
  }

  get wasReady(): boolean {
    return this.#wasReady
  }

  get isClosed(): boolean {
    return this.#closed
  }

  /** The highest version that both sides have within what is asked for; undefined: none. */
  version(api: Api, asked: Partial<Range>): number | undefined {
    const theirs = this.#versions?.get(api.key)
    if (theirs === undefined) return undefined
    const ours = servedVersions(api)
    const max = Math.min(ours.max, theirs.max, asked.max ?? ours.max)
    return max >= Math.max(ours.min, theirs.min, asked.min ?? ours.min) ? max : undefined
  }

  /** @throws where the body can't be encoded: nothing is sent then */
  send(sent: Sent, body: unknown): void {
    const correlationId = this.#correlationId
    const chunks = encodeRequest(sent.api, { version: sent.version, correlationId, clientId: this.#clientId }, body)
    this.#correlationId = (correlationId + 1) & 0x7fffffff
    if (sent.isUnanswered !== true) this.#inFlight.push({ sent, correlationId })
    this.#write(chunks)
  }

  #write(chunks: readonly Buffer[]): void {
    const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
    const pieces = chunks.length > 1 && bytes <= JOIN_BELOW ? [Buffer.concat(chunks, bytes)] : chunks
    if (pieces.length > 1) this.#socket.cork()
    for (const piece of pieces) this.#socket.write(piece)
    if (pieces.length > 1) this.#socket.uncork()
  }

  #connected(connecting: NetSocket): void {
    if (this.#closed) return
    const socket = adopt(connecting, this.#splitter, { arrived: (take) => this.#arrived(take) })
    const isAnother = socket !== this.#socket
    this.#socket = socket
    if (isAnother) {
      socket.on('error', (error) => this.destroy(error))
      socket.on('close', () => this.#socketClosed(socket))
    }
    socket.on('end', () => this.destroy(new Error('the peer closed the connection')))
    socket.setNoDelay(true)
    socket.resume()
    this.#negotiate(ApiVersionsRequest.versions.max)
  }

  /** The socket whose handle was taken over closes too: that says nothing. */
  #socketClosed(socket: NetSocket): void {
    if (socket === this.#socket) this.destroy(new Error('the connection closed'))
  }

  #negotiate(version: number): void {
    const api = apiOf(ApiKey.ApiVersions) as Api
    this.send({ api, version, answered: (answer) => this.#negotiated(version, answer) }, SOFTWARE)
  }

  #negotiated(version: number, answer: unknown): void {
    const { errorCode, apiKeys } = answer as { errorCode: number; apiKeys: readonly ApiRange[] }
    if (errorCode === ErrorCode.UNSUPPORTED_VERSION && version > OLDEST_API_VERSIONS) {
      const known = apiKeys.find(({ apiKey }) => apiKey === ApiKey.ApiVersions)
      this.#negotiate(Math.min(version - 1, Math.max(OLDEST_API_VERSIONS, known?.maxVersion ?? OLDEST_API_VERSIONS)))
    } else if (errorCode !== 0) {
      this.destroy(new Error(`the peer answered ApiVersions with error ${errorCode}`))
    } else {
      this.#versions = new Map(apiKeys.map((api) => [api.apiKey, { min: api.minVersion, max: api.maxVersion }]))
      if (this.#login === undefined) this.#ready(0)
      else this.#logIn(this.#login)
    }
  }

  /** Before the session ends: nothing else is sent until it is renewed. */
  renewLogin(): void {
    if (this.#login === undefined || !this.isReady) return
    this.#isReady = false
    this.#logIn(this.#login)
  }

  #logIn(factory: LoginFactory): void {
    new PeerLogin(factory, this, {
      done: (sessionLifetimeMs) => this.#ready(sessionLifetimeMs),
      failed: (error) => this.destroy(error),
    }).begin()
  }

  #ready(sessionLifetimeMs: number): void {
    this.#isReady = true
    this.#wasReady = true
    this.#events.ready(sessionLifetimeMs)
  }

  #arrived(take: (sink: (frame: Buffer) => void) => void): boolean {
    if (this.#closed) return false
    try {
      take((frame) => this.#answered(frame))
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.destroy(error)
    }
    return !this.#closed
  }

  #answered(frame: Buffer): void {
    if (this.#closed) return
    const first = this.#inFlight.shift()
    if (first === undefined) throw new ProtocolError('an answer that nothing was asked for')
    const { sent, correlationId } = first
    const { api, version } = sent
    const answer =
      api.key === ApiKey.ApiVersions
        ? decodeApiVersions(api, version, correlationId, frame)
        : decodeAnswer(api, version, correlationId, frame)
    sent.answered(answer, frame)
  }

  destroy(reason: Error): void {
    if (this.#closed) return
    this.#closed = true
    this.#inFlight.length = 0
    this.#socket.destroy()
    this.#events.closed(reason)
  }
}

interface ApiRange {
  readonly apiKey: number
  readonly minVersion: number
  readonly maxVersion: number
}

/** A peer that does not know our version answers in version 0 (KIP-511). */
function decodeApiVersions(api: Api, version: number, correlationId: number, frame: Buffer): unknown {
  const error = new ByteReader(frame, 4).int16()
  return decodeAnswer(
    api,
    error === ErrorCode.UNSUPPORTED_VERSION ? OLDEST_API_VERSIONS : version,
    correlationId,
    frame,
  )
}
