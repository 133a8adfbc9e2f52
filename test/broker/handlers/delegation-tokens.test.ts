import { describe, expect, test } from 'vitest'
import { KafkaError } from '../../../src/base/errors.ts'
import { OPEN_ACCESS } from '../../../src/broker/access.ts'
import type { RequestContext } from '../../../src/broker/handler.ts'
import { controllerTokenHandlers, mayAskForTokens } from '../../../src/broker/handlers/delegation-tokens.ts'
import type { ConnectionInfo } from '../../../src/protocol/frame-handler.ts'

const CONNECTION: Omit<ConnectionInfo, 'principal'> = {
  id: 'x',
  listenerName: 'L',
  securityProtocol: 'SASL_SSL',
  peerAddress: '10.0.0.1',
  peerPort: 1,
  localAddress: '10.0.0.2',
  localPort: 2,
  tokenAuthenticated: false,
  clientSoftwareName: 'c',
  clientSoftwareVersion: '1',
}
const contextOf = (more: Partial<ConnectionInfo>) =>
  ({ connection: { ...CONNECTION, principal: 'User:alice', ...more } }) as unknown as RequestContext

describe('tokens are asked for', () => {
  test.each([
    [{ securityProtocol: 'SASL_SSL' }, true],
    [{ securityProtocol: 'SASL_PLAINTEXT' }, true],
    [{ securityProtocol: 'SSL' }, true],
    [{ securityProtocol: 'SSL', principal: 'User:ANONYMOUS' }, false],
    [{ securityProtocol: 'PLAINTEXT' }, false],
    [{ securityProtocol: 'SASL_SSL', tokenAuthenticated: true }, false],
    // What a broker passes on it has looked at, but for who the client is.
    [{ securityProtocol: 'PLAINTEXT', isForwarded: true }, true],
    [{ securityProtocol: 'PLAINTEXT', isForwarded: true, tokenAuthenticated: true }, false],
  ] as const)('over a connection like %j: %s', (connection, allowed) => {
    expect(mayAskForTokens(contextOf(connection))).toBe(allowed)
  })
})

test('what the controller refuses is said in the answer', async () => {
  const controller = { submit: () => Promise.reject(new KafkaError('DELEGATION_TOKEN_AUTH_DISABLED')) }
  const [create, renew] = controllerTokenHandlers({ access: OPEN_ACCESS, controller })
  const wish = { ownerPrincipalType: 'User', ownerPrincipalName: 'bob', renewers: [], maxLifetimeMs: -1 }
  expect(await create?.handle(wish, contextOf({}))).toMatchObject({
    errorCode: 61,
    principalName: 'bob',
    tokenRequesterPrincipalName: 'alice',
    issueTimestampMs: 0,
    tokenId: '',
  })
  const refused = await renew?.handle({ hmac: Buffer.alloc(0), renewPeriodMs: 1 }, contextOf({}))
  expect(refused).toMatchObject({ errorCode: 61, expiryTimestampMs: 0 })
})
