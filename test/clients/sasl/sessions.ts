import { setTimeout as delay } from 'node:timers/promises'
import type { SaslClient } from './sasl-client.ts'
import {
  handshake,
  heartbeat,
  metadata,
  PASSWORD,
  plain,
  type Sequence,
  sequence,
  token,
  USER,
  versions,
} from './sequences.ts'

/** connections.max.reauth.ms of the brokers that these are told to. */
export const SESSION_MS = 2_000
const LATE_MS = SESSION_MS + 600
/** No session is renewed twice in a second. */
const SOON_MS = 1_200
const RIGHT = plain('', USER, PASSWORD)

async function login(client: SaslClient, version = 2): Promise<void> {
  await versions(client)
  await handshake(client)
  await token(client, RIGHT, version)
  await metadata(client)
}

/** What becomes of a session that may not last, and how it is renewed (KIP-368). */
export const SESSIONS: readonly Sequence[] = [
  ...[0, 1, 2].map((version) =>
    sequence(`is over, SaslAuthenticate v${version}`, async (c) => {
      await login(c, version)
      await delay(LATE_MS)
      await metadata(c)
    }),
  ),
  sequence('is over, by a bare token', async (c) => {
    await handshake(c, 'PLAIN', 0)
    await c.bare(RIGHT)
    await delay(LATE_MS)
    await metadata(c)
  }),
  sequence('renewed in time, again and again', async (c) => {
    await login(c)
    for (let i = 0; i < 3; i += 1) {
      await delay(SOON_MS)
      await handshake(c)
      await token(c, RIGHT)
      await metadata(c)
    }
    await delay(LATE_MS)
    await metadata(c)
  }),
  sequence('renewed when it was over', async (c) => {
    await login(c)
    await delay(LATE_MS)
    await handshake(c)
    await token(c, RIGHT)
    await metadata(c)
  }),
  sequence('renewed at once', async (c) => {
    await login(c)
    await handshake(c)
    await token(c, RIGHT)
    await metadata(c)
  }),
  sequence('renewed twice in a second', async (c) => {
    await login(c)
    await delay(SOON_MS)
    await handshake(c)
    await token(c, RIGHT)
    await handshake(c)
    await metadata(c)
  }),
  sequence('renewed with a wrong password', async (c) => {
    await login(c)
    await delay(SOON_MS)
    await handshake(c)
    await token(c, plain('', USER, 'wrong'))
    await metadata(c)
  }),
  sequence('renewed as another', async (c) => {
    await login(c)
    await delay(SOON_MS)
    await handshake(c)
    await token(c, plain('', 'admin', 'admin-secret'))
    await metadata(c)
  }),
  sequence('renewed by another mechanism', async (c) => {
    await login(c)
    await delay(SOON_MS)
    await handshake(c, 'SCRAM-SHA-256')
    await token(c, Buffer.from(`n,,n=${USER},r=abc`))
    await metadata(c)
  }),
  sequence('renewed by a mechanism that is not there', async (c) => {
    await login(c)
    await delay(SOON_MS)
    await handshake(c, 'NONE')
    await metadata(c)
  }),
  sequence('a request in the middle of it', async (c) => {
    await login(c)
    await delay(SOON_MS)
    await handshake(c)
    await heartbeat(c)
  }),
  ...[1, 13].map((version) =>
    sequence(`Metadata v${version} in the middle of it`, async (c) => {
      await login(c)
      await delay(SOON_MS)
      await handshake(c)
      await metadata(c, version, 'all', [{ name: 'a' }, { name: 'b' }])
    }),
  ),
  sequence('a token and no handshake', async (c) => {
    await login(c)
    await delay(SOON_MS)
    await token(c, RIGHT)
    await metadata(c)
  }),
  sequence('renewed with handshake v0', async (c) => {
    await login(c)
    await delay(SOON_MS)
    await handshake(c, 'PLAIN', 0)
    await c.bare(RIGHT)
    await metadata(c)
  }),
  sequence('ApiVersions in the middle of it', async (c) => {
    await login(c)
    await delay(SOON_MS)
    await handshake(c)
    await versions(c)
    await metadata(c)
  }),
]
