import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Kafka, type SASLOptions } from 'kafkajs'
import { nodeBinary } from '../../support/broker.ts'
import { JsonLines } from '../../support/json-lines.ts'
import { compiled, java, LIGHT_JVM, noKafka } from '../../support/kafka.ts'
import { noPython, python } from '../../support/python.ts'
import { until } from '../../support/wait.ts'
import { TokenFiles } from './token-files.ts'

export const MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'] as const
export type Mechanism = (typeof MECHANISMS)[number]

/** Who logs in where, and with what. */
export interface Login {
  readonly bootstrap: string
  readonly protocol?: 'SASL_PLAINTEXT'
  /** PEM, and its file. */
  readonly ca: string
  readonly caFile: string
  readonly mechanism: Mechanism
  readonly user: string
  readonly password: string
  /** Of OAUTHBEARER, instead of the password. */
  readonly token: string
  /** The user is a delegation token and the password its key. */
  readonly isDelegated?: boolean
}

export interface Use {
  readonly topic: string
  readonly values: readonly string[]
  readonly rounds?: number
  readonly pauseMs?: number
}

export interface Used {
  readonly values: readonly string[]
  /** Of the producer, where it counts them. */
  readonly reauthentications?: number
  readonly logins?: number
  readonly failures?: readonly string[]
}

/** One that writes records as a user and reads them in a group. */
export interface LoginClient {
  use(login: Login, use: Use): Promise<Used>
  /** A new delegation token of the user's. */
  token?(login: Login): Promise<{ readonly id: string; readonly hmac: string }>
  close(): Promise<void>
}

export interface ClientKind {
  readonly name: string
  readonly isMissing: () => boolean
  /** What it says to whoever does not know the password, and to whose token nobody believes. */
  readonly refusal: RegExp
  readonly bearerRefusal: RegExp
  start(): LoginClient
}

const PATIENCE_MS = 30_000

function driven(lines: JsonLines, commandOf: (login: Login) => object): LoginClient {
  const call = async (command: object): Promise<unknown> => {
    const { error, result } = await lines.call(command)
    if (error !== undefined) throw new Error(String(error))
    return result
  }
  return {
    use: (login, use) => call({ op: 'use', ...commandOf(login), ...use }) as Promise<Used>,
    token: (login) => call({ op: 'token', ...commandOf(login) }) as Promise<{ id: string; hmac: string }>,
    close: () => lines.close(),
  }
}

const MODULES: Readonly<Record<Mechanism, string>> = {
  PLAIN: 'plain.PlainLoginModule',
  'SCRAM-SHA-256': 'scram.ScramLoginModule',
  'SCRAM-SHA-512': 'scram.ScramLoginModule',
  OAUTHBEARER: 'oauthbearer.OAuthBearerLoginModule',
}

function javaConfig(login: Login, files: TokenFiles): Record<string, string> {
  const { bootstrap, protocol = 'SASL_SSL', ca, mechanism, user, password, token, isDelegated } = login
  const security = 'org.apache.kafka.common.security'
  const isBearer = mechanism === 'OAUTHBEARER'
  const options = isBearer ? '' : ` username="${user}" password="${password}"${isDelegated ? ' tokenauth="true"' : ''}`
  return {
    'bootstrap.servers': bootstrap,
    'security.protocol': protocol,
    ...(protocol === 'SASL_SSL' && { 'ssl.truststore.type': 'PEM', 'ssl.truststore.certificates': ca }),
    'sasl.mechanism': mechanism,
    'sasl.jaas.config': `${security}.${MODULES[mechanism]} required${options};`,
    ...(isBearer && {
      'sasl.login.callback.handler.class': `${security}.oauthbearer.OAuthBearerLoginCallbackHandler`,
      'sasl.oauthbearer.token.endpoint.url': files.keep(token),
    }),
  }
}

const JAVA = [
  new URL('../java/LogIn.java', import.meta.url),
  new URL('../../support/java/JsonCommands.java', import.meta.url),
]

