import { present } from '../../../base/assert.ts'
import { javaStringHash } from '../../../base/hash.ts'
import { Heap } from '../../../base/heap.ts'
import { inStringOrder, javaHashOrder } from '../../java-order.ts'
import type { TaskSets, Tasks } from '../tasks.ts'
import { ProcessLoad, type Task, taskKey } from './process-load.ts'

export interface MemberSpec {
  readonly processId: string
  /** What it was to have before. */
  readonly tasks: Tasks
}

export interface SubtopologySpec {
  readonly tasks: number
  /** It has changelogs: its tasks can have standbys. */
  readonly isStateful: boolean
}

/** Member id → what it is to have. */
export type TaskAssignment = ReadonlyMap<string, Tasks>

interface Place {
  readonly memberId: string
  readonly process: ProcessLoad
}

/**
 * Kafka's task assignor: tasks stay where they are, or go where their state is, as long as no member has more than its
 * share; the rest goes to the process with the least load. Every order in it is that of Kafka's maps and queues, so that
 * the same group gets the same assignment from either coordinator.
 */
export function stickyAssignment(
  members: ReadonlyMap<string, MemberSpec>,
  subtopologies: ReadonlyMap<string, SubtopologySpec>,
  numStandbyReplicas: number,
): TaskAssignment {
  return new StickyAssignment(members, subtopologies, numStandbyReplicas).assign()
}

/** How many tasks a member may have; whoever is full leaves, and what remains is shared anew. */
class Quota {
  #tasks: number
  #members: number
  #each: number

  constructor(tasks: number, members: number) {
    this.#tasks = tasks
    this.#members = members
    this.#each = perMember(tasks, members)
  }

  hasRoom(count: number): boolean {
    return count < this.#each
  }

