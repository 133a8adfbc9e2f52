import { errorName } from '../base/errors.ts'
import { Histogram } from '../metrics/histogram.ts'
import type { RequestMetrics, TimeName } from '../metrics/request-metrics.ts'
import type { ApiLatency, Percentiles, Phase } from './console/api.ts'

const PHASES: Readonly<Record<Phase, TimeName>> = {
  total: 'TotalTimeMs',
  requestQueue: 'RequestQueueTimeMs',
  local: 'LocalTimeMs',
  remote: 'RemoteTimeMs',
  throttle: 'ThrottleTimeMs',
  responseQueue: 'ResponseQueueTimeMs',
  responseSend: 'ResponseSendTimeMs',
}
const PARTS = [0.5, 0.95, 0.99, 0.999]
const MICROSECONDS = 1000

/** How long requests took lately, by API and phase; the API that was asked most is the first. */
export function latencies(requests: RequestMetrics, nowMs: number): ApiLatency[] {
  const apis = requests.all().map(({ name: api, parts }): ApiLatency => {
    const percentiles = (time: TimeName): Percentiles => {
      const of = parts.map((part) => part.time(time))
      const [p50 = 0, p95 = 0, p99 = 0, p999 = 0] = Histogram.quantiles(of, PARTS, nowMs).map(
        (value) => value / MICROSECONDS,
      )
      return { p50, p95, p99, p999 }
    }
    const versions = counted(parts.flatMap((part) => [...part.requests.entries()]))
    return {
      api,
      requests: versions.reduce((sum, [, count]) => sum + count, 0),
      errors: counted(parts.flatMap((part) => [...part.errors()]))
        .filter(([code]) => code !== 0)
        .map(([code, count]) => ({ code: errorName(code), count })),
      versions: versions.map(([version, count]) => ({ version, count })),
      phases: Object.fromEntries(
        Object.entries(PHASES).map(([phase, time]) => [phase, percentiles(time)]),
      ) as ApiLatency['phases'],
    }
  })
  return apis.sort((a, b) => b.requests - a.requests)
}

function counted(entries: readonly (readonly [number, number | undefined])[]): (readonly [number, number])[] {
  const counts = new Map<number, number>()
  for (const [key, count = 0] of entries) if (count > 0) counts.set(key, (counts.get(key) ?? 0) + count)
  return [...counts].sort(([a], [b]) => a - b)
}
