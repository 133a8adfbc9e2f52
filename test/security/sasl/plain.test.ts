import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SaslStep } from '../../../src/security/sasl/mechanism.ts'
import { PlainClient, plainMechanism } from '../../../src/security/sasl/plain.ts'

const PASSWORDS = new Map([
  ['alice', 'alice-secret'],
  ['empty', ''],
])
const EXCHANGE = { listenerName: 'CLIENTS', peerAddress: '127.0.0.1' }

function step(token: Buffer): SaslStep {
  return plainMechanism((user) => PASSWORDS.get(user))
    .start(EXCHANGE)
    .step(token, 0) as SaslStep
}

test('who has the password is let in', () => {
  const client = new PlainClient('alice', 'alice-secret')
  expect(step(client.first())).toMatchObject({ kind: 'done', principal: 'User:alice' })
  expect(client.next()).toBeUndefined()
})

test.each([
  ['\0alice\0wrong', 'Authentication failed: Invalid username or password'],
  ['\0nobody\0wrong', 'Authentication failed: Invalid username or password'],
  ['\0empty\0x', 'Authentication failed: Invalid username or password'],
  ['\0\0x', 'Authentication failed: username not specified'],
  ['\0alice\0', 'Authentication failed: password not specified'],
  ['\0empty\0', 'Authentication failed: password not specified'],
  [
    'bob\0alice\0alice-secret',
    'Authentication failed: Client requested an authorization id that is different from username',
  ],
  ['alice', 'Invalid SASL/PLAIN response: expected 3 tokens, got 1'],
  ['a\0b\0c\0d\0e', 'Invalid SASL/PLAIN response: expected 3 tokens, got 4'],
])('%j is refused as in Kafka', (token, message) => {
  const refused = step(Buffer.from(token))
  expect(refused).toMatchObject({ kind: 'failed', message })
  expect(JSON.stringify(refused)).not.toContain('secret')
})

test('nobody is let in by chance', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), (id, user, password) => {
      fc.pre(PASSWORDS.get(user) !== password)
      expect(step(Buffer.from(`${id}\0${user}\0${password}`)).kind).toBe('failed')
    }),
  )
})