  gave(count: number): void {
    if (count !== this.#each) return
    this.#members--
    this.#tasks -= count
    this.#each = perMember(this.#tasks, this.#members)
  }
}

function perMember(tasks: number, members: number): number {
  // Java divides towards zero and adds one only for what is left over.
  return members === 0 ? 0 : Math.trunc(tasks / members) + (tasks % members > 0 ? 1 : 0)
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
const byPartition = (a: Task, b: Task): number => a.partition - b.partition || byText(a.subtopologyId, b.subtopologyId)
const bySubtopology = (a: Task, b: Task): number =>
  byText(a.subtopologyId, b.subtopologyId) || a.partition - b.partition

class StickyAssignment {
  readonly #members: ReadonlyMap<string, MemberSpec>
  readonly #subtopologies: ReadonlyMap<string, SubtopologySpec>
  readonly #replicas: number
  readonly #processes = new Map<string, ProcessLoad>()
  readonly #formerActive = new Map<string, Place>()
  readonly #formerStandby = new Map<string, Place[]>()
  readonly #activeQuota: Quota
  readonly #totalQuota: Quota

  constructor(
    members: ReadonlyMap<string, MemberSpec>,
    subtopologies: ReadonlyMap<string, SubtopologySpec>,
    replicas: number,
  ) {
    this.#members = members
    this.#subtopologies = subtopologies
    this.#replicas = replicas
    let [active, total] = [0, 0]
    for (const { tasks, isStateful } of subtopologies.values()) {
      active += tasks
      total += tasks + (isStateful ? tasks * replicas : 0)
    }
    this.#activeQuota = new Quota(active, members.size)
    this.#totalQuota = new Quota(total, members.size)
    for (const memberId of inStringOrder(members.keys())) this.#place(memberId)
  }

  #place(memberId: string): void {
    const { processId, tasks } = present(this.#members.get(memberId), 'a member')
    const process = this.#processes.get(processId) ?? new ProcessLoad()
    this.#processes.set(processId, process)
    process.addMember(memberId)
    const place: Place = { memberId, process }
    for (const key of keysOf(tasks.active)) this.#formerActive.set(key, place)
    for (const key of keysOf(tasks.standby)) {
      const places = this.#formerStandby.get(key)
      if (places) places.push(place)
      else this.#formerStandby.set(key, [place])
    }
  }

  assign(): TaskAssignment {
    this.#assignActive(this.#tasks(() => true))
    if (this.#replicas > 0) this.#assignStandby(this.#tasks(({ isStateful }) => isStateful))
    return new Map(
      [...this.#members].map(([memberId, { processId }]) => {
        const process = this.#processes.get(processId)
        const active = setsOf(process?.active.get(memberId) ?? [])
        return [memberId, { active, standby: setsOf(process?.standby.get(memberId) ?? []), warmup: new Map() }]
      }),
    )
  }

  #tasks(which: (subtopology: SubtopologySpec) => boolean): Task[] {
    return [...this.#subtopologies].flatMap(([subtopologyId, one]) =>
      which(one) ? Array.from({ length: one.tasks }, (_, partition) => ({ subtopologyId, partition })) : [],
    )
  }

  #assignActive(tasks: Task[]): void {
    const afterActive = tasks
      .sort(byPartition)
      .filter((task) => !this.#giveActive(task, this.#formerActive.get(taskKey(task))))
    const left = afterActive
      .filter((task) => !this.#giveActive(task, this.#leastLoaded(this.#formerStandby.get(taskKey(task)), undefined)))
      .sort(bySubtopology)
    const byLoad = this.#processesByLoad()
    for (const task of left) {
      const process = present(byLoad.pop(), `a process for ${taskKey(task)}`)
      this.#gaveActive(process.giveToLeastLoaded(task, true))
      byLoad.push(process)
    }
  }

  #giveActive(task: Task, place: Place | undefined): boolean {
    if (place === undefined || !this.#activeQuota.hasRoom(place.process.countOf(place.memberId))) return false
    this.#gaveActive(place.process.give(place.memberId, task, true))
    return true
  }

  #gaveActive(count: number): void {
    this.#activeQuota.gave(count)
    this.#totalQuota.gave(count)
  }

  #assignStandby(tasks: Task[]): void {
    const left: { readonly task: Task; readonly replicas: number }[] = []
    for (const task of tasks.sort((a, b) => byPartition(b, a))) {
      for (let replica = 0; replica < this.#replicas; replica++) {
        if (this.#giveStandby(task)) continue
        left.push({ task, replicas: this.#replicas - replica })
        break
      }
    }
    left.sort((a, b) => bySubtopology(b.task, a.task))
    const byLoad = this.#processesByLoad()
    for (const { task, replicas } of left) {
      for (let replica = 0; replica < replicas; replica++) if (!this.#giveAnywhere(byLoad, task)) break
    }
  }

  /** To whoever had its state before. */
  #giveStandby(task: Task): boolean {
    const active = this.#formerActive.get(taskKey(task))
    if (active && !active.process.has(task) && this.#standbyTo(active, task)) return true
    const standby = this.#leastLoaded(this.#formerStandby.get(taskKey(task)), task)
    return standby !== undefined && this.#standbyTo(standby, task)
  }

  #standbyTo({ memberId, process }: Place, task: Task): boolean {
    if (!this.#totalQuota.hasRoom(process.countOf(memberId))) return false
    this.#totalQuota.gave(process.give(memberId, task, false))
    return true
  }

  /** To the process with the least load that does not have the task yet. */
  #giveAnywhere(byLoad: Heap<ProcessLoad>, task: Task): boolean {
    const passed: ProcessLoad[] = []
    let given = false
    for (let process = byLoad.pop(); process !== undefined; process = byLoad.pop()) {
      passed.push(process)
      if (process.has(task)) continue
      this.#totalQuota.gave(process.giveToLeastLoaded(task, false))
      given = true
      break
    }
    // Kafka goes down the queue by recursion: the last that was taken out is the first to go back.
    for (const process of passed.reverse()) byLoad.push(process)
    return given
  }

  /**
   * Of those that had a task, the one on the least loaded process. As in Kafka the last look is at the first one's
   * process, whoever was found.
   */
  #leastLoaded(places: readonly Place[] | undefined, task: Task | undefined): Place | undefined {
    const [first, ...others] = places ?? []
    if (first === undefined) return undefined
    let found = first
    let processLoad = first.process.load
    let memberLoad = first.process.countOf(first.memberId)
    for (const place of others) {
      const { process, memberId } = place
      if (process.load >= processLoad || (task && process.has(task))) continue
      if (process.countOf(memberId) >= memberLoad) continue
      found = place
      processLoad = process.load
      memberLoad = process.countOf(memberId)
    }
    return task === undefined || !first.process.has(task) ? found : undefined
  }

  #processesByLoad(): Heap<ProcessLoad> {
    const heap = new Heap<ProcessLoad>((a, b) => a.load - b.load)
    for (const processId of javaHashOrder(this.#processes.keys(), javaStringHash, this.#members.size)) {
      heap.push(present(this.#processes.get(processId), 'a process'))
    }
    return heap
  }
}

function keysOf(tasks: TaskSets): string[] {
  return [...tasks].flatMap(([subtopologyId, partitions]) =>
    [...partitions].map((partition) => taskKey({ subtopologyId, partition })),
  )
}

function setsOf(tasks: readonly Task[]): TaskSets {
  const sets = new Map<string, Set<number>>()
  for (const { subtopologyId, partition } of tasks) {
    const set = sets.get(subtopologyId)
    if (set) set.add(partition)
    else sets.set(subtopologyId, new Set([partition]))
  }
  return sets
}
