import { type ConnectionInfo, Used } from '../protocol/frame-handler.ts'

/** Addresses of clients that are remembered. */
const MOST = 2_000
/** A client goes where it was told within this time, and who stays for less has only looked. */
const PATIENCE_MS = 15_000

/** Where clients of a listener are told to go for this broker. */
export type ToldAddress = (connection: ConnectionInfo) => { readonly host: string; readonly port: number } | undefined

/**
 * Who asked where the brokers are, and came no more: the most frequent trouble of new users is an advertised listener that
 * their client can't reach. A client opens a connection to the address that it was told, at once; the one by which it asked
 * is of no more use to it.
 */
export class Arrivals {
  /** The newest connection from each address; who came longest ago is the first. */
  readonly #newest = new Map<string, string>()
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  opened({ peerAddress, id }: ConnectionInfo): void {
    this.#newest.delete(peerAddress)
    this.#newest.set(peerAddress, id)
    if (this.#newest.size <= MOST) return
    const [oldest] = this.#newest.keys()
    if (oldest !== undefined) this.#newest.delete(oldest)
  }

  /** Whether its client has waited long enough and nobody came after it from where it is. */
  hasWaited({ id, peerAddress, use }: ConnectionInfo): boolean {
    if (use === undefined || use.kinds !== Used.METADATA) return false
    return this.#now() - use.openedMs >= PATIENCE_MS && this.#newest.get(peerAddress) === id
  }
}

/** Names by which a machine means itself, so that nobody else can use them. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}
