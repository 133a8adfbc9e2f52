import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { ApiKey } from '../../../src/protocol/apis.ts'
import { ApiVersionsRequest } from '../../../src/protocol/messages/api-versions.ts'
import { HeartbeatRequest } from '../../../src/protocol/messages/heartbeat.ts'
import { MetadataRequest } from '../../../src/protocol/messages/metadata.ts'
import { SaslAuthenticateRequest, SaslAuthenticateResponse } from '../../../src/protocol/messages/sasl-authenticate.ts'
import { SaslHandshakeRequest } from '../../../src/protocol/messages/sasl-handshake.ts'
import type { SaslClient, Shown } from './sasl-client.ts'

/** What a client does on a SASL listener, step by step; what comes back is compared. */
export interface Sequence {
  readonly name: string
  run(client: SaslClient): Promise<unknown>
}

export const USER = 'alice'
export const PASSWORD = 'alice-secret'
const PLAIN = plain('', USER, PASSWORD)

export function plain(authorizationId: string, user: string, password: string): Buffer {
  return Buffer.from(`${authorizationId}\0${user}\0${password}`)
}

export const versions = (client: SaslClient, version = 3, name = 'raw') =>
  client.ask(
    ApiKey.ApiVersions,
    version,
    ApiVersionsRequest.toBuffer({ clientSoftwareName: name, clientSoftwareVersion: '1' }, Math.min(version, 4)),
  )
export const handshake = (client: SaslClient, mechanism = 'PLAIN', version = 1) =>
  client.ask(ApiKey.SaslHandshake, version, SaslHandshakeRequest.toBuffer({ mechanism }, Math.min(version, 1)))
export const token = (client: SaslClient, authBytes: Buffer, version = 2) =>
  client.ask(ApiKey.SaslAuthenticate, version, SaslAuthenticateRequest.toBuffer({ authBytes }, Math.min(version, 2)))
export const metadata = (client: SaslClient, version = 1, shown: Shown = 'seen', topics: { name: string }[] = []) =>
  client.ask(ApiKey.Metadata, version, MetadataRequest.toBuffer({ topics }, version), shown)

export const heartbeat = (client: SaslClient) =>
  client.ask(ApiKey.Heartbeat, 1, HeartbeatRequest.toBuffer({ groupId: 'g', generationId: 1, memberId: 'm' }, 1))

export function sequence(name: string, run: Sequence['run']): Sequence {
  return { name, run }
}

