import type { MetadataImage } from './image.ts'

/** Levels of metadata.version from 7, the first that Kafka 4 can start from; the newest last. */
const METADATA_VERSIONS: readonly string[] = [
  '3.3-IV3',
  '3.4-IV0',
  '3.5-IV0',
  '3.5-IV1',
  '3.5-IV2',
  '3.6-IV0',
  '3.6-IV1',
  '3.6-IV2',
  '3.7-IV0',
  '3.7-IV1',
  '3.7-IV2',
  '3.7-IV3',
  '3.7-IV4',
  '3.8-IV0',
  '3.9-IV0',
  '4.0-IV0',
  '4.0-IV1',
  '4.0-IV2',
  '4.0-IV3',
  '4.1-IV0',
  '4.1-IV1',
  '4.2-IV0',
  '4.2-IV1',
  '4.3-IV0',
]

export const MIN_METADATA_VERSION = 7
export const LATEST_METADATA_VERSION = MIN_METADATA_VERSION + METADATA_VERSIONS.length - 1

export const METADATA_VERSION = 'metadata.version'
export const KRAFT_VERSION = 'kraft.version'
export const GROUP_VERSION = 'group.version'
export const STREAMS_VERSION = 'streams.version'
export const SHARE_VERSION = 'share.version'
export const ELR_VERSION = 'eligible.leader.replicas.version'
export const TRANSACTION_VERSION = 'transaction.version'

interface Feature {
  readonly name: string
  readonly min: number
  readonly max: number
  /** From which metadata.version on it is at `max` in a newly formatted cluster. */
  readonly sinceMetadataVersion: number
}

/** The features besides metadata.version, as Kafka 4.3 supports them. */
export const FEATURES: readonly Feature[] = [
  { name: KRAFT_VERSION, min: 0, max: 1, sinceMetadataVersion: 21 },
  { name: TRANSACTION_VERSION, min: 0, max: 2, sinceMetadataVersion: 24 },
  { name: GROUP_VERSION, min: 0, max: 1, sinceMetadataVersion: 22 },
  { name: ELR_VERSION, min: 0, max: 1, sinceMetadataVersion: 26 },
  { name: SHARE_VERSION, min: 0, max: 1, sinceMetadataVersion: 28 },
  { name: STREAMS_VERSION, min: 0, max: 1, sinceMetadataVersion: 29 },
]

/** What a broker or controller says of itself when it registers: name and range of every feature. */
export function supportedFeatures(): { name: string; min: number; max: number }[] {
  return [
    { name: METADATA_VERSION, min: MIN_METADATA_VERSION, max: LATEST_METADATA_VERSION },
    ...FEATURES.map(({ name, min, max }) => ({ name, min, max })),
  ]
}

/** `4.3-IV0` of 30. */
export function metadataVersionName(level: number): string | undefined {
  return METADATA_VERSIONS[level - MIN_METADATA_VERSION]
}

/** Of every metadata.version that there is, the newest last. */
export function metadataVersionNames(): readonly string[] {
  return METADATA_VERSIONS
}

/** The level of `4.3-IV0`, or of the last one of a release (`4.3`, `4.3.1`); undefined: unknown. */
export function metadataVersionLevel(text: string): number | undefined {
  // Whatever comes behind a second dot is not looked at, if it is anything.
  const key = /^([^.]*\.[^.]*)\..*[^.]/.exec(text)?.[1] ?? text
  const exact = METADATA_VERSIONS.indexOf(key)
  if (exact >= 0) return MIN_METADATA_VERSION + exact
  if (!/^\d+\.\d+$/.test(key)) return undefined
  const last = METADATA_VERSIONS.findLastIndex((name) => name.startsWith(`${key}-`))
  return last < 0 ? undefined : MIN_METADATA_VERSION + last
}

/** The levels that a cluster is formatted with; kraft.version among them, though it is not a metadata record. */
export function defaultFeatureLevels(metadataVersion: number): Map<string, number> {
  const levels = new Map([[METADATA_VERSION, metadataVersion]])
  for (const feature of FEATURES) {
    levels.set(feature.name, metadataVersion >= feature.sinceMetadataVersion ? feature.max : 0)
  }
  return levels
}

/** Levels of metadata.version that brought records or fields: below them these would be lost. */
const METADATA_CHANGES: ReadonlySet<number> = new Set([7, 8, 11, 13, 14, 15, 17, 23, 30])

/** Whether what is written at `high` may not be understood at `low`. */
export function changesMetadata(low: number, high: number): boolean {
  for (let version = high; version > low; version--) if (METADATA_CHANGES.has(version)) return true
  return false
}

/** What other features must be at before one may be at a level. */
export function featureDependencies(feature: string, level: number): ReadonlyMap<string, number> {
  return new Map(feature === ELR_VERSION && level >= 1 ? [[METADATA_VERSION, 23]] : [])
}

/** The versions of records that a metadata.version allows. */
export function registerBrokerVersion(metadataVersion: number): number {
  if (metadataVersion >= 30) return 4
  if (metadataVersion >= 17) return 3
  return metadataVersion >= 8 ? 2 : 1
}

/** Of PartitionRecord and PartitionChangeRecord alike: KIP-858's directories, KIP-966's eligible leaders. */
export function partitionRecordVersion(metadataVersion: number): number {
  if (metadataVersion >= 23) return 2
  return metadataVersion >= 17 ? 1 : 0
}

export function epochBumpOnShrink(metadataVersion: number): boolean {
  return metadataVersion < 12
}

export function supportsDirectories(metadataVersion: number): boolean {
  return metadataVersion >= 17
}

export function supportsScram(metadataVersion: number): boolean {
  return metadataVersion >= 11
}

export function supportsDelegationTokens(metadataVersion: number): boolean {
  return metadataVersion >= 14
}

export function supportsControllerRegistration(metadataVersion: number): boolean {
  return metadataVersion >= 15
}

export function supportsTransactions(metadataVersion: number): boolean {
  return metadataVersion >= 13
}

/** KIP-1066. */
export function supportsCordonedDirectories(metadataVersion: number): boolean {
  return metadataVersion >= 30
}

export function elrEnabled(image: MetadataImage): boolean {
  return image.featureLevel(ELR_VERSION) >= 1
}

/** metadata.version of a log that names none is the first there was. */
export function metadataVersionOf(image: Pick<MetadataImage, 'featureLevel'>): number {
  return Math.max(image.featureLevel(METADATA_VERSION), MIN_METADATA_VERSION)
}
