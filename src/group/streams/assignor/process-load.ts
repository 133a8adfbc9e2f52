import { assert, present } from '../../../base/assert.ts'
import { Heap } from '../../../base/heap.ts'
import { inStringOrder } from '../../java-order.ts'

export interface Task {
  readonly subtopologyId: string
  readonly partition: number
}

/** One value for one task. */
export const taskKey = ({ subtopologyId, partition }: Task): string => `${partition}:${subtopologyId}`

interface Counted {
  readonly memberId: string
  count: number
}

/** One process of the application and the tasks that its members have been given so far. */
export class ProcessLoad {
  readonly counts = new Map<string, number>()
  readonly active = new Map<string, Task[]>()
  readonly standby = new Map<string, Task[]>()
  readonly #tasks = new Set<string>()
  #taskCount = 0
  /** Only while tasks go to whoever has the fewest: counts that change otherwise make it worthless. */
  #byCount: Heap<Counted> | undefined

  addMember(memberId: string): void {
    this.counts.set(memberId, 0)
  }

  get load(): number {
    return this.#taskCount / this.counts.size
  }

  countOf(memberId: string): number {
    return present(this.counts.get(memberId), `member ${memberId} of the process`)
  }

  has(task: Task): boolean {
    return this.#tasks.has(taskKey(task))
  }

  /** How many tasks the member has then. */
  give(memberId: string, task: Task, active: boolean): number {
    this.#byCount = undefined
    return this.#give(memberId, task, active)
  }

  giveToLeastLoaded(task: Task, active: boolean): number {
    const [only] = this.counts.keys()
    if (this.counts.size === 1 && only !== undefined) return this.#give(only, task, active)
    this.#byCount ??= this.#membersByCount()
    const least = this.#byCount.pop()
    assert(least !== undefined, 'a process has members')
    least.count = this.#give(least.memberId, task, active)
    this.#byCount.push(least)
    return least.count
  }

  #give(memberId: string, task: Task, active: boolean): number {
    this.#taskCount++
    this.#tasks.add(taskKey(task))
    const lists = active ? this.active : this.standby
    const list = lists.get(memberId)
    if (list) list.push(task)
    else lists.set(memberId, [task])
    const count = this.countOf(memberId) + 1
    this.counts.set(memberId, count)
    return count
  }

  #membersByCount(): Heap<Counted> {
    const heap = new Heap<Counted>((a, b) => a.count - b.count)
    for (const memberId of inStringOrder(this.counts.keys())) heap.push({ memberId, count: this.countOf(memberId) })
    return heap
  }
}
