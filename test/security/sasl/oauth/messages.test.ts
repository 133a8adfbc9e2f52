import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  bearerMessage,
  extensionsProblem,
  parseBearerMessage,
  refusalText,
} from '../../../../src/security/sasl/oauth/messages.ts'

const parse = (text: string) => parseBearerMessage(Buffer.from(text))

describe('the first message of OAUTHBEARER', () => {
  test('holds a token, perhaps an id and extensions', () => {
    expect(parse('n,,\x01auth=Bearer abc.d-f._~+/x==\x01\x01')).toEqual({
      token: 'abc.d-f._~+/x==',
      authorizationId: '',
      extensions: new Map(),
    })
    expect(parse('n,a=me@x,\x01host=h\x01auth=bearer   t\x01port=1 \t2\x01\x01')).toEqual({
      token: 't',
      authorizationId: 'me@x',
      extensions: new Map([
        ['host', 'h'],
        ['port', '1 \t2'],
      ]),
    })
    expect(parse('n,a=a=2Cb=3D,\x01auth=Bearer t\x01\x01')?.authorizationId).toBe('a=2Cb=3D')
  })

  test.each([
    '',
    'n,,',
    'n,,\x01\x01',
    'n,,\x01auth=Bearer t\x01',
    'n,,auth=Bearer t\x01\x01',
    'y,,\x01auth=Bearer t\x01\x01',
    'n,a=,\x01auth=Bearer t\x01\x01',
    'n,a=b=c,\x01auth=Bearer t\x01\x01',
    'n,a=ä,\x01auth=Bearer t\x01\x01',
    'n,,\x01auth=Basic t\x01\x01',
    'n,,\x01auth=Bearer\x01\x01',
    'n,,\x01auth=Bearer t t\x01\x01',
    'n,,\x01auth=Bearer ä\x01\x01',
    'n,,\x01au1th=x\x01auth=Bearer t\x01\x01',
    'n,,\x01x=\x01auth=Bearer t\x01\x01',
    'n,,\x01x\x01auth=Bearer t\x01\x01',
    'n,,\x01auth=Bearer t\x01\x01\x01',
    '\x01',
  ])('is refused: %j', (text) => {
    expect(parse(text)).toBeUndefined()
  })

  test('is read as it was written', () => {
    const key = fc.stringMatching(/^[A-Za-z]{1,8}$/).filter((name) => name !== 'auth')
    const value = fc.stringMatching(/^[\x21-\x7e \t\r\n]{1,20}$/)
    const token = fc.stringMatching(/^[-_~+/.a-zA-Z0-9]{1,40}={0,2}$/)
    fc.assert(
      fc.property(token, fc.uniqueArray(fc.tuple(key, value), { selector: ([name]) => name }), (text, pairs) => {
        const message = { token: text, authorizationId: '', extensions: new Map(pairs) }
        expect(parseBearerMessage(bearerMessage(message))).toEqual(message)
      }),
    )
  })

  test('whatever the bytes are, reading them ends', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void parseBearerMessage(Buffer.from(bytes))))
    expect(parse(`n,,\x01${'a=b\x01'.repeat(100_000)}\x01`)).toBeUndefined()
    expect(parse(`n,,\x01auth=Bearer ${'a'.repeat(500_000)}!\x01\x01`)).toBeUndefined()
  })
})

test('extensions that can not be said are found before', () => {
  expect(extensionsProblem(new Map([['traceId', '123']]))).toBeUndefined()
  expect(extensionsProblem(new Map([['auth', '123']]))).toBe('Extension name auth is invalid')
  expect(extensionsProblem(new Map([['a b', '123']]))).toBe('Extension name a b is invalid')
  expect(extensionsProblem(new Map([['a', '\x01']]))).toBe('The value of the extension a is invalid')
})

test('a refusal is said in the words of Kafka', () => {
  expect(refusalText({ status: 'invalid_token' })).toBe('{"status":"invalid_token"}')
  expect(refusalText({ status: 'insufficient_scope', scope: '[a, b]' })).toBe(
    '{"status":"insufficient_scope", "scope":"[a, b]"}',
  )
})
