import type { BrokerConfig } from '../config/broker-config.ts'
import { NodeDisk } from '../io/node-disk.ts'
import { NodeRandom } from '../io/node-random.ts'
import { randomUuid } from '../io/random-uuid.ts'
import { directoriesOf, formatDirectories } from './format-directories.ts'
import { loadConfig, parseOverrides } from './load-config.ts'
import { formatPlan } from './storage-format.ts'
import { storageInfo } from './storage-info.ts'
import { UserError } from './user-error.ts'

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
  if (options.addScram) {
    throw new UserError('Leave --add-scram out: SCRAM credentials are not supported by this version.')
  }
  const { initialControllers, clusterId, standalone, ignoreFormatted, releaseVersion, feature } = options
  const plan = formatPlan(configOf(options), {
    clusterId,
    standalone,
    initialControllers: typeof initialControllers === 'string' ? initialControllers : undefined,
    withoutInitialControllers: initialControllers === false,
    ignoreFormatted,
    releaseVersion,
    feature,
  })
  formatDirectories(plan, { disk: new NodeDisk().blocking, random: new NodeRandom(), nowMs: Date.now(), say })
}

export function info(options: NodeOptions): void {
  const { lines, healthy } = storageInfo(directoriesOf(configOf(options)), new NodeDisk().blocking)
  for (const line of lines) say(line)
  if (!healthy) process.exitCode = 1
}

export function printRandomUuid(): void {
  say(randomUuid(new NodeRandom()))
}

function configOf({ config, override = [] }: NodeOptions): BrokerConfig {
  return loadConfig(config, parseOverrides(override))
}
