import type { Labels, WrittenLabels } from './labels.ts'

export interface Series {
  readonly labels: Labels | WrittenLabels
  readonly value: number
}

/** One metric, read when somebody looks: what it is called and all of its series. */
export interface Family {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge'
  collect(): Iterable<Series> | Promise<Iterable<Series>>
}

const NO_LABELS = {}

export function gauge(name: string, help: string, collect: Family['collect']): Family {
  return { name, help, type: 'gauge', collect }
}

export function counter(name: string, help: string, collect: Family['collect']): Family {
  return { name, help, type: 'counter', collect }
}

/** A metric with one series and no labels. */
export function one(value: () => number): Family['collect'] {
  return () => [{ labels: NO_LABELS, value: value() }]
}

/** What `look` finds is what everybody sees who asks in this turn of the event loop. */
export function oncePerTurn<T>(look: () => T): () => T {
  let seen: { readonly value: T } | undefined
  return () => {
    if (seen === undefined) {
      seen = { value: look() }
      setImmediate(() => {
        seen = undefined
      })
    }
    return seen.value
  }
}
