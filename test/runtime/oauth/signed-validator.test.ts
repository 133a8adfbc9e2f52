import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UnsecuredJWT } from 'jose'
import { afterEach, describe, expect, test } from 'vitest'
import { NodeClock } from '../../../src/io/node-clock.ts'
import { NodeDisk } from '../../../src/io/node-disk.ts'
import type { Logger } from '../../../src/io/ports.ts'
import { KeyEndpoint, KeyFile, type KeySource } from '../../../src/runtime/oauth/key-sets.ts'
import { signedValidator } from '../../../src/runtime/oauth/signed-validator.ts'
import { AUDIENCE, ISSUER, signingKey, TokenServer } from '../../support/token-server.ts'

const RULES = {
  audiences: [AUDIENCE],
  issuer: ISSUER,
  clockSkewSeconds: 30,
  scopeClaim: 'scope',
  subjectClaim: 'sub',
}
const lines: unknown[] = []
const log = (...line: unknown[]) => void lines.push(line)
const logger: Logger = { debug: log, info: log, warn: log, error: log, child: () => logger }
const open: (KeySource | TokenServer)[] = []

afterEach(async () => {
  for (const one of open.splice(0)) {
    if (one instanceof TokenServer) await one[Symbol.asyncDispose]()
    else one.close()
  }
  lines.length = 0
})

async function serverWith(...keys: Parameters<typeof TokenServer.start>): Promise<TokenServer> {
  const server = await TokenServer.start(...keys)
  open.push(server)
  return server
}

function endpoint(server: TokenServer, more: { timeoutMs?: number; backoffMaxMs?: number } = {}): KeyEndpoint {
  const clock = new NodeClock()
  const times = { refreshMs: 3_600_000, backoffMs: 1, backoffMaxMs: 10, ...more }
  const keys = new KeyEndpoint({ url: new URL(server.keysUrl), clock, logger, ...times })
  open.push(keys)
  return keys
}

const judge = (keys: KeySource, token: string) => signedValidator(keys, RULES)(token, Date.now())
const INVALID = { kind: 'invalid', status: 'invalid_token' }

