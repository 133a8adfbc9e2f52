import { KafkaError } from '../../base/errors.ts'
import { ConfigResource, type MetadataImage } from '../image.ts'
import type { Manager, Outcome } from '../manager.ts'
import type { MetadataRecord } from '../records.ts'
import { checkRecordCount } from '../topics/limits.ts'
import { illegalTopicName } from '../topics/names.ts'
import { brokerConfigRecords } from './brokers.ts'
import { type ConfigChanges, checkChanges, configRecords, operate, replaceAll } from './change.ts'
import {
  type ConfigCommands,
  ConfigOperation,
  type ConfigOperations,
  type ConfigReplacement,
  type ResourceResult,
} from './commands.ts'
import type { BrokerConfigSchema, TopicConfigSchema } from './schema.ts'

interface Resource {
  readonly resourceType: number
  readonly resourceName: string
  readonly configs: readonly {
    readonly name: string
    readonly value: string | null
    readonly configOperation?: number
  }[]
}

type Overrides = ReadonlyMap<string, string>
type Changes<R> = (resource: R, before: Overrides) => ConfigChanges

interface Schemas {
  readonly schema: TopicConfigSchema
  readonly brokers: BrokerConfigSchema
}

/** Dynamic configs of topics and brokers. `brokers` left out: brokers apply nothing while they run. */
export function configManager({
  schema,
  brokers = NOTHING_APPLIED,
}: {
  readonly schema: TopicConfigSchema
  readonly brokers?: BrokerConfigSchema
}): Manager<ConfigCommands> {
  const schemas = { schema, brokers }
  const isBroker = ({ resourceType }: Resource) => resourceType === ConfigResource.BROKER
  return {
    incrementalAlterConfigs: ({ resources, validateOnly }, { image }) =>
      alter<ConfigOperations>(image, schemas, resources, validateOnly, (resource, before) =>
        isBroker(resource)
          ? operate(resource.configs, before, brokers, true)
          : operate(resource.configs, before, schema),
      ),
    legacyAlterConfigs: ({ resources, validateOnly }, { image }) =>
      alter<ConfigReplacement>(image, schemas, resources, validateOnly, (resource, before) =>
        replaceAll(resource.configs, before, isBroker(resource)),
      ),
  }
}

const NOTHING_APPLIED: BrokerConfigSchema = {
  isApplied: () => false,
  validate: () => undefined,
  isList: () => false,
  defaultOf: () => null,
}

/** Each resource stands for itself: a bad one leaves the others as they are. */
function alter<R extends Resource>(
  image: MetadataImage,
  schemas: Schemas,
  resources: readonly R[],
  validateOnly: boolean,
  changesOf: Changes<R>,
): Outcome<readonly ResourceResult[]> {
  const records: MetadataRecord[] = []
  const times = countResources(resources)
  const reply = resources.map((resource) =>
    resultOf(resource, () => {
      if ((times.get(resourceKey(resource)) ?? 0) > 1) {
        throw new KafkaError('INVALID_REQUEST', 'Each resource must appear at most once.')
      }
      checkForm(resource)
      const before = image.configs(resource.resourceType, resource.resourceName)
      const changes = changesOf(resource, before)
      records.push(...recordsOf(image, resource, before, changes, schemas))
    }),
  )
  checkRecordCount(records)
  return { records: validateOnly ? [] : records, reply }
}

function recordsOf(
  image: MetadataImage,
  { resourceType, resourceName }: Resource,
  before: Overrides,
  changes: ConfigChanges,
  { schema, brokers }: Schemas,
): MetadataRecord[] {
  if (resourceType === ConfigResource.BROKER) {
    return brokerConfigRecords(image, resourceName, before, changes, brokers)
  }
  checkTopicName(resourceName)
  checkChanges(before, changes, schema)
  if (image.topic(resourceName) === undefined) {
    throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `The topic '${resourceName}' does not exist.`)
  }
  return configRecords(image, resourceName, changes)
}

function resultOf({ resourceType, resourceName }: Resource, work: () => void): ResourceResult {
  try {
    work()
    return { resourceType, resourceName, error: 'NONE', message: null }
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return { resourceType, resourceName, error: error.error, message: error.detail }
  }
}

function resourceKey({ resourceType, resourceName }: Resource): string {
  return `${resourceType}:${resourceName}`
}

function countResources(resources: readonly Resource[]): Map<string, number> {
  const times = new Map<string, number>()
  for (const resource of resources) times.set(resourceKey(resource), (times.get(resourceKey(resource)) ?? 0) + 1)
  return times
}

function checkForm({ resourceType, configs }: Resource): void {
  if (new Set(configs.map((config) => config.name)).size !== configs.length) {
    throw new KafkaError('INVALID_REQUEST', 'Error due to duplicate config keys')
  }
  const withoutValue = configs.filter(
    (config) => config.value === null && config.configOperation !== ConfigOperation.DELETE,
  )
  if (withoutValue.length > 0) {
    const names = withoutValue.map((config) => config.name).join(', ')
    throw new KafkaError('INVALID_REQUEST', `Null value not supported for : ${names}`)
  }
  if (resourceType === ConfigResource.TOPIC || resourceType === ConfigResource.BROKER) return
  if (resourceType !== ConfigResource.CLIENT_METRICS && resourceType !== ConfigResource.GROUP) {
    throw new KafkaError('INVALID_REQUEST', `Unknown resource type ${resourceType}`)
  }
  // Nothing of these kinds changes while a node runs: Kafka's sentence about such configs says the truth.
  const names = configs.map((config) => config.name).join(', ')
  throw new KafkaError('INVALID_REQUEST', `Cannot update these configs dynamically: [${names}]`)
}

function checkTopicName(name: string): void {
  if (name === '') throw new KafkaError('INVALID_REQUEST', 'Default topic resources are not allowed.')
  const illegal = illegalTopicName(name)
  if (illegal !== undefined) throw new KafkaError('INVALID_TOPIC_EXCEPTION', illegal)
}
