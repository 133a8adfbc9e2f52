import { JsonNumber, type JsonObject } from '../json-tree.ts'
import type { AvroType, LogicalType } from './types.ts'

type Kind = AvroType['kind']

const ON: Readonly<Record<string, readonly Kind[]>> = {
  'big-decimal': ['bytes'],
  date: ['int'],
  'time-millis': ['int'],
  'time-micros': ['long'],
  'timestamp-millis': ['long'],
  'timestamp-micros': ['long'],
  'timestamp-nanos': ['long'],
  'local-timestamp-millis': ['long'],
  'local-timestamp-micros': ['long'],
  'local-timestamp-nanos': ['long'],
}
const UUID_BYTES = 16
const DURATION_BYTES = 12

function whole(props: JsonObject, name: string): number | undefined {
  const value = props.get(name)
  return value instanceof JsonNumber && value.isInteger ? value.value : undefined
}

/** As many decimal digits as a signed number of that many bytes surely holds. */
function digitsIn(bytes: number): number {
  return Math.floor(Math.log10(2) * (8 * bytes - 1))
}

function decimal(props: JsonObject, kind: Kind, size: number): LogicalType | undefined {
  const precision = whole(props, 'precision')
  const scale = props.has('scale') ? whole(props, 'scale') : 0
  if (precision === undefined || scale === undefined || (kind !== 'bytes' && kind !== 'fixed')) return undefined
  if (precision <= 0 || scale < 0 || scale > precision) return undefined
  if (kind === 'fixed' && precision > digitsIn(size)) return undefined
  return { name: 'decimal', precision, scale }
}

/** The logical type of a type with these properties; `size` matters for fixed. A wrong one is none. */
export function logicalType(props: JsonObject, kind: Kind, size = 0): LogicalType | undefined {
  const name = props.get('logicalType')
  if (typeof name !== 'string') return undefined
  if (name === 'decimal') return decimal(props, kind, size)
  if (name === 'uuid') return kind === 'string' || (kind === 'fixed' && size === UUID_BYTES) ? { name } : undefined
  if (name === 'duration') return kind === 'fixed' && size === DURATION_BYTES ? { name } : undefined
  return Object.hasOwn(ON, name) && ON[name]?.includes(kind) ? { name } : undefined
}
