import { performance } from 'node:perf_hooks'
import { buildBatch } from '../src/record/builder.ts'
import type { Addressing } from '../test/simulation/addressing.ts'
import { CREATE } from '../test/simulation/admin.ts'
import { SimulatedCluster } from '../test/simulation/cluster.ts'
import { PRODUCE } from '../test/simulation/producer.ts'

/**
 * How the work of a cluster grows with its nodes and partitions beyond what fits on a machine: the simulation's events
 * (deliveries on the network, timers, completed writes) per virtual second at rest, and per record with acks=all and three
 * copies. Node's code, no faults; the same figures on every machine.
 */

const CASES: readonly (readonly [nodes: number, partitions: number])[] = [
  [3, 12],
  [3, 120],
  [3, 1_200],
  [5, 120],
  [7, 120],
  [9, 120],
  [15, 120],
  [15, 1_200],
  [25, 120],
]
const SETTLE_MS = 20_000
const REST_MS = 30_000
const PATIENCE_MS = 300_000
const RECORDS = 200
const SEED = 1

async function measure(nodes: number, partitions: number): Promise<string> {
  const begun = performance.now()
  // Three of the nodes decide, as in a cluster of that size.
  const layout = nodes <= 5 ? { brokers: nodes, controllers: 0 } : { brokers: nodes - 3, controllers: 3 }
  const cluster = new SimulatedCluster({ seed: SEED, layout })
  const { scheduler } = cluster
  cluster.start()
  await reached(cluster, () => cluster.isUp, 'the cluster to start')
  const client = cluster.client(60_000)
  const work = { failure: undefined as unknown, done: false }
  follow(work, create(client, partitions))
  await reached(cluster, () => work.done && cluster.isWhole, 'the topic')
  await scheduler.runFor(SETTLE_MS)
  let before = scheduler.executed
  await scheduler.runFor(REST_MS)
  const atRest = ((scheduler.executed - before) / REST_MS) * 1_000
  work.done = false
  before = scheduler.executed
  const beganMs = scheduler.elapsedMs
  follow(work, send(client, partitions))
  await reached(cluster, () => work.done, 'the records')
  if (work.failure !== undefined) throw work.failure
  const perRecord = (scheduler.executed - before - (atRest * (scheduler.elapsedMs - beganMs)) / 1_000) / RECORDS
  const took = ((performance.now() - begun) / 1_000).toFixed(0)
  return `| ${nodes} | ${partitions} | ${atRest.toFixed(0)} | ${(atRest / nodes).toFixed(1)} | ${perRecord.toFixed(1)} | ${took} |`
}

async function reached(cluster: SimulatedCluster, done: () => boolean, what: string): Promise<void> {
  if (!(await cluster.scheduler.runUntil(done, PATIENCE_MS))) throw new Error(`waited in vain for ${what}`)
}

function follow(work: { failure: unknown; done: boolean }, job: Promise<void>): void {
  job
    .catch((error) => {
      work.failure = error
    })
    .finally(() => {
      work.done = true
    })
}

async function create(client: Addressing, partitions: number): Promise<void> {
  const topic = { name: 'grown', numPartitions: partitions, replicationFactor: 3, assignments: [], configs: [] }
  const answer = await client.any(CREATE, 7, { topics: [topic], timeoutMs: 60_000, validateOnly: false })
  const refused = answer.topics.find(({ errorCode }) => errorCode !== 0)
  if (refused !== undefined) throw new Error(`the topic was refused with ${refused.errorCode}`)
}

/** One after another, each to the next partition. */
async function send(client: Addressing, partitions: number): Promise<void> {
  for (let i = 0; i < RECORDS; i += 1) {
    const index = i % partitions
    const leader = await client.leader('grown', index)
    if (leader === undefined) throw new Error(`nobody leads ${index}`)
    const records = buildBatch({
      baseOffset: 0,
      leaderEpoch: -1,
      records: [{ timestamp: client.scheduler.wallMs, key: null, value: Buffer.alloc(100) }],
    })
    const partitionData = [{ index, records }]
    const body = { acks: -1, timeoutMs: 5_000, topicData: [{ name: 'grown', partitionData }] }
    const answer = await client.broker(leader, PRODUCE, 9, body)
    const code = answer.responses[0]?.partitionResponses[0]?.errorCode
    if (code !== 0) throw new Error(`a record was refused with ${code}`)
  }
}

console.log('| nodes | partitions, RF 3 | events/s at rest | … per node | events per record | (real s) |')
console.log('|---:|---:|---:|---:|---:|---:|')
for (const [nodes, partitions] of CASES) console.log(await measure(nodes, partitions))
process.exit()
