import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ApiKey } from '../../src/protocol/apis.ts'
import {
  CreateDelegationTokenRequest,
  CreateDelegationTokenResponse,
} from '../../src/protocol/messages/create-delegation-token.ts'
import {
  DescribeDelegationTokenRequest,
  DescribeDelegationTokenResponse,
} from '../../src/protocol/messages/describe-delegation-token.ts'
import {
  ExpireDelegationTokenRequest,
  ExpireDelegationTokenResponse,
} from '../../src/protocol/messages/expire-delegation-token.ts'
import {
  RenewDelegationTokenRequest,
  RenewDelegationTokenResponse,
} from '../../src/protocol/messages/renew-delegation-token.ts'
import { PlainClient } from '../../src/security/sasl/plain.ts'
import { ScramAccount, ScramClient } from '../../src/security/sasl/scram-client.ts'
import { SHA_256 } from '../../src/security/sasl/scram-formulas.ts'
import { noKafka } from '../support/kafka.ts'
import { RawClient } from '../support/raw-client.ts'
import { loggedIn } from '../support/sasl-login.ts'
import { until } from '../support/wait.ts'
import { type SaslBroker, startSaslBroker } from './sasl/sasl-broker.ts'

const CREATE = {
  key: ApiKey.CreateDelegationToken,
  request: CreateDelegationTokenRequest,
  response: CreateDelegationTokenResponse,
}
const RENEW = {
  key: ApiKey.RenewDelegationToken,
  request: RenewDelegationTokenRequest,
  response: RenewDelegationTokenResponse,
}
const EXPIRE = {
  key: ApiKey.ExpireDelegationToken,
  request: ExpireDelegationTokenRequest,
  response: ExpireDelegationTokenResponse,
}
const DESCRIBE = {
  key: ApiKey.DescribeDelegationToken,
  request: DescribeDelegationTokenRequest,
  response: DescribeDelegationTokenResponse,
}
const VERSIONS = [1, 2, 3]
const user = (principalName: string, principalType = 'User') => ({ principalType, principalName })
const NOBODY = { ownerPrincipalType: null, ownerPrincipalName: null }
const HOUR = 3_600_000
const UNKNOWN = Buffer.from('unknown')

async function plain(broker: SaslBroker, name: string): Promise<RawClient> {
  const client = await loggedIn(broker.saslPort, 'PLAIN', new PlainClient(name, `${name}-secret`))
  if (client === undefined) throw new Error(`${name} was not let in`)
  return client
}

/** What can't be the same: ids, secrets, and times, of which so many hours from now stay. */
function comparable(value: unknown, beganMs: number): unknown {
  return JSON.parse(JSON.stringify(value), (key, part) => {
    if (key === 'tokenId') return part.length
    if (typeof part === 'object' && part?.type === 'Buffer') return part.data.length
    if (typeof part === 'number' && part > 1e12) return `${Math.round((part - beganMs) / HOUR)} h`
    return part
  })
}

