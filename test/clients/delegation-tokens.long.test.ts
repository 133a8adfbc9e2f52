import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noKafka } from '../support/kafka.ts'
import { type ToolName, Tools } from '../support/tools.ts'
import { until } from '../support/wait.ts'
import { type SaslBroker, startSaslBroker } from './sasl/sasl-broker.ts'

const PLAIN = 'org.apache.kafka.common.security.plain.PlainLoginModule required'
const SCRAM = 'org.apache.kafka.common.security.scram.ScramLoginModule required'
const USERS = ['admin', 'alice', 'bob', 'eve']
const ACCOUNTS = USERS.map((user) => `user_${user}="${user}-secret"`).join(' ')

const PROPERTIES = { 'listener.name.clients.plain.sasl.jaas.config': `${PLAIN} ${ACCOUNTS};` }
const WITH_KEY = { ...PROPERTIES, 'delegation.token.secret.key': 'the-secret-key' }
const WITH_ACLS = {
  ...WITH_KEY,
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users': 'User:admin;User:ANONYMOUS',
}

interface Token {
  readonly id: string
  readonly hmac: string
}

/** One operator at one broker, who writes down what every command printed. */
class Operator {
  readonly outputs: string[] = []
  readonly #broker: SaslBroker
  readonly #tools: Tools

  constructor(broker: SaslBroker, tools: Tools) {
    this.#broker = broker
    this.#tools = tools
  }

  as(user: string): string {
    return this.#configFile(user, 'PLAIN', `${PLAIN} username="${user}" password="${user}-secret";`)
  }

  by({ id, hmac }: Token, mechanism = 'SCRAM-SHA-256'): string {
    return this.#configFile(id, mechanism, `${SCRAM} username="${id}" password="${hmac}" tokenauth="true";`)
  }

  #configFile(name: string, mechanism: string, jaas: string): string {
    const file = join(this.#broker.broker.dir, `${name}-${mechanism}.properties`)
    const lines = ['security.protocol=SASL_PLAINTEXT', `sasl.mechanism=${mechanism}`, `sasl.jaas.config=${jaas}`]
    writeFileSync(file, [...lines, ''].join('\n'))
    return file
  }

  async run(config: string, args: string, tool: ToolName = 'kafka-delegation-tokens'): Promise<string> {
    const to = ['--bootstrap-server', this.#broker.bootstrap, '--command-config', config]
    const { exit, out, err } = await this.#tools.run(tool, [...to, ...args.split(' ')])
    this.outputs.push(`${args.replace(/[A-Za-z0-9+/]{86}==/g, 'HMAC')}\n${exit}\n${plain(out)}\n${plain(err)}`)
    return out
  }

  /** Run again until it prints what only a broker can that has heard of the last change; then written down once. */
  async runUntil(says: RegExp, config: string, args: string): Promise<void> {
    const { length } = this.outputs
    await until(`${args} to say ${says}`, async () => {
      this.outputs.length = length
      await this.run(config, args)
      return says.test(this.outputs[length] ?? '')
    })
  }

  async create(config: string, args: string): Promise<Token> {
    const out = await this.run(config, `--create ${args}`)
    const [, id = '', hmac = ''] = /^([\w-]{22}) +([A-Za-z0-9+/]{86}==)/m.exec(out) ?? []
    return { id, hmac }
  }
}

function plain(output: string): string {
  return output
    .split('\n')
    .filter((line) => !/^\s+(at |\.\.\. )/.test(line) && !/^\[[\d: ,-]+\] (WARN|INFO)/.test(line))
    .map((line) =>
      line
        .replace(/[A-Za-z0-9+/]{86}==/g, 'HMAC')
        .replace(/[\w-]{22}(?= HMAC|$)/g, 'ID')
        .replace(/Thread-\d+|adminclient-\d+/g, 'CLIENT')
        .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d/g, 'DATE')
        .replace(/: \w{3} \w{3} \d\d .*|\d{4}-\d\d-\d\d \d\d:\d\d.*/g, ' TIME')
        .replace(/\[\d{4}-\d\d-\d\d[^\]]*\]/g, 'TIME')
        .replace(/localhost\/127.0.0.1:\d+|127.0.0.1:\d+/g, 'BROKER')
        .trimEnd(),
    )
    .sort()
    .join('\n')
    .trim()
}

/** Nothing that follows would mean anything without it. */
function made(token: Token): Token {
  expect(token.id).toHaveLength(22)
  return token
}

