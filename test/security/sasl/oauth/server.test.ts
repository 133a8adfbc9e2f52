import { describe, expect, test } from 'vitest'
import { BearerClient } from '../../../../src/security/sasl/oauth/client.ts'
import { bearerMessage } from '../../../../src/security/sasl/oauth/messages.ts'
import { bearerMechanism, type TokenVerdict } from '../../../../src/security/sasl/oauth/server.ts'

const VALID: TokenVerdict = { kind: 'valid', name: 'alice', expiresAtMs: 5000 }
const INVALID: TokenVerdict = { kind: 'invalid', status: 'invalid_token', detail: 'expired' }
const NONE = new Map<string, string>()

const serverFor = (verdict: TokenVerdict | Promise<TokenVerdict>) =>
  bearerMechanism(() => verdict).start({ listenerName: 'L', peerAddress: '::1' })
const said = (authorizationId = '') => bearerMessage({ token: 't', authorizationId, extensions: NONE })

describe('the OAUTHBEARER server', () => {
  test('lets a believed token in, until it expires', async () => {
    const done = { kind: 'done', token: Buffer.alloc(0), principal: 'User:alice', expiresAtMs: 5000 }
    expect(serverFor(VALID).step(said(), 0)).toEqual(done)
    expect(await serverFor(Promise.resolve(VALID)).step(said('alice'), 0)).toEqual(done)
  })

  test('lets nobody stand for somebody else', () => {
    expect(serverFor(VALID).step(said('bob'), 0)).toEqual({
      kind: 'failed',
      user: 'alice',
      message:
        "Authentication failed: Client requested an authorization id (bob) that is different from the token's principal name (alice)",
    })
  })

  test('says no twice: as a challenge, and when the client has heard it', () => {
    const server = serverFor(INVALID)
    const client = new BearerClient({ token: 't', extensions: NONE })
    const challenge = server.step(client.first(), 0)
    expect(challenge).toEqual({
      kind: 'challenge',
      token: Buffer.from('{"status":"invalid_token"}'),
      refused: 'expired',
    })
    const heard = client.next(Buffer.from('{"status":"invalid_token"}'))
    expect(heard).toEqual(Buffer.of(1))
    expect(server.step(heard ?? Buffer.alloc(0), 0)).toEqual({
      kind: 'failed',
      message: '{"status":"invalid_token"}',
      detail: 'expired',
    })
    expect(() => client.next(Buffer.alloc(0))).toThrow('the server refused the token')
  })

  test('gives one chance', () => {
    const server = serverFor(INVALID)
    server.step(said(), 0)
    expect(server.step(said(), 0)).toMatchObject({ kind: 'failed' })
    expect(serverFor(VALID).step(Buffer.from('?'), 0)).toMatchObject({ kind: 'failed' })
  })

  test('has nothing more to say to a client that is in', () => {
    expect(new BearerClient({ token: 't', extensions: NONE }).next(Buffer.alloc(0))).toBeUndefined()
  })
})
