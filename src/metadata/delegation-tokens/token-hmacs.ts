import { createHmac } from 'node:crypto'
import type { DelegationTokenImage } from '../image-types.ts'

export type TokensById = ReadonlyMap<string, DelegationTokenImage>

/** The secret half of a token: whoever knows it may log in with it. */
export function tokenHmac(secretKey: string, tokenId: string): Buffer {
  return createHmac('sha512', secretKey).update(tokenId).digest()
}

/** Past its expiry, or past the time beyond which it can't be renewed. */
export function isExpired({ maxTimestamp, expirationTimestamp }: DelegationTokenImage, nowMs: number): boolean {
  return maxTimestamp < nowMs || expirationTimestamp < nowMs
}

const MAX_GONE = 1_000

/** Finds tokens by their HMACs, which are stored nowhere: each is computed once and forgotten with its token. */
export class TokenHmacs {
  readonly #secretKey: string
  readonly #byId = new Map<string, Buffer>()
  readonly #idByHmac = new Map<string, string>()

  constructor(secretKey: string) {
    this.#secretKey = secretKey
  }

  of(tokenId: string): Buffer {
    let hmac = this.#byId.get(tokenId)
    if (hmac === undefined) {
      hmac = tokenHmac(this.#secretKey, tokenId)
      this.#byId.set(tokenId, hmac)
      this.#idByHmac.set(hmac.toString('base64'), tokenId)
    }
    return hmac
  }

  find(tokens: TokensById, hmac: Buffer): DelegationTokenImage | undefined {
    const key = hmac.toString('base64')
    const known = this.#idByHmac.get(key)
    if (known !== undefined) return tokens.get(known)
    this.trim(tokens)
    for (const tokenId of tokens.keys()) this.of(tokenId)
    return tokens.get(this.#idByHmac.get(key) ?? '')
  }

  /** Forgets tokens that are gone, once they are many. */
  trim(tokens: TokensById): void {
    if (this.#byId.size <= tokens.size + MAX_GONE) return
    for (const [tokenId, hmac] of this.#byId) {
      if (tokens.has(tokenId)) continue
      this.#byId.delete(tokenId)
      this.#idByHmac.delete(hmac.toString('base64'))
    }
  }
}
