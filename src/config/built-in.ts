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
