import { KafkaError } from '../base/errors.ts'
import type { ConfigValue, Definition } from './definitions/types.ts'
import { distinct } from './definitions/validators.ts'
import { parseConfig } from './parse.ts'

const MIN_INTERVAL_MS = 100
const MAX_INTERVAL_MS = 3_600_000

const shape = { importance: 'MEDIUM', mode: 'cluster-wide' } as const
/** The configs of a client metrics subscription (KIP-714), in the order in which Kafka reads them. */
export const CLIENT_METRICS_CONFIGS: ReadonlyMap<string, Definition> = new Map<string, Definition>([
  ['metrics', { ...shape, type: 'LIST', default: '', valid: distinct('empty allowed') }],
  ['interval.ms', { ...shape, type: 'INT', default: '300000' }],
  ['match', { ...shape, type: 'LIST', default: '', valid: distinct('empty allowed') }],
])

/** What a client can be told apart by. */
const CLIENT_SELECTORS: readonly string[] = [
  'client_id',
  'client_instance_id',
  'client_software_name',
  'client_software_version',
  'client_source_address',
  'client_source_port',
]

/** Whether a subscription may have these configs together. Throws with Kafka's sentences. */
export function validateClientMetricsConfigs(subscription: string, configs: ReadonlyMap<string, string>): void {
  if (subscription === '') throw new KafkaError('INVALID_REQUEST', "Subscription name can't be empty")
  for (const name of configs.keys()) {
    if (!CLIENT_METRICS_CONFIGS.has(name))
      throw new KafkaError('INVALID_REQUEST', `Unknown client metrics configuration: ${name}`)
  }
  const values = new Map<string, ConfigValue>()
  for (const [name, definition] of CLIENT_METRICS_CONFIGS) {
    const text = configs.get(name)
    if (text !== undefined) values.set(name, parseConfig(name, definition, text))
  }
  const [interval, match] = [values.get('interval.ms'), values.get('match')]
  if (typeof interval === 'number') checkInterval(interval)
  if (Array.isArray(match)) checkPatterns(match)
}

function checkInterval(value: number): void {
  if (value >= MIN_INTERVAL_MS && value <= MAX_INTERVAL_MS) return
  throw new KafkaError(
    'INVALID_REQUEST',
    `Invalid value ${value} for interval.ms, interval must be between 100 and 3600000 (1 hour)`,
  )
}

/** `selector=regular expression` pairs. */
function checkPatterns(pairs: readonly string[]): void {
  for (const pair of pairs) {
    const [name, pattern, ...rest] = pair.split('=').map((part) => part.trim())
    const isPair = CLIENT_SELECTORS.includes(name ?? '') && pattern !== undefined && rest.length === 0
    if (!isPair || !isRegExp(pattern)) {
      throw new KafkaError('INVALID_CONFIG', `Illegal client matching pattern: ${pair}`)
    }
  }
}

function isRegExp(pattern: string): boolean {
  try {
    new RegExp(pattern)
    return true
  } catch {
    return false
  }
}