async function aDay(operator: Operator): Promise<void> {
  const [alice, bob, eve] = ['alice', 'bob', 'eve'].map((user) => operator.as(user)) as [string, string, string]
  const token = made(await operator.create(alice, '--max-life-time-period -1 --renewer-principal User:bob'))
  await operator.create(alice, '--max-life-time-period 3600000 --owner-principal User:carol')
  await operator.create(alice, '--max-life-time-period -1 --renewer-principal Group:bob')
  await operator.runUntil(/tokens : 2/, alice, '--describe --owner-principal User:alice')
  for (const who of [alice, bob, eve]) {
    await operator.run(who, '--describe')
    await operator.run(who, '--describe --owner-principal User:alice')
    await operator.run(who, '--describe --owner-principal User:carol --owner-principal User:bob')
  }
  await operator.run(bob, `--renew --renew-time-period -1 --hmac ${token.hmac}`)
  await operator.run(eve, `--renew --renew-time-period -1 --hmac ${token.hmac}`)
  await operator.run(bob, `--renew --renew-time-period -1 --hmac AAAA`)
  await operator.run(eve, `--expire --expiry-time-period -1 --hmac ${token.hmac}`)
  const byToken = operator.by(token)
  await operator.run(byToken, '--list', 'kafka-topics')
  await operator.run(operator.by(token, 'SCRAM-SHA-512'), '--list', 'kafka-topics')
  await operator.run(operator.by({ ...token, hmac: 'wrong' }, 'SCRAM-SHA-512'), '--list', 'kafka-topics')
  await operator.run(byToken, '--create --max-life-time-period -1')
  await operator.run(byToken, '--describe')
  await operator.run(byToken, `--renew --renew-time-period -1 --hmac ${token.hmac}`)
  await operator.run(byToken, `--expire --expiry-time-period -1 --hmac ${token.hmac}`)
  await operator.run(alice, `--expire --expiry-time-period 5000000 --hmac ${token.hmac}`)
  await operator.run(alice, `--expire --expiry-time-period 0 --hmac ${token.hmac}`)
  await operator.runUntil(/is expired/, alice, `--renew --renew-time-period 60 --hmac ${token.hmac}`)
  await operator.run(alice, `--expire --expiry-time-period 10 --hmac ${token.hmac}`)
  await operator.run(alice, `--expire --expiry-time-period -1 --hmac ${token.hmac}`)
  await operator.runUntil(/is not found/, alice, `--renew --renew-time-period -1 --hmac ${token.hmac}`)
  await operator.run(byToken, '--list', 'kafka-topics')
  await operator.run(alice, '--describe --owner-principal User:alice')
}

/** Whoever may see others' tokens, or ask for them. */
async function withAcls(operator: Operator): Promise<void> {
  const [admin, alice, eve] = ['admin', 'alice', 'eve'].map((user) => operator.as(user)) as [string, string, string]
  const allow = (what: string) => operator.run(admin, `--add --allow-principal User:eve ${what}`, 'kafka-acls')
  const token = made(await operator.create(alice, '--max-life-time-period -1'))
  const describeAll = (count: number) =>
    operator.runUntil(
      new RegExp(`tokens : ${count}`),
      eve,
      '--describe --owner-principal User:alice --owner-principal User:bob',
    )
  await describeAll(0)
  await operator.create(eve, '--max-life-time-period -1 --owner-principal User:bob')
  await allow('--operation CreateTokens --user-principal User:bob')
  await operator.create(eve, '--max-life-time-period -1 --owner-principal User:bob')
  await describeAll(1)
  await allow(`--operation Describe --delegation-token ${token.id}`)
  await describeAll(2)
  await operator.create(alice, '--max-life-time-period -1')
  await describeAll(2)
  await allow('--operation DescribeTokens --user-principal User:alice')
  await describeAll(3)
  operator.outputs.forEach((output, at) => {
    operator.outputs[at] = output.replaceAll(token.id, 'ID')
  })
}

async function without(operator: Operator): Promise<void> {
  const alice = operator.as('alice')
  await operator.create(alice, '--max-life-time-period -1')
  await operator.run(alice, '--renew --renew-time-period -1 --hmac AAAA')
  await operator.run(alice, '--expire --expiry-time-period -1 --hmac AAAA')
  await operator.run(alice, '--describe')
}

describe.skipIf(noKafka())('kafka-delegation-tokens against Apache Kafka and this broker', () => {
  const tools = new Tools()
  afterAll(async () => tools[Symbol.asyncDispose]())

  describe.each([
    ['with a key', WITH_KEY, aDay],
    ['with ACLs', WITH_ACLS, withAcls],
    ['without a key', PROPERTIES, without],
  ] as const)('%s', (_, properties, work) => {
    const brokers: SaslBroker[] = []
    const operators: Operator[] = []

    beforeAll(async () => {
      brokers.push(
        ...(await Promise.all([startSaslBroker({ target: 'kafka', properties }), startSaslBroker({ properties })])),
      )
      operators.push(...brokers.map((broker) => new Operator(broker, tools)))
      for (const operator of operators) await work(operator)
    })
    afterAll(() => Promise.all(brokers.map((broker) => broker[Symbol.asyncDispose]())))

    test('prints the same', () => {
      const [kafka, ours] = operators
      expect(ours?.outputs.length).toBeGreaterThan(3)
      expect(ours?.outputs).toEqual(kafka?.outputs)
    })

    test('no secret is in the log', () => {
      expect(brokers[1]?.broker.output).not.toMatch(/[A-Za-z0-9+/]{86}==|the-secret-key|-secret/)
    })
  })
})
