import { InvariantError } from '../../base/assert.ts'
import { ErrorCode } from '../../base/errors.ts'
import { ZERO_UUID } from '../../base/ids.ts'
import type { Clock, Logger } from '../../io/ports.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  GetTelemetrySubscriptionsRequest,
  GetTelemetrySubscriptionsResponse,
} from '../../protocol/messages/get-telemetry-subscriptions.ts'
import {
  PushTelemetryRequest,
  type PushTelemetryRequestData,
  PushTelemetryResponse,
} from '../../protocol/messages/push-telemetry.ts'
import { decompressAsync } from '../../record/compress.ts'
import { COMPRESSIONS } from '../../record/header.ts'
import type { ClientInstance } from '../../telemetry/client-instance.ts'
import type { ClientMetrics, TelemetryClient } from '../../telemetry/client-metrics.ts'
import type { CollectedMetrics } from '../../telemetry/collected.ts'
import { decodeMetricsData } from '../../telemetry/otlp.ts'
import { type Handler, handler, type RequestContext } from '../handler.ts'

export interface ClientTelemetryDeps {
  readonly clients: ClientMetrics
  readonly collected: CollectedMetrics
  /** telemetry.max.bytes, of what is pushed and of what it unpacks to. */
  readonly maxBytes: number
  readonly clock: Clock
  readonly logger: Logger
}

/** The best first, as in Kafka: zstd, lz4, gzip, snappy. */
const ACCEPTED_COMPRESSIONS = [4, 3, 1, 2]

export function clientTelemetryHandlers(deps: ClientTelemetryDeps): Handler[] {
  return [subscriptionsHandler(deps), pushHandler(deps)]
}

function subscriptionsHandler({ clients, maxBytes, clock }: ClientTelemetryDeps): Handler {
  return handler(
    ApiKey.GetTelemetrySubscriptions,
    GetTelemetrySubscriptionsRequest,
    GetTelemetrySubscriptionsResponse,
    ({ clientInstanceId }, context) => {
      const client = clientOf(context)
      const wanted = clients.get(clientInstanceId, client, context.connection.id, clock.monotonic())
      return {
        throttleTimeMs: 0,
        errorCode: 0,
        clientInstanceId: wanted.id,
        subscriptionId: wanted.subscriptionId,
        acceptedCompressionTypes: ACCEPTED_COMPRESSIONS,
        pushIntervalMs: wanted.intervalMs,
        telemetryMaxBytes: maxBytes,
        deltaTemporality: true,
        requestedMetrics: [...wanted.metrics],
      }
    },
    (_request, errorCode) => ({ ...NOTHING_WANTED, errorCode }),
  )
}

const NOTHING_WANTED = {
  throttleTimeMs: 0,
  clientInstanceId: ZERO_UUID,
  subscriptionId: 0,
  acceptedCompressionTypes: [],
  pushIntervalMs: 0,
  telemetryMaxBytes: 0,
  deltaTemporality: false,
  requestedMetrics: [],
}

function pushHandler(deps: ClientTelemetryDeps): Handler {
  return handler(
    ApiKey.PushTelemetry,
    PushTelemetryRequest,
    PushTelemetryResponse,
    async (request, context) => {
      const { clients, clock } = deps
      const from = clients.push(request, clientOf(context), context.connection.id, clock.monotonic())
      const errorCode = request.metrics.length === 0 ? 0 : await collect(deps, request, from)
      return { throttleTimeMs: 0, errorCode }
    },
    (_request, errorCode) => ({ throttleTimeMs: 0, errorCode }),
  )
}

/** The error code: whatever is wrong with the metrics themselves is one. */
async function collect(
  { collected, maxBytes, clock, logger }: ClientTelemetryDeps,
  { metrics, compressionType }: PushTelemetryRequestData,
  from: ClientInstance,
): Promise<number> {
  try {
    const bytes = await decompressAsync(COMPRESSIONS[compressionType] ?? 'none', metrics, maxBytes)
    collected.collect(from.id, labelsOf(from), decodeMetricsData(bytes), from.expiresMs, clock.monotonic())
    return 0
  } catch (error) {
    if (error instanceof InvariantError) throw error
    const { id, attributes } = from
    logger.debug({ err: error, client: id, clientId: attributes.client_id }, "a client's metrics can't be read")
    from.lastError = 'INVALID_RECORD'
    collected.unreadable++
    return ErrorCode.INVALID_RECORD
  }
}

function labelsOf({ attributes }: ClientInstance) {
  const { client_id, client_instance_id, client_software_name, client_software_version } = attributes
  return { client_id: client_id ?? '', client_instance_id, client_software_name, client_software_version }
}

function clientOf({ clientId, connection }: RequestContext): TelemetryClient {
  return {
    client_id: clientId,
    client_software_name: connection.clientSoftwareName,
    client_software_version: connection.clientSoftwareVersion,
    client_source_address: connection.peerAddress,
    client_source_port: String(connection.peerPort),
  }
}
