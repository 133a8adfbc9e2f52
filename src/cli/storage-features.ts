import {
  defaultFeatureLevels,
  FEATURES,
  featureDependencies,
  LATEST_METADATA_VERSION,
  METADATA_VERSION,
  metadataVersionLevel,
  metadataVersionName,
  metadataVersionNames,
} from '../metadata/features.ts'
import { UserError } from './user-error.ts'

/** Kafka 4.3's tool knows it, though no cluster can be formatted with it yet. */
const UNRELEASED = '4.4-IV0'
const UNRELEASED_LEVEL = LATEST_METADATA_VERSION + 1
const MAX_SHORT = 0x7fff

export function unknownRelease(release: string, known: readonly string[]): UserError {
  return new UserError(`Unknown metadata.version '${release}'. Supported metadata.version are: ${known.join(', ')}`)
}

/** The features that a cluster of this release is formatted with. */
export function versionMapping(release = metadataVersionNames().at(-1) ?? ''): string[] {
  const level = release === UNRELEASED ? UNRELEASED_LEVEL : metadataVersionLevel(release)
  if (level === undefined) throw unknownRelease(release, [...metadataVersionNames(), UNRELEASED])
  const levels = defaultFeatureLevels(level)
  return [
    `${METADATA_VERSION}=${level} (${release})`,
    ...FEATURES.map(({ name }) => `${name}=${levels.get(name) ?? 0}`),
  ]
}

/** For each `feature=level` what other features it needs; those before one that is wrong are told as well. */
export function* dependencyLines(asked: readonly string[]): Generator<string> {
  for (const text of asked) yield* linesOf(text)
}

function* linesOf(text: string): Generator<string> {
  const { name, level } = parse(text)
  if (name === METADATA_VERSION) {
    const version = nameOf(level)
    if (version === undefined) throw new UserError(`Unknown ${METADATA_VERSION} ${level}`)
    yield `${name}=${level} (${version}) has no dependencies.`
    return
  }
  const feature = FEATURES.find((one) => one.name === name)
  if (feature === undefined) throw new UserError(`Unknown feature: ${name}`)
  if (level < feature.min || level > feature.max)
    throw new UserError(`Feature level ${level} is not supported for feature ${name}`)
  const dependencies = [...featureDependencies(name, level)]
  yield dependencies.length === 0 ? `${name}=${level} has no dependencies.` : `${name}=${level} requires:`
  for (const [other, needed] of dependencies) {
    yield `    ${other}=${needed}${other === METADATA_VERSION ? ` (${nameOf(needed)})` : ''}`
  }
}

function parse(text: string): { readonly name: string; readonly level: number } {
  const equals = text.indexOf('=')
  if (equals < 0)
    throw new UserError(`Invalid feature format: ${text}. Expected format: 'feature=version' (e.g. 'group.version=1')`)
  const [name, level] = [text.slice(0, equals).trim(), text.slice(equals + 1).trim()]
  const isShort = /^[+-]?\d+$/.test(level) && Number(level) <= MAX_SHORT && Number(level) >= -MAX_SHORT - 1
  if (!isShort) throw new UserError(`Invalid version format: ${level} for feature ${name}`)
  return { name, level: Number(level) }
}

function nameOf(level: number): string | undefined {
  return level === UNRELEASED_LEVEL ? UNRELEASED : metadataVersionName(level)
}
