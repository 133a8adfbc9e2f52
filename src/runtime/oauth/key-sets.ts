import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import type { Clock, Disk, Logger, Timer } from '../../io/ports.ts'
import { httpExchange, shownUrl } from './http.ts'
import { type RetryRules, retrying } from './retry.ts'

/** Where signatures are checked: finds the key that a token's header asks for. */
export type KeyFinder = JWTVerifyGetKey

export interface KeySource {
  /** Undefined: there are none, and the log says why. */
  keys(): Promise<KeyFinder | undefined>
  /** None of them is the one that is named: newer ones, if there are any. */
  keysWith(keyId: string): Promise<KeyFinder | undefined>
  close(): void
}

const MAX_KEYS = 500

function finderOf(text: string): KeyFinder {
  const set: unknown = JSON.parse(text)
  if (typeof set !== 'object' || set === null || !('keys' in set) || !Array.isArray(set.keys)) {
    throw new Error('not a JSON Web Key Set')
  }
  if (set.keys.length > MAX_KEYS) throw new Error(`a key set of ${set.keys.length} keys`)
  return createLocalJWKSet(set as JSONWebKeySet)
}

export interface KeyFileOptions {
  readonly path: string
  readonly disk: Pick<Disk, 'stat' | 'readFile'>
  readonly logger: Logger
}

const MISSING = -1

/** Keys in a file, which is read again when it changes; until it can be, the keys from before count. */
export class KeyFile implements KeySource {
  readonly #options: KeyFileOptions
  #modifiedMs = Number.NaN
  #finder: KeyFinder | undefined

  constructor(options: KeyFileOptions) {
    this.#options = options
  }

  async keys(): Promise<KeyFinder | undefined> {
    const { path, disk, logger } = this.#options
    try {
      const modifiedMs = (await disk.stat(path))?.modifiedMs ?? MISSING
      if (modifiedMs === this.#modifiedMs) return this.#finder
      this.#modifiedMs = modifiedMs
      this.#finder = finderOf((await disk.readFile(path)).toString('utf8'))
    } catch (error) {
      logger.warn({ path, reason: reasonOf(error) }, 'the keys of token signatures can not be read')
    }
    return this.#finder
  }

  async keysWith(): Promise<undefined> {}

  close(): void {}
}

export interface KeyEndpointOptions extends RetryRules {
  readonly url: URL
  /** sasl.oauthbearer.jwks.endpoint.refresh.ms */
  readonly refreshMs: number
  readonly trusted?: readonly string[]
  readonly timeoutMs?: number
  readonly clock: Clock
  readonly logger: Logger
}

const TIMEOUT_MS = 10_000
/** A key that nobody has is not looked for again so soon, and not too many of them are remembered. */
const MISSING_MS = 60_000
const MAX_MISSING = 16
const MAX_KEY_ID = 1_000
/** Whatever names tokens come with, the endpoint is not asked more often. */
const MIN_INTERVAL_MS = 1_000
/** Nothing was ever fetched: that is tried soon again. */
const FIRST_RETRY_MS = 10_000

/** Keys that a token server publishes: fetched at the start, in intervals, and when a token names one that is not there. */
export class KeyEndpoint implements KeySource {
  readonly #options: KeyEndpointOptions
  readonly #missing = new Map<string, number>()
  #finder: KeyFinder | undefined
  #fetching: Promise<void> | undefined
  #fetchedMs = Number.NEGATIVE_INFINITY
  #timer: Timer | undefined
  #isClosed = false

  constructor(options: KeyEndpointOptions) {
    this.#options = options
    void this.#refresh()
  }

  async keys(): Promise<KeyFinder | undefined> {
    if (this.#finder === undefined) await this.#fetching
    return this.#finder
  }

  async keysWith(keyId: string): Promise<KeyFinder | undefined> {
    const nowMs = this.#options.clock.monotonic()
    if (this.#fetching !== undefined) await this.#fetching
    else if (this.#mayAskFor(keyId, nowMs)) await this.#refresh()
    else return undefined
    return this.#finder
  }

  #mayAskFor(keyId: string, nowMs: number): boolean {
    if (keyId.length > MAX_KEY_ID || nowMs - this.#fetchedMs < MIN_INTERVAL_MS) return false
    const askedMs = this.#missing.get(keyId)
    if (askedMs !== undefined && nowMs - askedMs < MISSING_MS) return false
    this.#missing.delete(keyId)
    this.#missing.set(keyId, nowMs)
    if (this.#missing.size > MAX_MISSING) this.#missing.delete(this.#missing.keys().next().value ?? '')
    return true
  }

  #refresh(): Promise<void> {
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = undefined
      this.#fetchedMs = this.#options.clock.monotonic()
      this.#schedule()
    })
    return this.#fetching
  }

  async #fetch(): Promise<void> {
    const { url, trusted, timeoutMs = TIMEOUT_MS, clock, logger } = this.#options
    const once = async (): Promise<KeyFinder> => {
      if (this.#isClosed) throw new Error('closed')
      const { status, text } = await httpExchange({
        url,
        method: 'GET',
        timeoutMs,
        ...(trusted !== undefined && { trusted }),
      })
      if (status !== 200) throw new Error(`an answer with status ${status}`)
      return finderOf(text)
    }
    try {
      this.#finder = await retrying(once, this.#options, clock)
    } catch (error) {
      if (this.#isClosed) return
      logger.warn({ url: shownUrl(url), reason: reasonOf(error) }, 'the keys of token signatures can not be fetched')
    }
  }

  #schedule(): void {
    if (this.#isClosed) return
    const { refreshMs, clock } = this.#options
    this.#timer?.cancel()
    const delayMs = this.#finder === undefined ? Math.min(refreshMs, FIRST_RETRY_MS) : refreshMs
    this.#timer = clock.after(delayMs, () => void this.#refresh())
  }

  close(): void {
    this.#isClosed = true
    this.#timer?.cancel()
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
