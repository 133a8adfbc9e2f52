import { randomBytes } from 'node:crypto'
import { KafkaError } from '../../base/errors.ts'
import { KafkaClient } from '../../client/client.ts'
import { linkOf } from '../../client/link.ts'
import type { LoginBody } from './api.ts'
import { ClusterLook } from './cluster-look.ts'
import { HttpError } from './errors.ts'
import type { ConsoleNode, Way } from './node.ts'

const IDLE_MS = 30 * 60_000
const LONGEST_MS = 12 * 3_600_000
const MOST_SESSIONS = 100
const MOST_LOGINS_AT_A_TIME = 8
/** Failed logins from one address within the window. */
const MOST_FAILURES = 20
const FAILURE_WINDOW_MS = 60_000
const REQUEST_TIMEOUT_MS = 15_000
const SESSION_BYTES = 32
const LOOK_MS = 60_000

/** Whoever uses the console, with a client of the cluster that is theirs: what they may is what the client may. */
export interface Visitor {
  readonly principal: string
  readonly client: KafkaClient
  /** What was seen of the cluster lately, with this visitor's eyes. */
  readonly look: ClusterLook
  /** Readings that go on, however long. */
  streams: number
}

interface Session extends Visitor {
  readonly beganMs: number
  usedMs: number
}

/** Those who are here. On a plain broker all are one, and anonymous; on a secured one each has logged in. */
export class Visitors {
  readonly #node: ConsoleNode
  readonly #sessions = new Map<string, Session>()
  readonly #failures = new Map<string, { count: number; sinceMs: number }>()
  readonly #timer: NodeJS.Timeout
  #anonymous: Promise<Session> | undefined
  #loginsUnderWay = 0

  constructor(node: ConsoleNode) {
    this.#node = node
    this.#timer = setInterval(() => this.#expire(), LOOK_MS)
    this.#timer.unref()
  }

  get way(): Way | undefined {
    const way = this.#node.way()
    return 'obstacle' in way ? undefined : way
  }

  get loginRequired(): boolean {
    return (this.way?.mechanisms.length ?? 0) > 0
  }

  /** @throws HttpError where one must log in first */
  async visitor(cookie: string | undefined): Promise<Visitor> {
    if (!this.loginRequired) return this.#nobody()
    const session = cookie === undefined ? undefined : this.#sessions.get(cookie)
    if (session === undefined || this.#isOver(session)) {
      throw new HttpError(401, 'LOGIN_REQUIRED', 'Log in first: this broker wants to know who you are.')
    }
    session.usedMs = this.#node.monotonicMs()
    return session
  }

