/** What a group may have of its own (`kafka-configs.sh --entity-type groups`). */
export interface ShareGroupTimes {
  /** share.session.timeout.ms */
  readonly sessionTimeoutMs: number
  /** share.heartbeat.interval.ms */
  readonly heartbeatIntervalMs: number
  /** share.assignment.interval.ms */
  readonly assignmentIntervalMs: number
}

export interface ShareGroupSettings {
  /** group.share.max.size */
  readonly maxSize: number
  /** group.share.initialize.retry.interval.ms */
  readonly initializeRetryMs: number
  /** As configured now. */
  ofGroup(groupId: string): ShareGroupTimes
}
