import { uuidFromText } from '../base/ids.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import { parseAddress } from '../config/listeners.ts'
import type { FormatVoter } from '../metadata/bootstrap.ts'
import {
  defaultFeatureLevels,
  FEATURES,
  KRAFT_VERSION,
  LATEST_METADATA_VERSION,
  METADATA_VERSION,
  metadataVersionLevel,
  metadataVersionName,
  metadataVersionNames,
  supportsScram,
} from '../metadata/features.ts'
import type { MetadataRecord } from '../metadata/records.ts'
import type { FormatPlan, InitialQuorum } from './format-directories.ts'
import { unknownRelease } from './storage-features.ts'
import { UserError } from './user-error.ts'

/** The options of `storage format`, as `kafka-storage.sh` has them. */
export interface FormatArguments {
  readonly clusterId: string
  readonly standalone?: boolean
  readonly initialControllers?: string
  /** False: `--no-initial-controllers`. */
  readonly withoutInitialControllers?: boolean
  readonly ignoreFormatted?: boolean
  readonly releaseVersion?: string
  readonly feature?: readonly string[]
  /** SCRAM credentials of the first users. */
  readonly records?: readonly MetadataRecord[]
}

/** What the arguments and the configuration ask for together; refuses the combinations that Kafka refuses. */
export function formatPlan(config: BrokerConfig, args: FormatArguments): FormatPlan {
  const quorum = initialQuorum(config, args)
  const dynamic = quorum.kind !== 'elsewhere' || args.withoutInitialControllers === true
  const { records = [] } = args
  const features = featureLevels(args, dynamic)
  if (records.length > 0 && !supportsScram(features.get(METADATA_VERSION) ?? 0)) {
    throw new UserError('SCRAM is only supported in metadata.version 3.5-IV2 or later.')
  }
  return {
    config,
    clusterId: args.clusterId,
    quorum,
    features,
    records,
    ignoreFormatted: args.ignoreFormatted ?? false,
  }
}

function initialQuorum(config: BrokerConfig, args: FormatArguments): InitialQuorum {
  const { standalone, initialControllers } = args
  if (config.quorumVoters.length > 0) {
    if (standalone || initialControllers !== undefined) {
      throw new UserError(
        'You cannot specify controller.quorum.voters and format the node with --initial-controllers or --standalone. ' +
          'If you want to use dynamic quorum, please remove controller.quorum.voters and specify ' +
          'controller.quorum.bootstrap.servers instead.',
      )
    }
    return { kind: 'elsewhere' }
  }
  if (standalone) {
    if (!config.isController) throw new UserError('You can only use --standalone on a controller.')
    return { kind: 'standalone' }
  }
  if (initialControllers !== undefined) {
    return { kind: 'voters', voters: parseInitialControllers(initialControllers, config.controllerListenerName) }
  }
  if (config.isController && !args.withoutInitialControllers) {
    throw new UserError(
      'Because controller.quorum.voters is not set on this controller, you must specify one of the following: ' +
        '--standalone, --initial-controllers, or --no-initial-controllers.',
    )
  }
  return { kind: 'elsewhere' }
}

const DYNAMIC_VOTER = /^(\d+)@(\[[^\]]+\]:\d+|[^:]+:\d+):([^:]+)$/

/** `id@host:port:directory`, separated by commas. */
function parseInitialControllers(text: string, listener: string): FormatVoter[] {
  const voters = text.split(',').map((entry): FormatVoter => {
    const [, id, address, directory = ''] = DYNAMIC_VOTER.exec(entry.trim()) ?? []
    const directoryId = uuidFromText(directory)
    if (id === undefined || address === undefined || directoryId === undefined) {
      throw new UserError(
        `Write --initial-controllers as id@host:port:directory-id, separated by commas: '${entry}' is none.`,
      )
    }
    return { id: Number(id), directoryId, listener, ...parseAddress(address) }
  })
  const ids = voters.map((voter) => voter.id)
  const twice = ids.find((id, at) => ids.indexOf(id) !== at)
  if (twice !== undefined) throw new UserError(`Name each node once in --initial-controllers: ${twice} is there twice.`)
  return voters
}

function featureLevels(args: FormatArguments, dynamic: boolean): Map<string, number> {
  const asked = new Map((args.feature ?? []).map(parseFeature))
  const levels = defaultFeatureLevels(metadataVersion(args.releaseVersion, asked.get(METADATA_VERSION)))
  levels.set(KRAFT_VERSION, dynamic ? 1 : 0)
  for (const [name, level] of asked) {
    if (name === METADATA_VERSION) continue
    const feature = FEATURES.find((candidate) => candidate.name === name)
    if (!feature) {
      const known = FEATURES.map((candidate) => candidate.name).sort()
      throw new UserError(`Unsupported feature: ${name}. Supported features are: ${known.join(', ')}`)
    }
    if (level < feature.min || level > feature.max)
      throw new UserError(`No feature:${name} with feature level ${level}`)
    if (name === KRAFT_VERSION && level !== levels.get(name)) throw wrongKraftVersion(level)
    levels.set(name, level)
  }
  return levels
}

function wrongKraftVersion(level: number): UserError {
  const flags = 'one of the flags --standalone, --initial-controllers, or --no-initial-controllers is used'
  const dynamic = `controller.quorum.voters is empty and ${flags}. For dynamic controllers support, try`
  return new UserError(
    level === 0
      ? `Cannot set kraft.version to 0 if ${dynamic} removing the --feature flag for kraft.version.`
      : `Cannot set kraft.version to ${level} unless ${dynamic} using one of --standalone, --initial-controllers, or ` +
          '--no-initial-controllers and removing controller.quorum.voters.',
  )
}

function parseFeature(text: string): [string, number] {
  const equals = text.indexOf('=')
  if (equals < 0) throw new UserError(`Can't parse feature=level string ${text}: equals sign not found.`)
  const level = text.slice(equals + 1).trim()
  if (!/^\d{1,5}$/.test(level)) {
    throw new UserError(`Can't parse feature=level string ${text}: unable to parse ${level} as a short.`)
  }
  return [text.slice(0, equals).trim(), Number(level)]
}

function metadataVersion(release: string | undefined, asked: number | undefined): number {
  if (release !== undefined && asked !== undefined) {
    throw new UserError('Use --release-version instead of --feature metadata.version=X to avoid ambiguity.')
  }
  if (asked !== undefined) {
    if (metadataVersionName(asked) === undefined) throw new UserError(`No MetadataVersion with feature level ${asked}.`)
    return asked
  }
  if (release === undefined) return LATEST_METADATA_VERSION
  const level = metadataVersionLevel(release)
  if (level === undefined) throw unknownRelease(release, metadataVersionNames())
  return level
}
