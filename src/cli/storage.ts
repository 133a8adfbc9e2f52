import { Command, Option } from 'commander'
import { NodeDisk } from '../io/node-disk.ts'
import { NodeRandom } from '../io/node-random.ts'
import { directoriesOf, formatDirectories, randomUuid } from './format-directories.ts'
import { loadConfig } from './load-config.ts'
import { formatPlan } from './storage-format.ts'
import { storageInfo } from './storage-info.ts'
import { UserError } from './user-error.ts'

const say = (line: string): void => console.log(line)

interface FormatOptions {
  readonly config: string
  readonly clusterId: string
  readonly addScram?: readonly string[]
  readonly ignoreFormatted?: boolean
  readonly releaseVersion?: string
  readonly feature?: readonly string[]
  readonly standalone?: boolean
  /** Commander's reading of `--no-initial-controllers` and `--initial-controllers`: false or the text. */
  readonly initialControllers?: string | false
}

/** `storage format | info | random-uuid`: what kafka-storage.sh does. */
export function storageCommand(): Command {
  const storage = new Command('storage').description('prepare and inspect log directories, as kafka-storage.sh does')
  storage.addCommand(formatCommand())
  storage
    .command('info')
    .description('say what is in the log directories of this node')
    .requiredOption('-c, --config <file>', 'the properties file of the node')
    .action((options: { config: string }) => {
      const { lines, healthy } = storageInfo(directoriesOf(loadConfig(options.config)), new NodeDisk().blocking)
      for (const line of lines) say(line)
      if (!healthy) process.exitCode = 1
    })
  storage
    .command('random-uuid')
    .description('print a random id for a new cluster')
    .allowExcessArguments(false)
    .action(() => say(randomUuid(new NodeRandom())))
  return storage
}

function formatCommand(): Command {
  const collect = (value: string, before: readonly string[] = []): string[] => [...before, value]
  return new Command('format')
    .description('format the log directories of this node')
    .requiredOption('-t, --cluster-id <id>', 'the id of the cluster, the same on every node')
    .requiredOption('-c, --config <file>', 'the properties file of the node')
    .option('-g, --ignore-formatted', 'skip directories that are formatted instead of failing')
    .option('-r, --release-version <version>', 'the release whose features the cluster starts with')
    .option('-f, --feature <name=level>', 'the level of one feature, may be repeated', collect)
    .option('-S, --add-scram <credential>', 'a SCRAM credential for the new cluster', collect)
    .addOption(new Option('-s, --standalone', 'make this node the only voter').conflicts('initialControllers'))
    .addOption(new Option('-I, --initial-controllers <id@host:port:directory,…>', 'the first voters'))
    .addOption(new Option('-N, --no-initial-controllers', 'join a quorum that is known elsewhere'))
    .allowExcessArguments(false)
    .action(format)
}

function format(options: FormatOptions): void {
  if (options.addScram) {
    throw new UserError('Leave --add-scram out: SCRAM credentials are not supported by this version.')
  }
  const { initialControllers } = options
  const plan = formatPlan(loadConfig(options.config), {
    clusterId: options.clusterId,
    standalone: options.standalone,
    initialControllers: initialControllers === false ? undefined : initialControllers,
    withoutInitialControllers: initialControllers === false,
    ignoreFormatted: options.ignoreFormatted,
    releaseVersion: options.releaseVersion,
    feature: options.feature,
  })
  formatDirectories(plan, { disk: new NodeDisk().blocking, random: new NodeRandom(), nowMs: Date.now(), say })
}
