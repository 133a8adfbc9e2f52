import { claimOf, type JsonObject } from './json-web-token.ts'
import type { InvalidToken, TokenVerdict } from './server.ts'

/** What a signed token must say, besides being signed. */
export interface ClaimRules {
  /** Empty: tokens that name an audience are for somebody else. */
  readonly audiences: readonly string[]
  readonly issuer: string | undefined
  readonly clockSkewSeconds: number
  readonly scopeClaim: string
  readonly subjectClaim: string
}

/** The claims of a token whose signature holds, judged as Kafka's BrokerJwtValidator has them judged. */
export function judgeClaims(claims: JsonObject, rules: ClaimRules, nowMs: number): TokenVerdict {
  const problem =
    timesProblem(claims, rules, nowMs) ??
    audienceProblem(claims, rules) ??
    issuerProblem(claims, rules) ??
    textProblem(claims, 'sub') ??
    textProblem(claims, 'jti') ??
    scopeProblem(claimOf(claims, rules.scopeClaim))
  if (problem !== undefined) return invalid(problem)
  const subject = claimOf(claims, rules.subjectClaim)
  const name = typeof subject === 'string' ? subject.trim() : ''
  if (name === '') return invalid(`the claim ${rules.subjectClaim} names nobody`)
  return { kind: 'valid', name, expiresAtMs: Math.trunc(Number(claimOf(claims, 'exp'))) * 1000 }
}

function invalid(detail: string): InvalidToken {
  return { kind: 'invalid', status: 'invalid_token', detail }
}

function timesProblem(claims: JsonObject, { clockSkewSeconds }: ClaimRules, nowMs: number): string | undefined {
  const [expiry, issuedAt, notBefore] = ['exp', 'iat', 'nbf'].map((name) => seconds(claimOf(claims, name)))
  if (expiry === null || issuedAt === null || notBefore === null) return 'a time that is no number'
  if (expiry === undefined) return 'no expiration time'
  if (issuedAt === undefined) return 'no issue time'
  const now = Math.floor(nowMs / 1000)
  if (now - clockSkewSeconds >= expiry) return 'expired'
  if (expiry < issuedAt) return 'expires before it was issued'
  if (expiry < 0 || issuedAt < 0) return 'a time before 1970'
  if (notBefore === undefined) return undefined
  if (expiry < notBefore) return 'expires before it is valid'
  return now + clockSkewSeconds < notBefore ? 'not valid yet' : undefined
}

/** Null: there, and no number. */
function seconds(claim: unknown): number | undefined | null {
  if (claim === undefined) return undefined
  return typeof claim === 'number' ? Math.trunc(claim) : null
}

function audienceProblem(claims: JsonObject, { audiences }: ClaimRules): string | undefined {
  const claim = claimOf(claims, 'aud')
  if (claim === undefined) return audiences.length > 0 ? 'no audience' : undefined
  const named: unknown[] = Array.isArray(claim) ? claim : [claim]
  if (!named.every((one) => typeof one === 'string')) return 'an audience that is no text'
  if (named.some((one) => audiences.includes(one))) return undefined
  return audiences.length > 0 ? 'another audience' : 'an audience, and no sasl.oauthbearer.expected.audience is set'
}

function issuerProblem(claims: JsonObject, { issuer }: ClaimRules): string | undefined {
  const claim = claimOf(claims, 'iss')
  if (issuer === undefined) return textProblem(claims, 'iss')
  if (claim === undefined) return 'no issuer'
  return claim === issuer ? undefined : 'another issuer'
}

function textProblem(claims: JsonObject, name: string): string | undefined {
  const claim = claimOf(claims, name)
  return claim === undefined || typeof claim === 'string' ? undefined : `a claim ${name} that is no text`
}

/** Scopes give no rights here, but have to be well-formed. */
function scopeProblem(claim: unknown): string | undefined {
  const items: readonly unknown[] = Array.isArray(claim) ? claim : typeof claim === 'string' ? [claim] : []
  const names = items.map((item) => (typeof item === 'string' ? item.trim() : ''))
  if (names.includes('')) return 'an empty scope'
  return new Set(names).size < names.length ? 'a scope twice' : undefined
}
