import { RE2JS } from 're2js'

/** What a subscription can choose clients by (KIP-714). */
export interface ClientAttributes {
  readonly client_id: string | null
  readonly client_instance_id: string
  readonly client_software_name: string
  readonly client_software_version: string
  readonly client_source_address: string
  readonly client_source_port: string
}

export type ClientSelector = keyof ClientAttributes

/** A resource of the type client-metrics: which metrics are wanted of which clients. */
export interface Subscription {
  readonly metrics: readonly string[]
  readonly intervalMs: number
  matches(client: ClientAttributes): boolean
}

export const DEFAULT_INTERVAL_MS = 300_000
/** Wanted are all metrics there are. */
export const ALL_METRICS = '*'

/** From configs that the controller has accepted. */
export function subscriptionOf(configs: ReadonlyMap<string, string>): Subscription {
  const patterns = patternsIn(configs.get('match') ?? '')
  return {
    metrics: listIn(configs.get('metrics') ?? ''),
    intervalMs: Number(configs.get('interval.ms') ?? DEFAULT_INTERVAL_MS),
    matches: (client) =>
      patterns.every(([selector, matches]) => {
        const text = client[selector]
        return text !== null && matches(text)
      }),
  }
}

function listIn(text: string): string[] {
  return text.trim() === '' ? [] : text.trim().split(/\s*,\s*/)
}

type Matcher = (text: string) => boolean

/** `selector=regular expression` pairs; of two with one selector the last counts. */
function patternsIn(text: string): [ClientSelector, Matcher][] {
  const pairs = listIn(text).map((pair): [ClientSelector, string] => {
    const [selector = '', pattern = ''] = pair.split('=').map((part) => part.trim())
    return [selector as ClientSelector, pattern]
  })
  return [...new Map(pairs)].map(([selector, pattern]) => [selector, wholly(pattern)])
}

/** The whole text must match. What clients say of themselves is matched in linear time where the expression allows it. */
function wholly(pattern: string): Matcher {
  try {
    const compiled = RE2JS.compile(pattern)
    return (text) => compiled.matches(text)
  } catch {
    // Java knows lookaround and back references.
    const compiled = new RegExp(`^(?:${pattern})$`)
    return (text) => compiled.test(text)
  }
}
