import { type ErrorName, KafkaError } from '../base/errors.ts'
import type { FeatureCommands, FeatureUpdate } from './feature-commands.ts'
import {
  changesMetadata,
  ELR_VERSION,
  FEATURES,
  featureDependencies,
  KRAFT_VERSION,
  METADATA_VERSION,
  metadataVersionOf,
  supportedFeatures,
  supportsControllerRegistration,
} from './features.ts'
import { ConfigResource, type MetadataImage } from './image.ts'
import type { Manager, Outcome } from './manager.ts'
import { type MetadataRecord, metadataRecord } from './records.ts'

const UPGRADE = 1
const UNSAFE_DOWNGRADE = 3

/** kraft.version stands in the log's control records: the quorum's matter. */
export interface KraftVersions {
  current(): number
  /** Writes it unless it is only asked; throws the KafkaError of the refusal. Left out: this quorum can't change it. */
  upgrade?(level: number, validateOnly: boolean): void
}

export interface FeatureManagerOptions {
  readonly nodeId: number
  /** controller.quorum.voters: each must have registered, so that what it supports is known. */
  readonly voterIds: readonly number[]
  /** min.insync.replicas of this node. */
  readonly minInsyncReplicas: number
  readonly kraft: KraftVersions
}

/** Finalized feature levels (KIP-584): what the whole cluster agrees to speak. */
export function featureManager(options: FeatureManagerOptions): Manager<FeatureCommands> {
  return {
    updateFeatures: ({ updates, validateOnly }, { image }) => updateFeatures(updates, validateOnly, image, options),
  }
}

class Refusal extends Error {
  readonly error: ErrorName

  constructor(error: ErrorName, message: string) {
    super(message)
    this.error = error
  }
}

function updateFeatures(
  updates: readonly FeatureUpdate[],
  validateOnly: boolean,
  image: MetadataImage,
  options: FeatureManagerOptions,
): Outcome<FeatureCommands['updateFeatures']['reply']> {
  const proposed = new Map(image.features).set(METADATA_VERSION, metadataVersionOf(image))
  for (const { feature, level } of updates) proposed.set(feature, level)
  try {
    const records = updates.flatMap((update) => updateFeature(update, proposed, validateOnly, image, options))
    const enablesElr = updates.some(({ feature, level }) => feature === ELR_VERSION && level > 0)
    if (enablesElr) records.unshift(...elrSafetyRecords(image, options.minInsyncReplicas))
    return { records: validateOnly ? [] : records, reply: { error: 'NONE', message: null } }
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal
    const message = `The update failed for all features since the following feature had an error: ${refusal.message}`
    return { records: [], reply: { error: refusal.error, message } }
  }
}

function updateFeature(
  update: FeatureUpdate,
  proposed: ReadonlyMap<string, number>,
  validateOnly: boolean,
  image: MetadataImage,
  options: FeatureManagerOptions,
): MetadataRecord[] {
  const { feature, level, upgradeType } = update
  const current = feature === KRAFT_VERSION ? options.kraft.current() : currentLevel(image, feature)
  checkUpdate(update, current, image, options)
  if (feature === KRAFT_VERSION) return updateKraft(update, current, validateOnly, options.kraft)
  if (feature === METADATA_VERSION) checkDowngrade(current, level, upgradeType)
  else if (FEATURES.every(({ name }) => name !== feature)) refuse(update, `Feature ${feature} not found.`)
  else checkDependencies(update, proposed)
  return [metadataRecord('FeatureLevelRecord', { name: feature, featureLevel: level })]
}

function currentLevel(image: MetadataImage, feature: string): number {
  return feature === METADATA_VERSION ? metadataVersionOf(image) : image.featureLevel(feature)
}

function checkUpdate(
  update: FeatureUpdate,
  current: number,
  image: MetadataImage,
  options: FeatureManagerOptions,
): void {
  const { feature, level, upgradeType } = update
  if (upgradeType < UPGRADE || upgradeType > UNSAFE_DOWNGRADE) {
    refuse(update, 'The controller does not support the given upgrade type.')
  }
  if (level < 0) refuse(update, 'A feature version cannot be less than 0.')
  const reason = reasonNotSupported(feature, level, image, options)
  if (reason !== undefined) refuse(update, reason)
  if (level < current && upgradeType === UPGRADE) {
    refuse(
      update,
      "Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe downgrade.",
    )
  }
  if (level > current && upgradeType !== UPGRADE) refuse(update, "Can't downgrade to a newer version.")
}

