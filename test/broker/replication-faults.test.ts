import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KafkaError } from '../../src/base/errors.ts'
import { buildBatch } from '../../src/record/builder.ts'
import { ReplicationCluster, TOPIC } from '../support/replication-cluster.ts'

type Step =
  | { readonly kind: 'produce'; readonly count: number }
  | { readonly kind: 'kill' | 'start' | 'elect'; readonly node: number }
  | { readonly kind: 'cut' | 'mend'; readonly pair: readonly [number, number] }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'full'; readonly node: number }

const node = fc.integer({ min: 1, max: 3 })
const pair = fc.constantFrom<readonly [number, number]>([1, 2], [1, 3], [2, 3])
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('produce' as const), count: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('kill' as const), node }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('start' as const), node }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('elect' as const), node }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cut' as const), pair }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('mend' as const), pair }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('full' as const), node }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(1, 3, 10, 40, 400) }) },
)

/** Drives a cluster and remembers what it promised. */
class Run {
  readonly cluster: ReplicationCluster
  readonly acknowledged: { readonly value: string; readonly offset: number }[] = []
  /** Offset → value, as soon as any leader counted it as committed. */
  readonly committed = new Map<number, string>()
  readonly #watermarks = new Map<number, { replica: object; highWatermark: number }>()
  readonly #starting = new Map<number, Promise<void>>()
  #values = 0

  constructor(seed: number, minInSync: number) {
    this.cluster = new ReplicationCluster({ seed, minInSync })
  }

  async take(next: Step): Promise<void> {
    const { cluster } = this
    switch (next.kind) {
      case 'produce':
        for (let at = 0; at < next.count; at++) this.#produce()
        break
      case 'kill':
        cluster.node(next.node).kill()
        break
      case 'start':
        this.#start(next.node)
        break
      case 'elect':
        if (cluster.held.isr.includes(next.node) && cluster.node(next.node).isAlive) cluster.elect(next.node)
        break
      case 'cut':
      case 'mend':
        cluster.net.cut(...next.pair, next.kind === 'cut')
        break
      case 'full':
        this.#oneFailedWrite(next.node)
        break
      case 'pass':
        await cluster.scheduler.runFor(next.ms)
        await this.check()
    }
  }

  /** To whoever takes himself for the leader, as clients with old metadata do. */
  #produce(): void {
    const value = `value-${this.#values++}`
    const leaders = this.cluster.nodes.filter(({ isAlive, replicas }) => isAlive && replicas?.find(TOPIC, 0)?.isLeader)
    const leader = leaders[this.cluster.random.below(leaders.length)]
    const replica = leader?.replicas?.find(TOPIC, 0)
    if (leader === undefined || replica === undefined) return
    try {
      replica.requireInSync()
      const records = buildBatch({ records: [{ timestamp: 1, key: null, value: Buffer.from(value) }] })
      void Promise.resolve(replica.append(records, 'client'))
        .then(async ({ written, lastOffset }) => {
          await written
          await replica.committed(lastOffset + 1)
          if (leader.isAlive && !replica.isShortOfReplicas) this.acknowledged.push({ value, offset: lastOffset })
        })
        .catch(expected)
    } catch (error) {
      expected(error)
    }
  }

  #start(id: number): void {
    const target = this.cluster.node(id)
    if (target.isAlive || this.#starting.has(id)) return
    const starting = target.start().finally(() => this.#starting.delete(id))
    this.#starting.set(id, starting)
  }

  #oneFailedWrite(id: number): void {
    const { disk } = this.cluster.node(id)
    let failed = false
    disk.faults.fail = (operation, path) => {
      if (failed || operation !== 'write' || !path.endsWith('.log')) return undefined
      failed = true
      return 'ENOSPC'
    }
  }

  async check(): Promise<void> {
    const { cluster } = this
    expect(cluster.failures).toEqual([])
    for (const { id, isAlive, replicas } of cluster.nodes) {
      const replica = replicas?.find(TOPIC, 0)
      if (!isAlive || replica === undefined) continue
      const { highWatermark } = replica.log
      const before = this.#watermarks.get(id)
      if (before?.replica === replica) expect(highWatermark).toBeGreaterThanOrEqual(before.highWatermark)
      this.#watermarks.set(id, { replica, highWatermark })
      for (const [offset, value] of await cluster.values(id, highWatermark)) {
        const known = this.committed.get(offset)
        if (known === undefined) this.committed.set(offset, value)
        else expect({ id, offset, value }).toEqual({ id, offset, value: known })
      }
    }
  }

  /** Everything works again: the cluster must come together by itself. */
  async heal(): Promise<void> {
    const { cluster } = this
    for (const starting of [...this.#starting.values()]) await cluster.drive(starting)
    for (const { id, disk } of cluster.nodes) {
      disk.faults.fail = () => undefined
      for (const other of cluster.nodes) if (other.id !== id) cluster.net.cut(id, other.id, false)
      this.#start(id)
    }
    for (const starting of [...this.#starting.values()]) await cluster.drive(starting)
    const isWhole = () =>
      cluster.held.isr.length === 3 &&
      cluster.nodes.every(({ replicas }) => {
        const replica = replicas?.find(TOPIC, 0)
        const leader = cluster.leader?.replicas?.find(TOPIC, 0)
        return (
          replica !== undefined &&
          leader !== undefined &&
          replica.leaderEpoch === cluster.held.leaderEpoch &&
          replica.log.highWatermark === leader.log.logEndOffset &&
          replica.log.logEndOffset === leader.log.logEndOffset
        )
      })
    const healed = await cluster.scheduler.runUntil(isWhole, 20_000)
    expect({ healed, held: cluster.held }).toMatchObject({ healed: true })
    await this.check()
  }

  async verify(): Promise<void> {
    const { cluster } = this
    const end = cluster.replica(cluster.held.leader).log.logEndOffset
    const values = await cluster.values(cluster.held.leader, end)
    for (const { value, offset } of this.acknowledged)
      expect({ offset, value: values.get(offset) }).toEqual({ offset, value })
    for (const id of [1, 2, 3]) expect(await cluster.values(id, end)).toEqual(values)
    for (const each of cluster.nodes) each.kill()
  }
}

function expected(error: unknown): void {
  if (!(error instanceof KafkaError)) throw error
}

const RUNS = Number(process.env.REPLICATION_RUNS ?? 40)

describe('replication under faults', () => {
  it('loses nothing that was acknowledged, and comes together again', async () => {
    const scenario = fc.record({
      seed: fc.integer({ min: 1, max: 1_000_000 }),
      minInSync: fc.constantFrom(1, 2),
      steps: fc.array(step, { minLength: 5, maxLength: 60 }),
    })
    let acknowledged = 0
    await fc.assert(
      fc.asyncProperty(scenario, async ({ seed, minInSync, steps }) => {
        const run = new Run(seed, minInSync)
        await run.cluster.start()
        for (const next of steps) await run.take(next)
        await run.heal()
        await run.verify()
        acknowledged += run.acknowledged.length
      }),
      { numRuns: RUNS },
    )
    expect(acknowledged).toBeGreaterThan(RUNS)
  })
})
