import { createHmac } from 'node:crypto'
import { TokenHmacs, type TokensById } from '../metadata/delegation-tokens/token-hmacs.ts'
import type { DelegationTokenImage } from '../metadata/image-types.ts'
import {
  credentialOf,
  MIN_ITERATIONS,
  type ScramCredential,
  type ScramMechanismName,
  saltedPassword,
  scramMechanism,
} from './sasl/scram-formulas.ts'
import type { TokenCredential } from './sasl/scram-server.ts'

/** A token together with its secret. */
export interface KnownToken {
  readonly token: DelegationTokenImage
  readonly hmac: Buffer
}

const SALT_BYTES = 24
const MAX_CREDENTIALS = 1_000

/** The tokens of the cluster as a broker with the delegation.token.secret.key sees them. */
export class DelegationTokens {
  readonly #secretKey: string
  readonly #hmacs: TokenHmacs
  readonly #tokens: () => TokensById
  /** Costly to compute; the oldest goes first. */
  readonly #credentials = new Map<string, ScramCredential>()

  constructor(secretKey: string, tokens: () => TokensById) {
    this.#secretKey = secretKey
    this.#hmacs = new TokenHmacs(secretKey)
    this.#tokens = tokens
  }

  all(): KnownToken[] {
    const tokens = this.#tokens()
    this.#hmacs.trim(tokens)
    return [...tokens.values()].map((token) => ({ token, hmac: this.#hmacs.of(token.tokenId) }))
  }

  /** What SCRAM checks a login by token against: its id is the name, its HMAC in base64 the password. */
  ofToken(mechanism: ScramMechanismName, tokenId: string): TokenCredential | undefined {
    const token = this.#tokens().get(tokenId)
    if (token === undefined) return undefined
    return {
      credential: this.#credential(mechanism, tokenId),
      // Kafka passes on the owner's name alone.
      owner: `User:${nameOf(token.owner)}`,
      expiresAtMs: token.expirationTimestamp,
    }
  }

  #credential(mechanism: ScramMechanismName, tokenId: string): ScramCredential {
    const key = `${mechanism}:${tokenId}`
    const known = this.#credentials.get(key)
    if (known !== undefined) return known
    this.#hmacs.trim(this.#tokens())
    const credential = this.#compute(mechanism, tokenId)
    if (this.#credentials.size >= MAX_CREDENTIALS) {
      for (const oldest of this.#credentials.keys()) {
        this.#credentials.delete(oldest)
        break
      }
    }
    this.#credentials.set(key, credential)
    return credential
  }

  #compute(name: ScramMechanismName, tokenId: string): ScramCredential {
    const mechanism = scramMechanism(name)
    if (mechanism === undefined) throw new Error(`no mechanism ${name}`)
    // A salt need not be secret, only its own: derived, it is the same on every broker without being stored.
    const salt = createHmac('sha512', this.#secretKey).update(`salt of ${name} for ${tokenId}`).digest()
    const short = salt.subarray(0, SALT_BYTES)
    const password = this.#hmacs.of(tokenId).toString('base64')
    const salted = saltedPassword(mechanism, password, short, MIN_ITERATIONS)
    return credentialOf(mechanism, salted, short, MIN_ITERATIONS)
  }
}

function nameOf(principal: string): string {
  return principal.slice(principal.indexOf(':') + 1)
}
