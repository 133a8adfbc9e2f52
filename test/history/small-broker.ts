import type { Event, Isolation, Move, Place, Poll, Send } from './event.ts'

type How = 'commit' | 'abort' | 'unheard commit' | 'unheard abort'

/** What clients may do next; numbers choose among what there is. */
export type Step =
  | { readonly do: 'send'; readonly client: number; readonly where: number }
  | { readonly do: 'end'; readonly client: number; readonly how: How }
  | { readonly do: 'poll'; readonly isolation: Isolation; readonly where: number; readonly most: number }
  | { readonly do: 'process'; readonly where: number; readonly most: number; readonly how: How }
  | { readonly do: 'look'; readonly where: number }

interface Open {
  readonly process: string
  readonly sends: Send[]
}

type Entry = { readonly value: string; readonly client: number } | undefined

const INPUTS = ['in-0', 'in-1']
const OUTPUT = 'out-0'
const CLIENTS = 3
const PROCESSOR = 99

/** A broker that keeps every promise, and its clients: what they see is a history without anomalies. */
export class SmallBroker {
  readonly events: Event[] = []
  /** undefined: a marker. */
  readonly #logs = new Map<Place, Entry[]>([...INPUTS, OUTPUT].map((place) => [place, []]))
  readonly #isAborted = new Map<string, boolean>()
  readonly #open = new Map<number, Open>()
  readonly #positions = new Map<string, number>()
  readonly #offsets = new Map<Place, number>()
  #time = 0
  #values = 0

  run(steps: readonly Step[]): Event[] {
    for (const step of steps) this.#step(step)
    for (const client of [...this.#open.keys()]) this.#end(client, 'commit')
    for (const isolation of ['read_committed', 'read_uncommitted'] as const) {
      for (const place of this.#logs.keys()) this.#poll(isolation, place, 1000)
      for (const place of this.#logs.keys()) this.#final(isolation, place)
    }
    const offsets = Object.fromEntries(INPUTS.map((place) => [place, this.#offsets.get(place) ?? -1]))
    this.#event({ process: 'final', type: 'invoke', f: 'committed' })
    this.#event({ process: 'final', type: 'ok', f: 'committed', group: 'g', offsets, final: true })
    return this.events
  }

  #event(event: Record<string, unknown>): void {
    this.events.push({ time: this.#time++, ...event } as unknown as Event)
  }

  #log(place: Place): Entry[] {
    return this.#logs.get(place) ?? []
  }

  #step(step: Step): void {
    const input = INPUTS[('where' in step ? step.where : 0) % INPUTS.length] ?? OUTPUT
    if (step.do === 'send') this.#send(step.client % CLIENTS, input)
    else if (step.do === 'end') this.#end(step.client % CLIENTS, step.how)
    else if (step.do === 'poll') this.#poll(step.isolation, [...INPUTS, OUTPUT][step.where % 3] ?? OUTPUT, step.most)
    else if (step.do === 'process') this.#process(input, step.most, step.how)
    else this.#look(input)
  }

  #send(client: number, at: Place): void {
    let open = this.#open.get(client)
    if (open === undefined) {
      open = { process: `t${client}.1`, sends: [] }
      this.#open.set(client, open)
      this.#event({ process: open.process, type: 'invoke', f: 'transact' })
    }
    open.sends.push(this.#append(client, at))
  }

  #append(client: number, at: Place): Send {
    const value = `v${this.#values++}`
    const offset = this.#log(at).push({ value, client }) - 1
    return { at, value, offset }
  }

  #end(client: number, how: How): void {
    const open = this.#open.get(client)
    if (open === undefined) return
    this.#open.delete(client)
    const type = heard(how)
    if (type !== 'fail') this.#event({ process: open.process, type: 'commits' })
    this.#mark(open.sends, how.endsWith('abort'))
    const { process, sends } = open
    this.#event({ process, type, f: 'transact', transactionalId: `t${client}`, sends, polls: [], moves: [] })
  }

  #mark(sends: readonly Send[], isAborted: boolean): void {
    for (const { value } of sends) this.#isAborted.set(value, isAborted)
    for (const at of new Set(sends.map(({ at }) => at))) this.#log(at).push(undefined)
  }

  #endFor(isolation: Isolation, at: Place): number {
    const log = this.#log(at)
    if (isolation === 'read_uncommitted') return log.length
    const first = log.findIndex((entry) => entry !== undefined && !this.#isAborted.has(entry.value))
    return first < 0 ? log.length : first
  }

  #read(isolation: Isolation, at: Place, from: number, most: number): Poll {
    const next = Math.min(this.#endFor(isolation, at), from + most)
    const records: [number, string][] = []
    for (let offset = from; offset < next; offset++) {
      const entry = this.#log(at)[offset]
      if (entry === undefined) continue
      if (isolation === 'read_uncommitted' || this.#isAborted.get(entry.value) === false)
        records.push([offset, entry.value])
    }
    return { at, from, next: Math.max(from, next), records }
  }

  #poll(isolation: Isolation, at: Place, most: number): void {
    const key = `${isolation} ${at}`
    const poll = this.#read(isolation, at, this.#positions.get(key) ?? 0, most)
    this.#positions.set(key, poll.next)
    this.#event({ process: `reader ${isolation}`, type: 'invoke', f: 'poll' })
    this.#event({ process: `reader ${isolation}`, type: 'ok', f: 'poll', isolation, polls: [poll] })
  }

  #final(isolation: Isolation, at: Place): void {
    this.#event({ process: 'final', type: 'invoke', f: 'poll' })
    const polls = [this.#read(isolation, at, 0, 100_000)]
    this.#event({ process: 'final', type: 'ok', f: 'poll', isolation, polls, final: true })
  }

  /** Where there is nothing but markers and what was aborted, the offset is all that a transaction leaves behind. */
  #process(at: Place, most: number, how: How): void {
    const from = this.#offsets.get(at) ?? 0
    const poll = this.#read('read_committed', at, from, most)
    if (poll.next === from) return
    this.#event({ process: 'w.1', type: 'invoke', f: 'transact' })
    const sends = poll.records.map(() => this.#append(PROCESSOR, OUTPUT))
    const moves: Move[] = [{ group: 'g', at, from, to: poll.next }]
    const type = heard(how)
    if (type !== 'fail') this.#event({ process: 'w.1', type: 'commits' })
    const isAborted = how.endsWith('abort')
    this.#mark(sends, isAborted)
    if (!isAborted) this.#offsets.set(at, poll.next)
    this.#event({ process: 'w.1', type, f: 'transact', transactionalId: 'w', sends, polls: [poll], moves })
  }

  #look(at: Place): void {
    for (const isolation of ['read_committed', 'read_uncommitted'] as const) {
      this.#event({ process: 'watcher', type: 'invoke', f: 'ends' })
      const ends = { [at]: this.#endFor(isolation, at) }
      this.#event({ process: 'watcher', type: 'ok', f: 'ends', isolation, ends })
    }
    this.#event({ process: 'watcher', type: 'invoke', f: 'committed' })
    const offsets = { [at]: this.#offsets.get(at) ?? -1 }
    this.#event({ process: 'watcher', type: 'ok', f: 'committed', group: 'g', offsets })
  }
}

function heard(how: How): 'ok' | 'fail' | 'info' {
  return how.startsWith('unheard') ? 'info' : how === 'commit' ? 'ok' : 'fail'
}
