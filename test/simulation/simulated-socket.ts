import { EventEmitter } from 'node:events'
import type { NetSocket } from '../../src/io/ports.ts'
import type { Life } from './machine-room.ts'
import type { SimulatedNet } from './simulated-net.ts'

/** What a socket holds unsent before `write` says that it is enough. */
const HIGH_WATER_BYTES = 256 * 1024

type Packet =
  | { readonly kind: 'bytes'; readonly bytes: Buffer; readonly sent: ((() => void) | undefined)[] }
  | { readonly kind: 'end' | 'reset' }

/** One end of a connection. Packets of a direction arrive in order, each at a time of its own. */
export class SimulatedSocket extends EventEmitter implements NetSocket {
  readonly host: string
  readonly remoteHost: string
  readonly localAddress: string
  readonly localPort: number
  readonly remoteAddress: string
  readonly remotePort: number
  destroyed = false
  readonly #net: SimulatedNet
  readonly #life: Life
  #peer: SimulatedSocket | undefined
  #corked = 0
  #gathered: Packet & { kind: 'bytes' } = noBytes()
  /** Sent, but not arrived. */
  #underWay: Packet[] = []
  #moving = false
  #heldSinceMs = -1
  #unsentBytes = 0
  #needsDrain = false
  #ended = false
  /** Arrived while paused. */
  #arrived: Packet[] = []
  #flowing = false

  constructor(net: SimulatedNet, host: string, port: number, life: Life, remoteHost: string, remotePort: number) {
    super()
    this.#net = net
    this.host = host
    this.#life = life
    this.remoteHost = remoteHost
    this.localAddress = host
    this.localPort = port
    this.remoteAddress = remoteHost
    this.remotePort = remotePort
  }

  join(peer: SimulatedSocket): void {
    this.#peer = peer
    peer.#peer = this
  }

  connected(): void {
    this.#tell('connect')
    this.#move()
  }

