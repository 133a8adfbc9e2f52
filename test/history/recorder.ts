import type { Committed, Completion, Ended, Event, Polled, Transacted } from './event.ts'

type Told<C extends Completion> = Omit<C, 'time' | 'process' | 'f'>

/** Writes down what clients do, in the order of time. */
export class Recorder {
  readonly events: Event[] = []
  readonly #now: () => number
  /** Acknowledged commits of transactions, by the name of the client. */
  readonly commits = new Map<string, number>()

  constructor(now: () => number) {
    this.#now = now
  }

  invoke(process: string, f: Completion['f']): void {
    this.events.push({ time: this.#now(), process, type: 'invoke', f })
  }

  asksForCommit(process: string): void {
    this.events.push({ time: this.#now(), process, type: 'commits' })
  }

  transacted(process: string, told: Told<Transacted>): void {
    this.events.push({ time: this.#now(), process, f: 'transact', ...told })
    if (told.type !== 'ok' || told.transactionalId === undefined) return
    this.#commit(process)
  }

  /** Of a client that writes events itself. */
  take(event: Event): void {
    this.events.push(event)
    if (event.type === 'ok' && event.f === 'transact') this.#commit(event.process)
  }

  #commit(process: string): void {
    const [name = ''] = process.split('.')
    this.commits.set(name, (this.commits.get(name) ?? 0) + 1)
  }

  polled(process: string, told: Told<Polled>): void {
    this.events.push({ time: this.#now(), process, f: 'poll', ...told })
  }

  ended(process: string, told: Told<Ended>): void {
    this.events.push({ time: this.#now(), process, f: 'ends', ...told })
  }

  committed(process: string, told: Told<Committed>): void {
    this.events.push({ time: this.#now(), process, f: 'committed', ...told })
  }
}
