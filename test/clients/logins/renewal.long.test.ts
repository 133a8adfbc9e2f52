import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Target } from '../../support/broker.ts'
import { noKafka } from '../../support/kafka.ts'
import { type SaslBroker, startSaslBroker } from '../sasl/sasl-broker.ts'
import { SaslClient } from '../sasl/sasl-client.ts'
import { PASSWORD, USER } from '../sasl/sequences.ts'
import { SESSION_MS, SESSIONS } from '../sasl/sessions.ts'
import { CLIENT_KINDS, type LoginClient } from './login-clients.ts'

const TARGETS = ['kafka', 'odradek'] as const
const PROPERTIES = { 'connections.max.reauth.ms': String(SESSION_MS) }
const ROUNDS = 5

/** Java and librdkafka know how to renew; what kafka-python and the others do is their affair. */
const RENEWING = CLIENT_KINDS.filter(({ name }) => ['Java', 'librdkafka', 'kafka-python'].includes(name))

describe.skipIf(noKafka())('sessions that end, beside Apache Kafka', () => {
  const brokers = new Map<Target, SaslBroker>()
  beforeAll(async () => {
    const started = await Promise.all(TARGETS.map((target) => startSaslBroker({ target, properties: PROPERTIES })))
    for (const [i, target] of TARGETS.entries()) brokers.set(target, started[i] as SaslBroker)
  })
  afterAll(async () => {
    for (const broker of brokers.values()) await broker[Symbol.asyncDispose]()
  })

  async function transcripts(port: number): Promise<object> {
    const all = SESSIONS.map(async ({ name, run }) => {
      const client = await SaslClient.open(port)
      await run(client)
      client.close()
      return [name, client.transcript] as const
    })
    return Object.fromEntries(await Promise.all(all))
  }

  test('every order of requests', async () => {
    const [kafka, odradek] = await Promise.all(TARGETS.map((at) => transcripts(brokers.get(at)?.saslPort ?? 0)))
    expect(odradek).toEqual(kafka)
  })

  describe.each(RENEWING)('$name', ({ isMissing, start }) => {
    let client: LoginClient
    beforeAll(() => {
      if (!isMissing()) client = start()
    })
    afterAll(() => client?.close())

    test.skipIf(isMissing())('goes on writing and reading through many sessions', async () => {
      const login = {
        protocol: 'SASL_PLAINTEXT',
        ca: '',
        caFile: '',
        user: USER,
        password: PASSWORD,
        token: '',
      } as const
      const topic = 'renewed'
      const work = { topic, values: ['a', 'b', 'c'], rounds: ROUNDS, pauseMs: SESSION_MS * 0.7 }
      const used = TARGETS.map((at) => {
        const bootstrap = brokers.get(at)?.bootstrap ?? ''
        return client.use({ ...login, bootstrap, mechanism: 'SCRAM-SHA-512' }, work)
      })
      const [kafka, odradek] = await Promise.all(used)
      expect(kafka?.values).toHaveLength(3 * ROUNDS)
      expect(odradek?.values).toHaveLength(3 * ROUNDS)
      if (kafka?.reauthentications !== undefined) {
        expect(kafka.reauthentications).toBeGreaterThan(1)
        expect(odradek?.reauthentications).toBeGreaterThan(1)
        expect(odradek?.logins).toBe(kafka.logins)
      }
    })
  })
})
