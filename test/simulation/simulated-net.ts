import type { Net, NetAddress, NetListen, NetServer, NetSocket } from '../../src/io/ports.ts'
import type { Life, SeededRandom } from './machine-room.ts'
import type { Scheduler } from './scheduler.ts'
import { SimulatedSocket } from './simulated-socket.ts'

/** How long a connection lives that can't get its bytes across. */
const GIVEN_UP_MS = 10_000
const FIRST_FREE_PORT = 40_000

export interface Delays {
  readonly leastMs: number
  readonly mostMs: number
}

interface Bound {
  readonly options: NetListen
  readonly life: Life
}

/** All hosts and the links between them. A cut link holds what is sent over it until it heals or the sender gives up. */
export class SimulatedNet {
  readonly scheduler: Scheduler
  readonly #random: SeededRandom
  readonly #delays: Delays
  readonly #bound = new Map<string, Bound>()
  readonly #sockets = new Map<string, Set<SimulatedSocket>>()
  /** `from>to` */
  readonly #cut = new Set<string>()
  /** By host: what every packet from or to it takes at most. */
  readonly #slow = new Map<string, number>()
  #nextPort = FIRST_FREE_PORT

  constructor(scheduler: Scheduler, random: SeededRandom, delays: Delays = { leastMs: 0.1, mostMs: 2 }) {
    this.scheduler = scheduler
    this.#random = random
    this.#delays = delays
  }

  /** The network as one host has it during one of its lives. */
  of(host: string, life: Life): Net {
    return {
      listen: (options) => this.#listen(host, life, options),
      connect: (address) => this.#connect(host, life, address),
    }
  }

  cut(from: string, to: string): void {
    this.#cut.add(`${from}>${to}`)
  }

  heal(from: string, to: string): void {
    if (this.#cut.delete(`${from}>${to}`)) for (const socket of this.#of(from)) socket.linkHealed(to)
  }

  isCut(from: string, to: string): boolean {
    return this.#cut.has(`${from}>${to}`)
  }

  /** 0: as fast as ever. */
  slow(host: string, mostMs: number): void {
    if (mostMs === 0) this.#slow.delete(host)
    else this.#slow.set(host, mostMs)
  }

  /** Connections of a host break in the middle of what is under way. */
  reset(host: string, isHit: () => boolean): void {
    for (const socket of [...this.#of(host)]) if (isHit()) socket.breaks(this.#random.below(100))
  }

  delayMs(from: string, to: string): number {
    const { leastMs } = this.#delays
    const mostMs = Math.max(this.#delays.mostMs, this.#slow.get(from) ?? 0, this.#slow.get(to) ?? 0)
    return leastMs + ((mostMs - leastMs) * this.#random.below(1000)) / 1000
  }

  get givenUpMs(): number {
    return GIVEN_UP_MS
  }

  /** The host's process is gone: its kernel ends its connections and refuses new ones. */
  processDied(host: string): void {
    for (const [key, { life }] of this.#bound) if (key.startsWith(`${host}:`) && life.isOver) this.#bound.delete(key)
    for (const socket of [...this.#of(host)]) socket.processDied()
    this.#sockets.delete(host)
  }

  forget(socket: SimulatedSocket): void {
    this.#sockets.get(socket.host)?.delete(socket)
  }

  #of(host: string): Set<SimulatedSocket> {
    let sockets = this.#sockets.get(host)
    if (sockets === undefined) {
      sockets = new Set()
      this.#sockets.set(host, sockets)
    }
    return sockets
  }

  async #listen(host: string, life: Life, options: NetListen): Promise<NetServer> {
    const port = options.port === 0 ? this.#nextPort++ : options.port
    const key = `${host}:${port}`
    if (this.#bound.has(key)) throw Object.assign(new Error(`EADDRINUSE: ${key}`), { code: 'EADDRINUSE' })
    const bound = { options, life }
    this.#bound.set(key, bound)
    return {
      port,
      close: async () => {
        if (this.#bound.get(key) === bound) this.#bound.delete(key)
      },
    }
  }

  #connect(host: string, life: Life, address: NetAddress): NetSocket {
    const port = this.#nextPort++
    const own = new SimulatedSocket(this, host, port, life, address.host, address.port)
    this.#of(host).add(own)
    this.#attempt(own, address, this.scheduler.elapsedMs + GIVEN_UP_MS)
    return own
  }

  /** A first packet that finds its link cut is sent again. */
  #attempt(own: SimulatedSocket, address: NetAddress, giveUpAtMs: number): void {
    const { host } = own
    this.scheduler.after(2 * this.delayMs(host, address.host), `connect ${host} ${address.host}`, () => {
      if (own.destroyed) return
      if (this.isCut(host, address.host) || this.isCut(address.host, host)) {
        if (this.scheduler.elapsedMs > giveUpAtMs) own.fail('ETIMEDOUT')
        else this.scheduler.after(500, 'connect again', () => this.#attempt(own, address, giveUpAtMs))
        return
      }
      const bound = this.#bound.get(`${address.host}:${address.port}`)
      if (bound === undefined || bound.life.isOver) {
        own.fail('ECONNREFUSED')
        return
      }
      const accepted = new SimulatedSocket(this, address.host, address.port, bound.life, host, own.localPort)
      this.#of(address.host).add(accepted)
      own.join(accepted)
      bound.options.accepted(accepted)
      own.connected()
    })
  }
}
