export type ConfigType = 'BOOLEAN' | 'STRING' | 'INT' | 'SHORT' | 'LONG' | 'DOUBLE' | 'LIST' | 'CLASS' | 'PASSWORD'
export type Importance = 'HIGH' | 'MEDIUM' | 'LOW'
/** How a broker config may change while the broker runs; topic and group configs always may. */
export type UpdateMode = 'read-only' | 'per-broker' | 'cluster-wide'

/** A parsed value; null where nothing is set and there is no default. */
export type ConfigValue = boolean | number | string | readonly string[] | null

/**
 * What a value must fulfil beyond its type. Gives the reason why it does not: a `reason` becomes the tail of Kafka's
 * "Invalid value … for configuration …: " sentence, a `sentence` stands alone.
 */
export interface Validator {
  /** As Kafka's own documentation writes the set of valid values. */
  readonly text: string
  /** Of a list: what stands there again is left out before the check (KIP-1161). */
  readonly distinct?: true
  check(name: string, value: ConfigValue): Complaint | undefined
}

export type Complaint = { readonly reason: string; readonly value?: string } | { readonly sentence: string }

interface ParsedTypes {
  readonly BOOLEAN: boolean
  readonly STRING: string
  readonly INT: number
  readonly SHORT: number
  readonly LONG: number
  readonly DOUBLE: number
  readonly LIST: readonly string[]
  readonly CLASS: string
  readonly PASSWORD: string
}

/** A broker config that gives a topic or group config its value; `unit`: the value times this. */
export interface BrokerSynonym {
  readonly name: string
  readonly unit: number
}

/**
 * One config of Kafka. The default is in Kafka's text form, because DescribeConfigs shows it so and because the largest
 * LONG does not fit a double; `undefined` means that the config is required.
 */
export interface Definition<
  T extends ConfigType = ConfigType,
  D extends string | null | undefined = string | null | undefined,
> {
  readonly type: T
  readonly default: D
  readonly importance: Importance
  readonly mode: UpdateMode
  readonly valid?: Validator
  /** Broker configs: names that set the same thing in other units, the strongest first, this config among them. */
  readonly synonyms?: readonly string[]
  /** Topic and group configs: the broker configs behind them, the strongest first. */
  readonly brokerSynonyms?: readonly BrokerSynonym[]
  /** Known to the broker, but never shown by DescribeConfigs. */
  readonly internal?: true
}

/** What a definition parses to: null only where nothing is set by default. */
export type ValueOf<D extends Definition> =
  D extends Definition<infer T, infer Default> ? (null extends Default ? ParsedTypes[T] | null : ParsedTypes[T]) : never

type More = Pick<Definition, 'synonyms' | 'internal'>

function brokerConfig<const T extends ConfigType>(type: T) {
  return <const D extends string | null | undefined>(
    defaultText: D,
    importance: Importance,
    mode: UpdateMode,
    valid?: Validator,
    more?: More,
  ): Definition<T, D> => ({ type, default: defaultText, importance, mode, ...(valid && { valid }), ...more })
}

export const bool = brokerConfig('BOOLEAN')
export const string = brokerConfig('STRING')
export const int = brokerConfig('INT')
export const short = brokerConfig('SHORT')
export const long = brokerConfig('LONG')
export const double = brokerConfig('DOUBLE')
export const list = brokerConfig('LIST')
export const className = brokerConfig('CLASS')
export const password = brokerConfig('PASSWORD')

export const READ_ONLY = 'read-only'
export const PER_BROKER = 'per-broker'
export const CLUSTER_WIDE = 'cluster-wide'

/** A topic or group config: all of them are of medium importance and may change at any time. */
export function scoped<const T extends ConfigType, const D extends string | null>(
  type: T,
  defaultText: D,
  brokerSynonyms: readonly (string | BrokerSynonym)[],
  valid?: Validator,
  more?: More,
): Definition<T, D> {
  return {
    type,
    default: defaultText,
    importance: 'MEDIUM',
    mode: CLUSTER_WIDE,
    brokerSynonyms: brokerSynonyms.map((synonym) =>
      typeof synonym === 'string' ? { name: synonym, unit: 1 } : synonym,
    ),
    ...(valid && { valid }),
    ...more,
  }
}
