import { setTimeout as delay } from 'node:timers/promises'
import type { Target } from '../../test/support/broker.ts'
import type { Measures } from '../table.ts'
import { BenchCluster } from './cluster.ts'
import { MB, type Plan, perf } from './measure.ts'

const NODES = [1, 3, 5]
/** Of the most partitions, each time made beside those that are there. */
const SHARES = [1 / 30, 1 / 3, 1]
const SETTLE_MS = 6_000
const IDLE_MS = 10_000
/** What each cluster takes with its most partitions. */
const SHARE = 0.3

/**
 * How cost grows with nodes and with partitions: what a cluster at rest takes of a core and of memory, and what it takes for
 * records while it has them all. Three copies of everything where there are nodes for them.
 */
export async function growth(target: Target, plan: Plan): Promise<Measures> {
  const measures: Measures = {}
  for (const nodes of NODES) {
    const copies = Math.min(3, nodes)
    await using cluster = await BenchCluster.create(target, { nodes, environment: replicated(copies) })
    await cluster.compose.start()
    let made = 0
    for (const share of SHARES) {
      const partitions = Math.round(plan.partitions * share)
      await cluster.createTopic(`grown-${partitions}`, partitions - made, copies)
      made = partitions
      await delay(SETTLE_MS)
      const before = cluster.cpuSeconds()
      await delay(IDLE_MS)
      const name = `${nodes} ${nodes === 1 ? 'node' : 'nodes'}, ${partitions} partitions`
      measures[`${name}: CPU at rest, % of a core`] = ((cluster.cpuSeconds() - before) / IDLE_MS) * 100_000
      measures[`${name}: memory, MiB`] = cluster.residentMebibytes()
    }
    await cluster.createTopic('throughput', 6, copies)
    const records = Math.ceil((plan.megabytes * MB * SHARE) / 1_000)
    const tuned = ['batch.size=131072', 'linger.ms=5']
    await perf(cluster, 'throughput', Math.ceil(records / 10), 1_000, -1, tuned)
    const before = cluster.cpuSeconds()
    await perf(cluster, 'throughput', records, 1_000, -1, tuned)
    const perGigabyte = (cluster.cpuSeconds() - before) / (records / 1_000_000)
    measures[`${nodes} ${nodes === 1 ? 'node' : 'nodes'}, ${made} partitions, RF ${copies}: CPU s/GB`] = perGigabyte
  }
  return measures
}

function replicated(copies: number): Readonly<Record<string, string>> {
  const wanted = String(copies)
  return {
    KAFKA_DEFAULT_REPLICATION_FACTOR: wanted,
    KAFKA_MIN_INSYNC_REPLICAS: String(Math.min(2, copies)),
    KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: wanted,
  }
}
