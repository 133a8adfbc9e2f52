import type { Clock, NetSocket } from '../io/ports.ts'
import type { HandshakeOutcome, ServerTls } from '../io/tls.ts'

/** What a listener does before a connection may send requests. */
export interface ListenerTls extends ServerTls {
  /** The principal of a client that showed this certificate; undefined: its name fits no rule. */
  principalOf(certificate: Buffer | undefined): string | undefined
}

export interface HandshakesOptions {
  readonly tls: ListenerTls
  readonly clock: Clock
  readonly limitMs: number
  /** Under way at once; one more, and the oldest has to go. */
  readonly most?: number
}

export interface HandshakeEnd {
  ready(socket: NetSocket, principal: string): void
  /** Once, where it never became ready; `reason` where that deserves a line. */
  failed(reason: string | undefined): void
}

const MOST = 1_000

interface UnderWay {
  readonly socket: NetSocket
  end(reason: string | undefined): void
}

/** The TLS handshakes of one listener: each has a time limit, and there are only so many of them. */
export class Handshakes {
  readonly #options: HandshakesOptions
  /** The oldest first. */
  readonly #underWay = new Set<UnderWay>()

  constructor(options: HandshakesOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#underWay.size
  }

  begin(socket: NetSocket, end: HandshakeEnd): void {
    const { tls, clock, limitMs, most = MOST } = this.#options
    // Whoever is there for longest is the likeliest to be stuck.
    for (const oldest of this.#underWay) {
      if (this.#underWay.size < most) break
      oldest.end(`TLS handshake given up: more than ${most} are under way`)
    }
    const timer = clock.after(limitMs, () => underWay.end(`TLS handshake took longer than ${limitMs} ms`))
    const underWay: UnderWay = {
      socket,
      end: (reason) => {
        if (!this.#underWay.delete(underWay)) return
        timer.cancel()
        socket.destroy()
        end.failed(reason)
      },
    }
    this.#underWay.add(underWay)
    tls.accept(socket, (outcome) => {
      if (!this.#underWay.has(underWay)) {
        if ('socket' in outcome) outcome.socket.destroy()
        return
      }
      const principal = 'socket' in outcome ? tls.principalOf(outcome.certificate) : undefined
      if (!('socket' in outcome)) underWay.end(failureText(outcome))
      else if (principal === undefined)
        underWay.end('the name in its certificate fits no rule of ssl.principal.mapping.rules')
      else {
        this.#underWay.delete(underWay)
        timer.cancel()
        end.ready(outcome.socket, principal)
      }
    })
  }

  close(): void {
    for (const underWay of [...this.#underWay]) underWay.end(undefined)
  }
}

function failureText({ failure: { reason } }: Extract<HandshakeOutcome, { failure: unknown }>): string | undefined {
  return reason === undefined ? undefined : `TLS handshake failed: ${reason}`
}
