import { describe, expect, test } from 'vitest'
import { decodePart, encodePart } from '../../../../src/security/sasl/oauth/json-web-token.ts'
import { unsecuredTokens, unsecuredValidator } from '../../../../src/security/sasl/oauth/unsecured.ts'

const NOW = 1_700_000_000_000
const SECONDS = NOW / 1000
const GOOD = { sub: 'alice', iat: SECONDS, exp: SECONDS + 60 }
const token = (claims: Record<string, unknown>, header: Record<string, unknown> = { alg: 'none' }) =>
  `${encodePart(header)}.${encodePart(claims)}.`
const judge = (text: string, options: Record<string, string> = {}) =>
  unsecuredValidator(new Map(Object.entries(options)))(text, NOW)
const INVALID = { kind: 'invalid', status: 'invalid_token' }

describe('unsecured tokens are believed', () => {
  test('where their claims are right', () => {
    expect(judge(token(GOOD))).toEqual({ kind: 'valid', name: 'alice', expiresAtMs: NOW + 60_000 })
    expect(judge(token({ sub: 'a', exp: SECONDS + 0.5 }))).toMatchObject({ expiresAtMs: NOW + 500 })
    expect(judge(token({ ...GOOD, me: 'bob' }), { unsecuredValidatorPrincipalClaimName: ' me ' })).toMatchObject({
      name: 'bob',
    })
  })

  test.each([
    ['no dots', 'abc'],
    ['two dots after another', `${encodePart({ alg: 'none' })}..`],
    ['five parts', 'a.b.c.d.e'],
    ['no JSON', `${encodePart({ alg: 'none' })}.${Buffer.from('{').toString('base64url')}.`],
    ['no base64url', `${encodePart({ alg: 'none' })}.!!.`],
    ['a list', `${encodePart({ alg: 'none' })}.${Buffer.from('[1]').toString('base64url')}.`],
    ['no algorithm', token(GOOD, {})],
    ['another algorithm', token(GOOD, { alg: 'HS256' })],
    ['a signature', `${token(GOOD)}c2ln`],
    ['no expiry', token({ sub: 'a' })],
    ['an expiry in words', token({ sub: 'a', exp: 'never' })],
    ['nobody', token({ exp: SECONDS + 60 })],
    ['a blank name', token({ ...GOOD, sub: ' ' })],
    ['a name that is none', token({ ...GOOD, sub: 7 })],
    ['one that has expired', token({ sub: 'a', exp: SECONDS })],
    ['one of the future', token({ ...GOOD, iat: SECONDS + 1 })],
    ['an issue time in words', token({ ...GOOD, iat: 'now' })],
  ])('not: %s', (_, text) => {
    expect(judge(text)).toMatchObject(INVALID)
  })

  test('clocks may differ by as much as is allowed', () => {
    const skewed = { unsecuredValidatorAllowableClockSkewMs: '3000' }
    expect(judge(token({ sub: 'a', exp: SECONDS - 2 }), skewed)).toMatchObject({ kind: 'valid' })
    expect(judge(token({ sub: 'a', exp: SECONDS - 3 }), skewed)).toMatchObject(INVALID)
    expect(judge(token({ ...GOOD, iat: SECONDS + 3 }), skewed)).toMatchObject({ kind: 'valid' })
    expect(judge(token({ sub: 'a', iat: SECONDS + 2, exp: SECONDS + 1 }), skewed)).toMatchObject(INVALID)
  })

  test('scopes that are required must be there', () => {
    const options = { unsecuredValidatorRequiredScope: 'LOGIN  KAFKA' }
    expect(judge(token({ ...GOOD, scope: ['KAFKA', ' LOGIN '] }), options)).toMatchObject({ kind: 'valid' })
    const refused = { kind: 'invalid', status: 'insufficient_scope', scope: '[LOGIN, KAFKA]' }
    expect(judge(token({ ...GOOD, scope: 'LOGIN' }), options)).toMatchObject(refused)
    // A text is one scope.
    expect(judge(token({ ...GOOD, scope: 'LOGIN KAFKA' }), options)).toMatchObject(refused)
    expect(judge(token(GOOD), options)).toMatchObject(refused)
    const named = { ...options, unsecuredValidatorScopeClaimName: 'scp' }
    expect(judge(token({ ...GOOD, scp: ['LOGIN', 'KAFKA'] }), named)).toMatchObject({ kind: 'valid' })
  })

  test('options that make no sense are told', () => {
    expect(() => judge('', { unsecuredValidatorAllowableClockSkewMs: '-1' })).toThrow('not negative')
    expect(() => judge('', { unsecuredValidatorRequiredScope: 'a"b' })).toThrow('Invalid scope value')
  })
})

describe('unsecured tokens of our own', () => {
  const made = (options: Record<string, string>) => unsecuredTokens(new Map(Object.entries(options)))(NOW)

  test('hold what the options say, and are believed', () => {
    const { token: text, expiresAtMs } = made({
      unsecuredLoginStringClaim_sub: 'broker "1"',
      unsecuredLoginNumberClaim_n: '2.5',
      unsecuredLoginListClaim_scope: '|a|b.c',
      unsecuredLoginLifetimeSeconds: '60',
    })
    expect(decodePart(text.split('.')[1] ?? '')).toEqual({
      exp: SECONDS + 60,
      iat: SECONDS,
      sub: 'broker "1"',
      n: 2.5,
      scope: ['a', 'b.c'],
    })
    expect(expiresAtMs).toBe(NOW + 60_000)
    expect(judge(text)).toEqual({ kind: 'valid', name: 'broker "1"', expiresAtMs })
  })

  test.each([
    [{}, 'No principal name'],
    [{ unsecuredLoginStringClaim_sub: 'a', unsecuredLoginNumberClaim_exp: '1' }, "Cannot explicitly set the 'exp'"],
    [{ unsecuredLoginStringClaim_sub: 'a', unsecuredLoginLifetimeSeconds: 'x' }, 'LifetimeSeconds'],
    [{ unsecuredLoginStringClaim_sub: 'a', unsecuredLoginNumberClaim_n: 'x' }, 'no number'],
  ])('are refused of %j', (options, message) => {
    expect(() => made(options)).toThrow(message)
  })
})
