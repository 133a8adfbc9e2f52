/** Writes OTLP as a client would: just enough of protobuf, apart from the reader that is tested with it. */

export function varint(value: number): Buffer {
  const bytes: number[] = []
  let left = BigInt.asUintN(64, BigInt(value))
  do {
    const byte = Number(left & 0x7fn)
    left >>= 7n
    bytes.push(left > 0n ? byte | 0x80 : byte)
  } while (left > 0n)
  return Buffer.from(bytes)
}

export function bytesField(field: number, ...parts: readonly (Buffer | string)[]): Buffer {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part as string)))
  return Buffer.concat([varint(field * 8 + 2), varint(content.length), content])
}

export function varintField(field: number, value: number): Buffer {
  return Buffer.concat([varint(field * 8), varint(value)])
}

export function doubleField(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return Buffer.concat([varint(field * 8 + 1), bytes])
}

export function fixedField(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64LE(BigInt(value))
  return Buffer.concat([varint(field * 8 + 1), bytes])
}

export function text(key: string, value: string): Buffer {
  return Buffer.concat([bytesField(1, key), bytesField(2, bytesField(1, value))])
}

export type Tags = Readonly<Record<string, string>>

export function numberPoint(value: number, tags: Tags = {}): Buffer {
  const attributes = Object.entries(tags).map(([key, tag]) => bytesField(7, text(key, tag)))
  return Buffer.concat([fixedField(3, 1), doubleField(4, value), ...attributes])
}

export function gauge(name: string, ...points: readonly Buffer[]): Buffer {
  return Buffer.concat([bytesField(1, name), bytesField(5, ...points.map((point) => bytesField(1, point)))])
}

export function sum(name: string, temporality: 'delta' | 'cumulative', ...points: readonly Buffer[]): Buffer {
  const parts = points.map((point) => bytesField(1, point))
  const how = [varintField(2, temporality === 'delta' ? 1 : 2), varintField(3, 1)]
  return Buffer.concat([bytesField(1, name), bytesField(7, ...parts, ...how)])
}

export function metricsData(metrics: readonly Buffer[], resource: Tags = {}): Buffer {
  const attributes = Object.entries(resource).map(([key, tag]) => bytesField(1, text(key, tag)))
  const scope = bytesField(
    2,
    bytesField(1, bytesField(1, 'a scope')),
    ...metrics.map((metric) => bytesField(2, metric)),
  )
  return bytesField(1, bytesField(1, ...attributes), scope)
}
