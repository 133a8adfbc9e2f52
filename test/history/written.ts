import type { Committed, Ended, Event, Isolation, Move, Poll, Polled, Send, Transacted } from './event.ts'

type Outcome = 'ok' | 'fail' | 'info'

/** Writes histories by hand: every operation takes ten ms, or from `from` to `to`. */
export class Written {
  readonly events: Event[] = []
  #nowMs = 0

  transact(process: string, parts: Partial<Transacted> & { readonly spanMs?: readonly [number, number] } = {}): this {
    const { spanMs = this.#span(), type = 'ok', sends = [], polls = [], moves = [] } = parts
    const transactionalId = 'transactionalId' in parts ? parts.transactionalId : process.split('.')[0]
    this.events.push({ time: spanMs[0], process, type: 'invoke', f: 'transact' })
    if (type !== 'fail') this.events.push({ time: (spanMs[0] + spanMs[1]) / 2, process, type: 'commits' })
    this.events.push({
      time: spanMs[1],
      process,
      type,
      f: 'transact',
      ...(transactionalId !== undefined && { transactionalId }),
      sends,
      polls,
      moves,
    })
    return this
  }

  poll(process: string, isolation: Isolation, ...polls: Poll[]): this {
    return this.#complete<Polled>(process, { f: 'poll', isolation, polls })
  }

  final(isolation: Isolation, ...polls: Poll[]): this {
    return this.#complete<Polled>('final', { f: 'poll', isolation, polls, final: true })
  }

  ends(
    process: string,
    ends: Record<string, number>,
    isolation: Isolation = 'read_committed',
    epoch: number | undefined = undefined,
  ): this {
    return this.#complete<Ended>(process, { f: 'ends', isolation, ends, ...(epoch !== undefined && { epoch }) })
  }

  offsets(process: string, group: string, offsets: Record<string, number>, final = false): this {
    return this.#complete<Committed>(process, { f: 'committed', group, offsets, final })
  }

  #complete<C extends Event & { f: string }>(
    process: string,
    rest: Omit<C, 'type' | 'process' | 'time' | 'error'>,
  ): this {
    const [from, to] = this.#span()
    const { f } = rest as unknown as { f: 'poll' }
    this.events.push({ time: from, process, type: 'invoke', f })
    this.events.push({ time: to, process, type: 'ok' as Outcome, ...rest } as unknown as Event)
    return this
  }

  #span(): [number, number] {
    this.#nowMs += 10
    return [this.#nowMs, this.#nowMs + 9]
  }
}

export function send(at: string, value: string, offset?: number): Send {
  return { at, value, ...(offset !== undefined && { offset }) }
}

/** `records`: offset, value, offset, value… */
export function poll(at: string, from: number, next: number, ...records: (number | string)[]): Poll {
  const pairs = Array.from({ length: records.length / 2 }, (_, i) => records.slice(2 * i, 2 * i + 2))
  return { at, from, next, records: pairs as unknown as [number, string][] }
}

export function move(at: string, from: number, to: number, group = 'g'): Move {
  return { group, at, from, to }
}
