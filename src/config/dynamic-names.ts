import { javaStringHash } from '../base/hash.ts'
import { brokerDefinition, brokerDefinitions, dynamicDefinitions } from './definitions.ts'
import type { ConfigTexts } from './layers.ts'
import { parseConfig } from './parse.ts'

/** Which broker configs may be in the metadata log (KIP-226), by their names and types alone. */

const LISTENER_CONFIG = /^listener\.name\.([^.]*)\.(.*)$/

/** With a listener's prefix these may be said of all brokers; every other listener config is of one broker. */
const CLUSTER_WIDE_OF_LISTENERS = new Set(['max.connections', 'max.connection.creation.rate', 'num.network.threads'])

/** Kafka takes these only with a listener's prefix. */
const ONLY_WITH_PREFIX = new Set(
  ['keystore.type', 'keystore.location', 'keystore.password', 'key.password', 'truststore.type', 'truststore.location']
    .concat(['truststore.password', 'keystore.certificate.chain', 'keystore.key', 'truststore.certificates'])
    .map((name) => `ssl.${name}`),
)

export interface ListenerKey {
  readonly listener: string
  readonly config: string
}

/** `listener.name.<listener>.<config>`, taken apart. */
export function listenerKey(name: string): ListenerKey | undefined {
  const [, listener, config] = LISTENER_CONFIG.exec(name) ?? []
  return listener === undefined || config === undefined ? undefined : { listener: listener.toUpperCase(), config }
}

export function isReadOnly(name: string): boolean {
  return brokerDefinitions.get(name)?.mode === 'read-only'
}

function isPerBroker(name: string): boolean {
  const ofListener = listenerKey(name)
  if (ofListener !== undefined) return !CLUSTER_WIDE_OF_LISTENERS.has(ofListener.config)
  return brokerDefinitions.get(name)?.mode === 'per-broker'
}

/** The sentence with which Kafka refuses these configs for one broker, or for all of them; undefined: it takes them. */
export function nameComplaint(names: Iterable<string>, perBroker: boolean): string | undefined {
  const all = [...names]
  const refused = (matches: (name: string) => boolean, sentence: string): string | undefined => {
    const found = all.filter(matches)
    return found.length === 0 ? undefined : `${sentence}: [${inJavaOrder(found).join(', ')}]`
  }
  return (
    refused(isReadOnly, 'Cannot update these configs dynamically') ??
    refused(
      (name) => ONLY_WITH_PREFIX.has(name),
      'These security configs can be dynamically updated only per-listener using the listener prefix',
    ) ??
    (perBroker
      ? undefined
      : refused(isPerBroker, 'Cannot update these configs at default cluster level, broker id must be specified'))
  )
}

/** Throws INVALID_CONFIG with Kafka's sentence. Configs that Kafka does not know are for its plugins: anything goes. */
export function checkDynamicType(name: string, text: string): void {
  const base = listenerKey(name)?.config ?? name
  const definition = dynamicDefinitions.get(base) ?? brokerDefinition(base)
  if (definition !== undefined) parseConfig(base, definition, text)
}

/**
 * What counts of that which the metadata log says: as Kafka, a broker leaves aside what it would not have taken. A copy: the
 * metadata changes.
 */
export function applicable(texts: ConfigTexts, perBroker: boolean): ConfigTexts {
  const kept = [...texts].filter(([name, text]) => {
    if (nameComplaint([name], perBroker) !== undefined) return false
    try {
      checkDynamicType(name, text)
      return true
    } catch {
      return false
    }
  })
  return new Map(kept)
}

/** The order in which a Java HashSet gives strings: Kafka's sentences list names so. */
function inJavaOrder(names: readonly string[]): string[] {
  let buckets = 16
  while (names.length > buckets * 0.75) buckets *= 2
  const bucketOf = (name: string) => {
    const hash = javaStringHash(name)
    return (hash ^ (hash >>> 16)) & (buckets - 1)
  }
  return [...names].sort((a, b) => bucketOf(a) - bucketOf(b))
}
