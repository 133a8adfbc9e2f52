import type { Family, Series } from './metrics/family.ts'
import { escaped, labelText, WrittenLabels } from './metrics/labels.ts'

export interface Families {
  readonly families: () => readonly Family[]
  /** Others each time. */
  readonly passing: () => readonly Family[]
}

export interface Exposition {
  /** All metrics as Prometheus reads them. */
  bytes(): Promise<Buffer>
  /** Ends what was begun to watch the process. */
  close(): void
}

/** So long others wait for a turn at most, beside what one family takes to be collected. */
const TURN_MS = 3
/** Series between two looks at the clock. */
const LOOK = 128

/**
 * Families in Prometheus's text, beside prom-client's metrics of the process (event-loop delay, heap, garbage collection), which
 * is loaded here because most nodes need it never. Others have their turn in between: with tens of thousands of partitions all
 * of it together would hold up the event loop.
 */
export async function exposition({ families, passing }: Families): Promise<Exposition> {
  const { collectDefaultMetrics, Registry } = await import('prom-client')
  const processMetrics = new Registry()
  collectDefaultMetrics({ register: processMetrics })
  return {
    bytes: async () => {
      const writer = new Writer()
      for (const family of families()) await writer.write(family)
      for (const family of passing()) await writer.write(family)
      writer.add(`${await processMetrics.metrics()}\n`)
      return writer.bytes()
    },
    close: () => processMetrics.clear(),
  }
}

class Writer {
  readonly #parts: Buffer[] = []
  #since = performance.now()

  bytes(): Buffer {
    return Buffer.concat(this.#parts)
  }

  /** Bytes at once: a text of megabytes, made of thousands, would be put together when it is sent, all in one turn. */
  add(text: string): void {
    this.#parts.push(Buffer.from(text))
  }

  async write({ name, help, type, collect }: Family): Promise<void> {
    const collected = await collect()
    let lines = `# HELP ${name} ${escaped(help)}\n# TYPE ${name} ${type}\n`
    let count = 0
    for (const series of collected) {
      lines += lineOf(name, series)
      count++
      if (count % LOOK !== 0) continue
      this.add(lines)
      lines = ''
      await this.#turn()
    }
    this.add(lines)
    await this.#turn()
  }

  /** Lets others do what waits, if it is time. */
  async #turn(): Promise<void> {
    if (performance.now() - this.#since < TURN_MS) return
    await new Promise(setImmediate)
    this.#since = performance.now()
  }
}

function lineOf(name: string, { labels, value }: Series): string {
  const written = labels instanceof WrittenLabels ? labels.text : labelText(labels)
  return `${name}${written} ${numberText(value)}\n`
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value)
}
