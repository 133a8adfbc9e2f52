import type { Attributes, OtlpMetric, ResourceMetrics } from './otlp.ts'

/** Series of one client, and of all of them, that are kept; what is more is dropped and counted. */
const MAX_OF_CLIENT = 2_000
const MAX_SERIES = 50_000
const MAX_TEXT = 200
const MAX_LABELS = 24
/** Names that KIP-714 and its clients use; others must not be taken for metrics of the broker. */
const STANDARD = 'org_apache_kafka_'
const PREFIX = 'client_'

export type Labels = Readonly<Record<string, string>>
export type SeriesType = 'counter' | 'gauge'

export interface CollectedSeries {
  readonly name: string
  readonly help: string
  readonly type: SeriesType
  readonly labels: Labels
  readonly value: number
}

interface KeptSeries extends CollectedSeries {
  value: number
}

interface Client {
  readonly series: Map<string, KeptSeries>
  expiresMs: number
}

/** One value that a client told, by its name in Prometheus. */
interface Told {
  readonly suffix: string
  readonly type: SeriesType
  readonly attributes: Attributes
  readonly more?: Labels
  readonly value: number
  /** What was told before counts too. */
  readonly adds: boolean
}

/** What clients have told of themselves, by client: the latest values, until the client is silent for too long. */
export class CollectedMetrics {
  readonly #clients = new Map<string, Client>()
  #size = 0
  dropped = 0
  /** Pushes that were accepted, and then could not be read. */
  unreadable = 0
  pushes = 0

  get size(): number {
    return this.#size
  }

  /** `labels` say which client it is; nothing that the client tells can take their place. */
  collect(client: string, labels: Labels, told: readonly ResourceMetrics[], expiresMs: number, nowMs: number): void {
    this.expire(nowMs)
    this.pushes++
    let known = this.#clients.get(client)
    if (known === undefined) {
      known = { series: new Map(), expiresMs }
      this.#clients.set(client, known)
    }
    known.expiresMs = expiresMs
    for (const { attributes, metrics } of told) {
      for (const metric of metrics) {
        for (const value of valuesOf(metric)) this.#keep(known, metric, value, attributes, labels)
      }
    }
  }

  #keep({ series }: Client, metric: OtlpMetric, told: Told, resource: Attributes, labels: Labels): void {
    const name = `${nameOf(metric.name)}${told.suffix}`
    const all = labelsOf(resource, told.attributes, { ...told.more, ...labels })
    const key = `${name} ${JSON.stringify(all)}`
    const known = series.get(key)
    if (known !== undefined) {
      known.value = told.adds && Number.isFinite(told.value) ? known.value + told.value : told.value
      return
    }
    if (series.size >= MAX_OF_CLIENT || this.#size >= MAX_SERIES) {
      this.dropped++
      return
    }
    const { type, value } = told
    series.set(key, { name, help: metric.description.slice(0, MAX_TEXT), type, labels: all, value })
    this.#size++
  }

  expire(nowMs: number): void {
    for (const [client, { expiresMs, series }] of this.#clients) {
      if (expiresMs > nowMs) continue
      this.#size -= series.size
      this.#clients.delete(client)
    }
  }

  *all(): Iterable<CollectedSeries> {
    for (const { series } of this.#clients.values()) yield* series.values()
  }
}

function* valuesOf(metric: OtlpMetric): Iterable<Told> {
  switch (metric.kind) {
    case 'gauge':
      for (const { attributes, value } of metric.points) yield simple('', 'gauge', attributes, value, false)
      return
    case 'sum': {
      const isCounter = metric.monotonic
      const suffix = isCounter && !metric.name.endsWith('total') ? '_total' : ''
      for (const { attributes, value } of metric.points) {
        yield simple(suffix, isCounter ? 'counter' : 'gauge', attributes, value, metric.delta)
      }
      return
    }
    case 'histogram':
      for (const { attributes, count, sum, bounds, counts } of metric.points) {
        yield simple('_count', 'counter', attributes, count, metric.delta)
        yield simple('_sum', 'counter', attributes, sum, metric.delta)
        let below = 0
        for (const [at, inBucket] of counts.entries()) {
          below += inBucket
          const more = { le: bounds[at] === undefined ? '+Inf' : String(bounds[at]) }
          yield { suffix: '_bucket', type: 'counter', attributes, more, value: below, adds: metric.delta }
        }
      }
      return
    case 'summary':
      for (const { attributes, count, sum, quantiles } of metric.points) {
        yield simple('_count', 'counter', attributes, count, false)
        yield simple('_sum', 'counter', attributes, sum, false)
        for (const { quantile, value } of quantiles) {
          yield { suffix: '', type: 'gauge', attributes, more: { quantile: String(quantile) }, value, adds: false }
        }
      }
  }
}

function simple(suffix: string, type: SeriesType, attributes: Attributes, value: number, adds: boolean): Told {
  return { suffix, type, attributes, value, adds }
}

function nameOf(name: string): string {
  const plain = name.slice(0, MAX_TEXT).replaceAll(/[^a-zA-Z0-9_]/g, '_')
  return plain.startsWith(STANDARD) ? plain : `${PREFIX}${plain}`
}

/** The last that says a label counts. */
function labelsOf(resource: Attributes, attributes: Attributes, own: Labels): Labels {
  const all = new Map<string, string>()
  for (const [key, value] of [...resource, ...attributes].slice(0, MAX_LABELS)) {
    all.set(labelName(key), value.slice(0, MAX_TEXT))
  }
  for (const [key, value] of Object.entries(own)) all.set(key, value.slice(0, MAX_TEXT))
  return Object.fromEntries([...all].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function labelName(key: string): string {
  const plain = key.slice(0, MAX_TEXT).replaceAll(/[^a-zA-Z0-9_]/g, '_')
  return /^[a-zA-Z]/.test(plain) ? plain : `client_${plain}`
}