describe('tokens of a token server', () => {
  test('are believed for as long as they say, and the keys are fetched once', async () => {
    const server = await serverWith()
    const keys = endpoint(server)
    const token = await server.token('alice')
    expect(await judge(keys, token)).toMatchObject({ kind: 'valid', name: 'alice' })
    await judge(keys, token)
    expect(server.countOf('/keys')).toBe(1)
  })

  test.each(['ES256', 'PS256', 'EdDSA'])('may be signed by %s', async (algorithm) => {
    const server = await serverWith(await signingKey('one', algorithm))
    expect(await judge(endpoint(server), await server.token('alice'))).toMatchObject({ kind: 'valid' })
  })

  test('that are wrong are refused', async () => {
    const server = await serverWith()
    const keys = endpoint(server)
    const good = await server.token('alice')
    const [head, , signature] = good.split('.')
    const forged = Buffer.from(JSON.stringify({ sub: 'admin', exp: 9_999_999_999 })).toString('base64url')
    const elsewhere = { ...(await signingKey('first')), id: 'first' }
    const bad: [string, string, string][] = [
      ['expired', await server.token('a', { lifetimeSeconds: -31 }), 'expired'],
      ['another issuer', await server.token('a', { claims: { iss: 'x' } }), 'another issuer'],
      ['another audience', await server.token('a', { claims: { aud: 'x' } }), 'another audience'],
      ['another key of the same name', await server.token('a', { key: elsewhere }), 'a wrong signature'],
      ['changed claims', `${head}.${forged}.${signature}`, 'a wrong signature'],
      ['unsigned', new UnsecuredJWT({ sub: 'a' }).encode(), 'not three parts with dots between them'],
      ['none with a signature', `${Buffer.from('{"alg":"none"}').toString('base64url')}.${forged}.x`, 'not signed'],
      ['a secret algorithm', `${Buffer.from('{"alg":"HS256","kid":"first"}').toString('base64url')}.${forged}.x`, ''],
      ['nothing', '', 'not three parts with dots between them'],
      ['huge', `${'a'.repeat(400_000)}.b.c`, 'a header that is not JSON in base64url'],
    ]
    for (const [what, token, detail] of bad) {
      expect(await judge(keys, token), what).toMatchObject({
        ...INVALID,
        detail: detail === '' ? expect.any(String) : detail,
      })
    }
  })

  test('may be signed with a key that came after the last look, which is then looked for, but not always', async () => {
    const old = await signingKey('old')
    const server = await serverWith(old)
    const clock = new NodeClock()
    let nowMs = 0
    const stepping = { now: () => clock.now(), after: clock.after.bind(clock), monotonic: () => nowMs }
    const url = new URL(server.keysUrl)
    const keys = new KeyEndpoint({ url, clock: stepping, logger, refreshMs: 3_600_000, backoffMs: 1, backoffMaxMs: 0 })
    open.push(keys)
    expect(await judge(keys, await server.token('a'))).toMatchObject({ kind: 'valid' })
    server.keys = [await signingKey('new'), old]
    // Not within the same second.
    expect(await judge(keys, await server.token('a'))).toMatchObject({ detail: 'signed with a key that is not known' })
    nowMs += 1_000
    expect(await judge(keys, await server.token('a'))).toMatchObject({ kind: 'valid' })
    expect(server.countOf('/keys')).toBe(2)
    const unknown = await signingKey('unknown')
    for (let at = 0; at < 3; at++) {
      nowMs += 1_000
      expect(await judge(keys, await server.token('a', { key: unknown }))).toMatchObject(INVALID)
    }
    expect(server.countOf('/keys')).toBe(3)
    // The old one is gone with the next look.
    server.keys = server.keys.slice(0, 1)
    nowMs += 60_000
    await judge(keys, await server.token('a', { key: unknown }))
    expect(await judge(keys, await server.token('a', { key: old }))).toMatchObject(INVALID)
  })

  test('whose header names no key are checked with all of them', async () => {
    const [first, second] = [await signingKey('1'), await signingKey('2')]
    const server = await serverWith(first, second)
    const token = await server.token('a', { key: second, header: { kid: undefined } })
    expect(await judge(endpoint(server), token)).toMatchObject({ kind: 'valid' })
  })

  test.each([
    ['garbage', (response: ServerResponse) => void response.end('<html>')],
    ['no keys', (response: ServerResponse) => void response.end('{}')],
    ['an error', (response: ServerResponse) => void response.writeHead(500).end('secret')],
    [
      'half an answer',
      (response: ServerResponse) => {
        response.writeHead(200, { 'content-length': '100' }).write('{')
        response.destroy()
      },
    ],
    ['nothing', () => {}],
    [
      'without end',
      (response: ServerResponse) => {
        for (let at = 0; at < 40; at++) response.write(Buffer.alloc(65_536, 0x20))
      },
    ],
  ])('are refused while the keys can not be had: %s; one line says so', async (_, misbehave) => {
    const server = await serverWith()
    server.misbehave = misbehave
    const keys = endpoint(server, { timeoutMs: 200, backoffMaxMs: 0 })
    const token = await server.token('alice')
    expect(await judge(keys, token)).toMatchObject({ detail: 'there are no keys to check its signature with' })
    expect(lines).toHaveLength(1)
    expect(JSON.stringify(lines)).not.toContain('secret')
  })
})

describe('keys in a file', () => {
  test('are read again when it changes, and kept while it is no key set', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'odradek-keys-'))
    try {
      const path = join(dir, 'keys.json')
      const server = await serverWith()
      const put = async (text: string, atSeconds: number) => {
        await writeFile(path, text)
        await utimes(path, atSeconds, atSeconds)
      }
      const setOf = () => JSON.stringify({ keys: server.keys.map(({ jwk }) => jwk) })
      const keys = new KeyFile({ path, disk: new NodeDisk(), logger })
      const token = await server.token('alice')
      expect(await judge(keys, token)).toMatchObject(INVALID)
      await put(setOf(), 1)
      expect(await judge(keys, token)).toMatchObject({ kind: 'valid' })
      await put('{', 2)
      expect(await judge(keys, token)).toMatchObject({ kind: 'valid' })
      server.keys = [await signingKey('other')]
      await put(setOf(), 3)
      expect(await judge(keys, token)).toMatchObject(INVALID)
      expect(await judge(keys, await server.token('bob'))).toMatchObject({ name: 'bob' })
    } finally {
      await rm(dir, { recursive: true })
    }
  })
})
