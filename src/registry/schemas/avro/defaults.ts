import { isObject, JsonNumber, type JsonTree, javaNumber, writeJson } from '../json-tree.ts'
import { InvalidSchema } from '../schema-type.ts'
import { canonicalForm } from './print.ts'
import type { AvroField, AvroType } from './types.ts'

const INT = 31n
const LONG = 63n

/** Java's names of what is no number; Avro lets a default say them as a string. */
const WORDS = /^[+-]?(?:NaN|Infinity|\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)[dDfF]?$/

/** What the defaults of one schema may cost together: a record's are made of its fields', level after level. */
const MAX_EFFORT = 1_000_000

export interface Effort {
  spent: number
}

export function checkDefault(field: AvroField, effort: Effort): void {
  const { name, type, defaultValue } = field
  if (defaultValue === undefined) return
  const number = type.kind === 'float' || type.kind === 'double'
  if (number && typeof defaultValue === 'string' && WORDS.test(defaultValue.trim())) return
  if (fits(type, defaultValue, effort)) return
  const found = writeJson(defaultValue)
  throw new InvalidSchema(`Invalid default for field ${name}: ${found} not a ${canonicalForm(type)}`)
}

function isWhole(value: JsonTree, bits: bigint): boolean {
  if (!(value instanceof JsonNumber) || !value.isInteger) return false
  const number = BigInt(javaNumber(value))
  const limit = 1n << bits
  return number >= -limit && number < limit
}

/** Whether a JSON value is one of the type as defaults are written: a union's value is any branch's, untagged. */
function fits(type: AvroType, value: JsonTree | undefined, effort: Effort): boolean {
  effort.spent += 1
  if (effort.spent > MAX_EFFORT) throw new InvalidSchema('The defaults are too complex to check')
  if (value === undefined) return false
  switch (type.kind) {
    case 'string':
    case 'bytes':
    case 'enum':
    case 'fixed':
      return typeof value === 'string'
    case 'int':
      return isWhole(value, INT)
    case 'long':
      return isWhole(value, LONG)
    case 'float':
    case 'double':
      return value instanceof JsonNumber
    case 'boolean':
      return typeof value === 'boolean'
    case 'null':
      return value === null
    case 'array':
      return Array.isArray(value) && value.every((item) => fits(type.items, item, effort))
    case 'map':
      return isObject(value) && [...value.values()].every((item) => fits(type.values, item, effort))
    case 'union':
      return type.branches.some((branch) => fits(branch, value, effort))
    case 'record':
      return (
        isObject(value) &&
        type.fields.every((field) => fits(field.type, value.get(field.name) ?? own(value, field), effort))
      )
  }
}

/** JSON's null is a value; only a missing one falls back on the field's own default. */
function own(value: ReadonlyMap<string, JsonTree>, field: AvroField): JsonTree | undefined {
  return value.has(field.name) ? null : field.defaultValue
}
