import type { GROUP_CONFIGS } from '../definitions/group.ts'

export const GROUP_TEXTS: Readonly<Record<keyof typeof GROUP_CONFIGS, string>> = {
  'consumer.assignment.interval.ms': 'The least time between two assignments of the consumer group.',
  'consumer.heartbeat.interval.ms': "How often the consumer group's members are told to send a heartbeat.",
  'consumer.session.timeout.ms': 'A member of the consumer group that was silent for this long is removed.',
  'share.assignment.interval.ms': 'The least time between two assignments of the share group.',
  'share.auto.offset.reset':
    'Where the share group begins in a partition: latest, earliest, or by_duration: and how long ago.',
  'share.delivery.count.limit': 'How often a record is given to the share group before it counts as undeliverable.',
  'share.heartbeat.interval.ms': "How often the share group's members are told to send a heartbeat.",
  'share.isolation.level': 'Whether the share group reads records of transactions that are open or aborted.',
  'share.partition.max.record.locks': 'How many records of a partition the share group may have in hand at a time.',
  'share.record.lock.duration.ms': 'How long a record belongs to the consumer that acquired it.',
  'share.renew.acknowledge.enable': 'Whether consumers may renew their hold on a record.',
  'share.session.timeout.ms': 'A member of the share group that was silent for this long is removed.',
  'streams.assignment.interval.ms': 'The least time between two assignments of the streams group.',
  'streams.heartbeat.interval.ms': "How often the streams group's members are told to send a heartbeat.",
  'streams.initial.rebalance.delay.ms':
    'How long the streams group, when empty, waits for more members after its first.',
  'streams.num.standby.replicas': "How many standby copies of each task's state the streams group keeps.",
  'streams.session.timeout.ms': 'A member of the streams group that was silent for this long is removed.',
}
