import { present } from '../../src/base/assert.ts'
import type { Handler, RequestContext } from '../../src/broker/handler.ts'
import type { NetAddress } from '../../src/io/ports.ts'
import { type Api, apiOf } from '../../src/protocol/apis.ts'
import { type PeerCall, type PeerClient, PeerError } from '../../src/runtime/peer-types.ts'
import type { Scheduler } from '../simulation/scheduler.ts'

export interface Reachable {
  readonly id: number
  readonly isAlive: boolean
  handler(key: number): Handler
}

/** Hands requests of one node to the handlers of another, through the codecs and after a while. */
export class ReplicationNet {
  readonly #scheduler: Scheduler
  readonly #random: (bound: number) => number
  readonly #nodes = new Map<number, Reachable>()
  readonly #cut = new Set<string>()
  readonly #open = new Set<FakeClient>()
  requests = 0

  constructor(scheduler: Scheduler, random: (bound: number) => number) {
    this.#scheduler = scheduler
    this.#random = random
  }

  attach(node: Reachable): void {
    this.#nodes.set(node.id, node)
  }

  /** All connections of a process that died break. */
  died(id: number): void {
    for (const client of [...this.#open]) if (client.from === id || client.target === id) client.broke()
  }

  cut(a: number, b: number, isCut: boolean): void {
    for (const key of [`${a}-${b}`, `${b}-${a}`]) {
      if (isCut) this.#cut.add(key)
      else this.#cut.delete(key)
    }
    if (!isCut) return
    for (const client of [...this.#open]) {
      if ((client.from === a && client.target === b) || (client.from === b && client.target === a)) client.broke()
    }
  }

  client(from: number, address: NetAddress): PeerClient {
    const client = new FakeClient(from, address, this)
    this.#open.add(client)
    return client
  }

  /** undefined: nobody there. */
  reach(from: number, to: number): Reachable | undefined {
    const node = this.#nodes.get(to)
    return node?.isAlive && !this.#cut.has(`${from}-${to}`) ? node : undefined
  }

  later(run: () => void): void {
    this.#scheduler.after(0.2 + this.#random(10) / 10, 'packet', run)
  }
}

interface Pending {
  readonly reject: (error: Error) => void
  abandon: (() => void) | undefined
}

class FakeClient implements PeerClient {
  readonly from: number
  readonly target: number
  readonly address: NetAddress
  readonly isConnected = true
  readonly #net: ReplicationNet
  readonly #pending = new Set<Pending>()

  constructor(from: number, address: NetAddress, net: ReplicationNet) {
    this.from = from
    this.target = address.port
    this.address = address
    this.#net = net
  }

  request<K extends Parameters<PeerClient['request']>[0]['api']>(call: PeerCall<K>): Promise<never> {
    this.#net.requests++
    return new Promise((resolve, reject) => {
      const api = present(apiOf(call.api), 'api')
      const version = Math.min(api.request.versions.max, call.maxVersion ?? 99)
      const body = typeof call.body === 'function' ? call.body(version) : call.body
      const frame = api.request.toBuffer(body, version)
      const pending: Pending = { reject, abandon: undefined }
      this.#pending.add(pending)
      this.#net.later(() => {
        if (this.#pending.has(pending)) this.#arrived(api, version, frame, pending, resolve as (value: unknown) => void)
      })
    })
  }

  #arrived(api: Api, version: number, frame: Buffer, pending: Pending, resolve: (value: unknown) => void): void {
    const node = this.#net.reach(this.from, this.target)
    if (node === undefined) {
      this.#pending.delete(pending)
      pending.reject(new PeerError('unreachable', `node ${this.target} is not there`))
      return
    }
    const context = {
      api,
      apiVersion: version,
      correlationId: 1,
      clientId: 'fetcher',
      connection: { id: 'c', listenerName: 'PLAINTEXT' },
      onAbandoned: (run: () => void) => {
        pending.abandon = run
      },
    } as unknown as RequestContext
    void Promise.resolve(node.handler(api.key).handle(api.request.fromBuffer(frame, version), context)).then(
      (answer) => {
        if (!this.#pending.has(pending) || !node.isAlive) return
        const bytes = api.response.toBuffer(answer, version)
        this.#net.later(() => {
          if (!this.#pending.delete(pending)) return
          resolve(api.response.fromBuffer(bytes, version))
        })
      },
    )
  }

  broke(): void {
    for (const pending of [...this.#pending]) {
      this.#pending.delete(pending)
      pending.abandon?.()
      pending.reject(new PeerError('disconnected', 'the connection broke'))
    }
  }

  retryNow(): void {}

  onClosed(): () => void {
    return () => {}
  }

  close(): void {
    this.broke()
  }
}
