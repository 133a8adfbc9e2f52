import type { Clock, Logger, Timer } from './ports.ts'

/** One of the lines that others can provoke as often as they like. */
export interface CountedLine {
  /** Lines of one kind become one and a count. */
  readonly kind: string
  /** Asked for where the line is written. */
  readonly fields: () => object
  readonly message: string
  /** Who provoked it: told instead of the line where too many kinds have one already. */
  readonly by: Readonly<Record<string, string>>
}

export interface CountedLinesOptions {
  readonly logger: Logger
  readonly clock: Pick<Clock, 'after'>
  readonly level: 'info' | 'warn' | 'error'
  /** After the message of a line that came again, with how often. */
  readonly again: string
  /** Of lines that had none of their own. */
  readonly more: string
  readonly windowMs?: number
  /** Kinds with a line in a window; of those beyond, so many askers are told apart. */
  readonly most?: number
  readonly mostAskers?: number
}

const WINDOW_MS = 10_000
const MOST = 50
const MOST_ASKERS = 20

interface Said {
  readonly message: string
  readonly fields: object
  again: number
}

/** What one asker provoked beyond the lines, or all that had no place of their own. */
interface Others {
  readonly by: object
  times: number
}

/**
 * The first of each kind is written at once, the rest is counted and told at the end of the window: whoever tries the same
 * again and again, or everything, doesn't fill the disk, and nothing goes unsaid. At DEBUG each has its own line.
 */
export class CountedLines {
  readonly #options: CountedLinesOptions
  readonly #said = new Map<string, Said>()
  readonly #others = new Map<string, Others>()
  #timer: Timer | undefined

  constructor(options: CountedLinesOptions) {
    this.#options = options
  }

  say(line: CountedLine): void {
    const { logger, level, clock, windowMs = WINDOW_MS, most = MOST } = this.#options
    if (logger.writes?.('debug')) {
      logger[level](line.fields(), line.message)
      return
    }
    const known = this.#said.get(line.kind)
    this.#timer ??= clock.after(windowMs, () => this.flush())
    if (known !== undefined) known.again += 1
    else if (this.#said.size < most) {
      const { kind, message } = line
      const fields = line.fields()
      this.#said.set(kind, { message, fields, again: 0 })
      logger[level](fields, message)
    } else this.#count(line.by)
  }

  #count(by: CountedLine['by']): void {
    const { mostAskers = MOST_ASKERS } = this.#options
    const own = Object.values(by).join('\n')
    const hasPlace = this.#others.has(own) || this.#others.size < mostAskers
    const key = hasPlace ? own : ''
    const others = this.#others.get(key) ?? { by: hasPlace ? by : {}, times: 0 }
    others.times += 1
    this.#others.set(key, others)
  }

  /** Says what was only counted; the next of any kind has a line of its own again. */
  flush(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    const { logger, level, again: suffix, more } = this.#options
    for (const { message, fields, again } of this.#said.values()) {
      if (again > 0) logger[level]({ ...fields, again }, `${message} ${suffix}`)
    }
    for (const { by, times } of this.#others.values()) logger[level]({ ...by, times }, more)
    this.#said.clear()
    this.#others.clear()
  }
}
