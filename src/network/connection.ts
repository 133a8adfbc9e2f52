import { assert } from '../base/assert.ts'
import { isLate, type Piece } from '../base/bytes.ts'
import { ProtocolError } from '../base/errors.ts'
import type { NetSocket, Timer } from '../io/ports.ts'
import { adopt } from '../io/socket-source.ts'
import type { ListenerMetrics } from '../metrics/broker-metrics.ts'
import { type FrameMemory, FrameSplitter } from '../protocol/frame.ts'
import type {
  ConnectionControl,
  ConnectionInfo,
  FrameHandler,
  ReplySlot,
  SentListener,
} from '../protocol/frame-handler.ts'
import type { SharedLimits } from './limits.ts'
import { PieceWriter, STAGE_BYTES } from './piece-writer.ts'

export interface ConnectionLimits {
  /** socket.request.max.bytes */
  readonly maxFrameBytes: number
  /** Requests under way on one connection. */
  readonly maxInFlight: number
  /** Their bytes. */
  readonly maxInFlightBytes: number
  /** Answers that the client has not taken yet: beyond it, no request is started. */
  readonly maxUnsentBytes: number
}

export const DEFAULT_CONNECTION_LIMITS: ConnectionLimits = {
  maxFrameBytes: 104_857_600,
  maxInFlight: 32,
  maxInFlightBytes: 16 * 1024 * 1024,
  maxUnsentBytes: 1024 * 1024,
}

export interface ConnectionEvents {
  readonly handle: FrameHandler
  readonly shared: SharedLimits
  readonly memory: FrameMemory
  readonly monotonic: () => number
  readonly after: (ms: number, run: () => void) => Timer
  readonly counts?: ListenerMetrics | undefined
  /** Once; `reason` where it was closed for a cause that deserves a line. */
  closed(connection: Connection, reason: string | undefined): void
}

/** In front of every frame. */
const SIZE_BYTES = 4

/**
 * One client: frames in, answers out in the order of their requests.
 *
 *     socket → splitter → #frames (not started) → handle → #slots (started) → #out (answered, in order) → socket
 *
 * Requests start in order, several at a time, while the bounds allow; frames that can't start yet wait in #frames and the
 * socket is not read. So a connection holds at most its bounds, one read, and one answer for each request under way.
 */
export class Connection implements ConnectionControl {
  readonly info: ConnectionInfo
  readonly #socket: NetSocket
  readonly #splitter: FrameSplitter
  readonly #limits: ConnectionLimits
  readonly #events: ConnectionEvents
  readonly #frames: Buffer[] = []
  readonly #slots: Slot[] = []
  #out: Piece[] = []
  readonly #writer: PieceWriter
  #outBytes = 0
  #releases: (() => void)[] = []
  #listeners: SentListener[] = []
  #inFlightBytes = 0
  /** Of answers that wait behind an earlier one, or for the client to take them. */
  #unsentBytes = 0
  #flushScheduled = false
  #starting = false
  #ended = false
  #closing: { readonly reason: string | undefined } | undefined
  #closed = false
  #lastActiveMs: number
  /** When the frames came that start next: none are read while any wait. */
  #arrivedMs = 0
  /** Nothing is started before it runs out. */
  #muted: Timer | undefined
  #mutedUntilMs = 0

  constructor(accepted: NetSocket, info: ConnectionInfo, limits: ConnectionLimits, events: ConnectionEvents) {
    this.info = info
    this.#limits = limits
    this.#events = events
    this.#lastActiveMs = events.monotonic()
    this.#splitter = new FrameSplitter(limits.maxFrameBytes, events.memory)
    this.#socket = adopt(accepted, this.#splitter, { arrived: (take) => this.#arrived(take) })
    this.#writer = new PieceWriter(this.#socket, (error) => this.destroy(`an answer broke off: ${error.message}`))
    this.#socket.setNoDelay(true)
    this.#socket.on('end', () => this.#halfClosed())
    this.#socket.on('error', () => this.destroy(undefined))
    this.#socket.on('close', () => this.destroy(undefined))
    this.#socket.resume()
  }

  limitFrames(bound: { readonly bytes: number; readonly setting: string } | undefined): void {
    if (bound === undefined) this.#splitter.limit(this.#limits.maxFrameBytes, 'socket.request.max.bytes')
    else this.#splitter.limit(Math.min(bound.bytes, this.#limits.maxFrameBytes), bound.setting)
  }

  /** Requests that are there and not begun. */
  get waitingRequests(): number {
    return this.#frames.length
  }

  get lastActiveMs(): number {
    return this.#lastActiveMs
  }

  /** Nothing is under way: no request, no part of one, no answer. */
  get isIdle(): boolean {
    return this.#slots.length === 0 && this.#frames.length === 0 && this.#unsentBytes === 0
  }

