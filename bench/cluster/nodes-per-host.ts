import type { Target } from '../../test/support/broker.ts'
import { Tools } from '../../test/support/tools.ts'
import type { Measures } from '../table.ts'
import { BenchCluster } from './cluster.ts'
import { MB, type Plan, perf } from './measure.ts'

/** One copy of everything, so that more nodes don't mean more work. */
const SINGLE = {
  KAFKA_DEFAULT_REPLICATION_FACTOR: '1',
  KAFKA_MIN_INSYNC_REPLICAS: '1',
  KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
}
const PARTITIONS = 12
const PRODUCERS = 2

/** What several nodes on one machine take from two producers, each in a process of its own, with one copy of each record. */
export async function nodesPerHost(target: Target, plan: Plan): Promise<Measures> {
  const measures: Measures = {}
  for (const nodes of [1, 2, 3]) {
    await using cluster = await BenchCluster.create(target, { nodes, environment: SINGLE })
    await cluster.compose.start()
    await cluster.createTopic('spread', PARTITIONS, 1)
    const producers = Array.from({ length: PRODUCERS }, () => new Tools(['-Xmx1G', '-XX:+UseG1GC'], cluster.within))
    try {
      const records = (plan.megabytes * MB) / 1_000 / PRODUCERS
      const all = (count: number) =>
        Promise.all(
          producers.map((tools) =>
            perf({ tools, bootstrap: cluster.bootstrap }, 'spread', count, 1_000, -1, [
              'batch.size=131072',
              'linger.ms=5',
            ]),
          ),
        )
      await all(Math.ceil(records / 10))
      const before = cluster.cpuSeconds()
      const reports = await all(records)
      const name = `${nodes} ${nodes === 1 ? 'node' : 'nodes'} on a host, RF 1`
      measures[`${name}: produce MB/s`] = reports.reduce((sum, { mbPerSecond }) => sum + mbPerSecond, 0)
      measures[`${name}: CPU s/GB`] = (cluster.cpuSeconds() - before) / (plan.megabytes / 1_000)
    } finally {
      for (const tools of producers) await tools[Symbol.asyncDispose]()
    }
  }
  return measures
}