/** One step after the other; stops at the end of the connection. */
export const SEQUENCES: readonly Sequence[] = [
  sequence('the way of today', async (c) => {
    await versions(c)
    await handshake(c)
    await token(c, PLAIN)
    await metadata(c)
  }),
  ...[0, 1, 2].map((version) =>
    sequence(`SaslAuthenticate v${version}`, async (c) => {
      await handshake(c)
      await token(c, PLAIN, version)
      await metadata(c)
    }),
  ),
  sequence('handshake v0 and a bare token', async (c) => {
    await versions(c, 0)
    await handshake(c, 'PLAIN', 0)
    await c.bare(PLAIN)
    await metadata(c)
  }),
  sequence('handshake v0 and a framed token', async (c) => {
    await handshake(c, 'PLAIN', 0)
    await token(c, PLAIN)
  }),
  sequence('handshake v1 and a bare token', async (c) => {
    await handshake(c)
    await c.bare(PLAIN)
  }),
  sequence('a wrong bare token', async (c) => {
    await handshake(c, 'PLAIN', 0)
    await c.bare(plain('', USER, 'wrong'))
  }),
  sequence('a mechanism that is not there', async (c) => {
    await handshake(c, 'GSSAPI')
    await handshake(c)
  }),
  sequence('a mechanism that is not there, v0', (c) => handshake(c, 'NONE', 0)),
  sequence('a wrong password', async (c) => {
    await handshake(c)
    await token(c, plain('', USER, 'wrong'))
    await metadata(c)
  }),
  sequence('no such user', async (c) => {
    await handshake(c)
    await token(c, plain('', 'nobody', 'x'), 1)
  }),
  ...(
    [
      ['no user', plain('', '', 'x')],
      ['no password', plain('', USER, '')],
      ['another authorization id', plain('bob', USER, PASSWORD)],
      ['another authorization id and a wrong password', plain('bob', USER, 'wrong')],
      ['its own authorization id', plain(USER, USER, PASSWORD)],
      ['two fields', Buffer.from('a\0b')],
      ['one field', Buffer.from('a')],
      ['five fields', Buffer.from('a\0b\0c\0d\0e')],
      ['nothing', Buffer.alloc(0)],
    ] as const
  ).map(([name, bytes]) =>
    sequence(`PLAIN with ${name}`, async (c) => {
      await handshake(c)
      await token(c, bytes, 0)
    }),
  ),
  sequence('a request before anything', (c) => metadata(c)),
  sequence('a request after ApiVersions', async (c) => {
    await versions(c)
    await metadata(c)
  }),
  sequence('a request after the handshake', async (c) => {
    await handshake(c)
    await heartbeat(c)
  }),
  sequence('SaslAuthenticate before the handshake', (c) => token(c, PLAIN)),
  sequence('ApiVersions twice', async (c) => {
    await versions(c)
    await versions(c)
  }),
  sequence('ApiVersions of the future, then one that is known', async (c) => {
    await versions(c, 99)
    await versions(c)
    await handshake(c)
    await token(c, PLAIN)
  }),
  sequence('ApiVersions with a bad name, then a good one', async (c) => {
    await versions(c, 3, 'bad name!')
    await versions(c)
    await handshake(c)
  }),
  sequence('ApiVersions after the handshake', async (c) => {
    await handshake(c)
    await versions(c)
  }),
  sequence('ApiVersions after the login', async (c) => {
    await handshake(c)
    await token(c, PLAIN)
    await versions(c)
  }),
  sequence('the handshake twice', async (c) => {
    await handshake(c)
    await handshake(c)
  }),
  sequence('a handshake of the future', (c) => handshake(c, 'PLAIN', 9)),
  sequence('SaslAuthenticate of the future', async (c) => {
    await handshake(c)
    await token(c, PLAIN, 9)
  }),
  sequence('a handshake after the login', async (c) => {
    await handshake(c)
    await token(c, PLAIN)
    await handshake(c)
    await handshake(c, 'NONE', 0)
    await metadata(c)
  }),
  sequence('SaslAuthenticate after the login', async (c) => {
    await handshake(c)
    await token(c, PLAIN)
    await token(c, PLAIN, 1)
    await metadata(c)
  }),
  sequence('a frame that is no request', (c) => c.bare(Buffer.from('hello, is there anybody out there?'))),
  sequence('an empty frame', (c) => c.bare(Buffer.alloc(0))),
  sequence('a token of GSSAPI', (c) => c.bare(Buffer.concat([Buffer.from([0x60, 0x82, 0x02]), Buffer.alloc(500)]))),
  sequence('no request after ApiVersions', async (c) => {
    await versions(c)
    await c.bare(Buffer.from('nonsense'))
  }),
  sequence('no request after the handshake', async (c) => {
    await handshake(c)
    await c.bare(Buffer.from([0x7f, 0xff, 0, 0, 0, 0, 0, 1]))
  }),
  sequence('a frame that is too large for a login', (c) => c.size(524_289)),
  sequence('a frame that is just small enough', async (c) => {
    await handshake(c)
    await token(c, Buffer.alloc(520_000))
  }),
  sequence('a negative size', (c) => c.size(-1)),
  sequence('a large frame after the login', async (c) => {
    await handshake(c)
    await token(c, PLAIN)
    await c.ask(ApiKey.Metadata, 1, MetadataRequest.toBuffer({ topics: [] }, 1), 'seen', 600_000)
  }),
  sequence('a handshake that is cut off', (c) => c.ask(ApiKey.SaslHandshake, 1, Buffer.from([0, 9, 0x50]))),
  ...scramSequences('SCRAM-SHA-256', 'sha256', 32),
  ...scramSequences('SCRAM-SHA-512', 'sha512', 64),
]

