import { claimOf, decodePart, encodePart, type JsonObject } from './json-web-token.ts'
import type { InvalidToken, TokenValidator, TokenVerdict } from './server.ts'

type Options = ReadonlyMap<string, string>

/** What is wrong with the options of a login module. */
export class BearerOptionsError extends Error {
  override readonly name = 'BearerOptionsError'
}

interface Rules {
  readonly principalClaim: string
  readonly scopeClaim: string
  readonly requiredScope: readonly string[]
  readonly clockSkewMs: number
}

/**
 * Believes tokens that nobody signed: for development. The rules are Kafka's OAuthBearerUnsecuredValidatorCallbackHandler's.
 * @throws BearerOptionsError
 */
export function unsecuredValidator(options: Options): TokenValidator {
  const rules: Rules = {
    principalClaim: option(options, 'unsecuredValidatorPrincipalClaimName') ?? 'sub',
    scopeClaim: option(options, 'unsecuredValidatorScopeClaimName') ?? 'scope',
    requiredScope: scopeOf(option(options, 'unsecuredValidatorRequiredScope') ?? ''),
    clockSkewMs: clockSkew(option(options, 'unsecuredValidatorAllowableClockSkewMs') ?? '0'),
  }
  return (token, nowMs) => judge(token, rules, nowMs)
}

/** Undefined: left out, or blank. */
export function option(options: Options, name: string): string | undefined {
  const text = options.get(name)?.trim()
  return text === '' ? undefined : text
}

const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/

function scopeOf(text: string): string[] {
  const scope = text.split(' ').filter((item) => item !== '')
  const wrong = scope.find((item) => !SCOPE.test(item))
  if (wrong !== undefined) throw new BearerOptionsError(`Invalid scope value: ${wrong}`)
  return scope
}

function clockSkew(text: string): number {
  const ms = /^\+?\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (Number.isNaN(ms) || ms > 2 ** 31 - 1) {
    throw new BearerOptionsError(`Allowable clock skew millis must be a whole number, not negative: ${text}`)
  }
  return ms
}

function judge(token: string, rules: Rules, nowMs: number): TokenVerdict {
  const claims = claimsOf(token)
  if (typeof claims === 'string') return invalid(claims)
  const name = claimOf(claims, rules.principalClaim)
  if (typeof name !== 'string' || name.trim() === '')
    return invalid(`no principal in the claim ${rules.principalClaim}`)
  const expiry = claimOf(claims, 'exp')
  if (typeof expiry !== 'number') return invalid('no expiration time')
  const wrong = timesProblem(expiry, claimOf(claims, 'iat'), rules.clockSkewMs, nowMs)
  if (wrong !== undefined) return invalid(wrong)
  const scope = tokenScope(claimOf(claims, rules.scopeClaim))
  const missing = rules.requiredScope.find((item) => !scope.has(item))
  if (missing !== undefined) {
    const required = `[${rules.requiredScope.join(', ')}]`
    const detail = `the required scope ${missing} is missing`
    return { kind: 'invalid', status: 'insufficient_scope', scope: required, detail }
  }
  return { kind: 'valid', name, expiresAtMs: Math.round(expiry * 1000) }
}

/** What is wrong with the token, where it is a text. */
function claimsOf(token: string): JsonObject | string {
  const parts = token.split('.')
  const [header = '', claims = '', signature = ''] = parts
  if (parts.length !== 3 || header === '' || claims === '') return 'not three parts with dots between them'
  const algorithm = claimOf(decodePart(header) ?? {}, 'alg')
  const decoded = decodePart(claims)
  if (decoded === undefined) return 'claims that are not JSON in base64url'
  if (algorithm !== 'none') return "an algorithm that is not 'none'"
  return signature === '' ? decoded : 'a signature, where none belongs'
}

function timesProblem(expiry: number, issuedAt: unknown, skewMs: number, nowMs: number): string | undefined {
  if (issuedAt !== undefined && typeof issuedAt !== 'number') return 'an issue time that is no number'
  if (issuedAt !== undefined && issuedAt * 1000 > nowMs + skewMs) return 'issued in the future'
  if (nowMs - skewMs >= expiry * 1000) return 'expired'
  if (issuedAt !== undefined && expiry <= issuedAt) return 'expires before it was issued'
  return undefined
}

/** A text is one scope, blanks and all. */
function tokenScope(claim: unknown): Set<string> {
  const items = Array.isArray(claim) ? claim.map(String) : typeof claim === 'string' ? [claim] : []
  return new Set(items.map((item) => item.trim()).filter((item) => item !== ''))
}

function invalid(detail: string): InvalidToken {
  return { kind: 'invalid', status: 'invalid_token', detail }
}

const PREFIX = 'unsecuredLogin'
export const UNSECURED_EXTENSION = `${PREFIX}Extension_`
const RESERVED: ReadonlySet<string> = new Set(['iat', 'exp'])

/**
 * Tokens that nobody signs, with the claims of `unsecuredLoginStringClaim_…`, `NumberClaim_` and `ListClaim_` (whose first
 * character parts the items). @throws BearerOptionsError
 */
export function unsecuredTokens(options: Options): (nowMs: number) => { token: string; expiresAtMs: number } {
  const lifetime = option(options, `${PREFIX}LifetimeSeconds`) ?? '3600'
  if (!/^\d{1,12}$/.test(lifetime)) throw new BearerOptionsError(`Write ${PREFIX}LifetimeSeconds as a number.`)
  const claims = configuredClaims(options)
  const principalClaim = option(options, `${PREFIX}PrincipalClaimName`) ?? 'sub'
  const name = claimOf(claims, principalClaim)
  if (typeof name !== 'string' || name.trim() === '') {
    throw new BearerOptionsError(`No principal name in JWT claim: ${principalClaim}`)
  }
  return (nowMs) => {
    const expiry = nowMs / 1000 + Number(lifetime)
    const token = `${encodePart({ alg: 'none' })}.${encodePart({ exp: expiry, iat: nowMs / 1000, ...claims })}.`
    return { token, expiresAtMs: Math.round(expiry * 1000) }
  }
}

const KINDS: readonly (readonly [prefix: string, toValue: (text: string) => unknown])[] = [
  [`${PREFIX}StringClaim_`, (text) => text],
  [`${PREFIX}NumberClaim_`, numberOf],
  [`${PREFIX}ListClaim_`, (text) => (text.length <= 1 ? [] : text.slice(1).split(text.slice(0, 1)))],
]

function configuredClaims(options: Options): JsonObject {
  const claims = new Map<string, unknown>()
  for (const [key, text] of options) {
    for (const [prefix, toValue] of KINDS) {
      if (!key.startsWith(prefix) || key.length === prefix.length) continue
      const claim = key.slice(prefix.length)
      if (RESERVED.has(claim)) throw new BearerOptionsError(`Cannot explicitly set the '${claim}' claim`)
      claims.set(claim, toValue(text))
    }
  }
  return Object.fromEntries(claims)
}

function numberOf(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || Number.isNaN(value))
    throw new BearerOptionsError('A NumberClaim of the login is no number.')
  return value
}
