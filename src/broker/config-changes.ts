import { KafkaError } from '../base/errors.ts'
import { ConfigOperation, type ConfigOperations, type ConfigReplacement } from '../metadata/configs/commands.ts'
import { ConfigResource } from '../metadata/image.ts'
import type { LoggerLevels } from './logger-levels.ts'

type Texts = ReadonlyMap<string, string>
type Resource = ConfigOperations | ConfigReplacement

/** What a broker checks before it passes changes on: the controller can't know what this broker runs with. */
export interface BrokerChecks {
  readonly nodeId: number
  /** What the metadata log says of this broker, or of all of them, as far as it counts. */
  dynamicTexts(resourceName: string): Texts
  /** Throws what this broker would not take. */
  validate(texts: Texts, perBroker: boolean): void
  /** Undefined: no config of Kafka. */
  isList(name: string): boolean | undefined
  defaultOf(name: string): string | null
}

export interface PreprocessDeps {
  readonly checks: BrokerChecks
  readonly loggers: LoggerLevels
}

/** What is settled here: applied, or refused. Undefined: the controller decides. */
export type Settled = { readonly refusal: KafkaError | undefined } | undefined

/** `mayAlter`: the configs of the cluster, which the loggers' levels count to. */
export function preprocessIncremental(
  { checks, loggers }: PreprocessDeps,
  resources: readonly ConfigOperations[],
  validateOnly: boolean,
  mayAlter: () => boolean,
): Settled[] {
  return preprocess(resources, (resource) => {
    const { resourceType, resourceName, configs } = resource
    if (resourceType === ConfigResource.BROKER_LOGGER) {
      if (!mayAlter()) throw new KafkaError('CLUSTER_AUTHORIZATION_FAILED')
      loggers.alter(resourceName, configs, validateOnly)
      return true
    }
    if (resourceType === ConfigResource.BROKER) {
      checkIsThisBroker(checks.nodeId, resourceName)
      checks.validate(operated(checks, resource), resourceName !== '')
    } else checkPersistent(resourceType)
    return false
  })
}

export function preprocessReplacement({ checks }: PreprocessDeps, resources: readonly ConfigReplacement[]): Settled[] {
  return preprocess(resources, ({ resourceType, resourceName, configs }) => {
    if (resourceType === ConfigResource.BROKER) {
      checkIsThisBroker(checks.nodeId, resourceName)
      checks.validate(new Map(configs.map(({ name, value }) => [name, value ?? ''])), resourceName !== '')
    } else checkPersistent(resourceType)
    return false
  })
}

/** `settle` tells whether nothing is left to do. */
function preprocess<R extends Resource>(resources: readonly R[], settle: (resource: R) => boolean): Settled[] {
  const times = new Map<string, number>()
  const keyOf = ({ resourceType, resourceName }: Resource) => `${resourceType}:${resourceName}`
  for (const resource of resources) times.set(keyOf(resource), (times.get(keyOf(resource)) ?? 0) + 1)
  return resources.map((resource) => {
    try {
      if ((times.get(keyOf(resource)) ?? 0) > 1) invalid('Each resource must appear at most once.')
      checkForm(resource)
      return settle(resource) ? { refusal: undefined } : undefined
    } catch (error) {
      if (error instanceof KafkaError) return { refusal: error }
      throw error
    }
  })
}

function checkForm({ configs }: Resource): void {
  if (new Set(configs.map(({ name }) => name)).size !== configs.length) invalid('Error due to duplicate config keys')
  const nulls = configs.filter((config) => config.value === null && !isDeletion(config))
  if (nulls.length > 0) invalid(`Null value not supported for : ${nulls.map(({ name }) => name).join(', ')}`)
}

function isDeletion(config: Resource['configs'][number]): boolean {
  return 'configOperation' in config && config.configOperation === ConfigOperation.DELETE
}

function checkIsThisBroker(nodeId: number, name: string): void {
  if (name === '') return
  if (!/^[+-]?\d{1,10}$/.test(name)) invalid(`Node id must be an integer, but it is: ${name}`)
  if (Number(name) !== nodeId) invalid(`Unexpected broker id, expected ${nodeId}, but received ${name}`)
}

const PERSISTENT: ReadonlySet<number> = new Set([
  ConfigResource.TOPIC,
  ConfigResource.CLIENT_METRICS,
  ConfigResource.GROUP,
])

function checkPersistent(resourceType: number): void {
  if (!PERSISTENT.has(resourceType)) invalid(`Unknown resource type ${resourceType}`)
}

/** What the broker would have to live with. */
function operated(checks: BrokerChecks, { resourceName, configs }: ConfigOperations): Map<string, string> {
  const texts = new Map(checks.dynamicTexts(resourceName))
  const unknown = configs.find(({ configOperation }) => !OPERATIONS.has(configOperation))
  if (unknown !== undefined) invalid(`Unknown operations type ${unknown.configOperation}`)
  for (const { name, configOperation, value } of configs) {
    if (configOperation === ConfigOperation.SET) texts.set(name, value ?? '')
    else if (configOperation === ConfigOperation.DELETE) texts.delete(name)
    else texts.set(name, editedList(checks, texts.get(name), name, configOperation, value ?? ''))
  }
  return texts
}

const OPERATIONS: ReadonlySet<number> = new Set(Object.values(ConfigOperation))

function editedList(
  checks: BrokerChecks,
  current: string | undefined,
  name: string,
  operation: number,
  value: string,
): string {
  const isList = checks.isList(name)
  if (isList === undefined) throw new KafkaError('INVALID_CONFIG', `Unknown config name: ${name}`)
  const append = operation === ConfigOperation.APPEND
  if (!isList) {
    const verb = append ? 'append' : 'subtract'
    throw new KafkaError('INVALID_CONFIG', `Config value ${verb} is not allowed for config key: ${name}`)
  }
  const before = (current ?? checks.defaultOf(name) ?? '').split(',').filter((item) => item !== '')
  const items = value.split(',')
  if (!append) return before.filter((item) => !items.includes(item)).join(',')
  return [...before, ...items.filter((item) => !before.includes(item))].join(',')
}

function invalid(sentence: string): never {
  throw new KafkaError('INVALID_REQUEST', sentence)
}
