import { scoped } from './types.ts'
import { atLeast, oneOf, SHARE_OFFSET_RESET } from './validators.ts'

/** Configs of a group, with the broker configs that they override. */
export const GROUP_CONFIGS = {
  'consumer.assignment.interval.ms': scoped('INT', '1000', ['group.consumer.assignment.interval.ms'], atLeast(0)),
  'consumer.heartbeat.interval.ms': scoped('INT', '5000', ['group.consumer.heartbeat.interval.ms'], atLeast(1)),
  'consumer.session.timeout.ms': scoped('INT', '45000', ['group.consumer.session.timeout.ms'], atLeast(1)),
  'share.assignment.interval.ms': scoped('INT', '1000', ['group.share.assignment.interval.ms'], atLeast(0)),
  'share.auto.offset.reset': scoped('STRING', 'latest', [], SHARE_OFFSET_RESET),
  'share.delivery.count.limit': scoped('INT', '5', ['group.share.delivery.count.limit'], atLeast(2)),
  'share.heartbeat.interval.ms': scoped('INT', '5000', ['group.share.heartbeat.interval.ms'], atLeast(1)),
  'share.isolation.level': scoped('STRING', 'read_uncommitted', [], oneOf(['read_committed', 'read_uncommitted'])),
  'share.partition.max.record.locks': scoped('INT', '2000', ['group.share.partition.max.record.locks'], atLeast(100)),
  'share.record.lock.duration.ms': scoped('INT', '30000', ['group.share.record.lock.duration.ms'], atLeast(1000)),
  'share.renew.acknowledge.enable': scoped('BOOLEAN', 'true', []),
  'share.session.timeout.ms': scoped('INT', '45000', ['group.share.session.timeout.ms'], atLeast(1)),
  'streams.assignment.interval.ms': scoped('INT', '1000', ['group.streams.assignment.interval.ms'], atLeast(0)),
  'streams.heartbeat.interval.ms': scoped('INT', '5000', ['group.streams.heartbeat.interval.ms'], atLeast(1)),
  'streams.initial.rebalance.delay.ms': scoped('INT', '3000', ['group.streams.initial.rebalance.delay.ms'], atLeast(0)),
  'streams.num.standby.replicas': scoped('INT', '0', ['group.streams.num.standby.replicas'], atLeast(0)),
  'streams.session.timeout.ms': scoped('INT', '45000', ['group.streams.session.timeout.ms'], atLeast(1)),
} as const
