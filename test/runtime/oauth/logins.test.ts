import { generateKeyPairSync, verify } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { MemoryDisk } from '../../../src/io/memory-disk.ts'
import { NodeClock } from '../../../src/io/node-clock.ts'
import { NodeRandom } from '../../../src/io/node-random.ts'
import type { Clock, Logger } from '../../../src/io/ports.ts'
import { BearerLogins, refreshTime } from '../../../src/runtime/oauth/bearer-logins.ts'
import {
  assertedRequests,
  assertionsFromFile,
  bearerGrantRequests,
  secretRequests,
  signedAssertions,
} from '../../../src/runtime/oauth/token-requests.ts'
import { type BearerToken, tokensFromEndpoint, tokensFromFile } from '../../../src/runtime/oauth/token-sources.ts'
import { decodePart } from '../../../src/security/sasl/oauth/json-web-token.ts'
import { parseBearerMessage } from '../../../src/security/sasl/oauth/messages.ts'
import { TokenServer } from '../../support/token-server.ts'

const NOW = 1_700_000_000_000

function tokensOf(
  server: TokenServer,
  secret = 'alice-secret',
  more: { timeoutMs?: number; backoffMaxMs?: number } = {},
) {
  const requests = secretRequests('alice', secret, 'kafka')
  const rules = { timeoutMs: 5_000, backoffMs: 1, backoffMaxMs: 0, ...more }
  return tokensFromEndpoint({ url: new URL(server.tokenUrl), requests, clock: new NodeClock(), ...rules })
}

describe('tokens of a token server', () => {
  test('are asked for with the secret in the header', async () => {
    await using server = await TokenServer.start()
    const { token, expiresAtMs } = await tokensOf(server)(Date.now())
    expect(decodePart(token.split('.')[1] ?? '')).toMatchObject({ sub: 'alice', exp: expiresAtMs / 1000 })
    const [call] = server.calls
    expect(call?.authorization).toBe(`Basic ${Buffer.from('alice:alice-secret').toString('base64')}`)
    expect(Object.fromEntries(call?.form ?? [])).toEqual({ grant_type: 'client_credentials', scope: 'kafka' })
  })

  test('are not asked for again where the secret is wrong, and what the server says of it is not told', async () => {
    await using server = await TokenServer.start()
    const failed = await tokensOf(server, 'wrong-secret', { backoffMaxMs: 1_000 })(NOW).catch((error) => String(error))
    expect(failed).toContain('answered with status 401: invalid_client')
    expect(failed).not.toContain('wrong-secret')
    expect(server.calls).toHaveLength(1)
  })

  test('are asked for again where the server stumbles', async () => {
    await using server = await TokenServer.start()
    let left = 3
    server.misbehave = (response) => {
      left -= 1
      if (left === 0) server.misbehave = undefined
      response.writeHead(503).end()
    }
    expect((await tokensOf(server, 'alice-secret', { backoffMaxMs: 60_000 })(NOW)).token).not.toBe('')
    expect(server.calls).toHaveLength(4)
  })

  test.each([
    ['garbage', '<html>', 'holds no token'],
    ['no token', '{"access_token":" "}', 'holds no token'],
    ['no JWT', '{"access_token":"opaque"}', 'no token with an expiration time'],
    ['no expiry', '{"access_token":"YQ.e30.YQ"}', 'no token with an expiration time'],
  ])('are none: %s', async (_, text, problem) => {
    await using server = await TokenServer.start()
    server.misbehave = (response) => void response.end(text)
    await expect(tokensOf(server)(NOW)).rejects.toThrow(problem)
  })

  test('are waited for only so long', async () => {
    await using server = await TokenServer.start()
    server.misbehave = () => {}
    await expect(tokensOf(server, 'alice-secret', { timeoutMs: 50 })(NOW)).rejects.toThrow(
      'no whole answer within 50 ms',
    )
  })
})

