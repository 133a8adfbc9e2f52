import { once } from 'node:events'
import { appendFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Worker } from 'node:worker_threads'
import { prepareBroker, type TestBroker } from '../../support/broker.ts'
import { Authority } from '../../support/certificates.ts'
import { freePort } from '../../support/ports.ts'
import { usage } from '../../support/process.ts'
import { until } from '../../support/wait.ts'
import { answers } from '../../support/wire.ts'
import type { Siege } from './attackers.ts'
import type { Door, Keys } from './doors.ts'
import { enter, Steady } from './steady.ts'

const ALLOW = 3
const DENY = 2
const ALL = 2
const [TOPIC, GROUP, TRANSACTION] = [2, 3, 5]
const [LITERAL, PREFIXED] = [3, 4]

type OwnKeys = Keys & { readonly authority: Authority }

/** One of each kind. */
const KINDS: readonly (readonly [name: string, protocol: string, isController?: true])[] = [
  ['PLAINTEXT', 'PLAINTEXT'],
  ['TLS', 'SSL'],
  ['MUTUAL', 'SSL'],
  ['LOGIN', 'SASL_PLAINTEXT'],
  ['BOTH', 'SASL_SSL'],
  ['CONTROLLER', 'PLAINTEXT', true],
  ['CONTROLLERTLS', 'SSL', true],
  ['CONTROLLERLOGIN', 'SASL_SSL', true],
]

/** A broker with a listener of each kind, where good clients work and others try whatever there is. */
export class Besieged implements AsyncDisposable {
  readonly broker: TestBroker
  readonly doors: readonly Door[]
  readonly #keys: OwnKeys
  #lines = 0

  private constructor(broker: TestBroker, doors: readonly Door[], keys: OwnKeys) {
    this.broker = broker
    this.doors = doors
    this.#keys = keys
  }

  static async start(): Promise<Besieged> {
    const authority = new Authority()
    const keys = { authority, issued: { good: authority.issue('good'), mallory: authority.issue('mallory') } }
    const broker = await prepareBroker()
    const doors: Door[] = []
    const fixed = new Map([
      ['PLAINTEXT', broker.port],
      ['CONTROLLER', broker.controllerPort],
    ])
    for (const [name, protocol, isController = false] of KINDS) {
      const port = fixed.get(name) ?? (await freePort())
      const [isTls, isSasl] = [protocol.endsWith('SSL'), protocol.startsWith('SASL')]
      doors.push({ name, port, isTls, isSasl, isController, isMutual: name === 'MUTUAL' })
    }
    const lines = Object.entries(settings(doors, keys)).map(([key, value]) => `${key}=${value}\n`)
    appendFileSync(broker.propertiesFile, lines.join(''))
    const besieged = new Besieged(broker, doors, keys)
    await besieged.#start()
    return besieged
  }

  /** Lines that the broker has written. */
  get lines(): number {
    return this.#lines
  }

  async #start(): Promise<void> {
    const { broker } = this
    const count = (chunk: Buffer) => {
      for (const byte of chunk) if (byte === 0x0a) this.#lines += 1
    }
    const child = broker.spawn()
    child.stdout?.on('data', count)
    child.stderr?.on('data', count)
    await until('the broker to answer', async () => !broker.running || (await answers(broker.port)))
    const door = this.doors.find(({ name }) => name === 'LOGIN') as Door
    const admin = await enter(door, 'good', this.#keys)
    const names = this.doors.filter(({ isController }) => !isController).map(({ name }) => `steady-${name}`)
    const topics = ['prey', ...names].map((name) => ({
      name,
      numPartitions: 1,
      replicationFactor: 1,
      assignments: [],
      configs: [],
    }))
    await admin.call('CreateTopics', 7, { topics, timeoutMs: 30_000, validateOnly: false })
    const acl = (
      resourceType: number,
      resourceName: string,
      patternType: number,
      principal: string,
      permission: number,
    ) => ({
      resourceType,
      resourceName,
      resourcePatternType: patternType,
      principal,
      host: '*',
      operation: ALL,
      permissionType: permission,
    })
    const mallories = ['User:mallory', 'User:CN=mallory']
    const creations = [
      acl(TOPIC as number, 'steady-', PREFIXED as number, 'User:ANONYMOUS', ALLOW),
      ...mallories.flatMap((principal) => [
        ...[TOPIC, GROUP, TRANSACTION].map((type) => acl(type as number, '*', LITERAL as number, principal, ALLOW)),
        acl(TOPIC as number, 'steady-', PREFIXED as number, principal, DENY),
      ]),
    ]
    const { results } = await admin.call('CreateAcls', 3, { creations })
    const failed = results.find(({ errorCode }: { readonly errorCode: number }) => errorCode !== 0)
    if (failed !== undefined) throw new Error(`no ACLs: ${JSON.stringify(failed)}`)
    admin.socket.destroy()
  }

