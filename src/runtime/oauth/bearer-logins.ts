import type { Clock, Logger, Random } from '../../io/ports.ts'
import type { LoginFactory, SaslClient } from '../../security/sasl/mechanism.ts'
import { BearerClient } from '../../security/sasl/oauth/client.ts'
import type { BearerToken, TokenSource } from './token-sources.ts'

/** sasl.login.refresh.* */
export interface RefreshRules {
  /** After which part of its life a token is renewed, and up to which part later, by chance. */
  readonly windowFactor: number
  readonly windowJitter: number
  readonly minPeriodSeconds: number
  /** Before it expires it is renewed at the latest. */
  readonly bufferSeconds: number
}

export interface BearerLoginsOptions {
  readonly source: TokenSource
  readonly extensions: ReadonlyMap<string, string>
  readonly refresh: RefreshRules
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

interface Held extends BearerToken {
  readonly refreshAtMs: number
}

const CHANCES = 1_000_000

/**
 * Logs this node in with tokens. One is used for all logins until it is time to renew it; while that fails it goes on being
 * used as long as it holds. Whoever renews a session asks for a login in time, so nothing need run in between.
 */
export class BearerLogins implements LoginFactory {
  readonly mechanism = 'OAUTHBEARER'
  readonly #options: BearerLoginsOptions
  #held: Held | undefined
  #renewing: Promise<Held> | undefined

  constructor(options: BearerLoginsOptions) {
    this.#options = options
  }

  async start(): Promise<SaslClient> {
    const { token } = await this.#token()
    return new BearerClient({ token, extensions: this.#options.extensions })
  }

  async #token(): Promise<BearerToken> {
    const { clock, logger } = this.#options
    const held = this.#held
    if (held !== undefined && clock.now() < held.refreshAtMs) return held
    try {
      this.#renewing ??= this.#renew().finally(() => {
        this.#renewing = undefined
      })
      return await this.#renewing
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      logger.warn({ mechanism: this.mechanism, reason }, 'no token to log in to other nodes with')
      if (held !== undefined && clock.now() < held.expiresAtMs) return held
      throw error
    }
  }

  async #renew(): Promise<Held> {
    const { source, clock, random, refresh } = this.#options
    const fresh = await source(clock.now())
    const chance = random.below(CHANCES) / CHANCES
    const held = { ...fresh, refreshAtMs: refreshTime(clock.now(), fresh.expiresAtMs, refresh, chance) }
    this.#held = held
    return held
  }
}

/** When a token that came just now is renewed. `chance`: 0 … 1. */
export function refreshTime(nowMs: number, expiresAtMs: number, rules: RefreshRules, chance: number): number {
  const { windowFactor, windowJitter, minPeriodSeconds, bufferSeconds } = rules
  const lifeMs = expiresAtMs - nowMs
  const proposedMs = nowMs + lifeMs * (windowFactor + windowJitter * chance)
  // Too short a life for either margin.
  if (lifeMs < 1000 * (minPeriodSeconds + bufferSeconds)) return proposedMs
  return Math.max(Math.min(proposedMs, expiresAtMs - 1000 * bufferSeconds), nowMs + 1000 * minPeriodSeconds)
}
