import type { Family } from './metrics/family.ts'

export interface Families {
  /** The same array as long as there are no others. */
  readonly families: () => readonly Family[]
  /** Others each time. */
  readonly passing: () => readonly Family[]
}

export interface Exposition {
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
export async function exposition({ families, passing }: Families): Promise<Exposition> {
  const { collectDefaultMetrics, Gauge, Registry } = await import('prom-client')
  const processMetrics = new Registry()
  collectDefaultMetrics({ register: processMetrics })
  const registry = new Registry()
  const passingRegistry = new Registry()
  class Read extends Gauge {
    readonly #family: Family

    constructor(family: Family, register: InstanceType<typeof Registry>) {
      super({ name: family.name, help: family.help, registers: [register] })
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
    passingRegistry.clear()
    for (const family of passing()) new Read(family, passingRegistry)
    const now = families()
    if (now === registered) return
    registered = now
    registry.clear()
    for (const family of now) new Read(family, registry)
  }
  const write = async (from: InstanceType<typeof Registry>, parts: string[]): Promise<void> => {
    for (const { name } of from.getMetricsAsArray()) {
      parts.push(await from.getSingleMetricAsString(name))
      await new Promise(setImmediate)
    }
  }
  return {
    text: async () => {
      register()
      const parts: string[] = []
      await write(registry, parts)
      await write(passingRegistry, parts)
      parts.push(await processMetrics.metrics())
      return `${parts.join('\n')}\n`
    },
    close: () => {
      registry.clear()
      processMetrics.clear()
    },
  }
}
