import { describe, expect, test } from 'vitest'
import { tokenHmac } from '../../src/metadata/delegation-tokens/token-hmacs.ts'
import type { DelegationTokenImage } from '../../src/metadata/image-types.ts'
import { DelegationTokens } from '../../src/security/delegation-tokens.ts'
import { credentialOf, SHA_256, saltedPassword } from '../../src/security/sasl/scram-formulas.ts'

const token = (tokenId: string, owner = 'User:alice'): DelegationTokenImage => ({
  tokenId,
  owner,
  requester: 'User:bob',
  renewers: [],
  issueTimestamp: 1,
  maxTimestamp: 30,
  expirationTimestamp: 20,
})

describe('tokens as a broker sees them', () => {
  const image = new Map([['t1', token('t1')]])
  const tokens = new DelegationTokens('key', () => image)

  test('are shown with their secrets', () => {
    expect(tokens.all()).toEqual([{ token: token('t1'), hmac: tokenHmac('key', 't1') }])
  })

  test('log in by SCRAM with the secret in base64, as their owners, until they expire', () => {
    const { credential, ...whom } = tokens.ofToken('SCRAM-SHA-256', 't1') ?? { credential: undefined }
    expect(whom).toEqual({ owner: 'User:alice', expiresAtMs: 20 })
    const { salt = Buffer.alloc(0), iterations = 0 } = credential ?? {}
    expect(iterations).toBe(4096)
    const salted = saltedPassword(SHA_256, tokenHmac('key', 't1').toString('base64'), salt, iterations)
    expect(credential).toEqual(credentialOf(SHA_256, salted, salt, iterations))
    expect(tokens.ofToken('SCRAM-SHA-512', 't1')?.credential.salt).not.toEqual(salt)
    // The same on every broker, and after a restart.
    expect(new DelegationTokens('key', () => image).ofToken('SCRAM-SHA-256', 't1')?.credential).toEqual(credential)
  })

  test('are gone when they are gone, and another key makes other secrets of them', () => {
    image.set('t2', token('t2', 'Group:x'))
    const before = tokens.ofToken('SCRAM-SHA-256', 't2')
    expect(before?.owner).toBe('User:x')
    image.delete('t2')
    expect(tokens.ofToken('SCRAM-SHA-256', 't2')).toBeUndefined()
    expect(tokens.all()).toHaveLength(1)
    const [other] = new DelegationTokens('another', () => image).all()
    expect(other?.hmac).not.toEqual(tokenHmac('key', 't1'))
  })
})
