import { Command, InvalidArgumentError } from 'commander'
import { KafkaClient } from '../../client/client.ts'
import type { HostAndPort } from '../../client/types.ts'
import { UserError } from '../user-error.ts'

/** What every command that asks a cluster takes. */
export interface ClientFlags {
  readonly bootstrapServer?: string
  readonly config?: string
  readonly json?: boolean
  readonly timeout?: number
}

const DEFAULT_BOOTSTRAP = 'localhost:9092'

/** A command with others below it. */
export function group(name: string, description: string): Command {
  return new Command(name).usage('<command> [options]').description(description)
}

/** A command that asks a cluster. `examples`: what stands behind the name of the command, and what it does. */
export function asking(command: Command, examples: readonly string[] = []): Command {
  command
    .option('-b, --bootstrap-server <host:port,…>', `brokers to ask first (default ${DEFAULT_BOOTSTRAP})`)
    .option('-c, --config <file>', "Kafka's client.properties: security.protocol, sasl.*, ssl.*")
    .option('--timeout <ms>', 'how long to try', wholeNumber, 30_000)
    .option('--json', 'print JSON, for programs')
  return withExamples(command, examples)
}

export function withExamples(command: Command, examples: readonly string[]): Command {
  if (examples.length === 0) return command
  return command.addHelpText('after', `\nExamples:\n${examples.map((example) => `  $ odradek ${example}`).join('\n')}`)
}

export function wholeNumber(text: string): number {
  if (!/^-?\d{1,15}$/.test(text)) throw new InvalidArgumentError('It is no whole number.')
  return Number(text)
}

export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value]
}

export function numbers(text: string, before: readonly number[] = []): number[] {
  return [...before, ...text.split(',').map((part) => wholeNumber(part.trim()))]
}

/** Milliseconds since 1970, or a date as ISO 8601 has it (a time without a zone is this machine's). */
export function instant(text: string): number {
  if (/^-?\d+$/.test(text)) return Number(text)
  const ms = Date.parse(text)
  if (Number.isNaN(ms))
    throw new InvalidArgumentError('Give milliseconds since 1970 or a date such as 2026-01-31T12:00:00Z.')
  return ms
}

/** `key=value`, of which several are one option. @throws UserError */
export function pairs(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=')
      if (at <= 0) throw new UserError(`Write it as name=value: '${text}' is not.`)
      return [text.slice(0, at), text.slice(at + 1)]
    }),
  )
}

/** Runs with a client, and closes it whatever happens. @throws UserError, ConfigError, KafkaError, ClientError */
export async function withClient<T>(flags: ClientFlags, work: (client: KafkaClient) => Promise<T>): Promise<T> {
  const client = await connect(flags)
  try {
    return await work(client)
  } finally {
    await client.close()
  }
}

export async function connect(flags: ClientFlags): Promise<KafkaClient> {
  const config = flags.config === undefined ? undefined : await readConfig(flags.config)
  return KafkaClient.connect({
    bootstrap: addresses(flags.bootstrapServer ?? config?.bootstrap ?? DEFAULT_BOOTSTRAP),
    clientId: config?.clientId ?? 'odradek-cli',
    requestTimeoutMs: flags.timeout ?? 30_000,
    connectTimeoutMs: Math.min(flags.timeout ?? 10_000, 10_000),
    ...(config && { link: config.link }),
  })
}

/** What most calls don't need is loaded for those that do. */
async function readConfig(file: string) {
  const { readClientConfig } = await import('../terminal/client-config.ts')
  return readClientConfig(file)
}

const ADDRESS = /^(?:\[(?<six>[0-9a-fA-F:.]+)\]|(?<host>[^:[\]\s]+)):(?<port>\d{1,5})$/

/** @throws UserError */
export function addresses(text: string): HostAndPort[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const found = ADDRESS.exec(part)?.groups
      if (found === undefined) throw new UserError(`Write --bootstrap-server as host:port: '${part}' is not.`)
      return { host: found.six ?? found.host ?? '', port: Number(found.port) }
    })
}

/** Ends the work at Ctrl-C; the second time the process. */
export function interrupted(): AbortController {
  const controller = new AbortController()
  const stop = () => {
    if (controller.signal.aborted) process.exit(130)
    controller.abort()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  return controller
}
