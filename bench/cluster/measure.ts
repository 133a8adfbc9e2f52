import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Load } from '../../test/cluster/load.ts'
import type { Target } from '../../test/support/broker.ts'
import { until } from '../../test/support/wait.ts'
import { producerReport } from '../parse.ts'
import type { Measures } from '../table.ts'
import { BenchCluster, isLed, longestGapOfAPartition } from './cluster.ts'

export interface Plan {
  /** What one throughput measurement sends. */
  readonly megabytes: number
  readonly latency: { readonly perSecond: number; readonly seconds: number }
  /** Partitions that fail over at once. */
  readonly partitions: number
  /** What is copied to a replica that lost its disk. */
  readonly copyMegabytes: number
  readonly kills: number
  /** Which measurements to take; all where undefined. */
  readonly only?: readonly string[]
}

export const MB = 1_000_000
const PARTITIONS_AT_ONCE = 2_000
const PATIENCE_MS = 180_000
const seconds = (since: number): number => (performance.now() - since) / 1_000

/** One fresh cluster of three through all measurements. */
export async function clusterOfThree(target: Target, plan: Plan, say: (line: string) => void): Promise<Measures> {
  const measures: Measures = {}
  await using cluster = await BenchCluster.create(target)
  const begun = performance.now()
  await cluster.compose.start()
  measures['cluster up and healthy, s'] = seconds(begun)
  measures['memory idle, MiB, three nodes'] = cluster.residentMebibytes()
  const steps = { throughput, latency, gaps, rollingRestart, failover, copy }
  for (const [name, step] of Object.entries(steps)) {
    if (plan.only?.includes(name) === false) continue
    say(`${target}: ${name}`)
    try {
      Object.assign(measures, await step(cluster, plan))
    } catch (error) {
      // One measurement that is not to be had does not take the others with it.
      say(`${target}: no ${name}: ${brief(error)}`)
      for (const container of cluster.compose.containers)
        if (!container.running) await cluster.compose.restart(container.name, PATIENCE_MS)
    }
  }
  return measures
}

function brief(error: unknown): string {
  const text = String(error)
  return text.length < 1_000 ? text : `${text.slice(0, 200)} … ${text.slice(-800)}`
}

export async function perf(
  cluster: Pick<BenchCluster, 'tools' | 'bootstrap'>,
  topic: string,
  records: number,
  bytes: number,
  rate: number,
  more: string[],
) {
  const args = ['--topic', topic, '--num-records', String(records), '--record-size', String(bytes)]
  const props = ['--producer-props', `bootstrap.servers=${cluster.bootstrap}`, 'acks=all', ...more]
  const out = await cluster.tools.ok('kafka-producer-perf-test', [...args, '--throughput', String(rate), ...props], {
    timeoutSeconds: 900,
  })
  return producerReport(out)
}

async function throughput(cluster: BenchCluster, plan: Plan): Promise<Measures> {
  await cluster.createTopic('throughput', 6)
  const records = (plan.megabytes * MB) / 1_000
  const tuned = ['batch.size=131072', 'linger.ms=5']
  await perf(cluster, 'throughput', Math.ceil(records / 10), 1_000, -1, tuned)
  const before = cluster.cpuSeconds()
  const report = await perf(cluster, 'throughput', records, 1_000, -1, tuned)
  return {
    'produce MB/s: 1 KB, 6 partitions, RF 3, acks=all': report.mbPerSecond,
    'CPU s/GB, three nodes': (cluster.cpuSeconds() - before) / (plan.megabytes / 1_000),
    'memory under load, MiB, three nodes': cluster.residentMebibytes(),
  }
}

async function latency(cluster: BenchCluster, plan: Plan): Promise<Measures> {
  const { perSecond, seconds: length } = plan.latency
  await cluster.createTopic('latency', 6)
  await perf(cluster, 'latency', perSecond * 3, 1_000, perSecond, [])
  const report = await perf(cluster, 'latency', perSecond * length, 1_000, perSecond, [])
  return { [`produce p50 ms at ${perSecond}/s`]: report.p50Ms, [`produce p99 ms at ${perSecond}/s`]: report.p99Ms }
}

