import { describe, expect, test } from 'vitest'
import { type ClaimRules, judgeClaims } from '../../../../src/security/sasl/oauth/signed-claims.ts'

const NOW = 1_700_000_000_500
const SECONDS = 1_700_000_000
const RULES: ClaimRules = {
  audiences: ['kafka', 'other'],
  issuer: 'me',
  clockSkewSeconds: 30,
  scopeClaim: 'scope',
  subjectClaim: 'sub',
}
const GOOD = { sub: 'alice', iss: 'me', aud: 'kafka', iat: SECONDS, exp: SECONDS + 60 }
const judge = (claims: Record<string, unknown>, rules: Partial<ClaimRules> = {}) =>
  judgeClaims(claims, { ...RULES, ...rules }, NOW)

describe('claims of a signed token', () => {
  test.each([
    [{}],
    [{ aud: ['x', 'other'] }],
    [{ exp: SECONDS - 29, iat: SECONDS - 100 }],
    [{ nbf: SECONDS + 30 }],
    [{ iat: SECONDS + 50 }],
    [{ scope: 'a b' }],
    [{ scope: ['a', 'b'] }],
    [{ scope: 7 }],
    [{ sub: ' alice ' }],
    [{ jti: 'x' }],
  ])('are right: %j', (more) => {
    expect(judge({ ...GOOD, ...more })).toMatchObject({ kind: 'valid', name: 'alice' })
  })

  test.each([
    [{ exp: undefined }, 'no expiration time'],
    [{ iat: undefined }, 'no issue time'],
    [{ exp: SECONDS - 30, iat: SECONDS - 100 }, 'expired'],
    [{ exp: 'x' }, 'a time that is no number'],
    [{ iat: SECONDS + 61 }, 'expires before it was issued'],
    [{ nbf: SECONDS + 31 }, 'not valid yet'],
    [{ nbf: SECONDS + 90 }, 'expires before it is valid'],
    [{ aud: 'elsewhere' }, 'another audience'],
    [{ aud: undefined }, 'no audience'],
    [{ aud: [7] }, 'an audience that is no text'],
    [{ iss: 'you' }, 'another issuer'],
    [{ iss: undefined }, 'no issuer'],
    [{ sub: undefined }, 'the claim sub names nobody'],
    [{ sub: '' }, 'the claim sub names nobody'],
    [{ sub: 5 }, 'a claim sub that is no text'],
    [{ jti: 5 }, 'a claim jti that is no text'],
    [{ scope: ['a', ' '] }, 'an empty scope'],
    [{ scope: ['a', 'a '] }, 'a scope twice'],
  ])('are wrong: %j', (more, detail) => {
    const claims = Object.fromEntries(Object.entries({ ...GOOD, ...more }).filter(([, value]) => value !== undefined))
    expect(judge(claims)).toEqual({ kind: 'invalid', status: 'invalid_token', detail })
  })

  test('an audience that nobody expects is not for us', () => {
    expect(judge(GOOD, { audiences: [] })).toMatchObject({ kind: 'invalid' })
    const { aud: _, ...without } = GOOD
    expect(judge(without, { audiences: [] })).toMatchObject({ kind: 'valid' })
  })

  test('another claim may say who it is', () => {
    expect(judge({ ...GOOD, upn: 'bob' }, { subjectClaim: 'upn' })).toEqual({
      kind: 'valid',
      name: 'bob',
      expiresAtMs: (SECONDS + 60) * 1000,
    })
    expect(judge(GOOD, { subjectClaim: 'constructor' })).toMatchObject({ kind: 'invalid' })
  })
})
