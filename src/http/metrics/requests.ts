import { errorName } from '../../base/errors.ts'
import { Histogram } from '../../metrics/histogram.ts'
import { type NamedApiMetrics, type RequestMetrics, TIMES } from '../../metrics/request-metrics.ts'
import { counter, type Family, gauge, type Series } from './family.ts'

const PREFIX = 'kafka_network_requestmetrics'
/** Written as the JMX exporter writes them. */
const QUANTILES = ['0.50', '0.75', '0.95', '0.98', '0.99', '0.999'] as const
const PARTS = QUANTILES.map(Number)
const MICROSECONDS = 1000

type Distribution = (named: NamedApiMetrics) => Histogram[]

export function requestFamilies(requests: RequestMetrics, monotonicMs: () => number): Family[] {
  return [
    counter(`${PREFIX}_requests_total`, 'Requests by API and version.', () => requestSeries(requests)),
    counter(`${PREFIX}_errors_total`, 'Error codes in answers by API; one for each partition, topic or group.', () =>
      errorSeries(requests),
    ),
    ...TIMES.flatMap((name) =>
      distribution(requests, name, ({ parts }) => parts.map((part) => part.time(name)), MICROSECONDS, monotonicMs),
    ),
    ...distribution(requests, 'RequestBytes', ({ parts }) => parts.map((part) => part.requestBytes), 1, monotonicMs),
  ]
}

function* requestSeries(requests: RequestMetrics): Iterable<Series> {
  for (const { name, parts } of requests.all()) {
    const counts = new Map<number, number>()
    for (const { requests: byVersion } of parts) {
      for (const [version, count = 0] of byVersion.entries()) counts.set(version, (counts.get(version) ?? 0) + count)
    }
    for (const [version, value] of counts) if (value > 0) yield { labels: { request: name, version }, value }
  }
}

function* errorSeries(requests: RequestMetrics): Iterable<Series> {
  for (const { name, parts } of requests.all()) {
    const counts = new Map<number, number>()
    for (const part of parts) {
      for (const [code, count] of part.errors()) counts.set(code, (counts.get(code) ?? 0) + count)
    }
    for (const [code, value] of counts) yield { labels: { request: name, error: errorName(code) }, value }
  }
}

/** Quantiles of lately and a count of all, as two metrics: what the exporter makes of one of Kafka's histograms. */
function distribution(
  requests: RequestMetrics,
  name: string,
  of: Distribution,
  unit: number,
  monotonicMs: () => number,
): Family[] {
  const metric = `${PREFIX}_${name.toLowerCase()}`
  return [
    gauge(metric, `Kafka's RequestMetrics ${name}: quantiles of the last minutes.`, () =>
      requests.all().flatMap((named) => {
        const values = Histogram.quantiles(of(named), PARTS, monotonicMs())
        return QUANTILES.map((quantile, at) => ({
          labels: { request: named.name, quantile },
          value: (values[at] ?? 0) / unit,
        }))
      }),
    ),
    counter(`${metric}_count`, `Kafka's RequestMetrics ${name}: how many there were.`, () =>
      requests.all().map((named) => ({
        labels: { request: named.name },
        value: of(named).reduce((sum, histogram) => sum + histogram.count, 0),
      })),
    ),
  ]
}
