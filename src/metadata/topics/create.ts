import { KafkaError } from '../../base/errors.ts'
import { checkChanges, configRecords } from '../configs/change.ts'
import type { EffectiveConfig, TopicConfigSchema } from '../configs/schema.ts'
import type { MetadataImage } from '../image.ts'
import type { ControllerEnv, Outcome } from '../manager.ts'
import { type MetadataRecord, metadataRecord } from '../records.ts'
import type { CountMutations, NewTopic, TopicCommands, TopicCreated, TopicFailure } from './commands.ts'
import { checkRecordCount, checkTotalPartitions } from './limits.ts'
import { CLUSTER_METADATA_TOPIC, collisionKey, hasCollisionChars, illegalTopicName } from './names.ts'
import { activeReplicas, allFenced, checkManualAssignment, newPartition, noneActive, place } from './partitions.ts'

export interface TopicDefaults {
  /** num.partitions */
  readonly numPartitions: number
  /** default.replication.factor */
  readonly replicationFactor: number
}

type Result = TopicCreated | TopicFailure

const FREE: CountMutations = () => {}
const NO_OVERRIDES: ReadonlyMap<string, string> = new Map()

/** The results stand in the order of the request, names that may not be asked for at the end, as Kafka answers. */
export function createTopics(
  { topics, validateOnly, count = FREE }: TopicCommands['createTopics']['command'],
  env: ControllerEnv,
  schema: TopicConfigSchema,
  defaults: TopicDefaults,
): Outcome<readonly Result[]> {
  const { wanted, refused } = sortOut(topics)
  checkTotalPartitions(wanted.reduce((total, topic) => total + partitionsOf(topic, defaults), 0))
  const collisions = new Collisions(env.image)
  const records: MetadataRecord[] = []
  const results = wanted.map((topic) =>
    attempt(topic.name, () => {
      const created = createTopic(topic, env, schema, defaults, collisions, count)
      records.push(...created.records)
      return created.result
    }),
  )
  checkRecordCount(records)
  return { records: validateOnly ? [] : records, reply: [...results, ...refused] }
}

function sortOut(topics: readonly NewTopic[]): { wanted: readonly NewTopic[]; refused: readonly TopicFailure[] } {
  const byName = Map.groupBy(topics, (topic) => topic.name)
  const refused: TopicFailure[] = []
  const wanted: NewTopic[] = []
  for (const [name, [topic, second]] of byName) {
    if (second !== undefined) refused.push({ name, error: 'INVALID_REQUEST', message: 'Duplicate topic name.' })
    else if (name === CLUSTER_METADATA_TOPIC) {
      const message = `Creation of internal topic ${CLUSTER_METADATA_TOPIC} is prohibited.`
      refused.push({ name, error: 'INVALID_REQUEST', message })
    } else if (topic !== undefined) wanted.push(topic)
  }
  return { wanted, refused }
}

function partitionsOf(topic: NewTopic, defaults: TopicDefaults): number {
  if (topic.assignments.length > 0) return topic.assignments.length
  return topic.numPartitions === -1 ? defaults.numPartitions : Math.max(0, topic.numPartitions)
}

function attempt(name: string, create: () => TopicCreated): Result {
  try {
    return create()
  } catch (error) {
    if (!(error instanceof KafkaError) || error.error === 'NONE') throw error
    return { name, error: error.error, message: error.detail }
  }
}

function createTopic(
  topic: NewTopic,
  { image, random }: ControllerEnv,
  schema: TopicConfigSchema,
  defaults: TopicDefaults,
  collisions: Collisions,
  count: CountMutations,
): { result: TopicCreated; records: MetadataRecord[] } {
  const { name } = topic
  if (image.topic(name) !== undefined) {
    throw new KafkaError('TOPIC_ALREADY_EXISTS', `Topic '${name}' already exists.`)
  }
  const illegal = illegalTopicName(name)
  if (illegal !== undefined) throw new KafkaError('INVALID_TOPIC_EXCEPTION', illegal)
  collisions.check(name)
  const overrides = overridesOf(topic)
  checkChanges(NO_OVERRIDES, overrides, schema)
  const assignment =
    topic.assignments.length > 0
      ? manualAssignment(topic, image)
      : placement(topic, image, defaults, (bound) => random.below(bound))
  count(assignment.length)
  const topicId = random.uuid()
  return {
    result: {
      name,
      error: 'NONE',
      topicId,
      numPartitions: assignment.length,
      replicationFactor: assignment[0]?.length ?? 0,
      configs: effectiveConfigs(schema, overrides),
    },
    records: [
      metadataRecord('TopicRecord', { name, topicId }),
      ...configRecords(image, name, overrides),
      ...assignment.map((replicas, partition) => newPartition(image, topicId, partition, replicas)),
    ],
  }
}

