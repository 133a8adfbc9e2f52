import { KafkaError } from '../base/errors.ts'

const MIN_INTERVAL_MS = 100
const MAX_INTERVAL_MS = 3_600_000
/** The configs of a client metrics subscription (KIP-714). */
const NAMES: ReadonlySet<string> = new Set(['interval.ms', 'match', 'metrics'])

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
  for (const [name, text] of configs) {
    if (!NAMES.has(name)) throw new KafkaError('INVALID_REQUEST', `Unknown client metrics configuration: ${name}`)
    if (name === 'interval.ms') checkInterval(text.trim())
    else if (name === 'match') checkPatterns(text)
  }
}

function checkInterval(text: string): void {
  const value = /^[+-]?\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (!(Math.abs(value) < 2 ** 31)) {
    const sentence = `Invalid value ${text} for configuration interval.ms: Not a number of type INT`
    throw new KafkaError('INVALID_CONFIG', sentence)
  }
  if (value >= MIN_INTERVAL_MS && value <= MAX_INTERVAL_MS) return
  throw new KafkaError(
    'INVALID_REQUEST',
    `Invalid value ${text} for interval.ms, interval must be between 100 and 3600000 (1 hour)`,
  )
}

/** `selector=regular expression` pairs. */
function checkPatterns(text: string): void {
  for (const pair of text.trim() === '' ? [] : text.trim().split(/\s*,\s*/)) {
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
