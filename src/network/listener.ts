import { assert } from '../base/assert.ts'
import { NodeNet } from '../io/node-net.ts'
import type { Clock, Logger, Net, NetServer, NetSocket, Timer } from '../io/ports.ts'
import { RepeatedLine } from '../io/repeated-line.ts'
import { ListenerMetrics } from '../metrics/broker-metrics.ts'
import { COLLECTED, type FrameMemory } from '../protocol/frame.ts'
import type { ConnectionGuard, ConnectionInfo, FrameHandler } from '../protocol/frame-handler.ts'
import { CloseLog } from './close-log.ts'
import { Connection, type ConnectionLimits, DEFAULT_CONNECTION_LIMITS } from './connection.ts'
import { Handshakes, type ListenerTls } from './handshakes.ts'
import type { SharedLimits } from './limits.ts'

export interface ListenerOptions {
  readonly name: string
  readonly securityProtocol: 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL'
  /** Empty: all addresses. */
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  readonly handle: FrameHandler
  readonly shared: SharedLimits
  /** Where frames are assembled; the one that the logs keep records in, or left to the garbage collector. */
  readonly memory?: FrameMemory
  readonly clock: Clock
  readonly logger: Logger
  readonly net?: Net
  readonly settings?: Partial<ListenerSettings>
  /** Absent: the bytes come as they are. */
  readonly tls?: ListenerTls
  /** Made once, and given what the listener counts; its handler stands in the place of `handle`. Absent: nobody stands there. */
  readonly guard?: (metrics: ListenerMetrics) => ConnectionGuard
  /** A connection is gone, whoever closed it. */
  readonly closed?: (connection: ConnectionInfo) => void
  readonly watch?: ListenerWatch
}

/** Whoever wants to know who comes and who is refused. */
export interface ListenerWatch {
  opened(connection: ConnectionInfo): void
  /** For a cause that deserves a line in the log. */
  refused(connection: ConnectionInfo, reason: string): void
}

export interface ListenerSettings extends ConnectionLimits {
  /** connections.max.idle.ms; negative: never. */
  readonly maxIdleMs: number
  /** socket.listen.backlog.size */
  readonly backlog: number
}

const DEFAULT_SETTINGS: ListenerSettings = { ...DEFAULT_CONNECTION_LIMITS, maxIdleMs: 600_000, backlog: 50 }
const ANONYMOUS = 'User:ANONYMOUS'
const MOST_HELD = 10_000
const IDLE_CHECK_MS = 30_000
/** A client that ended its side gets the answers that come within this time; most such clients are gone. */
const ENDED_MS = 30_000
/** Between a connection and the end of its TLS handshake. */
const HANDSHAKE_MS = 30_000

/** Accepts the clients of one address. */
export class Listener {
  readonly #options: ListenerOptions
  readonly #settings: ListenerSettings
  readonly #memory: FrameMemory
  readonly #connections = new Set<Connection>()
  /** Accepted while there was no room, or too fast after others: not read until their time comes. */
  readonly #waiting = new Set<NetSocket>()
  readonly #handshakes: Handshakes | undefined
  readonly #closeLog: CloseLog
  readonly metrics = new ListenerMetrics()
  readonly #guard: ConnectionGuard | undefined
  #server: NetServer | undefined
  #nextIndex = 0
  #idleTimer: Timer | undefined
  #drained: (() => void) | undefined

  private constructor(options: ListenerOptions) {
    this.#options = options
    this.#settings = { ...DEFAULT_SETTINGS, ...options.settings }
    this.#memory = options.memory ?? COLLECTED
    this.#guard = options.guard?.(this.metrics)
    const { tls, clock, logger, securityProtocol } = options
    // Nobody's secrets may go over the wire because something was forgotten.
    assert(securityProtocol.endsWith('SSL') === (tls !== undefined), 'a listener has TLS where its protocol says so')
    const { maxIdleMs } = this.#settings
    const limitMs = maxIdleMs < 0 ? HANDSHAKE_MS : Math.min(HANDSHAKE_MS, maxIdleMs)
    this.#handshakes = tls && new Handshakes({ tls, clock, limitMs })
    this.#closeLog = new CloseLog(clock, logger)
  }