/** By name; an override as it was given, with whatever blanks it has. */
function effectiveConfigs(schema: TopicConfigSchema, overrides: ReadonlyMap<string, string>): EffectiveConfig[] {
  return schema
    .effective(overrides)
    .map((config) => (config.isSensitive ? config : { ...config, value: overrides.get(config.name) ?? config.value }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

function overridesOf(topic: NewTopic): ReadonlyMap<string, string> {
  const overrides = new Map<string, string>()
  const missing: string[] = []
  for (const { name, value } of topic.configs) {
    if (value === null) missing.push(name)
    else overrides.set(name, value)
  }
  if (missing.length > 0) {
    throw new KafkaError('INVALID_CONFIG', `Null value not supported for topic configs: ${missing.join(',')}`)
  }
  return overrides
}

function manualAssignment(topic: NewTopic, image: MetadataImage): number[][] {
  if (topic.replicationFactor !== -1) refuseManual('replication factor')
  if (topic.numPartitions !== -1) refuseManual('numPartitions')
  const byPartition = new Map<number, number[]>()
  let replicationFactor: number | undefined
  for (const { partitionIndex, brokerIds } of topic.assignments) {
    if (byPartition.has(partitionIndex)) {
      refuseAssignment(`Found multiple manual partition assignments for partition ${partitionIndex}`)
    }
    checkManualAssignment(image, brokerIds, replicationFactor)
    replicationFactor = brokerIds.length
    if (activeReplicas(image, brokerIds).length === 0) throw allFenced(partitionIndex)
    byPartition.set(partitionIndex, brokerIds)
  }
  return Array.from({ length: byPartition.size }, (_, partition) => {
    const replicas = byPartition.get(partition)
    return replicas ?? refuseAssignment('partitions should be a consecutive 0-based integer sequence')
  })
}

function placement(
  topic: NewTopic,
  image: MetadataImage,
  defaults: TopicDefaults,
  below: (bound: number) => number,
): number[][] {
  if (topic.replicationFactor < -1 || topic.replicationFactor === 0) {
    const message = 'Replication factor must be larger than 0, or -1 to use the default value.'
    throw new KafkaError('INVALID_REPLICATION_FACTOR', message)
  }
  if (topic.numPartitions < -1 || topic.numPartitions === 0) {
    throw new KafkaError('INVALID_PARTITIONS', 'Number of partitions was set to an invalid non-positive value.')
  }
  const partitions = topic.numPartitions === -1 ? defaults.numPartitions : topic.numPartitions
  const replicationFactor = topic.replicationFactor === -1 ? defaults.replicationFactor : topic.replicationFactor
  const placed = placeFor(replicationFactor, () => place(image, partitions, replicationFactor, below))
  for (const replicas of placed) {
    if (activeReplicas(image, replicas).length === 0) throw noneActive(replicationFactor)
  }
  return placed
}

function placeFor(replicationFactor: number, run: () => number[][]): number[][] {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    throw new KafkaError(
      'INVALID_REPLICATION_FACTOR',
      `Unable to replicate the partition ${replicationFactor} time(s): ${error.message}`,
    )
  }
}

/** Names of topics that exist, in the form in which `.` and `_` are one; made when first needed. */
class Collisions {
  readonly #image: MetadataImage
  #names: Map<string, string> | undefined

  constructor(image: MetadataImage) {
    this.#image = image
  }

  check(name: string): void {
    if (!hasCollisionChars(name)) return
    this.#names ??= this.#collect()
    const existing = this.#names.get(collisionKey(name))
    if (existing === undefined) return
    const message = `Topic '${name}' collides with existing topic: ${existing}`
    throw new KafkaError('INVALID_TOPIC_EXCEPTION', message)
  }

  #collect(): Map<string, string> {
    const names = new Map<string, string>()
    for (const name of this.#image.topicsByName.keys()) {
      if (hasCollisionChars(name) && !names.has(collisionKey(name))) names.set(collisionKey(name), name)
    }
    return names
  }
}

function refuseManual(field: string): never {
  throw new KafkaError(
    'INVALID_REQUEST',
    `A manual partition assignment was specified, but ${field} was not set to -1.`,
  )
}

function refuseAssignment(sentence: string): never {
  throw new KafkaError('INVALID_REPLICA_ASSIGNMENT', sentence)
}
