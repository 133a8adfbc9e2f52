import { KafkaError } from '../base/errors.ts'
import { AUTHORIZER_NAMES } from './authorizer.ts'
import { ConfigError } from './config-error.ts'
import type { ConfigValue } from './definitions/types.ts'
import { type BrokerConfigName, type BrokerConfigValue, brokerDefinition, brokerDefinitions } from './definitions.ts'
import { type HttpListener, httpListeners } from './http-listeners.ts'
import type { SecurityProtocol, VoterAddress } from './listeners.ts'
import {
  type HostAndPort,
  type ListenerConfig,
  type ProcessRole,
  parseAddress,
  parseVoters,
  resolveListeners,
} from './listeners.ts'
import { nearest } from './nearest.ts'
import { type ConsoleConfig, consoleConfig, HTTP_LISTENERS, OWN_NAMES } from './own-configs.ts'
import { defaultOf, parseConfig } from './parse.ts'
import { type RegistryConfig, registryConfig } from './registry-config.ts'
import { type TraceConfig, traceConfig } from './trace-config.ts'
import { validateBrokerConfig } from './validate-broker.ts'

/** Where a value came from: the properties file, an `--override`, or Kafka's default. */
export type Origin = 'file' | 'override' | 'default'

export interface GivenValue {
  readonly text: string
  readonly origin: Exclude<Origin, 'default'>
}

export interface BrokerConfigSource {
  readonly file?: ReadonlyMap<string, string>
  readonly overrides?: ReadonlyMap<string, string>
  /** What holds of our own configs where nothing else is said. */
  readonly builtIn?: ReadonlyMap<string, string>
  /** Makes the directories' paths absolute. */
  readonly resolvePath?: (path: string) => string
}

/**
 * What a node was started with. Built once and never changed: configs that change while the broker runs live in the
 * metadata image and are laid over this (`describe.ts`, `log-config.ts`).
 */
export class BrokerConfig {
  /** Exactly what was set, unknown keys too. */
  readonly given: ReadonlyMap<string, GivenValue>
  readonly nodeId: number
  readonly roles: ReadonlySet<ProcessRole>
  readonly listeners: readonly ListenerConfig[]
  /** Of all names of listeners that are known, other nodes' too. */
  readonly protocols: ReadonlyMap<string, SecurityProtocol>
  /** The listener of controllers that a broker connects to, with its protocol; also known where it is not ours. */
  readonly controllerListenerName: string
  readonly interBrokerListenerName: string
  readonly logDirs: readonly string[]
  /** Where `__cluster_metadata-0` lives. */
  readonly metadataLogDir: string
  readonly quorumVoters: readonly VoterAddress[]
  readonly quorumBootstrapServers: readonly HostAndPort[]
  /** Where metrics, health and the console are served; empty: nowhere. */
  readonly httpListeners: readonly HttpListener[]
  readonly console: ConsoleConfig
  readonly registry: RegistryConfig
  /** Undefined: requests are not traced. */
  readonly traces: TraceConfig | undefined
  /** Things worth telling the operator; nothing that stops the node. */
  readonly warnings: readonly string[]
  readonly #values: ReadonlyMap<string, ConfigValue>

  /** Throws a `ConfigError` for whatever Kafka would not start with. */
  constructor(source: BrokerConfigSource) {
    this.given = givenValues(source)
    this.#values = parseAll(this.given)
    const { listeners, protocols } = resolveListeners({
      listeners: this.get('listeners'),
      advertised: this.get('advertised.listeners'),
      controllerNames: this.get('controller.listener.names'),
      protocolMap: this.get('listener.security.protocol.map'),
      protocolMapGiven: this.given.has('listener.security.protocol.map'),
    })
    const resolvePath = source.resolvePath ?? ((path) => path)
    this.nodeId = this.get('node.id')
    this.roles = new Set(this.get('process.roles') as ProcessRole[])
    this.listeners = listeners
    this.protocols = protocols
    this.controllerListenerName = (this.get('controller.listener.names')[0] ?? '').toUpperCase()
    this.interBrokerListenerName = this.#interBrokerListenerName()
    this.logDirs = (this.get('log.dirs') ?? this.get('log.dir')).map(resolvePath)
    this.metadataLogDir = resolvePath(this.get('metadata.log.dir') ?? this.logDirs[0] ?? '')
    this.quorumVoters = parseVoters(this.get('controller.quorum.voters'))
    this.quorumBootstrapServers = this.get('controller.quorum.bootstrap.servers').map(parseAddress)
    this.httpListeners = httpListeners(HTTP_LISTENERS, this.given, source.builtIn)
    this.console = consoleConfig(this.given, this.brokerListeners)
    this.registry = registryConfig({
      given: this.given,
      builtIn: this.isBroker ? source.builtIn : undefined,
      protocols: this.brokerListeners.map(({ securityProtocol }) => securityProtocol),
    })
    this.traces = traceConfig(this.given)
    this.warnings = unknownKeys(this.given)
    validateBrokerConfig(this, protocols)
  }

