import { CountedLines } from './counted-lines.ts'
import type { Clock, LogFn, Logger } from './ports.ts'

const MOST = 30
const MOST_CHARS = 300

/**
 * A logger for what clients set off: a line for each message and error, and a count of those that follow soon. DEBUG is as
 * it was. `flush` tells the last counts.
 */
export function countedLogger(logger: Logger, clock: Pick<Clock, 'after'>): Logger & { flush(): void } {
  const all: CountedLines[] = []
  return { ...counted(logger, clock, all), flush: () => all.map((lines) => lines.flush()) }
}

function counted(logger: Logger, clock: Pick<Clock, 'after'>, all: CountedLines[]): Logger {
  const at = (level: 'info' | 'warn' | 'error'): LogFn => {
    const lines = new CountedLines({ logger, clock, level, again: '(again)', more: 'more such lines', most: MOST })
    all.push(lines)
    return (first: object | string, text?: string) => {
      const fields = typeof first === 'string' ? {} : first
      const message = typeof first === 'string' ? first : (text ?? '')
      lines.say({ kind: kindOf(fields, message), fields: () => fields, message, by: {} })
    }
  }
  const { levels } = logger
  return {
    debug: logger.debug,
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => counted(logger.child(fields), clock, all),
    area: (name) => counted(logger.area?.(name) ?? logger, clock, all),
    writes: (level) => logger.writes?.(level) ?? false,
    ...(levels && { levels }),
  }
}

/** What differs with each line is in the other fields. */
function kindOf(fields: object, message: string): string {
  const { err, error } = fields as { readonly err?: unknown; readonly error?: unknown }
  return `${message}\n${err instanceof Error ? err.message : String(error ?? '')}`.slice(0, MOST_CHARS)
}
