import type { CoordinatorMetrics } from '../../metrics/coordinator-metrics.ts'
import type { Histogram } from '../../metrics/histogram.ts'
import type { Recent } from '../../metrics/recent.ts'
import { type Family, gauge, one } from './family.ts'

const MICROSECONDS = 1000
const QUANTILES = [
  ['p50', 0.5],
  ['p95', 0.95],
  ['p99', 0.99],
  ['p999', 0.999],
] as const
const PARTS = QUANTILES.map(([, part]) => part)

export interface CoordinatorView {
  readonly metrics: CoordinatorMetrics
  status(): { readonly active: number; readonly loading: number; readonly queued: number }
}

/** What Kafka's newer coordinators tell of their partitions and of the way that commands take through them. */
export function coordinatorFamilies(prefix: string, host: CoordinatorView, monotonicMs: () => number): Family[] {
  const { queueTimes, processingTimes, purgatoryTimes, flushTimes, loads } = host.metrics
  const times = (name: string, help: string, histogram: Histogram) =>
    QUANTILES.map(([quantile], at) =>
      gauge(
        `${prefix}_${name}_time_ms_${quantile}`,
        help,
        one(() => (histogram.quantiles(PARTS, monotonicMs())[at] ?? 0) / MICROSECONDS),
      ),
    )
  return [
    gauge(`${prefix}_num_partitions`, 'Partitions that are coordinated here.', () => {
      const { active, loading } = host.status()
      return [
        { labels: { state: 'active' }, value: active },
        { labels: { state: 'loading' }, value: loading },
      ]
    }),
    gauge(
      `${prefix}_event_queue_size`,
      'Commands whose turn has not come.',
      one(() => host.status().queued),
    ),
    ...times('event_queue', 'How long commands waited for their turn.', queueTimes),
    ...times('event_processing', 'How long it took to decide a command.', processingTimes),
    ...times('event_purgatory', 'How long answers waited for what they say to be committed.', purgatoryTimes),
    ...times('batch_flush', 'How long a batch took into the file.', flushTimes),
    ...recentFamilies(`${prefix}_partition_load_time`, 'How long loading a partition took.', loads, monotonicMs),
  ]
}

/** The mean and the greatest of the last half to whole minute; without values where there was none. */
export function recentFamilies(name: string, help: string, recent: Recent, monotonicMs: () => number): Family[] {
  const known = (value: number) => (Number.isNaN(value) ? [] : [{ labels: {}, value }])
  return [
    gauge(`${name}_avg`, help, () => known(recent.mean(monotonicMs()))),
    gauge(`${name}_max`, help, () => known(recent.greatest(monotonicMs()))),
  ]
}
