import { Command } from 'commander'
import { COMMANDS } from './commands/names.ts'
import type { ContainerOptions } from './container.ts'
import { storageCommand } from './storage.ts'
import { sentenceFor } from './user-error.ts'
import { KAFKA_VERSION, packageVersion } from './version.ts'

export { mapStacks } from './stack-positions.ts'

/** The command line: `odradek [start] [FILE…] [--override key=value]…`, `odradek container` and `odradek storage …`. */
export function program(): Command {
  const odradek = new Command('odradek')
    .description('A Kafka broker')
    .version(`${packageVersion()} (Apache Kafka ${KAFKA_VERSION})`, '--version', 'print the version')
    .showHelpAfterError()
    .enablePositionalOptions()
  odradek
    .command('start', { isDefault: true })
    .description('run a node, or one process for each of several (the default command)')
    .argument('[files...]', "Kafka's server.properties; without one, a broker for this machine with its data in ./data")
    .option('--override <key=value>', 'set a property over the files, may be repeated', collect, [])
    .version(`${packageVersion()} (Apache Kafka ${KAFKA_VERSION})`, '--version', 'print the version')
    .action(async ([file, ...others]: string[], options: { override: string[] }) => {
      if (file !== undefined && others.length > 0) {
        const { startMany } = await import('./start-many.ts')
        await startMany([file, ...others], options.override)
        return
      }
      const { start } = await import('./start.ts')
      await start(file, options.override)
    })
  odradek.addCommand(containerCommand()).addCommand(storageCommand())
  for (const [name, description] of Object.entries(COMMANDS)) odradek.command(name).description(description)
  return odradek
}

/** What the image runs. Its directories are those of Kafka's image. */
function containerCommand(): Command {
  return new Command('container')
    .description("run a node from KAFKA_… variables, CLUSTER_ID and mounted files, as Kafka's container image does")
    .argument('[variables...]', 'NAME=value, over the environment')
    .option('--health', 'ask the running node of this container whether it is well', false)
    .option('--mounted <directory>', 'where a server.properties may be mounted', '/mnt/shared/config')
    .option('--secrets <directory>', 'where key stores and their passwords are', '/etc/kafka/secrets')
    .option('--data <directory>', 'the log directory where none is set', '/var/lib/kafka/data')
    .showHelpAfterError()
    .action(async (variables: string[], options: ContainerOptions) => {
      const { container } = await import('./container.ts')
      await container(variables, options)
    })
}

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value]
}

/** Runs the command line to its end; the exit code says whether it went well. */
export async function run(args: readonly string[]): Promise<number> {
  try {
    const [name = '', ...others] = args[0] === 'help' ? [...args.slice(1), '--help'] : args
    if (Object.hasOwn(COMMANDS, name)) {
      const { runCommand } = await import('./commands/run.ts')
      return await runCommand(name, others)
    }
    await program().parseAsync(args, { from: 'user' })
    return Number(process.exitCode ?? 0)
  } catch (error) {
    const sentence = sentenceFor(error)
    console.error(sentence ?? error)
    return 1
  }
}