  /** Gives the cookie's value. @throws HttpError, KafkaError */
  async login(login: LoginBody, address: string): Promise<{ readonly cookie: string; readonly visitor: Visitor }> {
    const way = this.#knownWay()
    if (!way.mechanisms.includes(login.mechanism)) {
      throw new HttpError(400, 'BAD_REQUEST', `Log in by one of ${way.mechanisms.join(', ')}.`)
    }
    this.#checkPatience(address)
    this.#loginsUnderWay++
    try {
      const visitor = await this.#enter(way, login)
      return { cookie: this.#remember(visitor), visitor }
    } catch (error) {
      if (error instanceof KafkaError && error.error === 'SASL_AUTHENTICATION_FAILED') {
        this.#countFailure(address)
        throw new HttpError(401, 'LOGIN_FAILED', `The broker refuses this login: ${error.detail ?? error.message}`)
      }
      throw error
    } finally {
      this.#loginsUnderWay--
    }
  }

  logout(cookie: string | undefined): void {
    if (cookie !== undefined) this.#end(cookie)
  }

  /** The cluster takes the visitor's credentials no more. */
  expel(visitor: Visitor): void {
    for (const [cookie, session] of this.#sessions) if (session === visitor) this.#end(cookie)
  }

  close(): void {
    clearInterval(this.#timer)
    for (const cookie of [...this.#sessions.keys()]) this.#end(cookie)
    this.#anonymous?.then(leave, () => {})
    this.#anonymous = undefined
  }

  async #nobody(): Promise<Session> {
    this.#anonymous ??= this.#enter(this.#knownWay(), undefined)
    try {
      const session = await this.#anonymous
      session.usedMs = this.#node.monotonicMs()
      return session
    } catch (error) {
      this.#anonymous = undefined
      throw error
    }
  }

  #knownWay(): Way {
    const way = this.#node.way()
    if ('obstacle' in way) throw new HttpError(503, 'NOT_HERE', way.obstacle)
    return way
  }

  async #enter({ host, port, tls }: Way, login: LoginBody | undefined): Promise<Session> {
    const clientId = `odradek-console-${randomBytes(6).toString('base64url')}`
    const client = await KafkaClient.connect({
      bootstrap: [{ host, port }],
      clientId,
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
      link: {
        ...(login && linkOf({ protocol: 'SASL_PLAINTEXT', sasl: saslOf(login) })),
        ...(tls && { tls }),
      },
    })
    const nowMs = this.#node.monotonicMs()
    const principal = this.#principalOf(clientId) ?? 'User:ANONYMOUS'
    const look = new ClusterLook(client, this.#node)
    return { principal, client, look, streams: 0, beganMs: nowMs, usedMs: nowMs }
  }

  /** As the broker itself knows the connection's. */
  #principalOf(clientId: string): string | undefined {
    for (const { use, principal } of this.#node.connections()) if (use?.clientId === clientId) return principal
    return undefined
  }

  #remember(session: Session): string {
    const cookie = randomBytes(SESSION_BYTES).toString('base64url')
    this.#sessions.set(cookie, session)
    while (this.#sessions.size > MOST_SESSIONS) {
      const [longestAway] = [...this.#sessions].sort(([, a], [, b]) => a.usedMs - b.usedMs)
      if (longestAway !== undefined) this.#end(longestAway[0])
    }
    return cookie
  }

  #checkPatience(address: string): void {
    const failures = this.#failures.get(address)
    const isNew = failures === undefined || this.#node.monotonicMs() - failures.sinceMs > FAILURE_WINDOW_MS
    if (this.#loginsUnderWay < MOST_LOGINS_AT_A_TIME && (isNew || failures.count < MOST_FAILURES)) return
    throw new HttpError(429, 'TOO_MANY', 'Too many logins: try again in a minute.')
  }

  #countFailure(address: string): void {
    const nowMs = this.#node.monotonicMs()
    const known = this.#failures.get(address)
    if (known !== undefined && nowMs - known.sinceMs <= FAILURE_WINDOW_MS) known.count++
    else this.#failures.set(address, { count: 1, sinceMs: nowMs })
  }

  #isOver({ beganMs, usedMs, client, streams }: Session): boolean {
    const nowMs = this.#node.monotonicMs()
    return client.isClosed || (streams === 0 && nowMs - usedMs > IDLE_MS) || nowMs - beganMs > LONGEST_MS
  }

  #expire(): void {
    for (const [cookie, session] of this.#sessions) if (this.#isOver(session)) this.#end(cookie)
    const nowMs = this.#node.monotonicMs()
    for (const [address, { sinceMs }] of this.#failures) {
      if (nowMs - sinceMs > FAILURE_WINDOW_MS) this.#failures.delete(address)
    }
    this.#anonymous?.then(
      (session) => {
        if (session.streams > 0 || nowMs - session.usedMs <= IDLE_MS) return
        this.#anonymous = undefined
        leave(session)
      },
      () => {},
    )
  }

  #end(cookie: string): void {
    const session = this.#sessions.get(cookie)
    this.#sessions.delete(cookie)
    if (session !== undefined) leave(session)
  }
}

function leave({ client, look }: Visitor): void {
  look.close()
  client.close().catch(() => {})
}

function saslOf(login: LoginBody) {
  if (login.mechanism === 'OAUTHBEARER') return { mechanism: login.mechanism, token: async () => login.token }
  const { mechanism, username, password, tokenAuth } = login
  return { mechanism, username, password, ...(tokenAuth !== undefined && { tokenAuth }) }
}
