/** What TLS and logins cost a broker, beside Apache Kafka. */
import { randomBytes } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { SaslClient, SaslMechanismName } from '../../src/security/sasl/mechanism.ts'
import { BearerClient } from '../../src/security/sasl/oauth/client.ts'
import { PlainClient } from '../../src/security/sasl/plain.ts'
import { ScramAccount, ScramClient } from '../../src/security/sasl/scram-client.ts'
import { SCRAM_MECHANISMS } from '../../src/security/sasl/scram-formulas.ts'
import { startSaslBroker } from '../../test/clients/sasl/sasl-broker.ts'
import { PASSWORD, USER } from '../../test/clients/sasl/sequences.ts'
import { hasProgram, missing } from '../../test/support/available.ts'
import { prepareBroker, type Target, type TestBroker } from '../../test/support/broker.ts'
import { Authority, STORE_PASSWORD } from '../../test/support/certificates.ts'
import { noKafka } from '../../test/support/kafka.ts'
import { freePort } from '../../test/support/ports.ts'
import { usage } from '../../test/support/process.ts'
import { loggedIn } from '../../test/support/sasl-login.ts'
import { Tools } from '../../test/support/tools.ts'
import { compare, inTurn } from '../compare.ts'
import { MB } from '../matrix.ts'
import { KAFKA_JVM } from '../measure.ts'
import { consumerReport, producerReport } from '../parse.ts'
import type { Measures } from '../table.ts'

const HELP = `Measures TLS and logins, in alternating rounds on this machine.

  --volume MB       what is produced and consumed over TLS, and in plain text beside it (default: 400)
  --logins N        by each mechanism (default: 1000)
  --rounds N        rounds for each broker (default: 2)
  --targets a,b     which brokers, of kafka and odradek (default: both)
  --json FILE       writes every number of every round
`

const { values } = parseArgs({
  options: {
    volume: { type: 'string', default: '400' },
    logins: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '2' },
    targets: { type: 'string', default: 'kafka,odradek' },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
})

const RECORD_BYTES = 1_000
const PARTITIONS = 6
/** Logins under way at a time. */
const AT_ONCE = 8
const BEARER = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule'
const LATER_S = 3_600

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

function unsecuredToken(): string {
  const now = Math.floor(Date.now() / 1_000)
  return `${encoded({ alg: 'none' })}.${encoded({ sub: USER, iat: now, exp: now + LATER_S })}.`
}

/** Each login is a client of its own that knows nothing of the ones before. */
const LOGINS: Readonly<Record<SaslMechanismName, () => SaslClient>> = {
  PLAIN: () => new PlainClient(USER, PASSWORD),
  'SCRAM-SHA-256': () => scram('SCRAM-SHA-256'),
  'SCRAM-SHA-512': () => scram('SCRAM-SHA-512'),
  OAUTHBEARER: () => new BearerClient({ token: unsecuredToken(), extensions: new Map() }),
}

/** The client's share of the work is done once: it is the broker that is measured. */
const account = new Map<string, ScramAccount>()

function scram(name: SaslMechanismName): SaslClient {
  const mechanism = SCRAM_MECHANISMS.find((each) => each.name === name)
  if (mechanism === undefined) throw new Error(`${name} is no SCRAM mechanism`)
  const known = account.get(name) ?? new ScramAccount(USER, PASSWORD)
  account.set(name, known)
  return new ScramClient({ mechanism, account: known, random: randomBytes(24) })
}

async function round(target: Target): Promise<Measures> {
  return { ...(await overTls(target)), ...(await logins(target)) }
}

