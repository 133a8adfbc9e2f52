import type { RequestContext } from '../broker/handler.ts'
import type { RequestTiming } from '../broker/request-timing.ts'
import { packageVersion } from '../cli/version.ts'
import type { TraceConfig } from '../config/trace-config.ts'
import { areaOf } from '../io/log-levels.ts'
import { TraceExporter } from '../runtime/trace-exporter.ts'
import type { World } from './world.ts'

/** Requests of this node for a collector of traces. */
export interface Traces {
  note(timing: RequestTiming, context: RequestContext): void
  close(): Promise<void>
}

const CHANCES = 2 ** 24

export function openTraces(
  { config, clock, random, logger }: Omit<World, 'trace'>,
  { endpoint, ratio }: TraceConfig,
  clusterId: string,
): Traces {
  const exporter = new TraceExporter({
    endpoint,
    clock,
    random,
    logger: areaOf(logger, 'traces'),
    teller: { nodeId: config.nodeId, clusterId, version: packageVersion() },
  })
  return {
    note: (timing, context) => {
      if (ratio < 1 && random.below(CHANCES) >= ratio * CHANCES) return
      const sinceMs = clock.now() - clock.monotonic()
      const { listenerName, peerAddress, peerPort, id } = context.connection
      exporter.add({
        api: context.api.name,
        apiVersion: context.apiVersion,
        clientId: context.clientId,
        id: `${id}#${context.correlationId}`,
        listenerName,
        peerAddress,
        peerPort,
        bytes: timing.requestBytes,
        throttleMs: timing.throttleMs,
        arrivedMs: sinceMs + timing.arrivedMs,
        beganMs: sinceMs + timing.beganMs,
        workedMs: sinceMs + timing.workedMs,
        answeredMs: sinceMs + timing.answeredMs,
        leftMs: sinceMs + timing.leftMs,
        sentMs: sinceMs + timing.sentMs,
      })
    },
    close: () => exporter.close(),
  }
}
