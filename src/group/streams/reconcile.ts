import { KafkaError } from '../../base/errors.ts'
import { MemberState, type StreamsMember, sameProgress } from './member.ts'
import { type EpochTasks, isNothing, NO_TASKS, type OwnedTasks, shareAny, type TaskSets, type Tasks } from './tasks.ts'

/** Which processes have a task, in each of its roles. */
export interface TaskOwners {
  activeProcess(subtopologyId: string, partition: number): string | undefined
  hasStandby(subtopologyId: string, partition: number, processId: string): boolean
  hasWarmup(subtopologyId: string, partition: number, processId: string): boolean
}

export interface Reconciliation {
  readonly member: StreamsMember
  readonly targetEpoch: number
  readonly target: Tasks
  readonly owners: TaskOwners
  /** What the member says that it has; undefined where it said nothing. */
  readonly owned: Tasks | undefined
}

/**
 * The member's next step towards its target. An active task has at most one owner, and a process has a task in one role
 * only, since its state directory is one: whatever is not free yet is waited for.
 */
export function reconcile(step: Reconciliation): StreamsMember {
  const next = nextOf(step)
  return sameProgress(step.member, next) ? step.member : next
}

function nextOf(step: Reconciliation): StreamsMember {
  const { member, targetEpoch, owned } = step
  switch (member.state) {
    case MemberState.STABLE:
      return member.memberEpoch === targetEpoch ? member : towardsTarget(step, member.memberEpoch)
    case MemberState.UNREVOKED_TASKS:
      if (owned === undefined || shareAny(owned, member.revoking)) return member
      return towardsTarget(step, member.memberEpoch + 1)
    case MemberState.UNRELEASED_TASKS:
      return towardsTarget(step, member.memberEpoch)
    case MemberState.UNKNOWN:
      if (owned === undefined || !isNothing(owned)) {
        throw new KafkaError(
          'FENCED_MEMBER_EPOCH',
          'The streams group member is in a unknown state. The member must abandon all its tasks and rejoin.',
        )
      }
      return towardsTarget(step, targetEpoch)
  }
}

/** `epoch` is the member's while it has to give something up. */
function towardsTarget({ member, targetEpoch, target, owners, owned }: Reconciliation, epoch: number): StreamsMember {
  const { processId, assigned } = member
  const inUseHere = (id: string, partition: number) =>
    owners.hasStandby(id, partition, processId) || owners.hasWarmup(id, partition, processId)
  const activeHere = (id: string, partition: number) => owners.activeProcess(id, partition) === processId
  const active = difference(
    assigned.active,
    target.active,
    (id, partition) => owners.activeProcess(id, partition) !== undefined || inUseHere(id, partition),
  )
  const passive = (id: string, partition: number) => activeHere(id, partition) || inUseHere(id, partition)
  const standby = difference(assigned.standby, target.standby, passive)
  const warmup = difference(assigned.warmup, target.warmup, passive)
  const owning = (pick: (role: Difference) => TaskLists): OwnedTasks => ({
    active: withEpochs(pick(active), assigned.active, targetEpoch),
    standby: asSets(pick(standby)),
    warmup: asSets(pick(warmup)),
  })
  const revoking = owning(({ revoked }) => revoked)
  if (!isNothing(revoking) && (owned === undefined || shareAny(owned, revoking))) {
    const kept = owning((role) => role.kept)
    return moved(member, MemberState.UNREVOKED_TASKS, epoch, kept, revoking)
  }
  const waits = [active, standby, warmup].some(({ waiting }) => waiting)
  const given = owning(({ kept, added }) => merged(kept, added))
  return moved(member, waits ? MemberState.UNRELEASED_TASKS : MemberState.STABLE, targetEpoch, given, NO_TASKS)
}

function moved(
  member: StreamsMember,
  state: MemberState,
  memberEpoch: number,
  assigned: OwnedTasks,
  revoking: OwnedTasks,
): StreamsMember {
  return { ...member, state, memberEpoch, previousMemberEpoch: member.memberEpoch, assigned, revoking }
}

type TaskLists = ReadonlyMap<string, readonly number[]>

interface Difference {
  readonly kept: TaskLists
  readonly revoked: TaskLists
  readonly added: TaskLists
  /** Something of the target is not free. */
  readonly waiting: boolean
}

interface Current {
  has(partition: number): boolean
  keys(): Iterable<number>
}

function difference(
  current: ReadonlyMap<string, Current>,
  target: TaskSets,
  isTaken: (subtopologyId: string, partition: number) => boolean,
): Difference {
  const kept = new Map<string, number[]>()
  const revoked = new Map<string, number[]>()
  const added = new Map<string, number[]>()
  let waiting = false
  for (const id of new Set([...target.keys(), ...current.keys()])) {
    const [now, then] = [current.get(id), target.get(id)]
    for (const partition of now?.keys() ?? []) push(then?.has(partition) ? kept : revoked, id, partition)
    for (const partition of then ?? []) {
      if (now?.has(partition)) continue
      if (isTaken(id, partition)) waiting = true
      else push(added, id, partition)
    }
  }
  return { kept, revoked, added, waiting }
}

function push(lists: Map<string, number[]>, id: string, partition: number): void {
  const list = lists.get(id)
  if (list) list.push(partition)
  else lists.set(id, [partition])
}

function merged(a: TaskLists, b: TaskLists): TaskLists {
  const all = new Map(a)
  for (const [id, partitions] of b) all.set(id, [...(all.get(id) ?? []), ...partitions])
  return all
}

function asSets(lists: TaskLists): TaskSets {
  return new Map([...lists].map(([id, partitions]) => [id, new Set(partitions)]))
}

/** A task that the member has already keeps the epoch in which it was given. */
function withEpochs(lists: TaskLists, before: EpochTasks, epoch: number): EpochTasks {
  return new Map(
    [...lists].map(([id, partitions]) => [
      id,
      new Map(partitions.map((partition) => [partition, before.get(id)?.get(partition) ?? epoch])),
    ]),
  )
}