/** The same load in plain text and over TLS 1.3, by Kafka's own tools. */
async function overTls(target: Target): Promise<Measures> {
  using authority = new Authority()
  await using tools = new Tools(['-Xmx1G', '-XX:+UseG1GC'])
  await using broker = await prepareBroker({ target, jvmOptions: KAFKA_JVM })
  const tls = `127.0.0.1:${await freePort()}`
  const { bootstrap, controllerPort } = broker
  const settings = {
    listeners: `PLAINTEXT://${bootstrap},TLS://${tls},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://${bootstrap},TLS://${tls}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,TLS:SSL',
    'inter.broker.listener.name': 'PLAINTEXT',
    'ssl.keystore.type': 'PKCS12',
    'ssl.keystore.location': authority.pkcs12(authority.issue('node', { keyType: 'rsa' })),
    'ssl.keystore.password': STORE_PASSWORD,
  }
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`)
  appendFileSync(broker.propertiesFile, lines.join(''))
  await broker.start()
  const trust = ['security.protocol=SSL', 'ssl.truststore.type=PEM', `ssl.truststore.location=${authority.path}`]
  const measures: Measures = {}
  for (const [name, address, security] of [
    ['plain text', bootstrap, []],
    ['TLS', tls, trust],
  ] as const) {
    const config = authority.file(`${name.replace(' ', '-')}.properties`, `${security.join('\n')}\n`)
    const topic = name.replace(' ', '-')
    const server = ['--bootstrap-server', bootstrap]
    await tools.ok('kafka-topics', [...server, '--create', '--topic', topic, '--partitions', String(PARTITIONS)])
    const warm = Math.ceil((Number(values.volume) * MB) / RECORD_BYTES / 10)
    await produce(tools, topic, warm, address, config)
    const records = warm * 10
    const sent = await spent(broker, records, () => produce(tools, topic, records, address, config))
    measures[`produce over ${name}, MB/s`] = producerReport(sent.out).mbPerSecond
    measures[`produce over ${name}, CPU s/GB`] = sent.perGigabyte
    const args = ['--bootstrap-server', address, '--topic', topic, '--command-config', config, '--timeout', '60000']
    const stored = warm + records
    const read = await spent(broker, stored, () =>
      tools.ok('kafka-consumer-perf-test', [...args, '--num-records', String(stored)], { timeoutSeconds: 600 }),
    )
    measures[`consume over ${name}, MB/s`] = consumerReport(read.out).mbPerSecond
    measures[`consume over ${name}, CPU s/GB`] = read.perGigabyte
  }
  return measures
}

function produce(tools: Tools, topic: string, records: number, address: string, config: string): Promise<string> {
  const props = [`bootstrap.servers=${address}`, 'acks=all', 'batch.size=131072', 'linger.ms=5']
  const size = ['--record-size', String(RECORD_BYTES), '--throughput', '-1']
  const args = ['--topic', topic, '--num-records', String(records), ...size, '--producer.config', config]
  return tools.ok('kafka-producer-perf-test', [...args, '--producer-props', ...props], { timeoutSeconds: 600 })
}

async function spent(broker: TestBroker, records: number, work: () => Promise<string>) {
  const before = usage(broker.pid).cpuSeconds
  const out = await work()
  return { out, perGigabyte: (usage(broker.pid).cpuSeconds - before) / ((records * RECORD_BYTES) / (1_000 * MB)) }
}

/** Each on a connection of its own, from connect to the broker's last word. */
async function logins(target: Target): Promise<Measures> {
  const mechanisms = Object.keys(LOGINS) as SaslMechanismName[]
  const properties = {
    'sasl.enabled.mechanisms': mechanisms.join(),
    'listener.name.clients.oauthbearer.sasl.jaas.config': `${BEARER} required unsecuredLoginStringClaim_sub="broker";`,
  }
  await using started = await startSaslBroker({ target, properties, jvmOptions: KAFKA_JVM })
  const { broker, saslPort } = started
  const count = Number(values.logins)
  const measures: Measures = {}
  for (const mechanism of mechanisms) {
    await logIn(saslPort, mechanism, Math.ceil(count / 5))
    const before = usage(broker.pid).cpuSeconds
    const begun = performance.now()
    await logIn(saslPort, mechanism, count)
    measures[`${mechanism}: logins/s`] = count / ((performance.now() - begun) / 1_000)
    measures[`${mechanism}: CPU ms per login`] = ((usage(broker.pid).cpuSeconds - before) * 1_000) / count
  }
  return measures
}

async function logIn(port: number, mechanism: SaslMechanismName, count: number): Promise<void> {
  let left = count
  const one = async () => {
    while (left-- > 0) {
      const client = await loggedIn(port, mechanism, LOGINS[mechanism]())
      if (client === undefined) throw new Error(`${mechanism} was refused`)
      client.close()
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, one))
}

async function main(): Promise<void> {
  if (values.help) {
    console.log(HELP)
    return
  }
  if (noKafka() || missing('openssl', hasProgram('openssl'))) {
    process.exitCode = 1
    return
  }
  await compare(
    { targets: values.targets, rounds: Number(values.rounds), json: values.json },
    inTurn((target, says) => {
      console.error(says)
      account.clear()
      return round(target)
    }),
  )
}

await main()