  write(bytes: Uint8Array, sent?: () => void): boolean {
    if (this.destroyed || this.#ended) {
      sent?.()
      return false
    }
    // A copy: the writer may use its memory again as soon as it was told that the bytes are sent.
    this.#gathered = {
      kind: 'bytes',
      bytes: Buffer.concat([this.#gathered.bytes, bytes]),
      sent: [...this.#gathered.sent, sent],
    }
    this.#unsentBytes += bytes.length
    if (this.#corked === 0) this.#push()
    if (this.#unsentBytes >= HIGH_WATER_BYTES) this.#needsDrain = true
    return this.#unsentBytes < HIGH_WATER_BYTES
  }

  cork(): void {
    this.#corked++
  }

  uncork(): void {
    this.#corked = Math.max(0, this.#corked - 1)
    if (this.#corked === 0) this.#push()
  }

  #push(): void {
    if (this.#gathered.sent.length === 0) return
    const packet = this.#gathered
    this.#gathered = noBytes()
    this.#send(packet)
  }

  end(): void {
    if (this.destroyed || this.#ended) return
    this.#push()
    this.#ended = true
    this.#send({ kind: 'end' })
  }

  #send(packet: Packet): void {
    this.#underWay.push(packet)
    this.#move()
  }

  /** Sets the first packet on its way, unless one is, or the link is cut. */
  #move(): void {
    if (this.#moving || this.#peer === undefined || this.#underWay.length === 0) return
    const { scheduler } = this.#net
    if (this.#net.isCut(this.host, this.remoteHost)) {
      if (this.#heldSinceMs >= 0) return
      this.#heldSinceMs = scheduler.elapsedMs
      const since = this.#heldSinceMs
      scheduler.after(this.#net.givenUpMs, 'give up', () => {
        if (this.#heldSinceMs === since) this.fail('ETIMEDOUT')
      })
      return
    }
    this.#heldSinceMs = -1
    this.#moving = true
    scheduler.after(this.#net.delayMs(this.host, this.remoteHost), `packet ${this.host}>${this.remoteHost}`, () => {
      this.#moving = false
      if (this.#net.isCut(this.host, this.remoteHost)) {
        this.#move()
        return
      }
      const packet = this.#underWay.shift()
      if (packet !== undefined) this.#arrive(packet)
      this.#move()
    })
  }

  linkHealed(to: string): void {
    if (to !== this.remoteHost) return
    this.#heldSinceMs = -1
    this.#move()
  }

  #arrive(packet: Packet): void {
    const peer = this.#peer
    if (peer === undefined) return
    if (packet.kind === 'bytes') {
      this.#unsentBytes -= packet.bytes.length
      for (const sent of packet.sent) if (!this.#life.isOver) sent?.()
      if (this.#needsDrain && this.#unsentBytes < HIGH_WATER_BYTES / 2) {
        this.#needsDrain = false
        this.#tell('drain')
      }
    }
    if (peer.destroyed) {
      // Bytes for somebody who is gone are answered by a reset.
      if (packet.kind === 'bytes') this.fail('ECONNRESET')
      return
    }
    peer.#arrived.push(packet)
    peer.#deliver()
  }

  #deliver(): void {
    while (this.#flowing && !this.destroyed && !this.#life.isOver) {
      const packet = this.#arrived.shift()
      if (packet === undefined) return
      if (packet.kind === 'bytes') this.emit('data', packet.bytes)
      else if (packet.kind === 'end') this.emit('end')
      else this.fail('ECONNRESET')
    }
  }

  pause(): void {
    this.#flowing = false
  }

  resume(): void {
    if (this.#flowing) return
    this.#flowing = true
    this.#net.scheduler.after(0, 'resume', () => this.#deliver())
  }

  override on(event: string, listener: (...args: never[]) => void): this {
    if (event === 'data') this.resume()
    return super.on(event, listener as (...args: unknown[]) => void)
  }

  fail(code: string): void {
    if (this.destroyed) return
    const error = Object.assign(new Error(`${code}: ${this.host} ${this.remoteHost}`), { code })
    this.#over()
    if (!this.#life.isOver && this.listenerCount('error') > 0) this.emit('error', error)
    this.#tell('close')
  }

  destroy(): void {
    if (this.destroyed) return
    this.#push()
    if (!this.#ended) this.#underWay.push({ kind: 'end' })
    this.#over()
    this.#move()
    this.#net.scheduler.after(0, 'close', () => this.#tell('close'))
  }

  /** A part of what is under way still arrives, then both ends learn that the connection is gone. */
  breaks(percent: number): void {
    if (this.destroyed) return
    const first = this.#underWay[0]
    const torn: Packet[] = []
    if (first?.kind === 'bytes') {
      const bytes = first.bytes.subarray(0, Math.floor((first.bytes.length * percent) / 100))
      if (bytes.length > 0) torn.push({ kind: 'bytes', bytes, sent: [] })
    }
    for (const packet of this.#underWay) {
      if (packet.kind === 'bytes') for (const sent of packet.sent.splice(0)) if (!this.#life.isOver) sent?.()
    }
    this.#underWay = [...torn, { kind: 'reset' }]
    this.fail('ECONNRESET')
    this.#move()
  }

  /** Nobody is left to read: the other side learns it as soon as the link lets it. */
  processDied(): void {
    if (this.destroyed) return
    this.#underWay = [{ kind: 'reset' }]
    this.#over()
    this.#move()
  }

  setNoDelay(): void {}

  #over(): void {
    this.destroyed = true
    this.#ended = true
    for (const packet of this.#arrived.splice(0)) void packet
    for (const packet of this.#underWay) {
      if (packet.kind === 'bytes' && !this.#life.isOver) for (const sent of packet.sent.splice(0)) sent?.()
    }
    this.#net.forget(this)
  }

  #tell(event: 'connect' | 'drain' | 'close'): void {
    if (!this.#life.isOver) this.emit(event)
  }
}

function noBytes(): { kind: 'bytes'; bytes: Buffer; sent: ((() => void) | undefined)[] } {
  return { kind: 'bytes', bytes: Buffer.alloc(0), sent: [] }
}
