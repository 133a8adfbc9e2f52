import { Recent } from './recent.ts'

/** Kafka's ShareCoordinatorMetrics: states of share partitions that are stored here. */
export class ShareStateMetrics {
  writes = 0
  /** In ms, until the state was committed. */
  readonly writeTimes = new Recent()
}

/** Kafka's ShareGroupMetrics: records by what members said of them. */
export class AcknowledgeMetrics {
  accepted = 0
  released = 0
  rejected = 0
  renewed = 0
}