  #arrived(take: (sink: (frame: Buffer) => void) => void): boolean {
    if (this.#closed || this.#closing !== undefined) return false
    this.#lastActiveMs = this.#events.monotonic()
    this.#arrivedMs = this.#lastActiveMs
    try {
      take((frame) => this.#frames.push(frame))
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#start()
      this.#closeAfterAnswers(error.message)
      return false
    }
    this.#start()
    return this.#frames.length === 0
  }

  #mayStart(): boolean {
    if (this.#closing !== undefined || this.#closed || this.#muted !== undefined) return false
    // One request may always be under way: else requests that wait for each other's connections could stop for good.
    if (this.#slots.length === 0 && this.#unsentBytes === 0) return true
    return (
      this.#slots.length < this.#limits.maxInFlight &&
      this.#inFlightBytes < this.#limits.maxInFlightBytes &&
      this.#unsentBytes < this.#limits.maxUnsentBytes &&
      !this.#events.shared.inFlight.isExhausted &&
      !this.#events.shared.unsent.isExhausted
    )
  }

  #start(): void {
    if (this.#starting) return
    this.#starting = true
    while (this.#frames.length > 0 && this.#mayStart()) this.#startOne(this.#frames.shift() as Buffer)
    this.#starting = false
    if (this.#frames.length === 0) return
    if (this.#events.shared.inFlight.isExhausted) this.#events.shared.inFlight.wait(this.#resume)
    if (this.#events.shared.unsent.isExhausted) this.#events.shared.unsent.wait(this.#resume)
  }

  #startOne(frame: Buffer): void {
    const slot = new Slot(this, frame, this.#arrivedMs)
    const { counts } = this.#events
    if (counts !== undefined) {
      counts.requests++
      counts.bytesIn += frame.length + SIZE_BYTES
    }
    const { use } = this.info
    if (use !== undefined) {
      use.requests++
      use.bytesIn += frame.length + SIZE_BYTES
      use.lastMs = this.#arrivedMs
    }
    this.#slots.push(slot)
    this.#inFlightBytes += frame.length
    this.#events.shared.inFlight.add(frame.length)
    this.#events.handle(frame, this.info, slot)
  }

  readonly #resume = (): void => {
    if (this.#closed) return
    const wasBlocked = this.#frames.length > 0
    this.#start()
    if (wasBlocked && this.#frames.length === 0 && this.#closing === undefined) this.#socket.resume()
    this.#maybeEnd()
  }

  /** The client has used up its quota. What was started before is answered all the same. */
  mute(ms: number): void {
    const untilMs = this.#events.monotonic() + ms
    if (this.#closed || untilMs <= this.#mutedUntilMs) return
    this.#mutedUntilMs = untilMs
    this.#muted?.cancel()
    this.#muted = this.#events.after(ms, () => {
      this.#muted = undefined
      this.#lastActiveMs = this.#events.monotonic()
      this.#resume()
    })
  }

  /** A slot has its outcome: what is now at the front of the line leaves. */
  settled(slot: Slot): void {
    if (slot.frame !== undefined) this.#events.memory.release(slot.frame)
    slot.frame = undefined
    if (this.#closed) {
      slot.outcome?.release?.()
      return
    }
    this.#inFlightBytes -= slot.requestBytes
    this.#events.shared.inFlight.remove(slot.requestBytes)
    this.#addUnsent(slot.outcome?.bytes ?? 0)
    while (this.#slots[0]?.outcome !== undefined) this.#leave((this.#slots.shift() as Slot).outcome as Outcome)
    if (this.#frames.length > 0) this.#resume()
    this.#maybeEnd()
  }

  #leave(outcome: Outcome): void {
    if (this.#closing !== undefined && this.#closing !== outcome.close) {
      this.#addUnsent(-outcome.bytes)
      outcome.release?.()
      return
    }
    if (this.#events.counts !== undefined && outcome.pieces.length > 0) this.#events.counts.responses++
    if (outcome.close !== undefined) {
      this.#closing = outcome.close
      this.#frames.length = 0
    }
    for (const piece of outcome.pieces) this.#out.push(piece)
    this.#outBytes += outcome.bytes
    if (outcome.release !== undefined) this.#releases.push(outcome.release)
    if (outcome.listener !== undefined) this.#listeners.push(outcome.listener)
    if (this.#flushScheduled || this.#out.length === 0) return
    this.#flushScheduled = true
    process.nextTick(this.#flush)
  }

  /** Everything that was answered in this tick goes out by one writev. */
  readonly #flush = (): void => {
    this.#flushScheduled = false
    if (this.#closed) return
    const bytes = this.#outBytes
    const pieces = this.#out
    const releases = this.#releases
    const listeners = this.#listeners
    this.#out = []
    this.#outBytes = 0
    this.#releases = []
    this.#listeners = []
    const leftMs = this.#events.monotonic()
    this.#count(pieces)
    this.#writer.write(pieces, bytes, () => this.#sent(bytes, releases, listeners, leftMs))
  }

  #count(pieces: readonly Piece[]): void {
    let bytes = 0
    for (const piece of pieces) bytes += piece.length
    if (this.#events.counts !== undefined) this.#events.counts.bytesOut += bytes
    if (this.info.use !== undefined) this.info.use.bytesOut += bytes
  }

  #sent(bytes: number, releases: readonly (() => void)[], listeners: readonly SentListener[], leftMs: number): void {
    for (const release of releases) release()
    if (this.#closed) return
    const nowMs = this.#events.monotonic()
    this.#lastActiveMs = nowMs
    for (const listener of listeners) listener.sent(leftMs, nowMs)
    this.#addUnsent(-bytes)
    if (this.#frames.length > 0) this.#resume()
    this.#maybeEnd()
  }

  #addUnsent(bytes: number): void {
    this.#unsentBytes += bytes
    if (bytes > 0) this.#events.shared.unsent.add(bytes)
    else if (bytes < 0) this.#events.shared.unsent.remove(-bytes)
  }

  /** The client sends no more: what it asked for is still answered. */
  #halfClosed(): void {
    this.#ended = true
    this.#lastActiveMs = this.#events.monotonic()
    this.#maybeEnd()
  }

  /** Behind the requests that are under way; a slot of its own, already settled. */
  #closeAfterAnswers(reason: string): void {
    const slot = new Slot(this, undefined, this.#arrivedMs)
    this.#slots.push(slot)
    slot.close(reason)
  }

  /** May be closed when nothing moved for long: nothing is asked, or the client does not take what it asked for. */
  get mayExpire(): boolean {
    return this.#slots.length === 0 || this.#unsentBytes > 0
  }

  /** The client ended its side and only waits for answers, or is gone: nobody can tell. */
  get isEnded(): boolean {
    return this.#ended
  }

  /** Reads no more; closes when what is under way has been answered. */
  finish(): void {
    this.#socket.pause()
    this.#frames.length = 0
    this.#halfClosed()
  }

  #maybeEnd(): void {
    if (this.#unsentBytes > 0 || this.#closed) return
    if (this.#closing !== undefined) this.destroy(this.#closing.reason)
    else if (this.#ended && this.#slots.length === 0 && this.#frames.length === 0) this.destroy(undefined)
  }

  close(reason: string | undefined): void {
    this.destroy(reason)
  }

  destroy(reason: string | undefined): void {
    if (this.#closed) return
    this.#closed = true
    this.#muted?.cancel()
    this.#events.shared.inFlight.forget(this.#resume)
    this.#events.shared.unsent.forget(this.#resume)
    this.#addUnsent(-this.#unsentBytes)
    this.#events.shared.inFlight.remove(this.#inFlightBytes)
    for (const release of this.#releases) release()
    this.#frames.length = 0
    this.#socket.destroy()
    this.#events.closed(this, reason)
    for (const slot of this.#slots) slot.abandon()
  }
}

interface Outcome {
  readonly pieces: readonly Piece[]
  /** In memory. */
  readonly bytes: number
  readonly release: (() => void) | undefined
  readonly listener: SentListener | undefined
  readonly close: { readonly reason: string | undefined } | undefined
}

const NOTHING: Outcome = { pieces: [], bytes: 0, release: undefined, listener: undefined, close: undefined }

function heldBytes(pieces: readonly Piece[]): number {
  let bytes = 0
  let staged = 0
  for (const piece of pieces) {
    if (isLate(piece)) staged = STAGE_BYTES
    else bytes += piece.length
  }
  return bytes + staged
}

class Slot implements ReplySlot {
  readonly requestBytes: number
  readonly takesLate = true
  readonly arrivedMs: number
  /** Let go when the request has its outcome: whoever needs the bytes for longer has said so by then. */
  frame: Buffer | undefined
  readonly #connection: Connection
  outcome: Outcome | undefined
  #onAbandoned: (() => void) | undefined

  constructor(connection: Connection, frame: Buffer | undefined, arrivedMs: number) {
    this.#connection = connection
    this.arrivedMs = arrivedMs
    this.frame = frame
    this.requestBytes = frame?.length ?? 0
  }

  send(pieces: readonly Piece[], release?: () => void, listener?: SentListener): void {
    this.#settle({ pieces, bytes: heldBytes(pieces), release, listener, close: undefined })
  }

  sendLast(pieces: readonly Piece[]): void {
    this.#settle({ ...NOTHING, pieces, bytes: heldBytes(pieces), close: { reason: undefined } })
  }

  skip(): void {
    this.#settle(NOTHING)
  }

  close(reason: string | undefined): void {
    this.#settle({ ...NOTHING, close: { reason } })
  }

  throttle(ms: number): void {
    this.#connection.mute(ms)
  }

  onAbandoned(run: () => void): void {
    this.#onAbandoned = run
  }

  abandon(): void {
    if (this.outcome === undefined) this.#onAbandoned?.()
    else this.outcome.release?.()
  }

  #settle(outcome: Outcome): void {
    assert(this.outcome === undefined, 'a request is answered once')
    this.outcome = outcome
    this.#connection.settled(this)
  }
}
