import type { ClientMetrics } from '../../telemetry/client-metrics.ts'
import type { CollectedMetrics, CollectedSeries } from '../../telemetry/collected.ts'
import { counter, type Family, gauge, one } from './family.ts'

const PREFIX = 'kafka_server_client_metrics'

/** How the broker gets along with clients that push metrics. */
export function telemetryFamilies(clients: ClientMetrics, collected: CollectedMetrics): Family[] {
  return [
    gauge(
      `${PREFIX}_instance_count`,
      'Clients that push metrics here.',
      one(() => clients.size),
    ),
    counter(
      `${PREFIX}_unknown_subscription_request_total`,
      'Pushes for a subscription that is not theirs any more.',
      one(() => clients.unknownSubscriptions),
    ),
    counter(
      `${PREFIX}_throttle_total`,
      'Requests that came before their time.',
      one(() => clients.throttled),
    ),
    counter(
      `${PREFIX}_plugin_export_total`,
      'Pushes whose metrics were taken.',
      one(() => collected.pushes),
    ),
    counter(
      `${PREFIX}_plugin_error_total`,
      'Pushes that could not be read.',
      one(() => collected.unreadable),
    ),
    gauge(
      'odradek_client_telemetry_series',
      'Series of all clients that are kept.',
      one(() => collected.size),
    ),
    counter(
      'odradek_client_telemetry_dropped_total',
      'Values of clients for which there was no room.',
      one(() => collected.dropped),
    ),
  ]
}

/** What clients told of themselves, by name: others at each look. */
export function collectedFamilies(collected: CollectedMetrics, nowMs: number): Family[] {
  collected.expire(nowMs)
  const byName = Map.groupBy(collected.all(), ({ name }) => name)
  return [...byName].map(([name, series]) => {
    const { help, type } = series[0] as CollectedSeries
    return { name, help: help || `Told by clients.`, type, collect: () => series }
  })
}
