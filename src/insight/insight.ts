import type { ConnectionInfo } from '../protocol/frame-handler.ts'
import { Arrivals, isLoopback, type ToldAddress } from './arrivals.ts'
import { IsrHistory } from './isr-history.ts'
import { type Forbidding, RefusalJournal, type Refused } from './refusals.ts'

export interface Denied {
  readonly principal: string
  readonly host: string
  readonly operation: number
  readonly resourceType: number
  readonly name: string
  readonly api: string
  /** Of the rule that forbids it; left out: none allows it. */
  readonly forbiddenBy?: Forbidding
}

export interface FailedLogin {
  readonly reason: string
  readonly mechanism?: string
  readonly user?: string
}

/**
 * What a node remembers for those who look at it: bounded, and written only where something is refused or changes, so that it
 * costs the way of a request nothing.
 */
export class Insight {
  readonly refusals: RefusalJournal
  readonly isr: IsrHistory
  readonly #arrivals: Arrivals
  #told: ToldAddress = () => undefined

  constructor(now: () => number) {
    this.refusals = new RefusalJournal(now)
    this.isr = new IsrHistory(now)
    this.#arrivals = new Arrivals(now)
  }

  /** What clients are told from now on; undefined: there are other brokers to which they may have gone. */
  tells(told: ToldAddress): void {
    this.#told = told
  }

  opened(connection: ConnectionInfo): void {
    this.#arrivals.opened(connection)
  }

  closed(connection: ConnectionInfo): void {
    this.look(connection)
  }

  /** Notes whoever asked for the brokers and never came: of connections that are open somebody has to ask. */
  look(connection: ConnectionInfo): void {
    if (!this.#arrivals.hasWaited(connection)) return
    const told = this.#told(connection)
    if (told === undefined) return
    const { localAddress: host, localPort: port } = connection
    // It is where it was told to go; and who comes from this machine can use its name for itself.
    const isThere = told.host === host || (isLoopback(told.host) && isLoopback(connection.peerAddress))
    if (told.port === port && isThere) return
    this.refusals.note(refusedOf(connection), { type: 'never-came', told, reached: { host, port } })
  }

  refused(connection: ConnectionInfo, reason: string): void {
    this.refusals.note(refusedOf(connection), { type: 'closed', reason })
  }

  loginFailed(connection: ConnectionInfo, { reason, mechanism, user }: FailedLogin): void {
    const { principal: _, ...who } = refusedOf(connection)
    const more = { ...(mechanism !== undefined && { mechanism }), ...(user !== undefined && { user }) }
    this.refusals.note(who, { type: 'login', reason, ...more })
  }

  tooLarge(connection: ConnectionInfo, topic: string, reason: string): void {
    this.refusals.note(refusedOf(connection), { type: 'too-large', topic, reason })
  }

  throttled(connection: ConnectionInfo, quota: string, ms: number): void {
    this.refusals.note(refusedOf(connection), { type: 'throttled', quota, ms })
  }

  denied({ principal, host, operation, resourceType, name, api, forbiddenBy }: Denied): void {
    const more = forbiddenBy === undefined ? {} : { forbiddenBy }
    this.refusals.note({ address: host, principal }, { type: 'denied', operation, resourceType, name, api, ...more })
  }
}

function refusedOf(connection: ConnectionInfo): Refused {
  const { peerAddress, listenerName, principal, clientSoftwareName: name, clientSoftwareVersion, use } = connection
  return {
    address: peerAddress,
    listener: listenerName,
    principal,
    ...(use?.clientId && { clientId: use.clientId }),
    ...(name !== 'unknown' && { software: `${name} ${clientSoftwareVersion}` }),
  }
}
