import { ProtobufReader } from './protobuf.ts'

export type Attributes = ReadonlyMap<string, string>

export interface NumberPoint {
  readonly attributes: Attributes
  readonly value: number
}

export interface HistogramPoint {
  readonly attributes: Attributes
  readonly count: number
  readonly sum: number
  /** How many values fell below each bound, and beyond the last; empty: not told. */
  readonly bounds: readonly number[]
  readonly counts: readonly number[]
}

export interface SummaryPoint {
  readonly attributes: Attributes
  readonly count: number
  readonly sum: number
  readonly quantiles: readonly { readonly quantile: number; readonly value: number }[]
}

/** What a client tells of one metric. `delta`: since it told the last time. */
export type OtlpMetric = { readonly name: string; readonly description: string } & (
  | { readonly kind: 'gauge'; readonly points: readonly NumberPoint[] }
  | {
      readonly kind: 'sum'
      readonly points: readonly NumberPoint[]
      readonly delta: boolean
      readonly monotonic: boolean
    }
  | { readonly kind: 'histogram'; readonly points: readonly HistogramPoint[]; readonly delta: boolean }
  | { readonly kind: 'summary'; readonly points: readonly SummaryPoint[] }
)

export interface ResourceMetrics {
  readonly attributes: Attributes
  readonly metrics: readonly OtlpMetric[]
}

const DELTA = 1
/** Of a value that has no value of its own, as an array. */
const NO_TEXT = ''

/** OpenTelemetry's MetricsData, as far as there are numbers in it. Throws INVALID_RECORD. */
export function decodeMetricsData(bytes: Buffer): ResourceMetrics[] {
  return repeated(new ProtobufReader(bytes), 1, resourceMetrics)
}

/** The messages in one field; others are passed over. */
function repeated<T>(reader: ProtobufReader, field: number, decode: (reader: ProtobufReader) => T): T[] {
  const found: T[] = []
  while (reader.next()) {
    if (reader.field === field) found.push(decode(reader.message()))
    else reader.skip()
  }
  return found
}

function resourceMetrics(reader: ProtobufReader): ResourceMetrics {
  let attributes: Attributes = new Map()
  const metrics: OtlpMetric[] = []
  while (reader.next()) {
    if (reader.field === 1) attributes = new Map(repeated(reader.message(), 1, keyValue))
    else if (reader.field === 2) metrics.push(...repeated(reader.message(), 2, metric).flatMap((each) => each ?? []))
    else reader.skip()
  }
  return { attributes, metrics }
}

function metric(reader: ProtobufReader): OtlpMetric | undefined {
  let name = ''
  let description = ''
  let data: ((named: { name: string; description: string }) => OtlpMetric) | undefined
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        name = reader.string()
        break
      case 2:
        description = reader.string()
        break
      case 5: {
        const points = repeated(reader.message(), 1, numberPoint)
        data = (named) => ({ ...named, kind: 'gauge', points })
        break
      }
      case 7: {
        const sum = aggregated(reader.message(), numberPoint)
        data = (named) => ({ ...named, kind: 'sum', ...sum })
        break
      }
      case 9: {
        const { points, delta } = aggregated(reader.message(), histogramPoint)
        data = (named) => ({ ...named, kind: 'histogram', points, delta })
        break
      }
      case 10: {
        const { points, delta } = aggregated(reader.message(), exponentialPoint)
        data = (named) => ({ ...named, kind: 'histogram', points, delta })
        break
      }
      case 11: {
        const points = repeated(reader.message(), 1, summaryPoint)
        data = (named) => ({ ...named, kind: 'summary', points })
        break
      }
      default:
        reader.skip()
    }
  }
  return data?.({ name, description })
}

function aggregated<T>(reader: ProtobufReader, point: (reader: ProtobufReader) => T) {
  const points: T[] = []
  let delta = false
  let monotonic = false
  while (reader.next()) {
    if (reader.field === 1) points.push(point(reader.message()))
    else if (reader.field === 2) delta = reader.varint() === DELTA
    else if (reader.field === 3) monotonic = reader.bool()
    else reader.skip()
  }
  return { points, delta, monotonic }
}

function numberPoint(reader: ProtobufReader): NumberPoint {
  const attributes = new Map<string, string>()
  let value = 0
  while (reader.next()) {
    if (reader.field === 4) value = reader.double()
    else if (reader.field === 6) value = reader.signedFixed64()
    else if (reader.field === 7) attributes.set(...keyValue(reader.message()))
    else reader.skip()
  }
  return { attributes, value }
}

function histogramPoint(reader: ProtobufReader): HistogramPoint {
  const point = { attributes: new Map<string, string>(), count: 0, sum: 0, bounds: [], counts: [] }
  while (reader.next()) {
    if (reader.field === 4) point.count = reader.fixed64()
    else if (reader.field === 5) point.sum = reader.double()
    else if (reader.field === 6) reader.fixed64s((bytes, at) => Number(bytes.readBigUInt64LE(at)), point.counts)
    else if (reader.field === 7) reader.fixed64s((bytes, at) => bytes.readDoubleLE(at), point.bounds)
    else if (reader.field === 9) point.attributes.set(...keyValue(reader.message()))
    else reader.skip()
  }
  return point
}

/** Its buckets are left out. */
function exponentialPoint(reader: ProtobufReader): HistogramPoint {
  const point = { attributes: new Map<string, string>(), count: 0, sum: 0, bounds: [], counts: [] }
  while (reader.next()) {
    if (reader.field === 1) point.attributes.set(...keyValue(reader.message()))
    else if (reader.field === 4) point.count = reader.fixed64()
    else if (reader.field === 5) point.sum = reader.double()
    else reader.skip()
  }
  return point
}

function summaryPoint(reader: ProtobufReader): SummaryPoint {
  const point = { attributes: new Map<string, string>(), count: 0, sum: 0 }
  const quantiles: { quantile: number; value: number }[] = []
  while (reader.next()) {
    if (reader.field === 4) point.count = reader.fixed64()
    else if (reader.field === 5) point.sum = reader.double()
    else if (reader.field === 6) quantiles.push(quantileValue(reader.message()))
    else if (reader.field === 7) point.attributes.set(...keyValue(reader.message()))
    else reader.skip()
  }
  return { ...point, quantiles }
}

function quantileValue(reader: ProtobufReader) {
  const found = { quantile: 0, value: 0 }
  while (reader.next()) {
    if (reader.field === 1) found.quantile = reader.double()
    else if (reader.field === 2) found.value = reader.double()
    else reader.skip()
  }
  return found
}

function keyValue(reader: ProtobufReader): [key: string, value: string] {
  let key = ''
  let value = NO_TEXT
  while (reader.next()) {
    if (reader.field === 1) key = reader.string()
    else if (reader.field === 2) value = anyValue(reader.message())
    else reader.skip()
  }
  return [key, value]
}

function anyValue(reader: ProtobufReader): string {
  let value = NO_TEXT
  while (reader.next()) {
    if (reader.field === 1) value = reader.string()
    else if (reader.field === 2) value = String(reader.bool())
    else if (reader.field === 3) value = String(reader.varint())
    else if (reader.field === 4) value = String(reader.double())
    else reader.skip()
  }
  return value
}
