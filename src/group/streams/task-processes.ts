import type { StreamsMember } from './member.ts'
import type { TaskOwners } from './reconcile.ts'
import type { EpochTasks, TaskSets } from './tasks.ts'

type Key = string

/**
 * Which processes have each task, or have yet to give it up. A process is what counts: its members share one state
 * directory.
 */
export class TaskProcesses implements TaskOwners {
  readonly #active = new Map<Key, string>()
  readonly #standby = new Map<Key, Set<string>>()
  readonly #warmup = new Map<Key, Set<string>>()

  activeProcess(subtopologyId: string, partition: number): string | undefined {
    return this.#active.get(keyOf(subtopologyId, partition))
  }

  hasStandby(subtopologyId: string, partition: number, processId: string): boolean {
    return this.#standby.get(keyOf(subtopologyId, partition))?.has(processId) === true
  }

  hasWarmup(subtopologyId: string, partition: number, processId: string): boolean {
    return this.#warmup.get(keyOf(subtopologyId, partition))?.has(processId) === true
  }

  add({ processId, assigned, revoking }: StreamsMember): void {
    for (const owned of [assigned, revoking]) {
      for (const key of keysOf(owned.active)) this.#active.set(key, processId)
      for (const key of keysOf(owned.standby)) addTo(this.#standby, key, processId)
      for (const key of keysOf(owned.warmup)) addTo(this.#warmup, key, processId)
    }
  }

  /** A compacted log may have given a task to its next owner already: then it stays with that one. */
  remove({ processId, assigned, revoking }: StreamsMember): void {
    for (const owned of [assigned, revoking]) {
      for (const key of keysOf(owned.active)) if (this.#active.get(key) === processId) this.#active.delete(key)
      for (const key of keysOf(owned.standby)) removeFrom(this.#standby, key, processId)
      for (const key of keysOf(owned.warmup)) removeFrom(this.#warmup, key, processId)
    }
  }
}

function keyOf(subtopologyId: string, partition: number): Key {
  return `${partition}:${subtopologyId}`
}

function* keysOf(tasks: EpochTasks | TaskSets): Iterable<Key> {
  for (const [id, partitions] of tasks) for (const partition of partitions.keys()) yield keyOf(id, partition)
}

function addTo(processes: Map<Key, Set<string>>, key: Key, processId: string): void {
  const known = processes.get(key)
  if (known) known.add(processId)
  else processes.set(key, new Set([processId]))
}

function removeFrom(processes: Map<Key, Set<string>>, key: Key, processId: string): void {
  const known = processes.get(key)
  known?.delete(processId)
  if (known?.size === 0) processes.delete(key)
}
