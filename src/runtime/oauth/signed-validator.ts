import { compactVerify, errors } from 'jose'
import { claimOf, decodePart, isObject, type JsonObject } from '../../security/sasl/oauth/json-web-token.ts'
import type { TokenValidator, TokenVerdict } from '../../security/sasl/oauth/server.ts'
import { type ClaimRules, judgeClaims } from '../../security/sasl/oauth/signed-claims.ts'
import type { KeyFinder, KeySource } from './key-sets.ts'

/** Believes tokens that are signed by one of the keys and say what the rules ask for. */
export function signedValidator(keys: KeySource, rules: ClaimRules): TokenValidator {
  return async (token, nowMs): Promise<TokenVerdict> => {
    const claims = await signedClaims(token, keys)
    if (typeof claims !== 'string') return judgeClaims(claims, rules, nowMs)
    return { kind: 'invalid', status: 'invalid_token', detail: claims }
  }
}

/** What is wrong, where it is a text. */
async function signedClaims(token: string, keys: KeySource): Promise<JsonObject | string> {
  const parts = token.trim().split('.')
  const [head = ''] = parts
  if (parts.length !== 3 || parts.includes('')) return 'not three parts with dots between them'
  const header = decodePart(head)
  if (header === undefined) return 'a header that is not JSON in base64url'
  if (typeof claimOf(header, 'alg') !== 'string' || claimOf(header, 'alg') === 'none') return 'not signed'
  const known = await keys.keys()
  if (known === undefined) return 'there are no keys to check its signature with'
  const payload = await verified(token.trim(), known)
  if (payload !== NO_KEY) return payload
  const keyId = claimOf(header, 'kid')
  const newer = typeof keyId === 'string' ? await keys.keysWith(keyId) : undefined
  const retried = newer === undefined ? NO_KEY : await verified(token.trim(), newer)
  return retried === NO_KEY ? 'signed with a key that is not known' : retried
}

const NO_KEY = 'no key'

async function verified(token: string, keys: KeyFinder): Promise<JsonObject | string> {
  try {
    const { payload } = await compactVerify(token, keys, { algorithms: ALGORITHMS })
    return claimsIn(payload)
  } catch (error) {
    if (error instanceof errors.JWKSMultipleMatchingKeys) return verifiedByAny(token, error)
    if (error instanceof errors.JWKSNoMatchingKey) return NO_KEY
    return failure(error)
  }
}

/** Signatures that everybody can check and only the token server can make. */
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
]

/** The header names none of several keys that it may be. */
async function verifiedByAny(token: string, keys: errors.JWKSMultipleMatchingKeys): Promise<JsonObject | string> {
  let problem = NO_KEY
  for await (const key of keys) {
    try {
      return claimsIn((await compactVerify(token, key, { algorithms: ALGORITHMS })).payload)
    } catch (error) {
      problem = failure(error)
    }
  }
  return problem
}

function claimsIn(payload: Uint8Array): JsonObject | string {
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload).toString('utf8'))
    return isObject(claims) ? claims : 'claims that are no object'
  } catch {
    return 'claims that are not JSON'
  }
}

function failure(error: unknown): string {
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'a wrong signature'
  if (error instanceof errors.JOSEError || error instanceof TypeError)
    return `a signature that can not be checked: ${error.message}`
  throw error
}