/** A producer with its default settings at 300 records a second over three partitions, one led by each node. */
async function gaps(cluster: BenchCluster, plan: Plan): Promise<Measures> {
  const { view } = cluster.compose
  await cluster.createTopic('gaps', 3)
  const load = { bootstrap: cluster.bootstrap, topic: 'gaps', partitions: 3, within: cluster.within }
  const longest: Record<'leader' | 'controller', number> = { leader: 0, controller: 0 }
  for (let i = 0; i < plan.kills; i += 1) {
    for (const what of ['leader', 'controller'] as const) {
      await cluster.settle('gaps')
      const controller = await view.controller()
      const others = [1, 2, 3].filter((id) => id !== controller)
      const victim = cluster.compose.node(what === 'controller' ? controller : (others[i % 2] ?? -1))
      await using clients = new Load(load)
      await clients.produce('p', { perSecond: 300 })
      await clients.goesOn(100)
      const killed = Date.now()
      await victim.kill()
      await clients.goesOn(100, 120_000)
      longest[what] = Math.max(longest[what], longestGapOfAPartition(await clients.acknowledged(), killed - 1_000))
      await cluster.compose.restart(victim.name, PATIENCE_MS)
    }
  }
  return {
    'longest gap, s: kill -9 of a leader': longest.leader / 1_000,
    'longest gap, s: kill -9 of the active controller': longest.controller / 1_000,
  }
}

/** Each node in turn is stopped, started, and waited for until every replica is in sync. */
async function rollingRestart(cluster: BenchCluster): Promise<Measures> {
  const { compose } = cluster
  await cluster.createTopic('restarted', 3)
  const load = { bootstrap: cluster.bootstrap, topic: 'restarted', partitions: 3, within: cluster.within }
  await using clients = new Load(load)
  await clients.produce('rolling', { perSecond: 300 })
  await clients.goesOn(100)
  const begun = performance.now()
  const begunAt = Date.now()
  for (const container of compose.containers) {
    await container.stop()
    await compose.restart(container.name, PATIENCE_MS)
    await compose.view.joined([1, 2, 3])
    await compose.view.whole('restarted')
  }
  const took = seconds(begun)
  await clients.goesOn(50)
  return {
    'rolling restart, s': took,
    'rolling restart: longest gap, s': longestGapOfAPartition(await clients.acknowledged(), begunAt) / 1_000,
  }
}

/** From the kill of a node that leads a third of the partitions until all have another leader. */
async function failover(cluster: BenchCluster, plan: Plan): Promise<Measures> {
  const { compose } = cluster
  // One request may not make all of them.
  const topics: string[] = []
  for (let left = plan.partitions; left > 0; left -= PARTITIONS_AT_ONCE) {
    topics.push(`many-${topics.length}`)
    await cluster.createTopic(`many-${topics.length - 1}`, Math.min(left, PARTITIONS_AT_ONCE))
  }
  const controller = await compose.view.controller()
  const id = [1, 2, 3].find((each) => each !== controller) ?? 1
  const memory = cluster.residentMebibytes()
  const begun = performance.now()
  await compose.node(id).kill()
  for (const topic of topics)
    await until('new leaders', async () => isLed(await compose.view.partitions(topic), id), 120_000)
  const took = seconds(begun)
  const restarted = performance.now()
  await compose.restart(compose.node(id).name, PATIENCE_MS)
  for (const topic of topics) await compose.view.whole(topic, 300_000)
  return {
    [`failover of ${plan.partitions} partitions, s`]: took,
    '… until the node is in sync again, s': seconds(restarted),
    '… memory, MiB, three nodes': memory,
  }
}

/** A node comes back without the files of a topic: how long until it has them all again. */
async function copy(cluster: BenchCluster, plan: Plan): Promise<Measures> {
  const { compose } = cluster
  await cluster.createTopic('copied', 6)
  await perf(cluster, 'copied', (plan.copyMegabytes * MB) / 10_000, 10_000, -1, ['batch.size=262144', 'linger.ms=5'])
  await compose.view.whole('copied')
  const victim = compose.node(3)
  await victim.stop()
  forget(compose.logDir(victim), 'copied')
  await delay(1_000)
  const before = cluster.cpuSeconds()
  const begun = performance.now()
  victim.start()
  await compose.ready(victim.name, PATIENCE_MS)
  await compose.view.whole('copied', 600_000)
  const took = seconds(begun)
  return {
    [`re-replication of ${plan.copyMegabytes} MB, s`]: took,
    '… CPU s/GB, three nodes': (cluster.cpuSeconds() - before) / (plan.copyMegabytes / 1_000),
  }
}

function forget(logDir: string, topic: string): void {
  for (const name of readdirSync(logDir))
    if (name.startsWith(`${topic}-`)) rmSync(join(logDir, name), { recursive: true })
}
