import type { Logger, LogLevels } from './ports.ts'

/** Lines of less weight are not written. */
export interface Threshold {
  weight: number
  /** It has a level of its own, and so does not follow the root. */
  isOwn: boolean
}

/** Weights as pino has them, under the names of log4j. */
const WEIGHTS: Readonly<Record<string, number>> = { TRACE: 10, DEBUG: 20, INFO: 30, WARN: 40, ERROR: 50, FATAL: 60 }
const SILENT = Number.POSITIVE_INFINITY
const ROOT = 'root'

/** The levels of a logger and of the areas under it. */
export class AreaLevels implements LogLevels {
  readonly root: Threshold
  readonly #areas = new Map<string, Threshold>()

  constructor(level: string) {
    this.root = { weight: weightOf(level), isOwn: true }
  }

  area(name: string): Threshold {
    let threshold = this.#areas.get(name)
    if (threshold === undefined) {
      threshold = { weight: this.root.weight, isOwn: false }
      this.#areas.set(name, threshold)
    }
    return threshold
  }

  all(): ReadonlyMap<string, string> {
    const areas = [...this.#areas].sort(([a], [b]) => (a < b ? -1 : 1))
    return new Map([[ROOT, this.root] as const, ...areas].map(([name, { weight }]) => [name, nameOf(weight)]))
  }

  set(name: string, level: string | undefined): void {
    const threshold = name === ROOT ? this.root : this.#areas.get(name)
    if (threshold === undefined) return
    threshold.isOwn = level !== undefined
    threshold.weight = level === undefined ? this.root.weight : weightOf(level)
    if (threshold !== this.root) return
    for (const area of this.#areas.values()) if (!area.isOwn) area.weight = this.root.weight
  }
}

/** The logger of a part of the broker; the whole's where there are no parts. */
export function areaOf(logger: Logger, name: string): Logger {
  return logger.area?.(name) ?? logger
}

function weightOf(level: string): number {
  return WEIGHTS[level.toUpperCase()] ?? SILENT
}

function nameOf(weight: number): string {
  return Object.keys(WEIGHTS).find((name) => WEIGHTS[name] === weight) ?? 'OFF'
}
