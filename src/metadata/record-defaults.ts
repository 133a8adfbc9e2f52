import type { FieldType, NamedField } from '../protocol/schema.ts'

/** A message's fields with those that were left out at their defaults, nested ones too; what decoding would give. */
export function withDefaults(fields: readonly NamedField[], input: unknown): unknown {
  const given = input as Record<string, unknown>
  const full: Record<string, unknown> = {}
  for (const field of fields) {
    const value = given[field.name]
    full[field.name] = value === undefined ? freshDefault(field) : complete(field.type, value)
  }
  return full
}

function freshDefault(field: NamedField): unknown {
  if (Array.isArray(field.default)) return []
  if (field.default === undefined && field.type.kind === 'struct') return withDefaults(field.type.fields, {})
  return field.default
}

function complete(type: FieldType, value: unknown): unknown {
  if (value === null) return null
  if (type.kind === 'struct') return withDefaults(type.fields, value)
  if (type.kind === 'array') return (value as readonly unknown[]).map((element) => complete(type.element, element))
  return value
}
