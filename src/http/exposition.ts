import type { Family } from './metrics/family.ts'

export interface Exposition {
  readonly contentType: string
  /** All metrics as Prometheus reads them. */
  text(): Promise<string>
  /** Ends what was begun to watch the process. */
  close(): void
}

const none = (): void => {}

/**
 * Families as a registry of prom-client, beside its metrics of the process (event-loop delay, heap, garbage collection). It is
 * loaded here because most nodes need it never. After each family others have their turn: with tens of thousands of
 * partitions all of them together would hold up the event loop.
 */
export async function exposition(families: () => readonly Family[]): Promise<Exposition> {
  const { collectDefaultMetrics, Gauge, Registry } = await import('prom-client')
  const processMetrics = new Registry()
  collectDefaultMetrics({ register: processMetrics })
  const registry = new Registry()
  class Read extends Gauge {
    readonly #family: Family

    constructor(family: Family) {
      super({ name: family.name, help: family.help, registers: [registry] })
      this.#family = family
    }

    override async get() {
      const { name, help, type, collect } = this.#family
      // Declared as an enum, but it is the word that is written.
      return {
        name,
        help,
        type: type as never,
        aggregator: 'sum' as const,
        collect: none,
        values: [...(await collect())],
      }
    }
  }
  let registered: readonly Family[] = []
  const register = (): void => {
    const now = families()
    if (now === registered) return
    registered = now
    registry.clear()
    for (const family of now) new Read(family)
  }
  return {
    contentType: registry.contentType,
    text: async () => {
      register()
      const parts: string[] = []
      for (const { name } of registry.getMetricsAsArray()) {
        parts.push(await registry.getSingleMetricAsString(name))
        await new Promise(setImmediate)
      }
      parts.push(await processMetrics.metrics())
      return `${parts.join('\n')}\n`
    },
    close: () => {
      registry.clear()
      processMetrics.clear()
    },
  }
}