/** Every answer in turn. */
async function transcript(broker: SaslBroker): Promise<unknown[]> {
  const answers: unknown[] = []
  const beganMs = Date.now()
  const note = (what: string, answer: unknown) => answers.push([what, comparable(answer, beganMs)])
  const [alice, bob] = [await plain(broker, 'alice'), await plain(broker, 'bob')]
  const anonymous = await RawClient.connect(broker.broker.port)
  for (const version of VERSIONS) {
    const create = async (client: RawClient, more: object = {}) => {
      const wish = { ...(version >= 3 && NOBODY), renewers: [], maxLifetimeMs: -1, ...more }
      const answer = await client.call(CREATE, version, wish)
      note(`create v${version} ${JSON.stringify(more)}`, answer)
      return answer
    }
    const renew = async (client: RawClient, hmac: Buffer, renewPeriodMs = -1) =>
      note(
        `renew v${version} ${renewPeriodMs}`,
        await client.call(RENEW, version === 3 ? 2 : version, { hmac, renewPeriodMs }),
      )
    const expire = async (client: RawClient, hmac: Buffer, expiryTimePeriodMs = -1) =>
      note(
        `expire v${version} ${expiryTimePeriodMs}`,
        await client.call(EXPIRE, version === 3 ? 2 : version, { hmac, expiryTimePeriodMs }),
      )
    const describeAll = async (client: RawClient, owners: ReturnType<typeof user>[] | null) => {
      const answer = await client.call(DESCRIBE, version, { owners })
      const tokens = [...answer.tokens].sort((a, b) => a.maxTimestamp - b.maxTimestamp)
      note(`describe v${version} ${JSON.stringify(owners)}`, { ...answer, tokens })
    }
    await create(anonymous)
    await renew(anonymous, UNKNOWN)
    await expire(anonymous, UNKNOWN)
    await describeAll(anonymous, null)
    const { hmac, tokenId } = await create(alice, { renewers: [user('bob')] })
    const { hmac: other } = await create(alice, { maxLifetimeMs: 5 * HOUR })
    await create(alice, { renewers: [user('bob'), user('bob', 'Group')] })
    const extra = [hmac, other]
    if (version >= 3) {
      const owned = { ownerPrincipalType: 'User', ownerPrincipalName: 'carol' }
      extra.push((await create(alice, { ...owned, maxLifetimeMs: 3 * HOUR })).hmac)
      const ofGroup = { ownerPrincipalType: 'Group', ownerPrincipalName: 'x' }
      extra.push((await create(alice, { ...ofGroup, maxLifetimeMs: 6 * HOUR })).hmac)
    }
    await until('the tokens to be known', async () => {
      const { tokens } = await bob.call(DESCRIBE, version, { owners: [user('bob'), user('alice')] })
      return extra.every((known) => tokens.some((token) => token.hmac.equals(known)))
    })
    for (const owners of [[], [user('alice')], [user('bob')], [user('x', 'Group')], [user('nobody')]]) {
      await describeAll(bob, owners)
    }
    await renew(bob, hmac)
    await renew(bob, hmac, 2 * HOUR)
    await renew(bob, other)
    await renew(alice, UNKNOWN)
    await expire(alice, UNKNOWN)
    await expire(bob, other)
    await expire(alice, hmac, 4 * HOUR)
    const scram = new ScramClient({
      mechanism: SHA_256,
      account: new ScramAccount(tokenId, hmac.toString('base64')),
      random: randomBytes(17),
      isToken: true,
    })
    const byToken = await loggedIn(broker.saslPort, 'SCRAM-SHA-256', scram)
    if (byToken === undefined) throw new Error('the token was not let in')
    await create(byToken)
    await renew(byToken, hmac)
    await expire(byToken, hmac)
    await describeAll(byToken, null)
    byToken.socket.destroy()
    for (const known of extra) await expire(alice, known)
  }
  for (const client of [alice, bob, anonymous]) client.socket.destroy()
  return answers
}

describe.skipIf(noKafka())('the APIs of delegation tokens, against Apache Kafka', () => {
  const PLAIN = 'org.apache.kafka.common.security.plain.PlainLoginModule required'
  const accounts = ['alice', 'bob'].map((name) => `user_${name}="${name}-secret"`).join(' ')
  const properties = {
    'listener.name.clients.plain.sasl.jaas.config': `${PLAIN} ${accounts};`,
    'delegation.token.secret.key': 'the-secret-key',
  }
  const brokers: SaslBroker[] = []

  beforeAll(async () => {
    brokers.push(
      ...(await Promise.all([startSaslBroker({ target: 'kafka', properties }), startSaslBroker({ properties })])),
    )
  })
  afterAll(() => Promise.all(brokers.map((broker) => broker[Symbol.asyncDispose]())))

  test('answer the same at every version', async () => {
    const [expected = [], actual = []] = await Promise.all(brokers.map(transcript))
    expect(expected.length).toBeGreaterThan(60)
    expect(actual).toEqual(expected)
  })
})
