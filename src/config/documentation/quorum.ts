import type { QUORUM_CONFIGS } from '../definitions/quorum.ts'

export const QUORUM_TEXTS: Readonly<Record<keyof typeof QUORUM_CONFIGS, string>> = {
  'auto.leader.rebalance.enable':
    'Whether the controller gives leaderships back to preferred replicas from time to time.',
  'broker.heartbeat.interval.ms': 'How often a broker tells the controller that it lives.',
  'broker.id': 'The older name of node.id.',
  'broker.rack': 'Where the broker stands: copies of a partition are spread over racks.',
  'broker.session.timeout.ms': 'A broker that was silent for this long is fenced by the controller.',
  'controlled.shutdown.enable': 'Whether leaderships move elsewhere before the broker stops.',
  'controller.listener.names': 'Listeners of controllers; brokers use the first of them.',
  'controller.performance.always.log.threshold.ms': 'Events of the controller that took longer are logged.',
  'controller.performance.sample.period.ms': "How often the duration of the controller's events is reported.",
  'controller.quorum.append.linger.ms': 'How long records of the metadata log wait for others before they are written.',
  'controller.quorum.auto.join.enable': 'Whether a controller that is not in the quorum joins it by itself.',
  'controller.quorum.bootstrap.servers': 'Addresses at which some controller can be found.',
  'controller.quorum.election.backoff.max.ms': 'The longest wait between two elections that nobody won.',
  'controller.quorum.election.timeout.ms': 'How long a candidate waits for votes before it tries again.',
  'controller.quorum.fetch.max.bytes': 'The most bytes of the metadata log in one answer.',
  'controller.quorum.fetch.snapshot.max.bytes': 'The most bytes of a metadata snapshot in one answer.',
  'controller.quorum.fetch.timeout.ms':
    'A voter that could not fetch from the leader for this long begins an election.',
  'controller.quorum.request.timeout.ms': 'How long an answer of another member of the quorum is waited for.',
  'controller.quorum.retry.backoff.ms': 'How long to wait before a failed request to the quorum is sent again.',
  'controller.quorum.voters': 'The controllers of a quorum with fixed members, as id@host:port.',
  'controller.quota.window.num': 'Windows in which the rate of controller mutations is measured.',
  'controller.quota.window.size.seconds': 'The length of a window for the rate of controller mutations.',
  'controller.socket.timeout.ms': 'How long an answer of the controller is waited for.',
  'initial.broker.registration.timeout.ms': 'A broker that could not register within this time stops.',
  'internal.metadata.delete.delay.millis': 'How long files of the metadata log outlive their deletion.',
  'internal.metadata.log.segment.bytes': 'The size of a segment of the metadata log, for tests.',
  'internal.metadata.max.batch.size.in.bytes': 'The largest batch of the metadata log, for tests.',
  'leader.imbalance.check.interval.seconds':
    'How often the controller looks for leaders that are not the preferred ones.',
  'metadata.log.dir': 'The directory of the metadata log; the first of log.dirs when left out.',
  'metadata.log.max.record.bytes.between.snapshots': 'A metadata snapshot is taken when the log grew by so much.',
  'metadata.log.max.snapshot.interval.ms':
    'The longest time between two metadata snapshots; 0: as long as the log is short.',
  'metadata.log.segment.bytes': 'The size at which the metadata log begins a new segment.',
  'metadata.log.segment.ms': 'The age at which the metadata log begins a new segment.',
  'metadata.max.idle.interval.ms':
    'How often the active controller writes a record when there is nothing else to write; 0: never.',
  'metadata.max.retention.bytes': 'Old segments and snapshots of metadata are deleted beyond this size.',
  'metadata.max.retention.ms': 'Segments and snapshots of metadata that are older are deleted.',
  'node.id': 'The number of this node, which no other node of the cluster has.',
  'process.roles': 'What the node is: broker, controller or both.',
  'server.max.startup.time.ms': 'A node that is not ready within this time gives up.',
}
