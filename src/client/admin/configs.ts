import { KafkaError } from '../../base/errors.ts'
import { ApiKey, type CallKey } from '../../protocol/apis.ts'
import type { DescribeConfigsResponseData } from '../../protocol/messages/describe-configs.ts'
import type { KafkaClient } from '../client.ts'
import { kafkaError, throwIfError } from '../client-error.ts'
import type { Answer, ClientCall } from '../types.ts'

const RESOURCE_CODES = { topic: 2, broker: 4, 'broker-logger': 8, 'client-metrics': 16, group: 32 } as const
export type ConfigResourceType = keyof typeof RESOURCE_CODES

export interface ConfigResource {
  readonly type: ConfigResourceType
  /** Of a broker, the number; empty: the default of all brokers. */
  readonly name: string
}

const SOURCES = [
  'unknown',
  'topic',
  'dynamic-broker',
  'dynamic-default-broker',
  'static-broker',
  'default',
  'dynamic-broker-logger',
  'client-metrics',
  'group',
] as const
/** Where a value was set. */
export type ConfigValueSource = (typeof SOURCES)[number]

const TYPES = ['unknown', 'boolean', 'string', 'int', 'short', 'long', 'double', 'list', 'class', 'password'] as const

export interface ConfigEntry {
  readonly name: string
  /** null: not set, or a secret. */
  readonly value: string | null
  readonly source: ConfigValueSource
  readonly isReadOnly: boolean
  readonly isSensitive: boolean
  readonly type: (typeof TYPES)[number]
  /** From where the value could come, the one that counts first. */
  readonly synonyms: readonly {
    readonly name: string
    readonly value: string | null
    readonly source: ConfigValueSource
  }[]
  readonly documentation: string | null
}

type Described = DescribeConfigsResponseData['results'][number]['configs'][number]

/** @throws KafkaError */
export async function describeConfigs(
  client: KafkaClient,
  resource: ConfigResource,
  options: { readonly names?: readonly string[]; readonly withDocumentation?: boolean } = {},
): Promise<ConfigEntry[]> {
  const { names, withDocumentation = false } = options
  const answer = await toOwner(client, resource, {
    api: ApiKey.DescribeConfigs,
    body: {
      resources: [
        {
          resourceType: RESOURCE_CODES[resource.type],
          resourceName: resource.name,
          configurationKeys: names === undefined ? null : [...names],
        },
      ],
      includeSynonyms: true,
      includeDocumentation: withDocumentation,
    },
  })
  const [result] = answer.results
  if (result === undefined) throw new KafkaError('UNKNOWN_SERVER_ERROR', 'The broker did not answer about it.')
  throwIfError(result)
  return result.configs.map(entryOf).sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Many of one kind that any broker knows: topics, groups, client metrics. Those that can't be told of are errors. */
export async function describeConfigsOf(
  client: KafkaClient,
  type: 'topic' | 'group' | 'client-metrics',
  resourceNames: readonly string[],
  names?: readonly string[],
): Promise<Map<string, ConfigEntry[] | KafkaError>> {
  const { results } = await client.any({
    api: ApiKey.DescribeConfigs,
    body: {
      resources: resourceNames.map((resourceName) => ({
        resourceType: RESOURCE_CODES[type],
        resourceName,
        configurationKeys: names === undefined ? null : [...names],
      })),
      includeSynonyms: true,
      includeDocumentation: false,
    },
  })
  return new Map(
    results.map(({ resourceName, errorCode, errorMessage, configs }) => [
      resourceName,
      errorCode === 0 ? configs.map(entryOf) : kafkaError(errorCode, errorMessage, resourceName),
    ]),
  )
}

function entryOf(config: Described): ConfigEntry {
  const { name, value, configSource, readOnly, isSensitive, configType, synonyms, documentation } = config
  return {
    name,
    value,
    source: sourceOf(configSource),
    isReadOnly: readOnly,
    isSensitive,
    type: TYPES[configType] ?? 'unknown',
    synonyms: synonyms.map((synonym) => ({ ...synonym, source: sourceOf(synonym.source) })),
    documentation,
  }
}

function sourceOf(code: number): ConfigValueSource {
  return SOURCES[code] ?? 'unknown'
}

const OPERATIONS = { set: 0, delete: 1, append: 2, subtract: 3 } as const

export interface ConfigChange {
  readonly name: string
  /** `append` and `subtract`: of lists. */
  readonly operation: keyof typeof OPERATIONS
  readonly value?: string
}

/** @throws KafkaError */
export async function alterConfigs(
  client: KafkaClient,
  resource: ConfigResource,
  changes: readonly ConfigChange[],
  { validateOnly = false }: { readonly validateOnly?: boolean } = {},
): Promise<void> {
  const { responses } = await toOwner(client, resource, {
    api: ApiKey.IncrementalAlterConfigs,
    body: {
      resources: [
        {
          resourceType: RESOURCE_CODES[resource.type],
          resourceName: resource.name,
          configs: changes.map(({ name, operation, value = null }) => ({
            name,
            configOperation: OPERATIONS[operation],
            value,
          })),
        },
      ],
      validateOnly,
    },
  })
  for (const response of responses) throwIfError(response)
}

/** A broker knows its own; the rest all know. */
function ownerOf({ type, name }: ConfigResource): number | undefined {
  const isOwn = (type === 'broker' && name !== '') || type === 'broker-logger'
  if (!isOwn) return undefined
  if (!/^\d+$/.test(name)) throw new KafkaError('INVALID_REQUEST', `Give the number of a broker: '${name}' is none.`)
  return Number(name)
}

function toOwner<K extends CallKey>(
  client: KafkaClient,
  resource: ConfigResource,
  call: ClientCall<K>,
): Promise<Answer<K>> {
  const owner = ownerOf(resource)
  return owner === undefined ? client.any(call) : client.broker(owner, call)
}

/** What has settings of its own, or could have: groups and client metrics by name. @throws KafkaError */
export async function listConfigResources(
  client: KafkaClient,
  types: readonly ConfigResourceType[],
): Promise<ConfigResource[]> {
  const isOldEnough = types.length === 1 && types[0] === 'client-metrics'
  const answer = await client.any({
    api: ApiKey.ListConfigResources,
    body: (version) => (version === 0 ? {} : { resourceTypes: types.map((type) => RESOURCE_CODES[type]) }),
    minVersion: isOldEnough ? 0 : 1,
  })
  throwIfError(answer)
  const byCode = new Map(
    Object.entries(RESOURCE_CODES).map(([type, code]) => [code as number, type as ConfigResourceType]),
  )
  return answer.configResources.flatMap(({ resourceName, resourceType }) => {
    const type = byCode.get(resourceType)
    return type === undefined ? [] : [{ type, name: resourceName }]
  })
}
