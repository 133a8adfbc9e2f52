import { Heap } from '../base/heap.ts'

interface OfGroup<K extends string> {
  readonly kind: K
  readonly groupId: string
}

interface OfMember<K extends string> extends OfGroup<K> {
  readonly memberId: string
}

/** A member that is to give something up has had its time. */
interface OfRebalance<K extends string> extends OfMember<K> {
  readonly memberEpoch: number
}

/** What is to happen when a deadline passes. */
export type TimerAction =
  /** A member sent neither a heartbeat nor a new join. */
  | OfMember<'session'>
  /** Members of a rebalance have had their time to join. */
  | OfGroup<'join'>
  /** The wait for more first members of an empty group is over, or goes on for a part of what remains. */
  | (OfGroup<'initialJoin'> & { readonly delayMs: number; readonly remainingMs: number })
  /** Members that joined have had their time to ask for their assignment. */
  | (OfGroup<'sync'> & { readonly generationId: number })
  /** A member of a consumer group let its session end, or did not join or sync in its time. */
  | OfMember<'consumerMember'>
  | OfRebalance<'consumerRebalance'>
  /** A member of a share group let its session end. */
  | OfMember<'shareMember'>
  /** A member of a streams group let its session end. */
  | OfMember<'streamsSession'>
  | OfRebalance<'streamsRebalance'>
  /** The first members of a streams group have waited for others. */
  | OfGroup<'streamsInitial'>
  /** Look at what a group's regular expressions stand for. */
  | OfGroup<'regexes'>
  /** Look for offsets and groups that have had their time. */
  | { readonly kind: 'expiry' }
  /** Go on with work that is cut into parts. */
  | { readonly kind: 'cleanup' }

interface Entry {
  readonly key: string
  /** Its place in the heap; the deadline itself may have moved later. */
  readonly heapAt: number
  deadline: number
  action: TimerAction
}

const MIN_DEAD = 64

/**
 * Deadlines by key. Heartbeats move a deadline later all the time, so that costs no heap operation: an entry found due
 * too early goes back into the heap.
 */
export class Timers {
  readonly #byKey = new Map<string, Entry>()
  #heap = newHeap()
  /** Entries in the heap that were cancelled or replaced. */
  #dead = 0
  /** What callers' clocks have been set on since: entries keep to the clock of the beginning. */
  #movedMs = 0

  /** The clock was set: what was to happen in a minute still happens in a minute. */
  clockMoved(byMs: number): void {
    this.#movedMs += byMs
  }

  schedule(key: string, at: number, action: TimerAction): void {
    const deadline = at - this.#movedMs
    const entry = this.#byKey.get(key)
    if (entry && deadline >= entry.heapAt) {
      entry.deadline = deadline
      entry.action = action
      return
    }
    if (entry) this.#dead++
    this.#push({ key, heapAt: deadline, deadline, action })
    this.#sweep()
  }

  has(key: string): boolean {
    return this.#byKey.has(key)
  }

  cancel(key: string): void {
    if (!this.#byKey.delete(key)) return
    this.#dead++
    this.#sweep()
  }

  /** Infinity: none. */
  next(): number {
    for (;;) {
      const top = this.#heap.peek()
      if (top === undefined) return Number.POSITIVE_INFINITY
      if (this.#byKey.get(top.key) !== top) {
        this.#heap.pop()
        this.#dead--
      } else if (top.deadline > top.heapAt) {
        this.#heap.pop()
        this.#push({ ...top, heapAt: top.deadline })
      } else {
        return top.deadline + this.#movedMs
      }
    }
  }

  /** Who is due and does not pass is due later. */
  putOff(nowMs: number, byMs: number, passes: (action: TimerAction) => boolean): void {
    for (;;) {
      if (this.next() > nowMs) return
      const entry = this.#heap.peek()
      if (entry === undefined || passes(entry.action)) return
      this.schedule(entry.key, nowMs + byMs, entry.action)
    }
  }

  /** Takes the earliest action that is due. */
  due(nowMs: number): TimerAction | undefined {
    if (this.next() > nowMs) return undefined
    const entry = this.#heap.pop()
    if (entry) this.#byKey.delete(entry.key)
    return entry?.action
  }

  #push(entry: Entry): void {
    this.#byKey.set(entry.key, entry)
    this.#heap.push(entry)
  }

  #sweep(): void {
    if (this.#dead < MIN_DEAD || this.#dead * 2 < this.#heap.size) return
    this.#heap = newHeap()
    for (const entry of [...this.#byKey.values()]) this.#push({ ...entry, heapAt: entry.deadline })
    this.#dead = 0
  }
}

function newHeap(): Heap<Entry> {
  return new Heap<Entry>((a, b) => a.heapAt - b.heapAt)
}

export const sessionKey = (groupId: string, memberId: string): string => `s:${groupId}\0${memberId}`
export const joinKey = (groupId: string): string => `j:${groupId}`
export const syncKey = (groupId: string): string => `y:${groupId}`
