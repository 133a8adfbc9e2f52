import type { Anomaly } from './anomaly.ts'
import type { Place } from './event.ts'
import type { Model, Transaction } from './model.ts'

export function transactionName({ process, index, of }: Transaction): string {
  return `transaction ${index} of ${of.transactionalId ?? 'nobody'} by ${process}`
}

/** What was acknowledged is there, and of what nobody knows all or nothing. */
export function* lostWrites(model: Model): Generator<Anomaly> {
  for (const transaction of model.transactions) {
    const { outcome, of } = transaction
    const missing = of.sends.filter(({ at, value }) => !model.isReadable(at, value))
    const [first] = missing
    if (first === undefined) continue
    const [there] = of.sends.filter((send) => !missing.includes(send))
    if (outcome === 'ok') {
      yield {
        name: 'lost-write',
        text: `${transactionName(transaction)} was acknowledged, ${first.value} is not in ${first.at}`,
      }
    }
    if (there !== undefined && of.transactionalId !== undefined && outcome !== 'fail') {
      yield {
        name: 'torn-transaction',
        text: `of ${transactionName(transaction)} ${there.value} is in ${there.at}, ${first.value} is not in ${first.at}`,
      }
    }
  }
}

/** One value at one offset, one offset for one value, and none that nobody sent there. */
export function* misplacedWrites(model: Model): Generator<Anomaly> {
  const values = new Map<string, { value: string; by: string }>()
  const places = new Map<string, string>()
  for (const { at, offset, value, by } of model.observed()) {
    const place = `${at}@${offset}`
    const seen = values.get(place)
    if (seen === undefined) values.set(place, { value, by })
    else if (seen.value !== value) {
      yield { name: 'inconsistent-offsets', text: `${place} is ${seen.value} by ${seen.by} and ${value} by ${by}` }
    }
    const where = places.get(value)
    if (where === undefined) {
      places.set(value, place)
      const writer = model.writers.get(value)
      if (writer === undefined) yield { name: 'phantom', text: `${value} at ${place} was never sent` }
      else if (writer.at !== at) yield { name: 'phantom', text: `${value} at ${place} was sent to ${writer.at}` }
    } else if (where !== place) {
      yield { name: 'duplicate', text: `${value} is at ${where} and at ${place}` }
    }
  }
}

/** What ends before something else begins has the lower offset; so has the first of two in one transaction. */
export function* disorderedWrites(model: Model): Generator<Anomaly> {
  for (const transaction of model.transactions) {
    const last = new Map<Place, number>()
    for (const { at, value, offset } of transaction.of.sends) {
      if (offset === undefined) continue
      if (offset <= (last.get(at) ?? -1)) {
        yield { name: 'int-nonmonotonic-send', text: `${value} at ${at}@${offset}, after ${last.get(at)}` }
      }
      last.set(at, offset)
    }
  }
  const byEnd = model.transactions.toSorted((a, b) => a.endedMs - b.endedMs)
  const highest = new Map<Place, { offset: number; value: string }>()
  let ended = 0
  for (const transaction of model.transactions) {
    for (; (byEnd[ended]?.endedMs ?? Number.POSITIVE_INFINITY) < transaction.invokedMs; ended++) {
      for (const { at, offset, value } of byEnd[ended]?.of.sends ?? []) {
        if (offset !== undefined && offset > (highest.get(at)?.offset ?? -1)) highest.set(at, { offset, value })
      }
    }
    for (const { at, offset, value } of transaction.of.sends) {
      const before = highest.get(at)
      if (offset === undefined || before === undefined || offset > before.offset) continue
      yield {
        name: 'nonmonotonic-send',
        text: `${value} is at ${at}@${offset}, ${before.value}, which was over before it began, at ${before.offset}`,
      }
    }
  }
}
