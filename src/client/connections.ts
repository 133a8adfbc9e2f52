import { NodeClock } from '../io/node-clock.ts'
import { NodeNet } from '../io/node-net.ts'
import { NodeRandom } from '../io/node-random.ts'
import { Client, DEFAULT_CLIENT_SETTINGS } from '../runtime/peer-client.ts'
import type { PeerLink } from '../runtime/peer-link.ts'
import type { PeerClient } from '../runtime/peer-types.ts'
import type { HostAndPort } from './types.ts'

export interface ConnectionsOptions {
  readonly clientId: string
  readonly link: PeerLink
  readonly connectTimeoutMs: number
}

const WORLD = { net: new NodeNet(), clock: new NodeClock(), random: new NodeRandom() }

/** One connection for each address and purpose. */
export class Connections {
  readonly #options: ConnectionsOptions
  readonly #clients = new Map<string, Client>()

  constructor(options: ConnectionsOptions) {
    this.#options = options
  }

  to({ host, port }: HostAndPort, purpose: string): PeerClient {
    const key = `${purpose} ${host} ${port}`
    let client = this.#clients.get(key)
    if (client === undefined) {
      const { connectTimeoutMs } = this.#options
      const settings = { ...DEFAULT_CLIENT_SETTINGS, connectTimeoutMs }
      client = new Client({ host, port }, this.#options, WORLD, settings, () => this.#clients.delete(key))
      this.#clients.set(key, client)
    }
    return client
  }

  close(): void {
    for (const client of [...this.#clients.values()]) client.close()
  }
}
