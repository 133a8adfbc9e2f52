import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { present } from '../../../src/base/assert.ts'
import { type SaslClient, SaslRefused, type SaslServer, type SaslStep } from '../../../src/security/sasl/mechanism.ts'
import { ScramAccount, ScramClient } from '../../../src/security/sasl/scram-client.ts'
import {
  credentialOf,
  nonceOf,
  SCRAM_MECHANISMS,
  type ScramMechanismFacts,
  SHA_256,
  saltedPassword,
} from '../../../src/security/sasl/scram-formulas.ts'
import { parseClientFinal, parseClientFirst, parseServerFinal } from '../../../src/security/sasl/scram-messages.ts'
import { type ScramCredentials, ScramServer, scramMechanismOf } from '../../../src/security/sasl/scram-server.ts'

const SALT = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64')
const ITERATIONS = 4096

function credential(mechanism: ScramMechanismFacts, password: string, salt = SALT) {
  return credentialOf(mechanism, saltedPassword(mechanism, password, salt, ITERATIONS), salt, ITERATIONS)
}

function users(mechanism: ScramMechanismFacts, passwords: Readonly<Record<string, string>>): ScramCredentials {
  const known = new Map(Object.entries(passwords).map(([user, password]) => [user, credential(mechanism, password)]))
  return { ofUser: (name, user) => (name === mechanism.name ? known.get(user) : undefined) }
}

const USERS = new Map(SCRAM_MECHANISMS.map((mechanism) => [mechanism, users(mechanism, { user: 'pencil' })]))

/** What the two say to each other; ends with the server's last step. */
function talk(client: SaslClient, server: SaslServer): SaslStep {
  let token: Buffer | undefined = client.first()
  for (;;) {
    const step = server.step(present(token, 'a token'), 0) as SaslStep
    if (step.kind === 'failed' || step.kind === 'malformed') return step
    token = client.next(step.token)
    if (step.kind === 'done') {
      expect(token).toBeUndefined()
      return step
    }
  }
}

