import { type DestinationStream, type Logger as Pino, pino } from 'pino'
import { AreaLevels, type Threshold } from './log-levels.ts'
import type { LogFn, Logger } from './ports.ts'

export interface LoggerOptions {
  /** `trace`, `debug`, `info`, `warn`, `error`, `silent`. */
  readonly level?: string
  /** Where the lines go; standard output where not given. */
  readonly destination?: DestinationStream
}

/** JSON lines by pino. Readable lines on a terminal are a destination that the composition root gives. */
export function createLogger(options: LoggerOptions = {}): Logger {
  const settings = { level: 'trace', base: null }
  const levels = new AreaLevels(options.level ?? 'info')
  return wrap(options.destination ? pino(settings, options.destination) : pino(settings), levels, levels.root)
}

export const silentLogger: Logger = createLogger({ level: 'silent' })

/** Levels are asked for with every line, because they may change at any time, for children made long before. */
function wrap(logger: Pino, levels: AreaLevels, threshold: Threshold): Logger {
  const at = (level: 'debug' | 'info' | 'warn' | 'error'): LogFn => {
    const write = logger[level].bind(logger) as (...given: readonly unknown[]) => void
    const weight = pino.levels.values[level] ?? 0
    return (...given: readonly unknown[]) => {
      if (weight >= threshold.weight) write(...given)
    }
  }
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => wrap(logger.child(fields), levels, threshold),
    area: (name) => wrap(logger, levels, levels.area(name)),
    writes: (level) => (pino.levels.values[level] ?? 0) >= threshold.weight,
    levels,
  }
}