  /** The value under Kafka's name, typed as Kafka defines it; null only where nothing is set by default. */
  get<N extends BrokerConfigName>(name: N): BrokerConfigValue<N> {
    return this.#values.get(name) as BrokerConfigValue<N>
  }

  origin(name: string): Origin {
    return this.given.get(name)?.origin ?? 'default'
  }

  get isBroker(): boolean {
    return this.roles.has('broker')
  }

  get isController(): boolean {
    return this.roles.has('controller')
  }

  get brokerListeners(): readonly ListenerConfig[] {
    return this.listeners.filter((listener) => listener.role === 'broker')
  }

  get controllerListeners(): readonly ListenerConfig[] {
    return this.listeners.filter((listener) => listener.role === 'controller')
  }

  #interBrokerListenerName(): string {
    const name = this.get('inter.broker.listener.name')
    if (name !== null && this.given.has('security.inter.broker.protocol')) {
      throw new ConfigError('Set only one of inter.broker.listener.name and security.inter.broker.protocol.')
    }
    return (name ?? this.get('security.inter.broker.protocol')).toUpperCase()
  }
}

/** File and overrides as one; `broker.id` and `node.id` stand for each other. */
function givenValues(source: BrokerConfigSource): Map<string, GivenValue> {
  const given = new Map<string, GivenValue>()
  for (const [key, text] of source.file ?? []) given.set(key, { text, origin: 'file' })
  for (const [key, text] of source.overrides ?? []) given.set(key, { text, origin: 'override' })
  const nodeId = given.get('node.id')
  const oldName = given.get('broker.id')
  if (nodeId && !oldName) given.set('broker.id', nodeId)
  if (oldName && !nodeId) given.set('node.id', oldName)
  return given
}

function parseAll(given: ReadonlyMap<string, GivenValue>): Map<string, ConfigValue> {
  const values = new Map<string, ConfigValue>()
  try {
    for (const [name, definition] of brokerDefinitions) {
      const text = given.get(name)?.text
      if (name === 'broker.id' && isSecondName(given)) continue
      if (text !== undefined) values.set(name, parseConfig(name, definition, text))
      else if (definition.default !== undefined) values.set(name, defaultOf(name, definition))
      else throw new ConfigError(`Set ${name} in the properties file: it has no default value.`)
    }
    if (isSecondName(given)) values.set('broker.id', values.get('node.id') ?? null)
    for (const [key, { text }] of given) {
      const definition = values.has(key) ? undefined : brokerDefinition(key)
      if (definition) values.set(key, parseConfig(key, definition, text))
    }
  } catch (error) {
    if (error instanceof KafkaError) throw new ConfigError(`${error.message.replace(/\.$/, '')}.`)
    throw error
  }
  return values
}

/** broker.id only repeats node.id: what is wrong with it is said of node.id. */
function isSecondName(given: ReadonlyMap<string, GivenValue>): boolean {
  return given.has('node.id') && given.get('node.id') === given.get('broker.id')
}

/** Without a definition among the broker's. */
const MORE_NAMES: readonly string[] = [...AUTHORIZER_NAMES, ...OWN_NAMES]

/** Kafka ignores keys that it does not know; a typing mistake would go unnoticed. */
function unknownKeys(given: ReadonlyMap<string, GivenValue>): string[] {
  const warnings: string[] = []
  for (const key of given.keys()) {
    if (brokerDefinition(key) || MORE_NAMES.includes(key)) continue
    const close = nearest(key, [...brokerDefinitions.keys(), ...MORE_NAMES])
    warnings.push(`Unknown config ${key} has no effect.${close === undefined ? '' : ` Did you mean ${close}?`}`)
  }
  return warnings
}
