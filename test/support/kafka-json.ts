import type { FieldType, Message, NamedField } from '../../src/protocol/schema.ts'
import { within } from '../../src/protocol/schema.ts'

/**
 * Turns what Kafka's JsonConverter wrote for a message into what our decoder gives: bytes are base64 there, records
 * carry their size beside them, tagged fields with default values are left out, and int64 may be beyond 2^53.
 */
export function fromKafkaJson(message: Message<unknown, unknown>, version: number, json: unknown) {
  const reading = { exact: true, version }
  const value = structOf(message.fields, json as JsonObject, reading)
  return { value, exact: reading.exact }
}

type JsonObject = { readonly [name: string]: unknown }
type Reading = { exact: boolean; readonly version: number }

function structOf(fields: readonly NamedField[], json: JsonObject, reading: Reading): unknown {
  const result: { [name: string]: unknown } = {}
  for (const field of fields) {
    const raw = json[field.name]
    const there = within(reading.version, field.versions) && raw !== undefined
    result[field.name] = there ? decodedValue(field.type, raw, reading) : defaultOf(field)
  }
  return result
}

function defaultOf(field: NamedField): unknown {
  if (field.default === null) return null
  if (field.type.kind === 'array') return []
  if (field.type.kind !== 'struct') return field.default
  return Object.fromEntries(field.type.fields.map((f) => [f.name, defaultOf(f)]))
}

function decodedValue(type: FieldType, raw: unknown, reading: Reading): unknown {
  if (raw === null) return null
  switch (type.kind) {
    case 'struct':
      return structOf(type.fields, raw as JsonObject, reading)
    case 'array':
      return (raw as unknown[]).map((element) => decodedValue(type.element, element, reading))
    case 'bytes':
    case 'records':
      return Buffer.from(raw as string, 'base64')
    case 'int64':
      if (!Number.isSafeInteger(raw)) reading.exact = false
      return Number(raw)
    case 'bigint64':
      return BigInt(raw as number | bigint)
    default:
      return raw
  }
}

type Reviver = (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown

/** Numbers that a double can't hold become big integers. */
const exactly: Reviver = (_key, value, { source }) =>
  typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value) ? BigInt(source ?? value) : value

export function parseExactly(text: string): unknown {
  return JSON.parse(text, exactly as (key: string, value: unknown) => unknown)
}
