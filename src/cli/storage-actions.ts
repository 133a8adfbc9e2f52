import type { BrokerConfig } from '../config/broker-config.ts'
import { NodeDisk } from '../io/node-disk.ts'
import { NodeRandom } from '../io/node-random.ts'
import { randomUuid } from '../io/random-uuid.ts'
import { scramRecord } from './add-scram.ts'
import { directoriesOf, formatDirectories } from './format-directories.ts'
import { loadConfig, parseOverrides } from './load-config.ts'
import { dependencyLines, versionMapping } from './storage-features.ts'
import { formatPlan } from './storage-format.ts'
import { storageInfo } from './storage-info.ts'

const say = (line: string): void => console.log(line)

/** Which node is meant. */
export interface NodeOptions {
  readonly config: string
  readonly override?: readonly string[]
}

export interface FormatOptions extends NodeOptions {
  readonly clusterId: string
  readonly addScram?: readonly string[]
  readonly ignoreFormatted?: boolean
  readonly releaseVersion?: string
  readonly feature?: readonly string[]
  readonly standalone?: boolean
  /** The text of `--initial-controllers`; false: `--no-initial-controllers`; true: commander's value for neither. */
  readonly initialControllers?: string | boolean
}

export function format(options: FormatOptions): void {
  const random = new NodeRandom()
  const { initialControllers, clusterId, standalone, ignoreFormatted, releaseVersion, feature } = options
  const plan = formatPlan(configOf(options), {
    clusterId,
    standalone,
    initialControllers: typeof initialControllers === 'string' ? initialControllers : undefined,
    withoutInitialControllers: initialControllers === false,
    ignoreFormatted,
    releaseVersion,
    feature,
    records: (options.addScram ?? []).map((text) => scramRecord(text, (bytes) => random.bytes(bytes))),
  })
  formatDirectories(plan, { disk: new NodeDisk().blocking, random, nowMs: Date.now(), say })
}

export function info(options: NodeOptions): void {
  const { lines, healthy } = storageInfo(directoriesOf(configOf(options)), new NodeDisk().blocking)
  for (const line of lines) say(line)
  if (!healthy) process.exitCode = 1
}

export function printVersionMapping({ releaseVersion }: { readonly releaseVersion?: string }): void {
  for (const line of versionMapping(releaseVersion)) say(line)
}

export function printFeatureDependencies({ feature }: { readonly feature: readonly string[] }): void {
  for (const line of dependencyLines(feature)) say(line)
}

export function printRandomUuid(): void {
  say(randomUuid(new NodeRandom()))
}

function configOf({ config, override = [] }: NodeOptions): BrokerConfig {
  return loadConfig(config, parseOverrides(override))
}
