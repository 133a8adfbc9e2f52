import { ascending, type PartitionSets, sameEpochs, samePartitions } from '../partition-sets.ts'
/** Subtopology id → the partitions of its tasks. */
export type TaskSets = ReadonlyMap<string, ReadonlySet<number>>

/** Subtopology id → partition → the epoch in which the member was given the task. */
export type EpochTasks = ReadonlyMap<string, ReadonlyMap<number, number>>

/** What a member is to have, or says that it has. */
export interface Tasks {
  readonly active: TaskSets
  readonly standby: TaskSets
  readonly warmup: TaskSets
}

/** What a member has been given. Only an active task has an epoch: only its offsets are committed. */
export interface OwnedTasks {
  readonly active: EpochTasks
  readonly standby: TaskSets
  readonly warmup: TaskSets
}

const NONE: ReadonlyMap<string, never> = new Map<string, never>()
export const NO_TASKS: Tasks & OwnedTasks = { active: NONE, standby: NONE, warmup: NONE }

type AnyTasks = PartitionSets<string>
interface AnyOwned {
  readonly active: AnyTasks
  readonly standby: AnyTasks
  readonly warmup: AnyTasks
}

export interface TaskIds {
  readonly subtopologyId: string
  readonly partitions: readonly number[]
}

export function isNothing({ active, standby, warmup }: AnyOwned): boolean {
  return active.size === 0 && standby.size === 0 && warmup.size === 0
}

function overlap(a: AnyTasks, b: AnyTasks): boolean {
  for (const [id, partitions] of a) {
    const others = b.get(id)
    if (others) for (const partition of partitions.keys()) if (others.has(partition)) return true
  }
  return false
}

/** Some task is in both, in the same role. */
export function shareAny(a: AnyOwned, b: AnyOwned): boolean {
  return overlap(a.active, b.active) || overlap(a.standby, b.standby) || overlap(a.warmup, b.warmup)
}

export function sameTasks(a: Tasks, b: Tasks): boolean {
  return (
    samePartitions(a.active, b.active) && samePartitions(a.standby, b.standby) && samePartitions(a.warmup, b.warmup)
  )
}

/** The same tasks, each given in the same epoch. */
export function sameOwned(a: OwnedTasks, b: OwnedTasks): boolean {
  return sameEpochs(a.active, b.active) && samePartitions(a.standby, b.standby) && samePartitions(a.warmup, b.warmup)
}

/** Sorted by subtopology, as records and descriptions have them. */
export function taskIds(tasks: AnyTasks): { subtopologyId: string; partitions: number[] }[] {
  return [...tasks.keys()].sort().map((subtopologyId) => ({
    subtopologyId,
    partitions: ascending(tasks.get(subtopologyId)?.keys() ?? []),
  }))
}

/** undefined: a subtopology stands there twice. */
export function taskSets(ids: readonly TaskIds[]): TaskSets | undefined {
  const sets = new Map(ids.map(({ subtopologyId, partitions }) => [subtopologyId, new Set(partitions)]))
  return sets.size === ids.length ? sets : undefined
}

/** Every task that is named is among those that the member has. */
export function areContained(ids: readonly TaskIds[] | null, owned: AnyTasks): boolean {
  if (ids === null) return false
  return ids.every(({ subtopologyId, partitions }) => {
    const own = owned.get(subtopologyId)
    return own !== undefined && partitions.every((partition) => own.has(partition))
  })
}
