import type { Anomaly } from './anomaly.ts'
import type { Place } from './event.ts'
import type { Model, Read } from './model.ts'
import { transactionName } from './writes.ts'

/** In isolation nobody sees what is not committed, or not yet. */
export function* dirtyReads(model: Model): Generator<Anomaly> {
  for (const read of model.reads) {
    if (read.isolation !== 'read_committed') continue
    for (const [offset, value] of read.poll.records) {
      const transaction = model.writers.get(value)?.transaction
      if (transaction === undefined) continue
      const where = `${read.process} read ${value} at ${read.poll.at}@${offset}`
      if (transaction.outcome === 'fail') {
        yield { name: 'G1a', text: `${where} of ${transactionName(transaction)}, which was aborted` }
      } else if (!model.isReadable(read.poll.at, value)) {
        yield { name: 'lost-write', text: `${where}, and it is gone` }
      }
      if (transaction.of.transactionalId === undefined) continue
      if (read.within === transaction || read.endedMs < transaction.commitsMs) {
        yield {
          name: 'precommitted-read',
          text: `${where} before ${transactionName(transaction)} asked for its commit`,
        }
      }
    }
  }
}

/** Readers go forward and leave nothing out. */
export function* disorderedReads(model: Model): Generator<Anomaly> {
  const positions = new Map<string, number>()
  const sorted = new Map<string, [number, string][]>()
  for (const read of model.reads) {
    const { process, isolation, poll, isFinal } = read
    yield* withinPoll(read)
    if (isFinal) continue
    const key = `${process} ${isolation} ${poll.at}`
    const position = positions.get(key)
    positions.set(key, poll.next)
    let from = poll.from
    if (position !== undefined && poll.seek !== true && read.within === undefined) {
      if (from < position) {
        yield { name: 'nonmonotonic-poll', text: `${process} was at ${poll.at}@${position} and goes on at ${from}` }
      }
      from = Math.min(from, position)
    }
    const final = `${isolation} ${poll.at}`
    const all = sorted.get(final) ?? [...(model.final(isolation, poll.at) ?? [])].sort(([a], [b]) => a - b)
    sorted.set(final, all)
    yield* skipped(read, from, all)
  }
}

function* withinPoll({ process, poll }: Read): Generator<Anomaly> {
  let last = poll.from - 1
  for (const [offset, value] of poll.records) {
    if (offset <= last || offset >= poll.next) {
      yield {
        name: 'int-nonmonotonic-poll',
        text: `${process} polled ${poll.at} from ${poll.from} to ${poll.next} and got ${value} at ${offset} after ${last}`,
      }
    }
    last = offset
  }
}

function* skipped({ process, poll }: Read, from: number, all: readonly [number, string][]): Generator<Anomaly> {
  const got = new Set(poll.records.map(([offset]) => offset))
  const first = poll.records[0]?.[0] ?? Number.POSITIVE_INFINITY
  const last = poll.records.at(-1)?.[0] ?? -1
  for (let index = lowerBound(all, from); index < all.length; index++) {
    const [offset = 0, value = ''] = all[index] ?? []
    if (offset >= poll.next) break
    if (got.has(offset)) continue
    yield {
      name: offset > first && offset < last ? 'int-poll-skip' : 'poll-skip',
      text: `${process} went from ${poll.at}@${from} to ${poll.next} and did not get ${value} at ${offset}`,
    }
  }
}

function lowerBound(all: readonly [number, string][], from: number): number {
  let low = 0
  let high = all.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((all[middle]?.[0] ?? 0) < from) low = middle + 1
    else high = middle
  }
  return low
}

/** At the end everybody saw everything, and no transaction stands open. */
export function* unfinishedReads(model: Model): Generator<Anomaly> {
  for (const at of model.places) {
    const stable = model.finalEnd('read_committed', at)
    const end = model.finalEnd('read_uncommitted', at)
    if (stable !== undefined && end !== undefined && stable < end) {
      yield { name: 'hanging-transaction', text: `readers of what is committed in ${at} stand at ${stable} of ${end}` }
    }
  }
  for (const isolation of ['read_committed', 'read_uncommitted'] as const) {
    const seen = new Map<Place, Set<number>>()
    for (const { isolation: own, poll, isFinal, within } of model.reads) {
      if (own !== isolation || isFinal || within !== undefined) continue
      const offsets = seen.get(poll.at) ?? new Set<number>()
      seen.set(poll.at, offsets)
      for (const [offset] of poll.records) offsets.add(offset)
    }
    for (const [at, offsets] of seen) {
      for (const [offset, value] of model.final(isolation, at) ?? []) {
        if (!offsets.has(offset))
          yield { name: 'unseen', text: `nobody with ${isolation} polled ${value} at ${at}@${offset}` }
      }
    }
  }
}
