import { readFileSync } from 'node:fs'
import type { Prng } from '../../../src/base/prng.ts'
import { type Api, ApiKey, apiOf, requestHeaderVersion } from '../../../src/protocol/apis.ts'
import { RequestHeader } from '../../../src/protocol/messages/headers.ts'
import { SaslAuthenticateRequest } from '../../../src/protocol/messages/sasl-authenticate.ts'
import { SaslHandshakeRequest } from '../../../src/protocol/messages/sasl-handshake.ts'
import { goldenPath } from '../../support/golden.ts'

interface Golden {
  readonly key: number
  readonly version: number
  readonly headerVersion: number
  readonly hex: string
}

/** Requests of every API and version, as Apache Kafka writes them. */
const GOLDEN: readonly Golden[] = ['requests-00-39.jsonl', 'requests-40-99.jsonl']
  .flatMap((file) => readFileSync(goldenPath(file), 'utf8').trim().split('\n'))
  .map((line) => JSON.parse(line) as Golden)

export function sized(body: Buffer): Buffer {
  const size = Buffer.alloc(4)
  size.writeInt32BE(body.length)
  return Buffer.concat([size, body])
}

export function request(key: number, version: number, body: Buffer, correlationId = 1): Buffer {
  const headerVersion = requestHeaderVersion(apiOf(key) as Api, version)
  const header = { requestApiKey: key, requestApiVersion: version, correlationId, clientId: 'fuzz' }
  return sized(Buffer.concat([RequestHeader.toBuffer(header, headerVersion), body]))
}

export function bytes(random: Prng, length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, () => random.below(256)))
}

export function pick<T>(random: Prng, from: readonly [T, ...T[]]): T {
  return from[random.below(from.length)] ?? from[0]
}

/** A good request of any API. */
export function golden(random: Prng): Buffer {
  const { key, version, hex } = GOLDEN[random.below(GOLDEN.length)] as Golden
  return request(key, version, Buffer.from(hex, 'hex'), random.below(1000))
}

const LENGTHS = [0xff, 0x7f, 0x80, 0x00, 0x01] as const

/** One whose frame is whole and whose bytes are not what they were. */
export function mutated(random: Prng): Buffer {
  const frame = golden(random)
  const body = frame.subarray(4)
  for (let times = 1 + random.below(8); times > 0; times -= 1) {
    const at = random.below(body.length)
    // Mostly what stands for a length, or a bit.
    if (random.below(2) === 0) body[at] = pick(random, LENGTHS)
    else body[at] = (body[at] ?? 0) ^ (1 << random.below(8))
  }
  const cut = random.below(4) === 0 ? random.below(body.length) : body.length
  const tail = random.below(4) === 0 ? bytes(random, random.below(200)) : Buffer.alloc(0)
  return sized(Buffer.concat([body.subarray(0, cut), tail]))
}

/** A size that no frame has, or none that ever comes. */
export function wrongSize(random: Prng): Buffer {
  const size = Buffer.alloc(4)
  size.writeInt32BE(pick(random, [-1, -0x8000_0000, 0x7fff_ffff, 104_857_601, 104_857_600, 524_289, 524_288, 0]))
  return Buffer.concat([size, bytes(random, random.below(100))])
}

const NAMES = ['PLAIN', 'SCRAM-SHA-256', 'OAUTHBEARER', 'GSSAPI', ''] as const

/** Something of a login, at any time. */
export function ofLogin(random: Prng): Buffer {
  const handshake = () => {
    const version = random.below(2)
    return request(
      ApiKey.SaslHandshake,
      version,
      SaslHandshakeRequest.toBuffer({ mechanism: pick(random, NAMES) }, version),
    )
  }
  const token = () =>
    pick(random, [
      Buffer.from('\0mallory\0wrong'),
      Buffer.from('n,,n=mallory,r=abc'),
      Buffer.from('n,,\u0001auth=Bearer a.b.c\u0001\u0001'),
      Buffer.alloc(0),
      bytes(random, random.below(400)),
    ])
  const framed = () => {
    const version = random.below(3)
    return request(ApiKey.SaslAuthenticate, version, SaslAuthenticateRequest.toBuffer({ authBytes: token() }, version))
  }
  const versions = () => request(ApiKey.ApiVersions, 0, Buffer.alloc(0))
  return pick(random, [handshake, framed, versions, () => sized(token()), () => golden(random)])()
}
