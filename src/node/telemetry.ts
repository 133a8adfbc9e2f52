import type { Handler } from '../broker/handler.ts'
import { clientTelemetryHandlers } from '../broker/handlers/client-telemetry.ts'
import { randomUuid } from '../io/random-uuid.ts'
import { ConfigResource } from '../metadata/image.ts'
import { ClientMetrics } from '../telemetry/client-metrics.ts'
import { CollectedMetrics } from '../telemetry/collected.ts'
import { subscriptionOf } from '../telemetry/subscription.ts'
import type { BrokerParts } from './broker-parts.ts'

/** Metrics that clients push to this broker. */
export interface Telemetry {
  readonly handlers: readonly Handler[]
  readonly clients: ClientMetrics
  readonly collected: CollectedMetrics
}

type TelemetryParts = Pick<BrokerParts, 'config' | 'metadata' | 'clock' | 'random' | 'logger'>

export function openTelemetry({ config, metadata, clock, random, logger }: TelemetryParts): Telemetry {
  const maxBytes = config.get('telemetry.max.bytes')
  const clients = new ClientMetrics(maxBytes, () => randomUuid(random))
  const collected = new CollectedMetrics()
  const subscribe = (): void => {
    const resources = [...metadata.image.configResources()]
    const own = resources.filter(({ resourceType }) => resourceType === ConfigResource.CLIENT_METRICS)
    clients.subscribe(own.map(({ values }) => subscriptionOf(values)))
  }
  subscribe()
  metadata.onImage(({ configs, reloaded }) => {
    const isNews = [...configs.values()].some(({ resourceType }) => resourceType === ConfigResource.CLIENT_METRICS)
    if (isNews || reloaded) subscribe()
  })
  return { handlers: clientTelemetryHandlers({ clients, collected, maxBytes, clock, logger }), clients, collected }
}
