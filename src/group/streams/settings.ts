/** What a group may have of its own (`kafka-configs.sh --entity-type groups`). */
export interface StreamsGroupConfigs {
  /** streams.session.timeout.ms */
  readonly sessionTimeoutMs: number
  /** streams.heartbeat.interval.ms */
  readonly heartbeatIntervalMs: number
  /** streams.assignment.interval.ms */
  readonly assignmentIntervalMs: number
  /** streams.initial.rebalance.delay.ms */
  readonly initialRebalanceDelayMs: number
  /** streams.num.standby.replicas */
  readonly numStandbyReplicas: number
}

export interface StreamsGroupSettings {
  /** group.streams.max.size */
  readonly maxSize: number
  /** As configured now. */
  ofGroup(groupId: string): StreamsGroupConfigs
}

const STANDBY_REPLICAS = 'num.standby.replicas'

/** The configs that an assignment depends on, as they stand in the group's record. */
export function assignmentConfigs({ numStandbyReplicas }: StreamsGroupConfigs): Map<string, string> {
  return new Map([[STANDBY_REPLICAS, String(numStandbyReplicas)]])
}
