/** One request that was answered; times are in ms since 1970, with fractions. */
export interface TracedRequest {
  readonly api: string
  readonly apiVersion: number
  readonly clientId: string | null
  /** As its lines in the log have it. */
  readonly id: string
  readonly listenerName: string
  readonly peerAddress: string
  readonly peerPort: number
  readonly bytes: number
  readonly throttleMs: number
  readonly arrivedMs: number
  readonly beganMs: number
  readonly workedMs: number
  readonly answeredMs: number
  readonly leftMs: number
  readonly sentMs: number
}

/** Who tells of requests. */
export interface Teller {
  readonly nodeId: number
  readonly clusterId: string
  readonly version: string
}

interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly unknown[]
}

const INTERNAL = 1
const SERVER = 2
const TRACE_ID_BYTES = 16
const SPAN_ID_BYTES = 8

/** The phases of a request, by the words of Kafka's metrics. */
const PHASES = [
  ['queue', 'arrivedMs', 'beganMs'],
  ['local', 'beganMs', 'workedMs'],
  ['remote', 'workedMs', 'answeredMs'],
  ['response queue', 'answeredMs', 'leftMs'],
  ['send', 'leftMs', 'sentMs'],
] as const

/** Bytes of chance that the ids of a request's spans are made of. */
export const ID_BYTES = TRACE_ID_BYTES + SPAN_ID_BYTES * (PHASES.length + 1)

/** The body of a request to a collector: OTLP's ExportTraceServiceRequest as JSON. `chance` has `ID_BYTES` for each request. */
export function otlpTraces(requests: readonly TracedRequest[], teller: Teller, chance: Buffer): string {
  const spans = requests.flatMap((request, at) =>
    spansOf(request, chance.subarray(at * ID_BYTES, (at + 1) * ID_BYTES).toString('hex')),
  )
  const resource = {
    attributes: [
      text('service.name', 'odradek'),
      text('service.version', teller.version),
      text('service.instance.id', String(teller.nodeId)),
      text('odradek.cluster.id', teller.clusterId),
    ],
  }
  return JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'odradek' }, spans }] }] })
}

/** One of the whole request, and one of each phase that took any time. `hex`: their ids. */
function spansOf(request: TracedRequest, hex: string): Span[] {
  const traceId = hex.slice(0, 2 * TRACE_ID_BYTES)
  const spanId = (nth: number) => hex.slice(2 * (TRACE_ID_BYTES + nth * SPAN_ID_BYTES)).slice(0, 2 * SPAN_ID_BYTES)
  const whole: Span = {
    traceId,
    spanId: spanId(0),
    name: request.api,
    kind: SERVER,
    startTimeUnixNano: nanos(request.arrivedMs),
    endTimeUnixNano: nanos(request.sentMs),
    attributes: attributesOf(request),
  }
  const phases = PHASES.flatMap(([name, from, to], at): Span[] => {
    const startTimeUnixNano = nanos(request[from])
    const endTimeUnixNano = nanos(request[to])
    if (startTimeUnixNano === endTimeUnixNano) return []
    const ids = { traceId, spanId: spanId(at + 1), parentSpanId: whole.spanId }
    return [{ ...ids, name, kind: INTERNAL, startTimeUnixNano, endTimeUnixNano, attributes: [] }]
  })
  return [whole, ...phases]
}

function attributesOf(request: TracedRequest): unknown[] {
  return [
    text('rpc.system', 'kafka'),
    text('rpc.method', request.api),
    int('kafka.api.version', request.apiVersion),
    ...(request.clientId === null ? [] : [text('messaging.client.id', request.clientId)]),
    text('client.address', request.peerAddress),
    int('client.port', request.peerPort),
    text('kafka.listener', request.listenerName),
    text('odradek.request', request.id),
    int('rpc.request.size', request.bytes),
    ...(request.throttleMs > 0 ? [int('kafka.throttle_time_ms', request.throttleMs)] : []),
  ]
}

function text(key: string, stringValue: string) {
  return { key, value: { stringValue } }
}

function int(key: string, value: number) {
  return { key, value: { intValue: String(Math.round(value)) } }
}

/** To the microsecond: a double has no more of the time of day. */
function nanos(ms: number): string {
  return `${Math.round(ms * 1000)}000`
}
