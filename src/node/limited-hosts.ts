import { isIP } from 'node:net'
import type { AddressOf } from '../io/host-names.ts'

/** Addresses of the hosts that limits name: each name is looked up once, when a limit with it comes. */
export class LimitedHosts {
  readonly #lookUp: AddressOf
  readonly #found: () => void
  /** undefined: looked up now, or in vain. */
  readonly #addresses = new Map<string, string | undefined>()

  /** `found`: an address is known that was asked for before. */
  constructor(lookUp: AddressOf, found: () => void) {
    this.#lookUp = lookUp
    this.#found = found
  }

  /** The values by address; those of hosts whose address is not known yet come later. */
  byAddress<T>(byHost: ReadonlyMap<string, T>): Map<string, T> {
    const known = new Map<string, T>()
    for (const [host, value] of byHost) {
      const address = this.#addressOf(host)
      if (address !== undefined) known.set(address, value)
    }
    return known
  }

  #addressOf(host: string): string | undefined {
    if (isIP(host) !== 0) return host
    if (!this.#addresses.has(host)) {
      this.#addresses.set(host, undefined)
      this.#lookUp(host).then((address) => {
        if (address === undefined) {
          this.#addresses.delete(host)
          return
        }
        this.#addresses.set(host, address)
        this.#found()
      })
    }
    return this.#addresses.get(host)
  }
}
