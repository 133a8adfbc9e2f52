import { KafkaError } from '../base/errors.ts'
import type { ConfigType, ConfigValue, Definition } from './definitions/types.ts'

/** Bounds of Java's whole numbers; compared as bigint because the largest LONG is no exact double. */
const WHOLE: Partial<Record<ConfigType, readonly [bigint, bigint]>> = {
  SHORT: [-32_768n, 32_767n],
  INT: [-2_147_483_648n, 2_147_483_647n],
  LONG: [-9_223_372_036_854_775_808n, 9_223_372_036_854_775_807n],
}

const JAVA_DOUBLE = /^[+-]?(?:NaN|Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fFdD]?)$/

/**
 * A config's text as its value, checked as Kafka checks it.
 * Throws INVALID_CONFIG with the sentence that Kafka's tools show.
 */
export function parseConfig(name: string, definition: Definition, text: string): ConfigValue {
  const parsed = parseType(name, definition.type, text)
  const value = definition.valid?.distinct && Array.isArray(parsed) ? [...new Set(parsed)] : parsed
  const complaint = definition.valid?.check(name, value)
  if (complaint === undefined) return value
  if ('sentence' in complaint) throw new KafkaError('INVALID_CONFIG', complaint.sentence)
  throw invalid(name, complaint.value ?? shown(definition.type, value), complaint.reason)
}

/** The default as a value; null where a config has none. */
export function defaultOf(name: string, definition: Definition): ConfigValue {
  return definition.default == null ? null : parseType(name, definition.type, definition.default)
}

function parseType(name: string, type: ConfigType, text: string): ConfigValue {
  const trimmed = text.trim()
  switch (type) {
    case 'BOOLEAN':
      return parseBoolean(name, text)
    case 'SHORT':
    case 'INT':
    case 'LONG':
      return parseWhole(name, type, text)
    case 'DOUBLE':
      if (!JAVA_DOUBLE.test(trimmed)) throw invalid(name, text, 'Not a number of type DOUBLE')
      return Number(/[fFdD]$/.test(trimmed) ? trimmed.slice(0, -1) : trimmed)
    case 'LIST':
      return trimmed === '' ? [] : trimmed.split(/\s*,\s*/)
    case 'PASSWORD':
    case 'STRING':
    case 'CLASS':
      return trimmed
  }
}

function parseBoolean(name: string, text: string): boolean {
  const lower = text.trim().toLowerCase()
  if (lower === 'true' || lower === 'false') return lower === 'true'
  throw invalid(name, text, 'Expected value to be either true or false')
}

function parseWhole(name: string, type: 'SHORT' | 'INT' | 'LONG', text: string): number {
  const trimmed = text.trim()
  const bounds = WHOLE[type]
  if (/^[+-]?\d{1,40}$/.test(trimmed) && bounds) {
    const value = BigInt(trimmed.startsWith('+') ? trimmed.slice(1) : trimmed)
    if (value >= bounds[0] && value <= bounds[1]) return Number(value)
  }
  throw invalid(name, text, `Not a number of type ${type}`)
}

function invalid(name: string, value: string, reason: string): KafkaError {
  return new KafkaError('INVALID_CONFIG', `Invalid value ${value} for configuration ${name}: ${reason}`)
}

/** A value as Java prints it. */
function shown(type: ConfigType, value: ConfigValue): string {
  if (type === 'DOUBLE' && Number.isInteger(value)) return `${value}.0`
  return Array.isArray(value) ? `[${value.join(', ')}]` : String(value)
}

/** A value in the text form in which a properties file would have it; null where nothing is set. */
export function configText(definition: Definition, value: ConfigValue): string | null {
  if (value === null) return null
  // The largest LONG is the only whole number that a double carries inexactly in practice.
  if (definition.type === 'LONG' && typeof value === 'number' && value >= 2 ** 63) return '9223372036854775807'
  return Array.isArray(value) ? value.join(',') : String(value)
}
