import { type DestinationStream, type Logger as Pino, pino } from 'pino'
import type { LogFn, Logger } from './ports.ts'

export interface LoggerOptions {
  /** `trace`, `debug`, `info`, `warn`, `error`, `silent`. */
  readonly level?: string
  /** Where the lines go; standard output where not given. */
  readonly destination?: DestinationStream
}

/** JSON lines by pino. Readable lines on a terminal are a destination that the composition root gives. */
export function createLogger(options: LoggerOptions = {}): Logger {
  const settings = { level: options.level ?? 'info', base: null }
  return wrap(options.destination ? pino(settings, options.destination) : pino(settings))
}

export const silentLogger: Logger = createLogger({ level: 'silent' })

function wrap(logger: Pino): Logger {
  return {
    debug: logger.debug.bind(logger) as LogFn,
    info: logger.info.bind(logger) as LogFn,
    warn: logger.warn.bind(logger) as LogFn,
    error: logger.error.bind(logger) as LogFn,
    child: (fields) => wrap(logger.child(fields)),
  }
}
