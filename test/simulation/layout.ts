import type { SeededRandom } from './machine-room.ts'

/** Who is in a cluster: brokers, which decide as well where no node of its own does. */
export interface Layout {
  readonly brokers: number
  readonly controllers: number
}

export interface Place {
  readonly id: number
  readonly isBroker: boolean
  readonly properties: ReadonlyMap<string, string>
}

const RACKS = 3

/** All nodes of a cluster, brokers first. Some clusters roll, cut and snapshot their logs all the time. */
export function placesOf({ brokers, controllers }: Layout, random: SeededRandom): Place[] {
  const ids = Array.from({ length: brokers + controllers }, (_, index) => index + 1)
  const voters = controllers === 0 ? ids : ids.slice(brokers)
  const common = [...quorum(voters, ids.length), ...settings(brokers), ...restless(random)]
  return ids.map((id) => {
    const isBroker = id <= brokers
    return { id, isBroker, properties: new Map([...common, ...roles(id, isBroker, voters.includes(id))]) }
  })
}

function quorum(voters: readonly number[], nodes: number): [string, string][] {
  if (nodes === 1) return []
  return [
    ['controller.quorum.voters', voters.map((id) => `${id}@node-${id}:9093`).join(',')],
    ['controller.quorum.bootstrap.servers', voters.map((id) => `node-${id}:9093`).join(',')],
  ]
}

function roles(id: number, isBroker: boolean, isController: boolean): [string, string][] {
  const host = `node-${id}`
  const listeners = [
    ...(isBroker ? [`PLAINTEXT://${host}:9092`] : []),
    ...(isController ? [`CONTROLLER://${host}:9093`] : []),
  ]
  const all = [...(isBroker ? ['broker'] : []), ...(isController ? ['controller'] : [])]
  return [
    ['process.roles', all.join(',')],
    ['listeners', listeners.join(',')],
    ['broker.rack', `rack-${id % RACKS}`],
  ]
}

function settings(brokers: number): [string, string][] {
  const factor = String(Math.min(3, brokers))
  return [
    ['metadata.log.dir', '/meta'],
    ['default.replication.factor', factor],
    ['min.insync.replicas', String(Math.min(2, brokers))],
    ['offsets.topic.replication.factor', factor],
    ['offsets.topic.num.partitions', '3'],
    ['transaction.state.log.replication.factor', factor],
    ['transaction.state.log.min.isr', String(Math.min(2, brokers))],
    ['transaction.state.log.num.partitions', '3'],
    ['transaction.abort.timed.out.transaction.cleanup.interval.ms', '500'],
    ['num.partitions', '3'],
    ['group.initial.rebalance.delay.ms', '300'],
    ['replica.selector.class', 'org.apache.kafka.common.replica.RackAwareReplicaSelector'],
  ]
}

function restless(random: SeededRandom): [string, string][] {
  const small: [string, string][] = [
    ['log.roll.ms', '2000'],
    ['metadata.log.segment.ms', '1500'],
    ['metadata.log.max.record.bytes.between.snapshots', '3000'],
    ['metadata.max.retention.bytes', '6000'],
  ]
  return [
    ...(random.below(2) === 0 ? small : []),
    ...(random.below(2) === 0 ? [['replica.lag.time.max.ms', '1500'] as [string, string]] : []),
  ]
}
