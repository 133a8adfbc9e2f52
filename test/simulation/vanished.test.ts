import { expect, it } from 'vitest'
import type { Addressing } from './addressing.ts'
import { CREATE } from './admin.ts'
import { SimulatedCluster } from './cluster.ts'
import { SeededRandom } from './machine-room.ts'
import { TransactionalProducer } from './transactions/transactional-producer.ts'

const TOPIC = 'payments'
const PARTITIONS = 3
const MOST_TRANSACTORS = 24
/** broker.session.timeout.ms, and longer. */
const SESSION_MS = 9_000
const FENCED_MS = 15_000
const GONE_MS = 20_000
const CLIENT_TIMEOUT_MS = 1_000
/** The session, an election, and clients that find out who leads now. */
const PATIENCE_MS = 18_000
/** So that a partition is quiet for a while. */
const SELDOM_MS = 1_500
/** So that there is always something under way. */
const OFTEN_MS = 10

/** Producers at work, and how long each had nothing committed. */
class Transactors {
  readonly committedMs: number[]
  /** The longest that each had nothing committed, since asked last. */
  readonly longestMs: number[]
  readonly #cluster: SimulatedCluster
  readonly #random: SeededRandom
  /** Between two transactions of one, at most. */
  readonly #pauseMs: number
  #isOver = false

  constructor(cluster: SimulatedCluster, random: SeededRandom, count: number, pauseMs: number) {
    this.#pauseMs = pauseMs
    this.#cluster = cluster
    this.#random = random
    this.committedMs = Array.from({ length: count }, () => cluster.scheduler.elapsedMs)
    this.longestMs = this.committedMs.map(() => 0)
  }

  begin(): void {
    for (const index of this.committedMs.keys()) void this.#transact(index, this.#cluster.client(CLIENT_TIMEOUT_MS))
  }

  end(): void {
    this.#isOver = true
  }

  #note(index: number): void {
    const now = this.#cluster.scheduler.elapsedMs
    this.longestMs[index] = Math.max(this.longestMs[index] ?? 0, now - (this.committedMs[index] ?? 0))
  }

  forget(): void {
    this.longestMs.fill(0)
    this.committedMs.fill(this.#cluster.scheduler.elapsedMs)
  }

  /** What the slowest had to wait, also if it waits still. */
  get worstMs(): number {
    for (const index of this.committedMs.keys()) this.#note(index)
    return Math.max(...this.longestMs)
  }

  async #transact(index: number, at: Addressing): Promise<void> {
    const protocol = index % 2 === 0 ? 'classic' : 'bumping'
    const own = { transactionalId: `t${index}`, protocol, timeoutMs: 6_000, patienceMs: 120_000 } as const
    let producer = new TransactionalProducer(at, own)
    while (!this.#isOver) {
      try {
        if (producer.needsInit) await producer.init()
        for (const partition of [this.#random.below(PARTITIONS), this.#random.below(PARTITIONS)])
          await producer.send(TOPIC, partition, ['v'])
        if ((await producer.end(true)) !== 'ok') continue
        this.#note(index)
        this.committedMs[index] = this.#cluster.scheduler.elapsedMs
      } catch {
        producer = new TransactionalProducer(at, own)
      }
      await at.sleep(this.#random.below(this.#pauseMs))
    }
  }
}

async function begun(
  seed: number,
  count: number,
  pauseMs: number,
): Promise<{ cluster: SimulatedCluster; transactors: Transactors }> {
  const cluster = new SimulatedCluster({ seed, layout: { brokers: 3, controllers: 0 } })
  const { scheduler } = cluster
  cluster.start()
  expect(await scheduler.runUntil(() => cluster.isUp, 60_000)).toBe(true)
  let isMade = false
  const topics = [{ name: TOPIC, numPartitions: PARTITIONS, replicationFactor: -1, assignments: [], configs: [] }]
  const client = cluster.client()
  void client.any(CREATE, 7, { topics, timeoutMs: 10_000, validateOnly: false }).then(() => {
    isMade = true
  })
  expect(await scheduler.runUntil(() => isMade, 10_000)).toBe(true)
  const transactors = new Transactors(cluster, new SeededRandom(seed + 7), count, pauseMs)
  transactors.begin()
  await scheduler.runFor(2_000)
  return { cluster, transactors }
}

/** How long the slowest has nothing committed when a node is gone. */
async function worstWithout(cluster: SimulatedCluster, id: number, transactors: Transactors): Promise<number> {
  transactors.forget()
  cut(cluster, id, true, true)
  const sinceMs = cluster.scheduler.elapsedMs + SESSION_MS
  await cluster.scheduler.runUntil(() => transactors.committedMs.every((atMs) => atMs > sinceMs), GONE_MS)
  transactors.end()
  return transactors.worstMs
}

/** Nothing breaks: what is sent to it or by it goes nowhere. */
function cut(cluster: SimulatedCluster, id: number, isGone: boolean, clientsToo: boolean): void {
  const { host } = cluster.node(id)
  const clients = clientsToo ? Array.from({ length: MOST_TRANSACTORS + 1 }, (_, index) => `client-${index + 1}`) : []
  for (const other of [...cluster.nodes.filter((node) => node.id !== id).map((node) => node.host), ...clients]) {
    for (const [from, to] of [
      [host, other],
      [other, host],
    ] as const) {
      if (isGone) cluster.net.cut(from, to)
      else cluster.net.heal(from, to)
    }
  }
}

it.each([1, 2, 3])('without node %i, whose cable is pulled, everybody goes on when its session is over', async (id) => {
  const { cluster, transactors } = await begun(id, 8, SELDOM_MS)
  const { scheduler } = cluster
  // It is fenced, and its cable is pulled again in the moment in which it may join the replicas in sync.
  cut(cluster, id, true, false)
  await scheduler.runFor(FENCED_MS)
  cut(cluster, id, false, false)
  await scheduler.runUntil(() => cluster.image?.broker(id)?.fenced === false, 60_000)
  expect(await worstWithout(cluster, id, transactors)).toBeLessThan(PATIENCE_MS)
})

it.each([2, 3])(
  'seed %i: what was under way to who is gone is done by others when its session is over',
  async (seed) => {
    const { cluster, transactors } = await begun(seed, MOST_TRANSACTORS, OFTEN_MS)
    expect(await worstWithout(cluster, 1, transactors)).toBeLessThan(PATIENCE_MS)
  },
)
