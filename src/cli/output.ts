import type { Logger } from '../io/ports.ts'

export interface Output {
  readonly logger: Logger
  /** A line of another process's log, with its end. */
  readonly write: (line: string) => void
}

/** Readable lines where a person looks on, JSON lines everywhere else. */
export async function openLogger(level?: string): Promise<Logger> {
  return process.stdout.isTTY ? (await openOutput(level)).logger : plainLogger(level)
}

async function plainLogger(level?: string): Promise<Logger> {
  const { createLogger } = await import('../io/logger.ts')
  return createLogger({ level: pinoLevel(level) })
}

/** A log, and a place for the lines of the processes that this one runs: they carry the id of their node. */
export async function openOutput(level?: string): Promise<Output> {
  if (!process.stdout.isTTY) return { logger: await plainLogger(level), write: (line) => process.stdout.write(line) }
  const { createLogger } = await import('../io/logger.ts')
  const { default: pretty } = await import('pino-pretty')
  const destination = pretty({
    sync: true,
    ignore: 'pid,hostname,node',
    translateTime: 'SYS:HH:MM:ss.l',
    messageFormat: '{if node}node {node}: {end}{msg}',
  })
  return { logger: createLogger({ level: pinoLevel(level), destination }), write: (line) => destination.write(line) }
}

/** A level of log4j as one of pino's; undefined where there is none like it. */
function pinoLevel(level: string | undefined): string | undefined {
  const lower = level?.trim().toLowerCase() ?? ''
  if (lower === 'off') return 'silent'
  return ['trace', 'debug', 'info', 'warn', 'error', 'fatal'].includes(lower) ? lower : undefined
}
