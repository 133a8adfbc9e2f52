import { listOffsets } from '../../client/admin/offsets.ts'
import type { KafkaClient } from '../../client/client.ts'
import type { TopicView } from '../../client/types.ts'
import type { GroupLagSeries, Throughput } from './api.ts'
import { type Commits, type Ends, lagsOf } from './commits.ts'
import type { ConsoleNode, Counters } from './node.ts'
import { Ring, STEP_MS } from './ring.ts'

export interface SamplerOptions {
  readonly client: KafkaClient
  readonly node: ConsoleNode
  readonly topics: () => Promise<readonly TopicView[]>
  readonly commits: () => Promise<Commits>
}

interface Look {
  readonly atMs: number
  readonly records: ReadonlyMap<string, number>
}

/** Nobody looked for so long: no more is measured. */
const INTEREST_MS = 5 * 60_000
/** Looks at all topics that rates are of. */
const LOOKS = 4
const MOST_PARTITIONS = 50_000
const MOST_GROUPS = 200
const MOST_TOPICS_OF_A_GROUP = 20

interface GroupRings {
  readonly total: Ring
  readonly topics: Map<string, Ring>
}

/** Measures while somebody looks, every ten seconds, and keeps an hour of it. */
export class Sampler {
  readonly #options: SamplerOptions
  readonly #rings = {
    recordsIn: new Ring(),
    bytesIn: new Ring(),
    bytesOut: new Ring(),
    requests: new Ring(),
    connections: new Ring(),
  }
  readonly #groups = new Map<string, GroupRings>()
  #looks: Look[] = []
  #counters: { readonly atMs: number; readonly counters: Counters } | undefined
  #timer: NodeJS.Timeout | undefined
  #askedMs = 0

  constructor(options: SamplerOptions) {
    this.#options = options
  }

  /** Somebody is looking. */
  asked(): void {
    this.#askedMs = Date.now()
    if (this.#timer !== undefined) return
    this.#timer = setInterval(() => void this.#tick(), STEP_MS)
    this.#timer.unref()
    void this.#tick()
  }

  /** Records in a second, in the last half minute; undefined: not measured. */
  rateOf(topic: string): number | undefined {
    const first = this.#looks.find(({ records }) => records.has(topic))
    const last = this.#looks.at(-1)
    if (first === undefined || last === undefined || last.atMs - first.atMs < STEP_MS / 2) return undefined
    const records = (last.records.get(topic) ?? 0) - (first.records.get(topic) ?? 0)
    return (Math.max(0, records) * 1000) / (last.atMs - first.atMs)
  }

  /** `tellsBroker`: what is of this broker alone, too. */
  throughput(tellsBroker: boolean): Throughput {
    const nowMs = Date.now()
    const { recordsIn, ...own } = this.#rings
    const of = (ring: Ring) => (tellsBroker ? ring : NOTHING).series(nowMs)
    return {
      recordsIn: recordsIn.series(nowMs),
      bytesIn: of(own.bytesIn),
      bytesOut: of(own.bytesOut),
      requests: of(own.requests),
      connections: of(own.connections),
    }
  }

  lagOf(group: string): GroupLagSeries {
    const nowMs = Date.now()
    const rings = this.#groups.get(group)
    const topics = [...(rings?.topics ?? [])].map(([topic, ring]) => ({ topic, lag: ring.series(nowMs) }))
    return { total: (rings?.total ?? NOTHING).series(nowMs), topics }
  }

  close(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  async #tick(): Promise<void> {
    if (Date.now() - this.#askedMs > INTEREST_MS) {
      this.close()
      return
    }
    try {
      this.#count()
      const ends = await this.#ends()
      if (ends === undefined) return
      this.#noteRecords(ends)
      this.#noteLags(await this.#options.commits(), ends)
    } catch (error) {
      // What can't be asked now is a gap.
      this.#options.node.logger.debug({ err: error }, 'the console could not measure')
    }
  }

  #count(): void {
    const atMs = Date.now()
    const counters = this.#options.node.counters()
    const before = this.#counters
    this.#counters = { atMs, counters }
    this.#rings.connections.set(atMs, counters.connections)
    if (before === undefined || atMs <= before.atMs) return
    for (const name of ['bytesIn', 'bytesOut', 'requests'] as const) {
      const change = counters[name] - before.counters[name]
      this.#rings[name].set(atMs, (Math.max(0, change) * 1000) / (atMs - before.atMs))
    }
  }

  async #ends(): Promise<Ends | undefined> {
    const topics = await this.#options.topics()
    const partitions = topics.flatMap(({ name, partitions: all }) =>
      all
        .filter(({ leader }) => leader >= 0)
        .map(({ partition }) => ({ topic: name, partition, at: 'latest' as const })),
    )
    if (partitions.length > MOST_PARTITIONS) return undefined
    const ends = new Map<string, Map<number, number>>()
    for (const { topic, partition, result } of await listOffsets(this.#options.client, partitions)) {
      if (result instanceof Error) continue
      const mine = ends.get(topic) ?? new Map<number, number>()
      mine.set(partition, result.offset)
      ends.set(topic, mine)
    }
    return ends
  }

  #noteRecords(ends: Ends): void {
    const atMs = Date.now()
    const records = new Map([...ends].map(([topic, mine]) => [topic, sum(mine.values())]))
    const before = this.#looks.at(-1)
    this.#looks = [...this.#looks, { atMs, records }].filter((look) => atMs - look.atMs < LOOKS * STEP_MS)
    if (before === undefined || atMs <= before.atMs) return
    let change = 0
    for (const [topic, now] of records) change += Math.max(0, now - (before.records.get(topic) ?? 0))
    this.#rings.recordsIn.set(atMs, (change * 1000) / (atMs - before.atMs))
  }

  #noteLags(commits: Commits, ends: Ends): void {
    const atMs = Date.now()
    for (const [group, offsets] of commits.byGroup) {
      const lags = lagsOf(offsets, ends)
      if (lags.size === 0) continue
      let rings = this.#groups.get(group)
      if (rings === undefined) {
        if (this.#groups.size >= MOST_GROUPS) continue
        rings = { total: new Ring(), topics: new Map() }
        this.#groups.set(group, rings)
      }
      rings.total.set(atMs, sum(lags.values()))
      for (const [topic, lag] of lags) {
        const ring = rings.topics.get(topic) ?? new Ring()
        if (rings.topics.size < MOST_TOPICS_OF_A_GROUP) rings.topics.set(topic, ring)
        ring.set(atMs, lag)
      }
    }
    for (const group of this.#groups.keys()) if (!commits.byGroup.has(group)) this.#groups.delete(group)
  }
}

const NOTHING = new Ring()

function sum(values: Iterable<number>): number {
  let total = 0
  for (const value of values) total += value
  return total
}
