import { lookup } from 'node:dns/promises'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { KafkaClient } from '../../client/client.ts'
import type { BrokerConfig } from '../../config/broker-config.ts'
import type { HostAndPort, ListenerConfig } from '../../config/listeners.ts'
import { HTTP_LISTENERS } from '../../config/own-configs.ts'
import { REGISTRY_LISTENERS } from '../../config/registry-config.ts'
import { errorCode } from '../user-error.ts'
import type { Finding } from './doctor-finding.ts'

const PATIENCE_MS = 2_000
const EVERYWHERE = /^(|0\.0\.0\.0|::)$/

/** Whether listeners can be bound or are served already, what clients are told, and who of the quorum can be reached. */
export async function listenerFindings(config: BrokerConfig): Promise<Finding[]> {
  const findings: Finding[] = []
  let isRunning = false
  for (const listener of config.listeners) {
    const found = await bindable(`listener ${listener.name}`, listener, 'listeners')
    isRunning ||= found.isServed
    findings.push(found.finding)
    if (listener.role === 'broker') findings.push(await advertised(listener, found.isServed))
  }
  findings.push(...(await httpFindings(config)))
  findings.push(...(await quorum(config, isRunning)))
  if (isRunning) findings.push(...(await running(config)))
  return findings
}

/** The console's and the registry's ports. Those that nobody asked for may be another program's. */
async function httpFindings(config: BrokerConfig): Promise<Finding[]> {
  const served = [
    { about: 'console', setting: HTTP_LISTENERS, listeners: config.httpListeners },
    {
      about: 'schema registry',
      setting: REGISTRY_LISTENERS,
      listeners: config.isBroker ? config.registry.listeners : [],
    },
  ]
  const findings = served.flatMap(({ about, setting, listeners }) =>
    listeners.map(async (listener): Promise<Finding> => {
      const { finding } = await bindable(about, listener, setting)
      return finding.level === 'problem' && listener.isOptional ? { ...finding, level: 'warning' } : finding
    }),
  )
  return Promise.all(findings)
}

interface Bindable {
  readonly finding: Finding
  /** By a node, which may well be this one. */
  readonly isServed: boolean
}

/** How nodes are run: by the built program or its sources, or by Java. */
const NODES = /(?:^|[\s/])(?:odradek|main\.[jt]s)(?:\s|$)|\skafka\.Kafka(?:\s|$)/

async function bindable(about: string, { host, port }: HostAndPort, setting: string): Promise<Bindable> {
  const code = await bindError({ host, port })
  const address = `${host || '*'}:${port}`
  if (code === undefined) return { finding: { level: 'ok', about, text: `${address} is free` }, isServed: false }
  const problem = (text: string, fix: string): Bindable => ({
    finding: { level: 'problem', about, text, fix },
    isServed: false,
  })
  if (code === 'EACCES') {
    return problem(`${address} can't be bound (${code})`, 'Set a port above 1023, or let the user open it.')
  }
  if (code !== 'EADDRINUSE') {
    return problem(`${address} can't be bound (${code})`, `Set an address of this machine in ${setting}.`)
  }
  const who = ownerOf(port)
  const text = `${address} is in use${who === undefined ? '' : ` by process ${who.pid} (${who.command.slice(0, 80)})`}`
  if (who !== undefined && !NODES.test(who.command)) {
    return problem(text, `Stop it, or set another port in ${setting}.`)
  }
  return { finding: { level: 'ok', about, text: `${text} (the node runs)` }, isServed: true }
}

function bindError({ host, port }: HostAndPort): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error) => resolve(errorCode(error) ?? error.message))
    server.listen(host === '' ? { port } : { host, port }, () => server.close(() => resolve(undefined)))
  })
}

const LISTENING = '0A'

/** The command line of who listens at a port, where Linux tells this user. */
function ownerOf(port: number): { readonly pid: string; readonly command: string } | undefined {
  try {
    const inodes = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => listeningInodes(file, port)))
    for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
      if (socketsOf(pid).some((inode) => inodes.has(inode))) {
        return { pid, command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() }
      }
    }
  } catch {
    // Not Linux, or none of this user's business.
  }
  return undefined
}

function listeningInodes(file: string, port: number): string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  return readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => state === LISTENING && local?.endsWith(`:${hex}`))
    .flatMap((fields) => fields[9] ?? [])
}

function socketsOf(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? []
      } catch {
        return []
      }
    })
  } catch {
    return []
  }
}

