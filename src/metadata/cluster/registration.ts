import { KafkaError } from '../../base/errors.ts'
import {
  KRAFT_VERSION,
  METADATA_VERSION,
  metadataVersionOf,
  registerBrokerVersion,
  supportsControllerRegistration,
  supportsDirectories,
} from '../features.ts'
import type { BrokerImage, MetadataImage } from '../image.ts'
import { type MetadataRecord, metadataRecord } from '../records.ts'
import type { RegisterBroker, RegisterController, SupportedFeature } from './commands.ts'
import { checkDirectories } from './directories.ts'

/** Refuses a broker that can't be one of this cluster. */
export function checkRegistration(command: RegisterBroker, image: MetadataImage, kraftVersion: number): void {
  if (supportsDirectories(metadataVersionOf(image))) checkDirectories(image, command.brokerId, command.logDirs)
  checkFeatures(image, command.features, kraftVersion)
}

/** A process that registers again keeps its epoch and whether it is fenced; another begins fenced in an epoch of its own. */
export function brokerRecord(
  command: RegisterBroker,
  sameProcess: BrokerImage | undefined,
  newEpoch: number,
  image: MetadataImage,
): MetadataRecord {
  const version = metadataVersionOf(image)
  const { brokerId, incarnationId, rack } = command
  return metadataRecord(
    'RegisterBrokerRecord',
    {
      brokerId,
      incarnationId,
      brokerEpoch: sameProcess?.epoch ?? newEpoch,
      endPoints: command.endpoints,
      features: featuresOf(command.features),
      rack,
      fenced: sameProcess?.fenced ?? true,
      inControlledShutdown: sameProcess?.inControlledShutdown ?? false,
      logDirs: supportsDirectories(version) ? command.logDirs : [],
    },
    registerBrokerVersion(version),
  )
}

export function controllerRecord(command: RegisterController, image: MetadataImage): MetadataRecord {
  if (!supportsControllerRegistration(metadataVersionOf(image))) {
    throw new KafkaError(
      'UNSUPPORTED_VERSION',
      'The current MetadataVersion is too old to support controller registrations.',
    )
  }
  const { controllerId, incarnationId, endpoints, features } = command
  return metadataRecord('RegisterControllerRecord', {
    controllerId,
    incarnationId,
    zkMigrationReady: false,
    endPoints: endpoints,
    features: featuresOf(features),
  })
}

function featuresOf(features: readonly SupportedFeature[]) {
  return features.map(({ name, min, max }) => ({ name, minSupportedVersion: min, maxSupportedVersion: max }))
}

/** A broker must support every feature at the level that the cluster has finalized. */
function checkFeatures(image: MetadataImage, features: readonly SupportedFeature[], kraftVersion: number): void {
  const finalized = new Map(image.features)
  finalized.set(METADATA_VERSION, metadataVersionOf(image))
  finalized.set(KRAFT_VERSION, kraftVersion)
  const given = new Set(features.map(({ name }) => name))
  for (const feature of features) checkFeature(feature, finalized.get(feature.name) ?? 0)
  if (!given.has(METADATA_VERSION)) {
    throw new KafkaError('INVALID_REGISTRATION', "Request features do not contain 'metadata.version'")
  }
  for (const [name, level] of finalized) if (!given.has(name)) checkFeature({ name, min: 0, max: 0 }, level)
}

function checkFeature({ name, min, max }: SupportedFeature, level: number): void {
  if (level >= min && level <= max) return
  throw new KafkaError(
    'UNSUPPORTED_VERSION',
    `Unable to register because the broker does not support finalized version ${level} of ${name}. ` +
      `The broker wants a version between ${min} and ${max}, inclusive.`,
  )
}