describe('requests with an assertion', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const key = privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'pass' })

  test('that this node signs', async () => {
    const disk = new MemoryDisk()
    disk.blocking.writeFile('/key.pem', key)
    disk.blocking.writeFile('/template.json', '{"header":{"kid":"one"},"payload":{"aud":"from template","more":true}}')
    const assertions = signedAssertions(
      {
        algorithm: 'RS256',
        keyFile: '/key.pem',
        passphrase: 'pass',
        templateFile: '/template.json',
        claims: { iss: 'me', aud: 'the server' },
        expirySeconds: 300,
        notBeforeSeconds: 60,
        includesId: true,
      },
      disk,
    )
    const { body } = await bearerGrantRequests(undefined, assertions)(NOW)
    const form = Object.fromEntries(new URLSearchParams(body))
    expect(form).toMatchObject({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer' })
    const [header = '', payload = '', signature = ''] = (form.assertion ?? '').split('.')
    expect(decodePart(header)).toEqual({ alg: 'RS256', typ: 'JWT', kid: 'one' })
    const seconds = NOW / 1000
    const times = { iat: seconds, exp: seconds + 300, nbf: seconds - 60, jti: expect.any(String) }
    expect(decodePart(payload)).toEqual({ iss: 'me', aud: 'the server', more: true, ...times })
    const said = Buffer.from(`${header}.${payload}`)
    expect(verify('sha256', said, publicKey, Buffer.from(signature, 'base64url'))).toBe(true)
  })

  test('that somebody else signs', async () => {
    const disk = new MemoryDisk()
    disk.blocking.writeFile('/assertion', 'a.b.c\n')
    const { body, headers } = await assertedRequests('me', 'kafka', assertionsFromFile('/assertion', disk))(NOW)
    expect(headers).not.toHaveProperty('authorization')
    expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: 'a.b.c',
      grant_type: 'client_credentials',
      client_id: 'me',
      scope: 'kafka',
    })
  })
})

test('tokens in a file are read when they are needed', async () => {
  const disk = new MemoryDisk()
  const claims = Buffer.from('{"exp":1700000000.7}').toString('base64url')
  disk.blocking.writeFile('/token', `YQ.${claims}.YQ\n`)
  expect(await tokensFromFile('/token', disk)(NOW)).toEqual({ token: `YQ.${claims}.YQ`, expiresAtMs: NOW })
})

describe('a token is renewed', () => {
  const rules = { windowFactor: 0.8, windowJitter: 0.05, minPeriodSeconds: 60, bufferSeconds: 300 }
  const minutes = 60_000

  test.each([
    [60, 0, 48],
    [60, 1, 51],
    // The buffer before its end comes first.
    [10, 0, 5],
    // Not so soon after it came.
    [6.5, 0, 1.5],
    // Too short for both margins.
    [5, 0, 4],
  ])('of %i minutes, by chance %d, after %d', (life, chance, after) => {
    expect(refreshTime(NOW, NOW + life * minutes, rules, chance)).toBeCloseTo(NOW + after * minutes, 0)
  })

  const lines: unknown[][] = []
  const log = (...line: unknown[]) => void lines.push(line)
  const logger: Logger = { debug: log, info: log, warn: log, error: log, child: () => logger }

  function loginsAt(clock: Pick<Clock, 'now'>, source: (nowMs: number) => Promise<BearerToken>) {
    const whole = { monotonic: () => 0, after: () => ({ cancel: () => {} }), ...clock }
    const extensions = new Map([['traceId', '1']])
    const logins = new BearerLogins({
      source,
      extensions,
      refresh: rules,
      clock: whole,
      random: new NodeRandom(),
      logger,
    })
    return async () => parseBearerMessage((await logins.start()).first())
  }

  test('once for all who ask, and kept while no other can be had', async () => {
    let [nowMs, made, works] = [NOW, 0, true]
    const told = loginsAt({ now: () => nowMs }, async (atMs) => {
      if (!works) throw new Error('no server')
      made += 1
      return { token: `t${made}`, expiresAtMs: atMs + 60 * minutes }
    })
    expect(await Promise.all([told(), told()])).toMatchObject([{ token: 't1' }, { token: 't1' }])
    expect((await told())?.extensions).toEqual(new Map([['traceId', '1']]))
    nowMs += 52 * minutes
    expect(await told()).toMatchObject({ token: 't2' })
    works = false
    nowMs += 52 * minutes
    expect(await told()).toMatchObject({ token: 't2' })
    expect(lines).toEqual([[{ mechanism: 'OAUTHBEARER', reason: 'no server' }, expect.any(String)]])
    nowMs += 9 * minutes
    await expect(told()).rejects.toThrow('no server')
  })
})
