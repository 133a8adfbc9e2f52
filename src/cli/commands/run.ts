import { type Command, CommanderError } from 'commander'
import { ClientError } from '../../client/client-error.ts'
import { sentenceFor } from '../user-error.ts'

const FAILURE = 1
const USAGE = 2

/** How each command is made: loaded when it is asked for. */
const MAKERS: Readonly<Record<string, () => Promise<Command>>> = {
  topics: async () => (await import('./topics.ts')).topicsCommand(),
  produce: async () => (await import('./produce.ts')).produceCommand(),
  consume: async () => (await import('./consume.ts')).consumeCommand(),
  groups: async () => (await import('./groups.ts')).groupsCommand(),
  configs: async () => (await import('./configs.ts')).configsCommand(),
  acls: async () => (await import('./acls.ts')).aclsCommand(),
  'dump-log': async () => (await import('./dump-log.ts')).dumpLogCommand(),
  perf: async () => (await import('./perf.ts')).perfCommand(),
  status: async () => (await import('./status.ts')).statusCommand(),
  doctor: async () => (await import('./doctor.ts')).doctorCommand(),
  completion: async () => (await import('./completion.ts')).completionCommand(),
}

/** With all below it: for completion. */
export async function everyCommand(): Promise<Command[]> {
  return Promise.all(Object.values(MAKERS).map((make) => make()))
}

/** Runs a command; gives the exit code: 0, 1 where it failed, 2 where it was called wrongly. */
export async function runCommand(name: string, args: readonly string[]): Promise<number> {
  const make = MAKERS[name]
  if (make === undefined) return USAGE
  // Who reads may have had enough.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
  try {
    const command = await make()
    command.name(`odradek ${name}`)
    exitByThrowing(command)
    await command.parseAsync(args, { from: 'user' })
    return Number(process.exitCode ?? 0)
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE
    console.error(`${sentenceOf(error)}`)
    return FAILURE
  }
}

function exitByThrowing(command: Command): void {
  command.exitOverride().showSuggestionAfterError().helpOption('-h, --help', 'say how it is used')
  for (const child of command.commands) exitByThrowing(child)
}

function sentenceOf(error: unknown): unknown {
  const known = sentenceFor(error)
  if (known !== undefined) return known
  if (!(error instanceof Error)) return error
  if (error.name === 'KafkaError') return `${error.message}`
  if (error instanceof ClientError) return `${error.message}.${hintFor(error)}`
  return error.stack ?? error
}

function hintFor({ kind, message }: ClientError): string {
  if (kind === 'disconnected' || message.endsWith('closed the connection'))
    return ' Does the listener want TLS or a login, or others? Say so with --config (security.protocol).'
  if (kind === 'unreachable' && message.includes('ECONNREFUSED'))
    return ' Is a broker running there? Give another with --bootstrap-server.'
  if (kind === 'unreachable' && message.includes('ENOTFOUND')) return ' Is the name of the host right?'
  return ''
}
