import { KafkaError } from '../../base/errors.ts'
import { ConfigResource, type MetadataImage } from '../image.ts'
import type { Manager, Outcome } from '../manager.ts'
import { type MetadataRecord, metadataRecord } from '../records.ts'
import { checkRecordCount } from '../topics/limits.ts'
import { illegalTopicName } from '../topics/names.ts'
import { brokerConfigRecords } from './brokers.ts'
import {
  type ConfigChanges,
  checkChanges,
  configRecords,
  groupConfigRecords,
  type ListSchema,
  operate,
  replaceAll,
} from './change.ts'
import {
  type ConfigCommands,
  ConfigOperation,
  type ConfigOperations,
  type ConfigReplacement,
  type ResourceResult,
} from './commands.ts'
import type { BrokerConfigSchema, ClientMetricsConfigSchema, GroupConfigSchema, TopicConfigSchema } from './schema.ts'

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
  readonly groups: GroupConfigSchema
  readonly clientMetrics: ClientMetricsConfigSchema
}

/** Dynamic configs of topics, brokers, groups and subscriptions to clients' metrics. Of kinds that are left out nothing is applied. */
export function configManager({
  schema,
  brokers = NOTHING_APPLIED,
  groups = NOTHING_APPLIED,
  clientMetrics = ALL_REFUSED,
}: {
  readonly schema: TopicConfigSchema
  readonly brokers?: BrokerConfigSchema
  readonly groups?: GroupConfigSchema
  readonly clientMetrics?: ClientMetricsConfigSchema
}): Manager<ConfigCommands> {
  const schemas = { schema, brokers, groups, clientMetrics }
  const isBroker = ({ resourceType }: Resource) => resourceType === ConfigResource.BROKER
  return {
    incrementalAlterConfigs: ({ resources, validateOnly }, { image }) =>
      alter<ConfigOperations>(image, schemas, resources, validateOnly, (resource, before) =>
        isBroker(resource)
          ? operate(resource.configs, before, brokers, true)
          : operate(resource.configs, before, listsOf(resource, schemas)),
      ),
    legacyAlterConfigs: ({ resources, validateOnly }, { image }) =>
      alter<ConfigReplacement>(image, schemas, resources, validateOnly, (resource, before) =>
        replaceAll(resource.configs, before, isBroker(resource)),
      ),
  }
}

const CHANGEABLE: ReadonlySet<number> = new Set([
  ConfigResource.TOPIC,
  ConfigResource.BROKER,
  ConfigResource.GROUP,
  ConfigResource.CLIENT_METRICS,
])

const NO_LISTS: ListSchema = { isList: () => false, defaultOf: () => null }

function listsOf({ resourceType }: Resource, { schema, groups }: Schemas): ListSchema {
  if (resourceType === ConfigResource.GROUP) return groups
  return resourceType === ConfigResource.CLIENT_METRICS ? NO_LISTS : schema
}

const NOTHING_APPLIED: BrokerConfigSchema & GroupConfigSchema = {
  isApplied: () => false,
  validate: () => undefined,
  isList: () => false,
  defaultOf: () => null,
}

const ALL_REFUSED: ClientMetricsConfigSchema = {
  validate: (_, configs) => {
    throw new KafkaError(
      'INVALID_REQUEST',
      `Cannot update these configs dynamically: [${[...configs.keys()].join(', ')}]`,
    )
  },
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
  // Kafka's controller trips over what it does not foresee, and does nothing at all.
  if (reply.some(({ error }) => error === 'UNKNOWN_SERVER_ERROR')) throw new KafkaError('UNKNOWN_SERVER_ERROR')
  checkRecordCount(records)
  return { records: validateOnly ? [] : records, reply }
}

function recordsOf(
  image: MetadataImage,
  { resourceType, resourceName }: Resource,
  before: Overrides,
  changes: ConfigChanges,
  { schema, brokers, groups, clientMetrics }: Schemas,
): MetadataRecord[] {
  if (resourceType === ConfigResource.BROKER) {
    return brokerConfigRecords(image, resourceName, before, changes, brokers)
  }
  if (resourceType === ConfigResource.GROUP) {
    if (resourceName === '') throw new KafkaError('INVALID_REQUEST', 'Default group resources are not allowed.')
    checkApplied(changes.keys(), groups)
    checkChanges(before, changes, groups)
    return groupConfigRecords(resourceName, changes)
  }
  if (resourceType === ConfigResource.CLIENT_METRICS) {
    checkChanges(before, changes, { validate: (after) => clientMetrics.validate(resourceName, after) })
    return [...changes].map(([name, value]) =>
      metadataRecord('ConfigRecord', { resourceType, resourceName, name, value }),
    )
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
  if (CHANGEABLE.has(resourceType)) return
  throw new KafkaError('INVALID_REQUEST', `Unknown resource type ${resourceType}`)
}

/** Kafka's sentence about configs that never change says the truth of those that nothing here applies. */
function checkApplied(names: Iterable<string>, schema: GroupConfigSchema): void {
  const refused = [...names].filter((name) => !schema.isApplied(name))
  if (refused.length === 0) return
  throw new KafkaError('INVALID_REQUEST', `Cannot update these configs dynamically: [${refused.join(', ')}]`)
}

function checkTopicName(name: string): void {
  if (name === '') throw new KafkaError('INVALID_REQUEST', 'Default topic resources are not allowed.')
  const illegal = illegalTopicName(name)
  if (illegal !== undefined) throw new KafkaError('INVALID_TOPIC_EXCEPTION', illegal)
}
