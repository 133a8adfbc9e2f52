import { InvariantError } from '../../base/assert.ts'
import { ErrorCode, KafkaError } from '../../base/errors.ts'
import { ConfigResource, type MetadataImage } from '../../metadata/image.ts'
import { illegalTopicName } from '../../metadata/topics/names.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  DescribeConfigsRequest,
  type DescribeConfigsRequestData,
  DescribeConfigsResponse,
  type DescribeConfigsResponseInput,
} from '../../protocol/messages/describe-configs.ts'
import { AclOperation } from '../../security/acl.ts'
import type { Access } from '../access.ts'
import { configDenial } from '../config-access.ts'
import { type Handler, handler, type RequestContext } from '../handler.ts'

type Resource = DescribeConfigsRequestData['resources'][number]
type ResourceResult = DescribeConfigsResponseInput['results'][number]
type Image = Pick<MetadataImage, 'topic' | 'configs'>
type Wanted = Pick<DescribeConfigsRequestData, 'includeSynonyms' | 'includeDocumentation'>
type Overrides = ReadonlyMap<string, string>

/** One config as the answer has it. */
export interface DescribedConfig {
  readonly name: string
  readonly value: string | null
  readonly readOnly: boolean
  readonly configSource: number
  readonly isSensitive: boolean
  readonly configType: number
  readonly synonyms: readonly { readonly name: string; readonly value: string | null; readonly source: number }[]
}

/** All configs of each kind of resource with what counts for them now; `config/` knows them. */
export interface ConfigCatalog {
  topic(overrides: Overrides): readonly DescribedConfig[]
  group(overrides: Overrides): readonly DescribedConfig[]
  clientMetrics(overrides: Overrides): readonly DescribedConfig[]
  /** Of this broker. */
  broker(): readonly DescribedConfig[]
  /** What is set for all brokers together. */
  clusterDefaults(): readonly DescribedConfig[]
  /** Levels of this node's loggers by their names. */
  loggers(): ReadonlyMap<string, string>
  /** What a config of a resource of this type is for, in a sentence; null: nothing is known of it. */
  documentation(resourceType: number, name: string): string | null
}

export interface DescribeConfigsDeps {
  readonly nodeId: number
  readonly image: () => Image
  readonly catalog: ConfigCatalog
  readonly access: Access
}

const BROKER_LOGGER_SOURCE = 6
const UNKNOWN_TYPE = 0

const KINDS: ReadonlySet<number> = new Set(Object.values(ConfigResource))

/** Configs as they are in force. */
export function describeConfigsHandler(deps: DescribeConfigsDeps): Handler {
  return handler(ApiKey.DescribeConfigs, DescribeConfigsRequest, DescribeConfigsResponse, (request, context) => ({
    throttleTimeMs: 0,
    results: request.resources.every(({ resourceType }) => KINDS.has(resourceType))
      ? describeEach(deps, request, context)
      : request.resources.map(malformed),
  }))
}

/** What is not shown is told of after the rest. */
function describeEach(deps: DescribeConfigsDeps, request: DescribeConfigsRequestData, context: RequestContext) {
  const shown: ResourceResult[] = []
  const denied: ResourceResult[] = []
  for (const resource of request.resources) {
    const denial = configDenial(deps.access, context, AclOperation.DESCRIBE_CONFIGS, resource)
    if (denial === undefined) shown.push(resultOf(deps, resource, request))
    else denied.push(refused(resource, denial))
  }
  return [...shown, ...denied]
}

function refused({ resourceType, resourceName }: Resource, { code, detail }: KafkaError): ResourceResult {
  return { errorCode: code, errorMessage: detail ?? '', resourceType, resourceName, configs: [] }
}

