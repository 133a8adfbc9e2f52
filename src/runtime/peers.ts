import type { NetAddress } from '../io/ports.ts'
import { Client, type ClientSettings, type ClientWorld, DEFAULT_CLIENT_SETTINGS } from './peer-client.ts'
import { type PeerLink, PLAIN_LINK } from './peer-link.ts'
import type { PeerClient, PeerDirectory } from './peer-types.ts'

export type { PeerCall, PeerClient, PeerDirectory, PeerErrorKind } from './peer-types.ts'
export { PeerError } from './peer-types.ts'

export interface PeersOptions extends ClientWorld {
  readonly nodeId: number
  readonly settings?: Partial<ClientSettings>
  /** How whoever is asked for this purpose is spoken with; absent: plainly. */
  readonly linkFor?: (purpose: string) => PeerLink
}

/** The other nodes, as this one asks them: a connection for each address and purpose. */
export class Peers implements PeerDirectory {
  readonly #options: PeersOptions
  readonly #settings: ClientSettings
  readonly #clients = new Map<string, Client>()

  constructor(options: PeersOptions) {
    this.#options = options
    this.#settings = { ...DEFAULT_CLIENT_SETTINGS, ...options.settings }
  }

  to(address: NetAddress, purpose: string): PeerClient {
    const key = `${purpose} ${address.host} ${address.port}`
    let client = this.#clients.get(key)
    if (client === undefined) {
      const name = {
        clientId: `${purpose}-${this.#options.nodeId}`,
        link: this.#options.linkFor?.(purpose) ?? PLAIN_LINK,
      }
      const made = new Client(address, name, this.#options, this.#settings, () => {
        if (this.#clients.get(key) === made) this.#clients.delete(key)
      })
      client = made
      this.#clients.set(key, made)
    }
    return client
  }

  /** Whoever listened there is gone: requests under way are rejected now, not when their time is over. */
  hangUp({ host, port }: NetAddress): void {
    for (const client of [...this.#clients.values()]) {
      if (client.address.host === host && client.address.port === port) client.close()
    }
  }

  close(): void {
    for (const client of [...this.#clients.values()]) client.close()
  }
}
