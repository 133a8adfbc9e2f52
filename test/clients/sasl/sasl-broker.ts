import { randomBytes } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { ApiKey } from '../../../src/protocol/apis.ts'
import {
  AlterUserScramCredentialsRequest,
  AlterUserScramCredentialsResponse,
} from '../../../src/protocol/messages/alter-user-scram-credentials.ts'
import {
  DescribeUserScramCredentialsRequest,
  DescribeUserScramCredentialsResponse,
} from '../../../src/protocol/messages/describe-user-scram-credentials.ts'
import { SCRAM_MECHANISMS, saltedPassword } from '../../../src/security/sasl/scram-formulas.ts'
import { prepareBroker, type Target, type TestBroker } from '../../support/broker.ts'
import { freePort } from '../../support/ports.ts'
import { RawClient } from '../../support/raw-client.ts'
import { until } from '../../support/wait.ts'
import { PASSWORD, USER } from './sequences.ts'

const PLAIN = 'org.apache.kafka.common.security.plain.PlainLoginModule'
const SCRAM = 'org.apache.kafka.common.security.scram.ScramLoginModule'
const ITERATIONS = 4096

export interface SaslBrokerOptions {
  readonly target?: Target
  readonly properties?: Readonly<Record<string, string>>
  readonly jvmOptions?: readonly string[]
}

export interface SaslBroker extends AsyncDisposable {
  readonly broker: TestBroker
  readonly saslPort: number
  readonly bootstrap: string
}

/** A broker on whose listener CLIENTS alice logs in by PLAIN and by SCRAM; its PLAINTEXT listener asks nobody. */
export async function startSaslBroker(options: SaslBrokerOptions = {}): Promise<SaslBroker> {
  const { target, properties = {}, jvmOptions } = options
  const broker = await prepareBroker({ ...(target && { target }), ...(jvmOptions && { jvmOptions }) })
  const saslPort = await freePort()
  const all = { ...saslProperties(broker, saslPort), ...properties }
  const lines = Object.entries(all).map(([key, value]) => `${key}=${value}\n`)
  appendFileSync(broker.propertiesFile, lines.join(''))
  await broker.start()
  await addScramUser(broker.port, USER, PASSWORD)
  return {
    broker,
    saslPort,
    bootstrap: `127.0.0.1:${saslPort}`,
    [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose](),
  }
}

function saslProperties({ port, controllerPort }: TestBroker, saslPort: number): Record<string, string> {
  const listener = 'listener.name.clients'
  const [plain, clients] = [`PLAINTEXT://127.0.0.1:${port}`, `CLIENTS://127.0.0.1:${saslPort}`]
  return {
    listeners: `${plain},${clients},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `${plain},${clients}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,CLIENTS:SASL_PLAINTEXT',
    'inter.broker.listener.name': 'PLAINTEXT',
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    [`${listener}.plain.sasl.jaas.config`]: `${PLAIN} required user_${USER}="${PASSWORD}" user_admin="admin-secret";`,
    [`${listener}.scram-sha-256.sasl.jaas.config`]: `${SCRAM} required;`,
    [`${listener}.scram-sha-512.sasl.jaas.config`]: `${SCRAM} required;`,
  }
}

/** By the listener that asks nobody, of both mechanisms. */
export async function addScramUser(port: number, name: string, password: string): Promise<void> {
  const client = await RawClient.connect(port)
  for (const mechanism of SCRAM_MECHANISMS) {
    const salt = randomBytes(16)
    const salted = saltedPassword(mechanism, password, salt, ITERATIONS)
    const upsertion = { name, mechanism: mechanism.type, iterations: ITERATIONS, salt, saltedPassword: salted }
    const { results } = await client.call(ALTER, 0, { deletions: [], upsertions: [upsertion] })
    const failed = results.find(({ errorCode }) => errorCode !== 0)
    if (failed !== undefined) throw new Error(`no credential for ${name}: ${failed.errorMessage}`)
  }
  await until('the user to be known', async () => {
    const { results } = await client.call(DESCRIBE, 0, { users: [{ name }] })
    return results[0]?.credentialInfos.length === SCRAM_MECHANISMS.length
  })
  client.socket.destroy()
}

const ALTER = {
  key: ApiKey.AlterUserScramCredentials,
  request: AlterUserScramCredentialsRequest,
  response: AlterUserScramCredentialsResponse,
}
const DESCRIBE = {
  key: ApiKey.DescribeUserScramCredentials,
  request: DescribeUserScramCredentialsRequest,
  response: DescribeUserScramCredentialsResponse,
}