function refuse({ feature, level }: FeatureUpdate, reason: string): never {
  throw new Refusal('INVALID_UPDATE_VERSION', `Invalid update version ${level} for feature ${feature}. ${reason}`)
}

interface Range {
  readonly min: number
  readonly max: number
}

/** Every broker and every controller must be able to go along. */
function reasonNotSupported(
  feature: string,
  level: number,
  image: MetadataImage,
  { nodeId, voterIds }: FeatureManagerOptions,
): string | undefined {
  const own = supportedFeatures().find(({ name }) => name === feature)
  const reasons = [reasonAgainst(level, `Local controller ${nodeId}`, own)]
  for (const broker of image.brokers.values()) {
    reasons.push(reasonAgainst(level, `Broker ${broker.id}`, broker.features.get(feature)))
  }
  if (supportsControllerRegistration(metadataVersionOf(image))) {
    for (const { id, features } of image.controllers.values()) {
      if (id !== nodeId) reasons.push(reasonAgainst(level, `Controller ${id}`, features.get(feature)))
    }
    for (const id of voterIds) {
      if (id === nodeId || image.controllers.has(id)) continue
      reasons.push(`controller ${id} has not registered, and may not support this feature`)
    }
  }
  return reasons.find((reason) => reason !== undefined)
}

function reasonAgainst(level: number, who: string, range: Range = { min: 0, max: 0 }): string | undefined {
  const { min, max } = range
  if (level >= min && level <= max) return undefined
  if (max === 0) return `${who} does not support this feature.`
  return `${who} only supports versions ${min === max ? String(min) : `${min}-${max}`}`
}

/** Records that the older version can't hold would be lost. */
function checkDowngrade(current: number, level: number, upgradeType: number): void {
  if (level >= current || !changesMetadata(level, current)) return
  const reason =
    upgradeType === UNSAFE_DOWNGRADE
      ? 'Unsafe metadata downgrade is not supported in this version.'
      : 'Refusing to perform the requested downgrade because it might delete metadata information.'
  const what = `Unsupported metadata.version downgrade from ${current} to ${level}.`
  throw new Refusal('INVALID_UPDATE_VERSION', `${what} ${reason}`)
}

function checkDependencies(update: FeatureUpdate, proposed: ReadonlyMap<string, number>): void {
  const { feature, level } = update
  for (const [needed, least] of featureDependencies(feature, level)) {
    if ((proposed.get(needed) ?? -1) >= least) continue
    refuse(update, `${feature} could not be set to ${level} because it depends on ${needed} level ${least}`)
  }
}

function updateKraft(
  update: FeatureUpdate,
  current: number,
  validateOnly: boolean,
  kraft: KraftVersions,
): MetadataRecord[] {
  const { level, upgradeType } = update
  if (upgradeType !== UPGRADE) {
    if (level === current) return []
    refuse(update, "Can't downgrade the version of this feature.")
  }
  if (level !== current) {
    if (kraft.upgrade === undefined) refuse(update, 'This quorum does not support changing it.')
    try {
      kraft.upgrade(level, validateOnly)
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      throw new Refusal(error.error, error.message)
    }
  }
  return [metadataRecord('NoOpRecord', {})]
}

/** KIP-966: with eligible leaders there is one min.insync.replicas for all brokers, and none of a single one. */
function elrSafetyRecords(image: MetadataImage, minInsyncReplicas: number): MetadataRecord[] {
  const name = 'min.insync.replicas'
  const resourceType = ConfigResource.BROKER
  const records: MetadataRecord[] = []
  if (!image.configs(resourceType, '').has(name)) {
    records.push(
      metadataRecord('ConfigRecord', { resourceType, resourceName: '', name, value: `${minInsyncReplicas}` }),
    )
  }
  for (const { resourceType: type, name: resourceName, values } of image.configResources()) {
    if (type !== resourceType || resourceName === '' || !values.has(name)) continue
    records.push(metadataRecord('ConfigRecord', { resourceType, resourceName, name, value: null }))
  }
  return records
}
