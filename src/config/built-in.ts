/**
 * What a node runs with when it was given no file: broker and controller in one, for this machine alone. The replication
 * factors are those of a cluster of one, as in the file that Kafka ships.
 */
export const BUILT_IN_PROPERTIES: ReadonlyMap<string, string> = new Map([
  ['process.roles', 'broker,controller'],
  ['node.id', '1'],
  ['listeners', 'PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093'],
  ['controller.listener.names', 'CONTROLLER'],
  ['controller.quorum.bootstrap.servers', 'localhost:9093'],
  ['inter.broker.listener.name', 'PLAINTEXT'],
  ['log.dirs', './data'],
  ['offsets.topic.replication.factor', '1'],
  ['transaction.state.log.replication.factor', '1'],
  ['transaction.state.log.min.isr', '1'],
  ['share.coordinator.state.topic.replication.factor', '1'],
  ['share.coordinator.state.topic.min.isr', '1'],
])

/** Whoever sets one of these has thought of the controller. */
const OF_THE_CONTROLLER = [
  'process.roles',
  'controller.listener.names',
  'controller.quorum.bootstrap.servers',
  'controller.quorum.voters',
]
const CONTROLLER = 'CONTROLLER://'

/**
 * Overrides of a node that was given no file, with what follows from them: who moves the broker to another port means the whole
 * node. Without a controller's listener it gets one on a free port, and the quorum is found where that listener is.
 */
export function completedOverrides(overrides: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const given = overrides.get('listeners')
  if (given === undefined || OF_THE_CONTROLLER.some((name) => overrides.has(name))) return overrides
  const listeners = given.split(',').map((listener) => listener.trim())
  const own = listeners.find((listener) => listener.startsWith(CONTROLLER)) ?? `${CONTROLLER}localhost:0`
  const address = own.slice(CONTROLLER.length)
  return new Map([
    ...overrides,
    ['listeners', listeners.includes(own) ? given : `${given},${own}`],
    ['controller.quorum.bootstrap.servers', address.startsWith(':') ? `localhost${address}` : address],
  ])
}