describe('RFC 7677', () => {
  test('its example of SCRAM-SHA-256, message by message', () => {
    const server = new ScramServer(SHA_256, present(USERS.get(SHA_256), 'users'), '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0')
    const first = Buffer.from('n,,n=user,r=rOprNGfwEbeRWgbNEkqO')
    expect(shown(server.step(first))).toEqual([
      'challenge',
      'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
    ])
    const final =
      'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ='
    expect(shown(server.step(Buffer.from(final)))).toEqual(['done', 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4='])
  })
})

function shown(step: SaslStep): [string, string] {
  return [step.kind, 'token' in step ? step.token.toString() : '']
}

describe.each(SCRAM_MECHANISMS)('$name', (mechanism) => {
  const known = present(USERS.get(mechanism), 'users')
  const start = (credentials: ScramCredentials = known) =>
    scramMechanismOf(mechanism, credentials, (bytes) => Buffer.alloc(bytes, 7)).start({
      listenerName: 'CLIENTS',
      peerAddress: '127.0.0.1',
    })
  const client = (user: string, password: string, isToken = false) =>
    new ScramClient({ mechanism, account: new ScramAccount(user, password), random: Buffer.alloc(17, 3), isToken })

  test('who knows the password is let in, once', () => {
    const server = start()
    expect(talk(client('user', 'pencil'), server)).toMatchObject({ kind: 'done', principal: 'User:user' })
    expect(server.step(Buffer.alloc(0), 0)).toMatchObject({ kind: 'failed' })
  })

  test('a wrong password and a user who is not there are told the same', () => {
    const wrong = talk(client('user', 'crayon'), start())
    const nobody = talk(client('nobody', 'pencil'), start())
    for (const step of [wrong, nobody]) {
      expect(step.kind).toBe('failed')
      expect(step).not.toHaveProperty('message')
      expect(JSON.stringify(step)).not.toContain('crayon')
    }
  })

  test('a delegation token stands for its owner until it expires', () => {
    const credentials: ScramCredentials = {
      ...known,
      ofToken: (name, id) =>
        name === mechanism.name && id === 'tokenid'
          ? { credential: credential(mechanism, 'hmac'), owner: 'User:owner', expiresAtMs: 99 }
          : undefined,
    }
    expect(talk(client('tokenid', 'hmac', true), start(credentials))).toMatchObject({
      kind: 'done',
      principal: 'User:owner',
      tokenAuthenticated: true,
      expiresAtMs: 99,
    })
    // A token is no user, and a user no token.
    expect(talk(client('tokenid', 'hmac'), start(credentials)).kind).toBe('failed')
    expect(talk(client('user', 'pencil', true), start(credentials)).kind).toBe('failed')
  })

  test('any name and password that are written in ASCII log in; another password does not', () => {
    const text = fc.string({
      unit: fc.integer({ min: 1, max: 0x7f }).map((code) => String.fromCharCode(code)),
      minLength: 1,
    })
    fc.assert(
      fc.property(text, fc.string({ minLength: 1 }), fc.string(), (user, password, other) => {
        const credentials: ScramCredentials = {
          ofUser: (_name, asked) => (asked === user ? credential(mechanism, password) : undefined),
        }
        expect(talk(client(user, password), start(credentials))).toMatchObject({ principal: `User:${user}` })
        fc.pre(other !== password)
        expect(talk(client(user, other), start(credentials)).kind).toBe('failed')
      }),
      { numRuns: 20 },
    )
  })

  test('whatever bytes come first or last, nobody is let in and nothing breaks', () => {
    const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array))
    const nearly = fc
      .tuple(fc.constantFrom('n,,', 'n,a=user,', 'y,,', ''), fc.string(), fc.string())
      .map(([header, name, rest]) => Buffer.from(`${header}n=${name},r=${rest}`))
    fc.assert(
      fc.property(fc.oneof(bytes, nearly), bytes, (first, last) => {
        const server = start()
        const step = server.step(first, 0) as SaslStep
        expect(step.kind).not.toBe('done')
        if (step.kind === 'challenge') expect((server.step(last, 0) as SaslStep).kind).toBe('failed')
      }),
    )
  })

  test('a server that does not know the password is found out', () => {
    const asking = client('user', 'pencil')
    const server = start()
    const challenge = server.step(asking.first(), 0) as SaslStep
    expect(asking.next('token' in challenge ? challenge.token : Buffer.alloc(0))).toBeDefined()
    const forged = Buffer.from(`v=${Buffer.alloc(mechanism.bytes).toString('base64')}`)
    expect(() => asking.next(forged)).toThrow(SaslRefused)
  })

  test.each([
    ['another nonce', 'r=xyz,s=AAAA,i=4096'],
    ['too few iterations', (nonce: string) => `r=${nonce}x,s=AAAA,i=10`],
    ['more iterations than anybody needs', (nonce: string) => `r=${nonce}x,s=AAAA,i=99999999`],
    ['an extension that must be understood', (nonce: string) => `m=1,r=${nonce}x,s=AAAA,i=4096`],
    ['no message', 'hello'],
  ])('a server that answers with %s is refused', (_name, answer) => {
    const asking = client('user', 'pencil')
    const nonce = /r=(.*)$/.exec(asking.first().toString())?.[1] ?? ''
    const text = typeof answer === 'string' ? answer : answer(nonce)
    expect(() => asking.next(Buffer.from(text))).toThrow(SaslRefused)
  })
})

test('names with commas and equals signs are written as the RFC has it', () => {
  expect(parseClientFirst(Buffer.from('n,,n=a=2Cb=3Dc,r=x'))?.name).toBe('a,b=c')
  expect(parseClientFirst(Buffer.from('n,,n=a=b,r=x'))).toBeUndefined()
  expect(parseClientFirst(Buffer.from('n,,m=ext,n=a,r=x'))).toBeUndefined()
  expect(parseClientFinal(Buffer.from('c=biws,r=x,p=!'))).toBeUndefined()
  expect(parseServerFinal(Buffer.from('e=other-error'))).toEqual({ error: 'other-error' })
})

test('a message without end is no message', () => {
  expect(parseClientFirst(Buffer.from(`n,,n=${'a'.repeat(500_000)},r=x`))).toBeUndefined()
})

test('nonces are 130 bits of the chance they are given', () => {
  expect(nonceOf(Buffer.alloc(17))).toBe('0')
  expect(BigInt(`0x${Buffer.alloc(17, 0xff).toString('hex')}`) >> 6n).toBe(2n ** 130n - 1n)
  expect(nonceOf(Buffer.alloc(17, 0xff))).toBe((2n ** 130n - 1n).toString(36))
})