function resultOf(
  deps: DescribeConfigsDeps,
  resource: Resource,
  { includeSynonyms, includeDocumentation }: Wanted,
): ResourceResult {
  const { resourceType, resourceName, configurationKeys } = resource
  try {
    const wanted = configurationKeys === null || configurationKeys.length === 0 ? null : new Set(configurationKeys)
    const configs = configsOf(deps, resource)
      .filter(({ name }) => wanted === null || wanted.has(name))
      .map((config) => ({
        ...config,
        synonyms: includeSynonyms ? config.synonyms : [],
        documentation: documentationOf(deps, resourceType, config.name, includeDocumentation),
      }))
    return { errorCode: 0, errorMessage: '', resourceType, resourceName, configs }
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return refused(resource, error)
  }
}

/** Loggers have an empty one, asked for or not. */
function documentationOf({ catalog }: DescribeConfigsDeps, resourceType: number, name: string, isWanted: boolean) {
  if (resourceType === ConfigResource.BROKER_LOGGER) return ''
  return isWanted ? catalog.documentation(resourceType, name) : null
}

function configsOf(deps: DescribeConfigsDeps, { resourceType, resourceName }: Resource): readonly DescribedConfig[] {
  switch (resourceType) {
    case ConfigResource.TOPIC:
      return topicConfigs(deps, resourceName)
    case ConfigResource.BROKER:
      return brokerConfigs(deps, resourceName)
    case ConfigResource.BROKER_LOGGER:
      return loggers(deps, resourceName)
    case ConfigResource.CLIENT_METRICS:
      return clientMetrics(deps, resourceName)
    case ConfigResource.GROUP:
      if (resourceName === '') return refuse('Group name must not be empty')
      return deps.catalog.group(deps.image().configs(ConfigResource.GROUP, resourceName))
    default:
      throw new InvariantError(`resource type ${resourceType}`)
  }
}

/** One resource of a kind that is not known, and the whole request counts as malformed. */
function malformed({ resourceType, resourceName }: Resource): ResourceResult {
  const errorMessage =
    'This most likely occurs because of a request being malformed by the client library or the message was sent ' +
    'to an incompatible broker. See the broker logs for more details.'
  return { errorCode: ErrorCode.INVALID_REQUEST, errorMessage, resourceType, resourceName, configs: [] }
}

function topicConfigs({ image, catalog }: DescribeConfigsDeps, name: string): readonly DescribedConfig[] {
  const illegal = illegalTopicName(name)
  if (illegal !== undefined) throw new KafkaError('INVALID_TOPIC_EXCEPTION', illegal)
  const now = image()
  if (now.topic(name) === undefined) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')
  return catalog.topic(now.configs(ConfigResource.TOPIC, name))
}

function brokerConfigs({ nodeId, catalog }: DescribeConfigsDeps, name: string): readonly DescribedConfig[] {
  if (name === '') return catalog.clusterDefaults()
  if (brokerIdOf(name) === nodeId) return catalog.broker()
  return refuse(`Unexpected broker id, expected ${nodeId} or empty string, but received ${name}`)
}

function loggers({ nodeId, catalog }: DescribeConfigsDeps, name: string): readonly DescribedConfig[] {
  if (name === '') return refuse('Broker id must not be empty')
  if (brokerIdOf(name) !== nodeId) return refuse(`Unexpected broker id, expected ${nodeId} but received ${name}`)
  return [...catalog.loggers()].map(([logger, value]) => ({
    name: logger,
    value,
    readOnly: false,
    configSource: BROKER_LOGGER_SOURCE,
    isSensitive: false,
    configType: UNKNOWN_TYPE,
    synonyms: [],
  }))
}

function clientMetrics({ image, catalog }: DescribeConfigsDeps, name: string): readonly DescribedConfig[] {
  if (name === '') return refuse('Client metrics subscription name must not be empty')
  return catalog.clientMetrics(image().configs(ConfigResource.CLIENT_METRICS, name))
}

function brokerIdOf(name: string): number {
  if (!/^[+-]?\d{1,10}$/.test(name)) refuse(`Broker id must be an integer, but it is: ${name}`)
  return Number(name)
}

function refuse(sentence: string): never {
  throw new KafkaError('INVALID_REQUEST', sentence)
}