  /** So many attacks on each listener, while good clients write and read; gives what those saw, and what it cost. */
  async storm(seed: number, times: number) {
    const linesBefore = this.#lines
    const began = performance.now()
    const steady = await Promise.all(this.doors.map((door) => Steady.start(door, this.#keys)))
    const before = usage(this.broker.pid).residentBytes
    const lag = monitorEventLoopDelay({ resolution: 5 })
    lag.enable()
    await this.#siege(seed, times)
    lag.disable()
    await Promise.all(steady.map((one) => one.stop()))
    return {
      seen: Object.fromEntries(steady.map((one, i) => [this.doors[i]?.name ?? '', one.seen])),
      grownBytes: usage(this.broker.pid).residentBytes - before,
      lines: this.#lines - linesBefore,
      seconds: (performance.now() - began) / 1000,
      /** What of the slowest is the test's own. */
      ownLagMs: Math.round(lag.max / 1e6),
    }
  }

  async #siege(seed: number, times: number): Promise<void> {
    const { authority, issued } = this.#keys
    const siege: Siege = { doors: this.doors, keys: { authority: { pem: authority.pem }, issued }, seed, times }
    const attackers = new Worker(new URL('./attackers.ts', import.meta.url), { workerData: siege })
    try {
      const [code] = await once(attackers, 'exit')
      if (code !== 0) throw new Error(`the attackers ended with ${code}`)
    } finally {
      await attackers.terminate()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.broker[Symbol.asyncDispose]()
    this.#keys.authority[Symbol.dispose]()
  }
}

function settings(doors: readonly Door[], { authority }: OwnKeys): Record<string, string> {
  const node = authority.issue('node')
  const at = (those: readonly Door[]) => those.map(({ name, port }) => `${name}://127.0.0.1:${port}`).join(',')
  const login =
    'org.apache.kafka.common.security.plain.PlainLoginModule required username="good" password="good-secret"'
  const jaas = `${login} user_good="good-secret" user_mallory="mallory-secret";`
  const logins = doors.filter(({ isSasl }) => isSasl)
  const oneLine = (pem: string) => pem.replaceAll('\n', '\\n')
  return {
    listeners: at(doors),
    'advertised.listeners': at(doors.filter(({ isController }) => !isController)),
    'listener.security.protocol.map': KINDS.map(([name, protocol]) => `${name}:${protocol}`).join(','),
    'controller.listener.names': doors
      .filter((door) => door.isController)
      .map(({ name }) => name)
      .join(','),
    'inter.broker.listener.name': 'PLAINTEXT',
    'sasl.enabled.mechanisms': 'PLAIN',
    'sasl.mechanism.controller.protocol': 'PLAIN',
    ...Object.fromEntries(
      logins.map(({ name }) => [`listener.name.${name.toLowerCase()}.plain.sasl.jaas.config`, jaas]),
    ),
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.key': oneLine(node.keyPem),
    'ssl.keystore.certificate.chain': oneLine(node.chainPem),
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.certificates': oneLine(authority.pem),
    'listener.name.mutual.ssl.client.auth': 'required',
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:good;User:CN=good',
    'early.start.listeners': doors
      .filter((door) => door.isController)
      .map(({ name }) => name)
      .join(','),
  }
}
