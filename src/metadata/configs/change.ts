import { KafkaError } from '../../base/errors.ts'
import { elrEnabled } from '../features.ts'
import { ConfigResource, type MetadataImage } from '../image.ts'
import { type MetadataRecord, metadataRecord } from '../records.ts'
import { ConfigOperation, type ConfigOperations } from './commands.ts'
import type { TopicConfigSchema } from './schema.ts'

export type ListSchema = Pick<TopicConfigSchema, 'isList' | 'defaultOf'>

type Overrides = ReadonlyMap<string, string>
/** What each named config becomes; null: its override goes. */
export type ConfigChanges = ReadonlyMap<string, string | null>

/** Longer strings do not fit the records of older versions. */
const MAX_VALUE_BYTES = 32_767

/**
 * What KIP-339's operations make of a resource's overrides. Configs that stay as they are, are not among them, except
 * where brokers shall read them again (`keepsUnchanged`).
 */
export function operate(
  operations: ConfigOperations['configs'],
  before: Overrides,
  schema: ListSchema,
  keepsUnchanged = false,
): Map<string, string | null> {
  const changes = new Map<string, string | null>()
  for (const operation of operations) {
    const current = before.get(operation.name) ?? null
    const value = valueAfter(operation, current, schema)
    if (keepsUnchanged || value !== current) changes.set(operation.name, value)
  }
  return changes
}

function valueAfter(
  { name, configOperation, value }: ConfigOperations['configs'][number],
  current: string | null,
  schema: ListSchema,
): string | null {
  switch (configOperation) {
    case ConfigOperation.SET:
      return value
    case ConfigOperation.DELETE:
      return null
    case ConfigOperation.APPEND:
    case ConfigOperation.SUBTRACT:
      return editList(name, configOperation, current ?? schema.defaultOf(name), value ?? '', schema)
    default:
      // Kafka trips over it; so its clients know it.
      throw new KafkaError('UNKNOWN_SERVER_ERROR')
  }
}

function editList(
  name: string,
  operation: typeof ConfigOperation.APPEND | typeof ConfigOperation.SUBTRACT,
  current: string | null,
  value: string,
  schema: ListSchema,
): string {
  const append = operation === ConfigOperation.APPEND
  if (!schema.isList(name)) {
    const verb = append ? 'APPEND' : 'SUBTRACT'
    throw new KafkaError('INVALID_CONFIG', `Can't ${verb} to key ${name} because its type is not LIST.`)
  }
  const parts = (current ?? '').split(',').filter((part) => part !== '')
  const given = new Set(value.split(','))
  if (!append) return parts.filter((part) => !given.has(part)).join(',')
  const present = new Set(parts)
  return [...parts, ...[...given].filter((part) => !present.has(part))].join(',')
}

/** Everything that the older AlterConfigs does not name goes back to its default. */
export function replaceAll(
  configs: readonly { readonly name: string; readonly value: string | null }[],
  before: Overrides,
  keepsUnchanged = false,
): Map<string, string | null> {
  const changes = new Map<string, string | null>()
  for (const { name, value } of configs) {
    if (keepsUnchanged || value !== (before.get(name) ?? null)) changes.set(name, value)
  }
  const named = new Set(configs.map((config) => config.name))
  for (const name of before.keys()) if (!named.has(name)) changes.set(name, null)
  return changes
}

/** Throws INVALID_CONFIG where the overrides that come of it are not allowed together. */
export function checkChanges(
  before: Overrides,
  changes: ConfigChanges,
  schema: Pick<TopicConfigSchema, 'validate'>,
): void {
  const after = new Map(before)
  for (const [name, value] of changes) {
    if (value === null) {
      after.delete(name)
      continue
    }
    if (Buffer.byteLength(value) > MAX_VALUE_BYTES) {
      throw new KafkaError(
        'INVALID_CONFIG',
        `The configuration value cannot be added because it exceeds the maximum value size of ${MAX_VALUE_BYTES} bytes.`,
      )
    }
    after.set(name, value)
  }
  schema.validate(after)
}

export function groupConfigRecords(resourceName: string, changes: ConfigChanges): MetadataRecord[] {
  const resourceType = ConfigResource.GROUP
  return [...changes].map(([name, value]) =>
    metadataRecord('ConfigRecord', { resourceType, resourceName, name, value }),
  )
}

/** A topic whose min.insync.replicas changes forgets its eligible leader replicas: they were in sync by another rule. */
export function configRecords(image: MetadataImage, topic: string, changes: ConfigChanges): MetadataRecord[] {
  const records: MetadataRecord[] = []
  for (const [name, value] of changes) {
    records.push(
      metadataRecord('ConfigRecord', { resourceType: ConfigResource.TOPIC, resourceName: topic, name, value }),
    )
  }
  if (changes.has('min.insync.replicas') && elrEnabled(image)) {
    records.push(metadataRecord('ClearElrRecord', { topicName: topic }))
  }
  return records
}