function javaClient(): LoginClient {
  const allowed = '-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls='
  const files = new TokenFiles()
  const lines = new JsonLines(
    java(compiled(JAVA, 'kafka'), 'LogIn', [...LIGHT_JVM, `${allowed}${files.urls.join(',')}`]),
  )
  const client = driven(lines, (login) => ({ config: javaConfig(login, files) }))
  return { ...client, close: () => client.close().finally(() => files.remove()) }
}

function pythonClient(kind: 'kafka-python' | 'librdkafka'): LoginClient {
  return driven(new JsonLines(python(new URL('../python/logins.py', import.meta.url), kind)), (login) => {
    const { bootstrap, protocol = 'SASL_SSL', caFile, mechanism, user, password, token } = login
    const secret = mechanism === 'OAUTHBEARER' ? { token } : { user, password }
    return { bootstrap, protocol, ...(protocol === 'SASL_SSL' && { ca: caFile }), mechanism, ...secret }
  })
}

function kafkajsClient(): LoginClient {
  const saslOf = ({ mechanism, user: username, password, token }: Login): SASLOptions =>
    mechanism === 'OAUTHBEARER'
      ? { mechanism: 'oauthbearer', oauthBearerProvider: async () => ({ value: token }) }
      : ({ mechanism: mechanism.toLowerCase(), username, password } as SASLOptions)
  return {
    use: async (login, { topic, values }) => {
      const { bootstrap, ca } = login
      const retry = { retries: 5 }
      const kafka = new Kafka({ brokers: bootstrap.split(','), ssl: { ca }, sasl: saslOf(login), logLevel: 0, retry })
      const producer = kafka.producer()
      const consumer = kafka.consumer({ groupId: topic })
      try {
        await producer.connect()
        await producer.send({ topic, acks: -1, messages: values.map((value) => ({ value })) })
        await consumer.connect()
        await consumer.subscribe({ topic, fromBeginning: true })
        const got: string[] = []
        await consumer.run({ eachMessage: async ({ message }) => void got.push(String(message.value)) })
        await until('what was written', () => got.length >= values.length, PATIENCE_MS)
        return { values: got }
      } finally {
        await producer.disconnect().catch(() => {})
        await consumer.disconnect().catch(() => {})
      }
    },
    close: async () => {},
  }
}

function platformaticClient(): LoginClient {
  const member = fileURLToPath(new URL('./platformatic-member.ts', import.meta.url))
  return driven(new JsonLines(spawn(nodeBinary(), [member])), (login) => login)
}

export const CLIENT_KINDS: readonly ClientKind[] = [
  {
    name: 'Java',
    isMissing: noKafka,
    refusal: /SaslAuthenticationException: Authentication failed/,
    bearerRefusal: /SaslAuthenticationException: \{"status":"invalid_token"\}/,
    start: javaClient,
  },
  {
    name: 'librdkafka',
    isMissing: noPython,
    refusal: /_AUTHENTICATION: .*Authentication failed/,
    bearerRefusal: /_AUTHENTICATION: .*invalid_token/,
    start: () => pythonClient('librdkafka'),
  },
  {
    name: 'kafka-python',
    isMissing: noPython,
    // It says why in its log alone, and not where its first try ends with its patience.
    refusal: /Authentication|Unable to bootstrap/,
    bearerRefusal: /Authentication|invalid_token|Unable to bootstrap/,
    start: () => pythonClient('kafka-python'),
  },
  {
    name: 'kafkajs',
    isMissing: () => false,
    refusal: /authentication failed/i,
    bearerRefusal: /current SASL state/,
    start: kafkajsClient,
  },
  {
    name: '@platformatic/kafka',
    isMissing: () => false,
    refusal: /SASL authentication failed/i,
    bearerRefusal: /SASL state|SASL authentication failed/i,
    start: platformaticClient,
  },
]