  /** Resolves when the port is bound; rejects with the system's error (`code` EADDRINUSE…). */
  static async open(options: ListenerOptions): Promise<Listener> {
    const listener = new Listener(options)
    await listener.#listen()
    return listener
  }

  get name(): string {
    return this.#options.name
  }

  get port(): number {
    return this.#server?.port ?? this.#options.port
  }

  get connectionCount(): number {
    return this.#connections.size
  }

  get waitingRequests(): number {
    let waiting = 0
    for (const connection of this.#connections) waiting += connection.waitingRequests
    return waiting
  }

  *connections(): Iterable<ConnectionInfo> {
    for (const connection of this.#connections) yield connection.info
  }

  async #listen(): Promise<void> {
    const { host, port, logger, clock, net = new NodeNet() } = this.#options
    const failures = new RepeatedLine(clock)
    this.#server = await net.listen({
      host,
      port,
      backlog: this.#settings.backlog,
      accepted: (socket) => this.#accepted(socket),
      failed: (error) => failures.say(() => logger.error({ err: error }, 'listener failed to accept')),
    })
    this.#scheduleIdleCheck()
  }

  #accepted(socket: NetSocket): void {
    const address = plainAddress(socket.remoteAddress)
    const { shared, clock, name } = this.#options
    if (address === '') {
      socket.destroy()
      return
    }
    const verdict = shared.rates.opened(name, address, clock.monotonic())
    if ('refuseMs' in verdict) this.#hold(socket, verdict.refuseMs, () => socket.destroy())
    else if (verdict.waitMs > 0) this.#hold(socket, verdict.waitMs, () => this.#admit(socket, address))
    else this.#admit(socket, address)
  }

  #admit(socket: NetSocket, address: string): void {
    const { shared, name } = this.#options
    if (!shared.hasRoomFor(address)) {
      this.#refused(this.#infoOf(socket, address), `too many connections from ${address} (max.connections.per.ip)`)
      socket.destroy()
    } else if (shared.isFull(name)) {
      this.#park(socket, address)
    } else {
      this.#open(socket, address)
    }
  }

  /** Not read for a time, because connections come too fast. */
  #hold(socket: NetSocket, ms: number, then: () => void): void {
    if (this.#waiting.size >= MOST_HELD) {
      socket.destroy()
      return
    }
    const timer = this.#options.clock.after(ms, () => {
      this.#waiting.delete(socket)
      socket.removeAllListeners()
      if (!socket.destroyed) then()
    })
    this.#wait(socket, () => timer.cancel())
  }

  #park(socket: NetSocket, address: string): void {
    const { shared, name } = this.#options
    if (this.#waiting.size >= this.#settings.backlog) {
      this.#refused(this.#infoOf(socket, address), 'max.connections is reached')
      socket.destroy()
      return
    }
    const unpark = shared.park(name, () => {
      this.#waiting.delete(socket)
      socket.removeAllListeners()
      if (!socket.destroyed) this.#admit(socket, address)
    })
    this.#wait(socket, unpark)
  }

  #wait(socket: NetSocket, gone: () => void): void {
    this.#waiting.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      this.#waiting.delete(socket)
      gone()
    })
  }

  /** From here on it counts as a connection, were it one that never ends its handshake. */
  #open(socket: NetSocket, address: string): void {
    const { shared, name } = this.#options
    const info = this.#infoOf(socket, address)
    shared.opened(address, name)
    this.metrics.opened++
    this.#options.watch?.opened(info)
    if (this.#handshakes === undefined) {
      this.#connect(socket, info)
      return
    }
    this.#handshakes.begin(socket, {
      ready: (secured, principal) => this.#connect(secured, { ...info, principal }),
      failed: (reason) => this.#gone(info, reason),
    })
  }

  #infoOf(socket: NetSocket, address: string): ConnectionInfo {
    const { name, securityProtocol, clock } = this.#options
    return {
      id: this.#idOf(socket),
      listenerName: name,
      securityProtocol,
      peerAddress: address,
      peerPort: socket.remotePort ?? 0,
      localAddress: plainAddress(socket.localAddress),
      localPort: socket.localPort ?? 0,
      principal: ANONYMOUS,
      tokenAuthenticated: false,
      clientSoftwareName: 'unknown',
      clientSoftwareVersion: 'unknown',
      use: {
        openedMs: clock.now(),
        lastMs: clock.monotonic(),
        clientId: null,
        kinds: 0,
        requests: 0,
        bytesIn: 0,
        bytesOut: 0,
      },
    }
  }

  #connect(socket: NetSocket, info: ConnectionInfo): void {
    const { shared, clock } = this.#options
    const connection = new Connection(socket, info, this.#settings, {
      handle: this.#guard?.handle ?? this.#options.handle,
      shared,
      memory: this.#memory,
      monotonic: () => clock.monotonic(),
      after: (ms, run) => clock.after(ms, run),
      counts: this.metrics,
      closed: (which, reason) => this.#closed(which, reason),
    })
    this.#connections.add(connection)
    this.#guard?.opened(info, connection)
  }

  #closed(connection: Connection, reason: string | undefined): void {
    this.#connections.delete(connection)
    this.#gone(connection.info, reason)
    this.#guard?.closed(connection.info)
    this.#options.closed?.(connection.info)
    if (this.#connections.size === 0) this.#drained?.()
  }

  #gone(info: ConnectionInfo, reason: string | undefined): void {
    this.metrics.closed++
    this.#options.shared.closed(info.peerAddress, this.#options.name)
    if (reason !== undefined) this.#refused(info, reason)
  }

  #refused(info: ConnectionInfo, reason: string): void {
    this.#closeLog.closed(info.id, info.peerAddress, reason)
    this.#options.watch?.refused(info, reason)
  }

  #idOf(socket: NetSocket): string {
    const local = `${plainAddress(socket.localAddress)}:${socket.localPort}`
    return `${local}-${plainAddress(socket.remoteAddress)}:${socket.remotePort}-${this.#nextIndex++}`
  }

  #scheduleIdleCheck(): void {
    const maxIdleMs = this.#settings.maxIdleMs < 0 ? Number.POSITIVE_INFINITY : this.#settings.maxIdleMs
    this.#idleTimer = this.#options.clock.after(Math.min(IDLE_CHECK_MS, Math.max(1, maxIdleMs / 4)), () => {
      const now = this.#options.clock.monotonic()
      for (const connection of this.#connections) {
        const idleMs = now - connection.lastActiveMs
        const isGone = connection.isEnded && idleMs > ENDED_MS
        const isExpired = idleMs > maxIdleMs && connection.mayExpire
        if (isExpired) this.metrics.expired++
        if (isGone || isExpired) connection.destroy(undefined)
      }
      this.#scheduleIdleCheck()
    })
  }

  /** Takes no more connections, lets answers under way leave for at most `graceMs`, then closes all. */
  async close(graceMs: number): Promise<void> {
    this.#idleTimer?.cancel()
    const closed = this.#server?.close()
    for (const socket of this.#waiting) socket.destroy()
    this.#handshakes?.close()
    for (const connection of this.#connections) if (connection.isIdle) connection.destroy(undefined)
    if (this.#connections.size > 0 && graceMs > 0) await this.#drain(graceMs)
    for (const connection of this.#connections) connection.destroy(undefined)
    this.#closeLog.flush()
    this.#guard?.stopped?.()
    await closed
  }

  #drain(graceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#options.clock.after(graceMs, resolve)
      for (const connection of this.#connections) connection.finish()
      this.#drained = () => {
        timer.cancel()
        resolve()
      }
      if (this.#connections.size === 0) this.#drained()
    })
  }
}

/** IPv4 addresses of dual-stack sockets as IPv4. */
function plainAddress(address: string | undefined): string {
  if (address === undefined) return ''
  return address.startsWith('::ffff:') ? address.slice(7) : address
}
