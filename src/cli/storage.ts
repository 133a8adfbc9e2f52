import { Command, Option } from 'commander'
import type { FormatOptions, NodeOptions } from './storage-actions.ts'

/**
 * `storage format | info | version-mapping | feature-dependencies | random-uuid`: what kafka-storage.sh does. Only the shape of
 * the command line is here: what it does is loaded when it is asked for, because a starting broker does not need it.
 */
export function storageCommand(): Command {
  const storage = new StorageCommand('storage')
    .description('prepare and inspect log directories, as kafka-storage.sh does')
    .showHelpAfterError()
  storage.addCommand(formatCommand())
  storage
    .command('info')
    .description('say what is in the log directories of this node')
    .requiredOption('-c, --config <file>', 'the properties file of the node')
    .addOption(overrideOption())
    .allowExcessArguments(false)
    .action(async (options: NodeOptions) => (await import('./storage-actions.ts')).info(options))
  storage
    .command('version-mapping')
    .description('say which features a cluster of a release starts with')
    .showHelpAfterError()
    .option('-r, --release-version <version>', 'the release; left out, the newest')
    .allowExcessArguments(false)
    .action(async (options) => (await import('./storage-actions.ts')).printVersionMapping(options))
  storage
    .command('feature-dependencies')
    .description('say what other features a level of one needs')
    .showHelpAfterError()
    .requiredOption('-f, --feature <name=level>', 'the level of a feature, may be repeated', collect)
    .allowExcessArguments(false)
    .action(async (options) => (await import('./storage-actions.ts')).printFeatureDependencies(options))
  storage
    .command('random-uuid')
    .description('print a random id for a new cluster')
    .allowExcessArguments(false)
    .action(async () => (await import('./storage-actions.ts')).printRandomUuid())
  return storage
}

/** Whatever looks like an option is no option's value, as in Kafka's tools: `-t -- -c FILE` lacks an id. `-t=--` has one. */
class StorageCommand extends Command {
  override createCommand(name: string): Command {
    return new StorageCommand(name)
  }

  override parseOptions(argv: string[]) {
    const end = argv.indexOf('--')
    for (const [at, flag] of argv.entries()) {
      const option = this.options.find(({ short, long }) => flag === short || flag === long)
      const value = argv[at + 1]
      if (option?.required && value?.startsWith('-') && value !== '-' && (end < 0 || at < end))
        this.error(`error: option '${option.flags}' argument missing`, { code: 'commander.optionMissingArgument' })
    }
    return super.parseOptions(argv.map((text) => this.#withoutEquals(text)))
  }

  /** `-tID` of `-t=ID`. */
  #withoutEquals(text: string): string {
    const short = text.slice(0, 2)
    return text[2] === '=' && this.options.some((option) => option.required && option.short === short)
      ? `${short}${text.slice(3)}`
      : text
  }
}

const collect = (value: string, before: readonly string[] = []): string[] => [...before, value]

/** As at the start of the node. */
function overrideOption(): Option {
  return new Option('--override <key=value>', 'set a property over the file, may be repeated').argParser(collect)
}

function formatCommand(): Command {
  return new StorageCommand('format')
    .description('format the log directories of this node')
    .showHelpAfterError()
    .requiredOption('-t, --cluster-id <id>', 'the id of the cluster, the same on every node')
    .requiredOption('-c, --config <file>', 'the properties file of the node')
    .addOption(overrideOption())
    .option('-g, --ignore-formatted', 'skip directories that are formatted instead of failing')
    .option('-r, --release-version <version>', 'the release whose features the cluster starts with')
    .option('-f, --feature <name=level>', 'the level of one feature, may be repeated', collect)
    .option('-S, --add-scram <credential>', 'a SCRAM credential for the new cluster', collect)
    .addOption(new Option('-s, --standalone', 'make this node the only voter').conflicts('initialControllers'))
    .addOption(new Option('-I, --initial-controllers <id@host:port:directory,…>', 'the first voters'))
    .addOption(new Option('-N, --no-initial-controllers', 'join a quorum that is known elsewhere'))
    .allowExcessArguments(false)
    .action(async (options: FormatOptions) => (await import('./storage-actions.ts')).format(options))
}
