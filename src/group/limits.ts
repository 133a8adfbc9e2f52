import { KafkaError } from '../base/errors.ts'
import type { GroupContext } from './context.ts'
import type { EpochGroup } from './epoch-group.ts'

type AnyGroup = EpochGroup<unknown, unknown>

/** As of KIP-1263 targets are not computed more often than the group's assignment interval. */
export function mayAssign({ settings, nowMs }: GroupContext, group: AnyGroup): boolean {
  const { assignmentTimestamp } = group
  const { assignmentIntervalMs } = settings[group.kind].ofGroup(group.groupId)
  return assignmentTimestamp === 0 || assignmentIntervalMs === 0 || nowMs >= assignmentTimestamp + assignmentIntervalMs
}

/** @throws KafkaError GROUP_MAX_SIZE_REACHED */
export function throwIfFull({ settings }: GroupContext, { kind, members }: AnyGroup): void {
  const { maxSize } = settings[kind]
  if (members.size < maxSize) return
  const message = `The ${kind} group has reached its maximum capacity of ${maxSize} members.`
  throw new KafkaError('GROUP_MAX_SIZE_REACHED', message)
}

/** Of a member whose epoch is not the one that the coordinator knows it in. */
export function fencedEpoch({ kind }: AnyGroup, received: number, known: number, why = ''): KafkaError {
  const size = received > known ? 'greater' : 'smaller'
  return new KafkaError(
    'FENCED_MEMBER_EPOCH',
    `The ${kind} group member has a ${size} member epoch (${received}) than the one known by the group coordinator (${known})${why}. The member must abandon all its partitions and rejoin.`,
  )
}