interface Scram {
  readonly mechanism: string
  readonly hash: string
  readonly bytes: number
}

interface Exchange extends Scram {
  readonly bare?: string
  readonly header?: string
  readonly password?: string
  final?(text: string): string
}

function scramSequences(mechanism: string, hash: string, bytes: number): Sequence[] {
  const kind = { mechanism, hash, bytes }
  const first = (name: string, message: string) =>
    sequence(`${mechanism}: ${name}`, async (c) => {
      await handshake(c, mechanism)
      await token(c, Buffer.from(message))
    })
  const whole = (name: string, exchange: Omit<Exchange, keyof Scram>) =>
    sequence(`${mechanism}: ${name}`, (c) => scram(c, { ...kind, ...exchange }))
  return [
    whole('a login', {}),
    whole('a login with its own authorization id', { header: `n,a=${USER},` }),
    whole('a wrong password', { password: 'wrong' }),
    whole('extensions', { bare: `n=${USER},r=abc,color=red` }),
    whole('another nonce', { final: (text) => text.replace(/r=abc/, 'r=abd') }),
    whole('a nonce with more in front', { final: (text) => text.replace(/r=abc/, 'r=abcabc') }),
    whole('a proof of another length', { final: (text) => text.replace(/p=.*/, 'p=AAAA') }),
    whole('a proof that is no base64', { final: (text) => text.replace(/p=.*/, 'p=!') }),
    whole('a final message that is none', { final: () => 'hello' }),
    first('no such user', 'n,,n=nobody,r=abc'),
    first('another authorization id', `n,a=bob,n=${USER},r=abc`),
    first('channel binding', `p=tls-unique,,n=${USER},r=abc`),
    first('binding that the server is thought not to have', `y,,n=${USER},r=abc`),
    first('no nonce', `n,,n=${USER}`),
    first('a name that is no name', 'n,,n=a=b,r=abc'),
    first('a token that is not there', 'n,,n=sometoken,r=abc,tokenauth=true'),
    first('nothing', ''),
    first('an empty name', 'n,,n=,r=abc'),
  ]
}

/** A login, with whatever is to be wrong about it. */
async function scram(client: SaslClient, exchange: Exchange): Promise<void> {
  const { mechanism, hash, bytes, header = 'n,,', bare = `n=${USER},r=abc`, password = PASSWORD } = exchange
  await handshake(client, mechanism)
  const challenge = await tokenAnswer(client, Buffer.from(`${header}${bare}`))
  const [, nonce = '', salt = '', iterations = ''] = /^r=([^,]*),s=([^,]*),i=(\d+)$/.exec(challenge) ?? []
  if (nonce === '') return
  const salted = pbkdf2Sync(password, Buffer.from(salt, 'base64'), Number(iterations), bytes, hash)
  const key = createHmac(hash, salted).update('Client Key').digest()
  const stored = createHash(hash).update(key).digest()
  const withoutProof = `c=${Buffer.from(header).toString('base64')},r=${nonce}`
  const signature = createHmac(hash, stored).update(`${bare},${challenge},${withoutProof}`).digest()
  const proof = Buffer.from(key.map((byte, at) => byte ^ (signature[at] ?? 0)))
  const final = `${withoutProof},p=${proof.toString('base64')}`
  await tokenAnswer(client, Buffer.from(exchange.final?.(final) ?? final))
  await metadata(client)
}

async function tokenAnswer(client: SaslClient, authBytes: Buffer): Promise<string> {
  const frame = await client.ask(
    ApiKey.SaslAuthenticate,
    2,
    SaslAuthenticateRequest.toBuffer({ authBytes }, 2),
    'token',
  )
  if (frame === undefined) return ''
  // Correlation id and the tags of the header.
  return SaslAuthenticateResponse.fromBuffer(frame.subarray(5), 2).authBytes.toString()
}
