import { unreachable } from '../../base/assert.ts'
import type { Assignor } from '../assignors/assignor.ts'
import { range } from '../assignors/range.ts'
import { uniform } from '../assignors/uniform.ts'

export const SERVER_ASSIGNORS = ['uniform', 'range'] as const
export type ServerAssignorName = (typeof SERVER_ASSIGNORS)[number]

/** group.consumer.migration.policy */
export type MigrationPolicy = 'disabled' | 'upgrade' | 'downgrade' | 'bidirectional'

/** What a group may have of its own (`kafka-configs.sh --entity-type groups`). */
export interface ConsumerGroupTimes {
  /** consumer.session.timeout.ms */
  readonly sessionTimeoutMs: number
  /** consumer.heartbeat.interval.ms */
  readonly heartbeatIntervalMs: number
  /** consumer.assignment.interval.ms */
  readonly assignmentIntervalMs: number
}

export interface ConsumerGroupSettings {
  /** group.consumer.max.size */
  readonly maxSize: number
  /** group.consumer.assignors; the first is the default. */
  readonly assignors: readonly [ServerAssignorName, ...ServerAssignorName[]]
  readonly migrationPolicy: MigrationPolicy
  /** group.consumer.regex.refresh.interval.ms */
  readonly regexRefreshIntervalMs: number
  /** As configured now. */
  ofGroup(groupId: string): ConsumerGroupTimes
}

export function assignorNamed(name: ServerAssignorName): Assignor {
  switch (name) {
    case 'uniform':
      return uniform
    case 'range':
      return range
    default:
      return unreachable(name)
  }
}
