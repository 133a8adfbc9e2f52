import type { BrokerConfig } from './broker-config.ts'
import { ConfigError } from './config-error.ts'
import type { BrokerConfigName } from './definitions.ts'
import type { SecurityProtocol } from './listeners.ts'

type Protocols = ReadonlyMap<string, SecurityProtocol>

/** What must hold between configs: Kafka refuses to start with the same combinations. */
export function validateBrokerConfig(config: BrokerConfig, protocols: Protocols): void {
  validateIdentity(config)
  validateLogs(config)
  validateQuorum(config)
  if (config.isController) validateController(config)
  else validateBrokerOnly(config, protocols)
  if (config.isBroker) validateBroker(config, protocols)
  validateConsumerGroups(config)
  validateAdvertised(config)
  validateConnections(config)
}

function must(condition: boolean, sentence: string): void {
  if (!condition) throw new ConfigError(sentence)
}

function validateIdentity(config: BrokerConfig): void {
  must(config.get('broker.id') === config.nodeId, 'Set node.id and broker.id to the same value, or only node.id.')
}

function validateLogs(config: BrokerConfig): void {
  must(config.logDirs.length > 0, 'Set log.dirs (or log.dir) to at least one directory.')
  const retention = [
    config.get('log.retention.ms'),
    config.get('log.retention.minutes'),
    config.get('log.retention.hours'),
  ]
  const effective = retention.find((value) => value !== null) ?? -1
  must(effective !== 0 && effective >= -1, 'Set log.retention.ms to -1 (keep for ever) or to at least 1.')
  const threads = Math.max(config.get('log.cleaner.threads'), 1)
  must(
    config.get('log.cleaner.dedupe.buffer.size') / threads > 1024 * 1024,
    'Raise log.cleaner.dedupe.buffer.size to more than 1 MiB for each cleaner thread.',
  )
  const wait = config.get('replica.fetch.wait.max.ms')
  must(
    wait <= config.get('replica.socket.timeout.ms'),
    'Raise replica.socket.timeout.ms to at least replica.fetch.wait.max.ms.',
  )
  must(
    wait <= config.get('replica.lag.time.max.ms'),
    'Raise replica.lag.time.max.ms to at least replica.fetch.wait.max.ms.',
  )
  must(
    config.get('group.coordinator.rebalance.protocols').includes('classic'),
    "Add classic to group.coordinator.rebalance.protocols: the classic protocol can't be switched off.",
  )
}

/** Lowest allowed value, value, highest. */
const WITHIN: readonly (readonly [BrokerConfigName, BrokerConfigName, BrokerConfigName])[] = (
  ['heartbeat.interval.ms', 'session.timeout.ms', 'assignment.interval.ms'] as const
).map((name) => [`group.consumer.min.${name}`, `group.consumer.${name}`, `group.consumer.max.${name}`])

function validateConsumerGroups(config: BrokerConfig): void {
  for (const [min, name, max] of WITHIN) {
    const [low = 0, value = 0, high = 0] = [min, name, max].map((each) => Number(config.get(each)))
    must(high >= low, `Raise ${max} to at least ${min}.`)
    must(value >= low, `Raise ${name} to at least ${min}.`)
    must(value <= high, `Lower ${name} to at most ${max}.`)
  }
  must(
    config.get('group.consumer.heartbeat.interval.ms') < config.get('group.consumer.session.timeout.ms'),
    'Lower group.consumer.heartbeat.interval.ms to less than group.consumer.session.timeout.ms.',
  )
}

function validateQuorum(config: BrokerConfig): void {
  must(
    config.quorumVoters.length > 0 || config.quorumBootstrapServers.length > 0,
    'Set controller.quorum.bootstrap.servers (host:port of the controllers) or controller.quorum.voters (id@host:port).',
  )
}

function validateController(config: BrokerConfig): void {
  const { nodeId, quorumVoters } = config
  must(
    quorumVoters.length === 0 || quorumVoters.some((voter) => voter.id === nodeId),
    `Add node ${nodeId} to controller.quorum.voters: a node with the controller role must be one of the voters.`,
  )
  const names = new Set(config.listeners.map((listener) => listener.name))
  const missing = config.get('controller.listener.names').find((name) => !names.has(name.toUpperCase()))
  must(
    missing === undefined,
    `Add a ${missing} entry to listeners: controller.listener.names of a controller may only name its own listeners.`,
  )
  if (config.isBroker) return
  const extra = config.brokerListeners[0]
  must(
    extra === undefined,
    `Take ${extra?.name} out of listeners: a node with only the controller role serves controller.listener.names alone.`,
  )
}

function validateBrokerOnly(config: BrokerConfig, protocols: Protocols): void {
  const { nodeId, quorumVoters } = config
  must(
    quorumVoters.every((voter) => voter.id !== nodeId),
    `Give this node another node.id than ${nodeId}, or add controller to process.roles: its id is in controller.quorum.voters.`,
  )
  const own = config.controllerListeners[0]
  must(
    own === undefined,
    `Take ${own?.name} out of listeners: a node with only the broker role has no controller listener.`,
  )
  for (const name of config.get('controller.listener.names')) {
    must(
      protocols.has(name.toUpperCase()),
      `Add ${name}:<protocol> to listener.security.protocol.map: the controller listener has no security protocol.`,
    )
  }
}

function validateBroker(config: BrokerConfig, protocols: Protocols): void {
  const { brokerListeners, interBrokerListenerName: inter } = config
  must(brokerListeners.length > 0, 'Add a listener to listeners that is not in controller.listener.names.')
  must(
    protocols.has(inter),
    `Add ${inter}:<protocol> to listener.security.protocol.map: inter.broker.listener.name refers to it.`,
  )
  const advertised =
    config.get('advertised.listeners') === null ? brokerListeners : brokerListeners.filter((l) => l.advertised)
  must(advertised.length > 0, 'Add a listener to advertised.listeners that is not in controller.listener.names.')
  must(
    advertised.some((listener) => listener.name === inter),
    `Set inter.broker.listener.name to one of ${advertised.map((listener) => listener.name).join(', ')}: there is no listener ${inter}.`,
  )
}

function validateAdvertised(config: BrokerConfig): void {
  for (const { name, advertised } of config.listeners) {
    must(
      advertised?.host !== '0.0.0.0',
      `Set advertised.listeners of ${name} to an address that clients can reach: 0.0.0.0 is none.`,
    )
  }
  const names = new Set(config.listeners.map((listener) => listener.name))
  for (const name of config.get('early.start.listeners') ?? []) {
    must(names.has(name.toUpperCase()), `Take ${name} out of early.start.listeners or add it to listeners.`)
  }
}

function validateConnections(config: BrokerConfig): void {
  const queued = config.get('queued.max.request.bytes')
  must(
    queued <= 0 || queued >= config.get('socket.request.max.bytes'),
    'Raise queued.max.request.bytes to at least socket.request.max.bytes, or set it to -1.',
  )
  must(
    config.get('max.connections.per.ip') > 0 || config.get('max.connections.per.ip.overrides') !== '',
    'Raise max.connections.per.ip above 0, or set max.connections.per.ip.overrides.',
  )
  const idle = config.get('connections.max.idle.ms')
  must(
    idle < 0 || config.get('connection.failed.authentication.delay.ms') < idle,
    'Lower connection.failed.authentication.delay.ms below connections.max.idle.ms.',
  )
}