async function advertised(
  { name, host, port, advertised: given }: ListenerConfig,
  isServed: boolean,
): Promise<Finding> {
  const about = `advertised by ${name}`
  const told = given ?? (EVERYWHERE.test(host) ? undefined : { host, port })
  if (told === undefined) return { level: 'ok', about, text: 'each client is told the address that it used' }
  const text = `clients are told ${told.host}:${told.port}`
  if (EVERYWHERE.test(told.host)) {
    return { level: 'problem', about, text, fix: 'Set advertised.listeners to a name that clients can resolve.' }
  }
  let addresses: readonly string[]
  try {
    addresses = (await lookup(told.host, { all: true })).map(({ address }) => address)
  } catch {
    const fix = 'Correct advertised.listeners, or the DNS.'
    return { level: 'problem', about, text: `${text}, a name that this machine can't resolve`, fix }
  }
  if (addresses.every((address) => address.startsWith('127.') || address === '::1')) {
    const fix =
      'Fine for clients on this machine; for others set advertised.listeners to a name of this machine that they can reach.'
    return { level: given === undefined ? 'ok' : 'warning', about, text: `${text} (this machine alone)`, fix }
  }
  const what = `${text} (${addresses.join(', ')})`
  const refusal = isServed ? await unreachable(told) : undefined
  if (refusal !== undefined) {
    const fix =
      'Correct advertised.listeners, or open the way to that address: clients that reach the node are sent there.'
    return { level: 'problem', about, text: `${what}, where nothing answers (${refusal})`, fix }
  }
  if (isServed || addresses.some(isOwnAddress)) return { level: 'ok', about, text: what }
  const fix = 'Fine where something forwards that address to this node; else correct advertised.listeners.'
  return { level: 'warning', about, text: `${what}, which is no address of this machine`, fix }
}

function isOwnAddress(address: string): boolean {
  return Object.values(networkInterfaces()).some((each) => each?.some((own) => own.address === address))
}

async function quorum(config: BrokerConfig, isRunning: boolean): Promise<Finding[]> {
  const own = new Set(config.controllerListeners.map(({ port }) => port))
  const others = [...config.quorumVoters, ...config.quorumBootstrapServers]
  const unique = new Map(others.map((address) => [`${address.host}:${address.port}`, address]))
  const findings = await Promise.all(
    [...unique.values()].map(async (address): Promise<Finding[]> => {
      const about = 'quorum'
      const text = `${address.host}:${address.port}`
      const problem = await unreachable(address)
      if (problem === undefined) return [{ level: 'ok', about, text: `${text} can be reached` }]
      // It is this node, which does not run.
      if (own.has(address.port) && !isRunning) return []
      const fix = 'Start that node, or correct controller.quorum.bootstrap.servers (or controller.quorum.voters).'
      return [{ level: 'warning', about, text: `${text} can't be reached (${problem})`, fix }]
    }),
  )
  return findings.flat()
}

function unreachable({ host, port }: HostAndPort): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: EVERYWHERE.test(host) ? 'localhost' : host, port })
    const done = (why: string | undefined) => {
      socket.destroy()
      resolve(why)
    }
    socket.setTimeout(PATIENCE_MS, () => done('timed out'))
    socket.once('connect', () => done(undefined))
    socket.once('error', (error) => done(errorCode(error) ?? error.message))
  })
}

/** What the running node says of itself, where a listener can be asked without a login. */
async function running(config: BrokerConfig): Promise<Finding[]> {
  const listener = config.brokerListeners.find(({ securityProtocol }) => securityProtocol === 'PLAINTEXT')
  if (listener === undefined) return []
  const about = 'running node'
  const host = EVERYWHERE.test(listener.host) ? 'localhost' : listener.host
  let client: KafkaClient | undefined
  try {
    client = await KafkaClient.connect({
      bootstrap: [{ host, port: listener.port }],
      clientId: 'odradek-doctor',
      requestTimeoutMs: PATIENCE_MS * 2,
      connectTimeoutMs: PATIENCE_MS,
    })
    const { brokers, clusterId } = await client.cluster()
    const self = brokers.find(({ id }) => id === config.nodeId)
    if (self === undefined) {
      const fix = 'Look into its log: it is fenced, or has not found the controllers.'
      return [{ level: 'problem', about, text: 'answers, but has not joined the cluster', fix }]
    }
    const findings: Finding[] = [
      { level: 'ok', about, text: `has joined cluster ${clusterId} with ${brokers.length} brokers` },
    ]
    for (const broker of brokers) {
      const problem = await unreachable(broker)
      if (problem === undefined) continue
      const fix = 'Set advertised.listeners of that broker to an address that can be reached, or start it.'
      findings.push({
        level: 'problem',
        about: `broker ${broker.id}`,
        text: `is advertised as ${broker.host}:${broker.port}, which can't be reached from here (${problem})`,
        fix,
      })
    }
    return findings
  } catch (error) {
    return [{ level: 'problem', about, text: error instanceof Error ? error.message : String(error) }]
  } finally {
    await client?.close()
  }
}
