import { afterEach, describe, expect, it } from 'vitest'
import { KafkaError } from '../../src/base/errors.ts'
import { buildBatch } from '../../src/record/builder.ts'
import { ReplicationCluster, type ReplicationOptions, TOPIC } from '../support/replication-cluster.ts'

let cluster: ReplicationCluster
afterEach(() => {
  expect(cluster.failures).toEqual([])
  for (const node of cluster.nodes) node.kill()
})

async function started(options: ReplicationOptions = {}): Promise<ReplicationCluster> {
  cluster = new ReplicationCluster(options)
  await cluster.start()
  return cluster
}

function batch(...values: string[]): Buffer {
  return buildBatch({ records: values.map((value) => ({ timestamp: 1, key: null, value: Buffer.from(value) })) })
}

/** With acks=all, on whoever leads. */
async function produce(value: string): Promise<number> {
  const replica = cluster.replica(cluster.held.leader)
  replica.requireInSync()
  const info = await replica.append(batch(value), 'client')
  await cluster.drive(info.written)
  await cluster.drive(replica.committed(info.lastOffset + 1))
  return info.lastOffset
}

const ends = () => cluster.nodes.map(({ id }) => cluster.replica(id).log.logEndOffset)
const watermarks = () => cluster.nodes.map(({ id }) => cluster.replica(id).log.highWatermark)
const fresh = () => cluster.scheduler.runFor(200)

describe('replication', () => {
  it('copies what is produced to every replica, and the high watermark after it', async () => {
    await started()
    for (let at = 0; at < 20; at++) expect(await produce(`v${at}`)).toBe(at)
    await fresh()
    expect(ends()).toEqual([20, 20, 20])
    expect(watermarks()).toEqual([20, 20, 20])
    const first = await cluster.values(1, 20)
    for (const id of [2, 3]) expect(await cluster.values(id, 20)).toEqual(first)
  })

  it('commits within a few round trips, not when a fetch has waited its time', async () => {
    await started()
    await produce('first')
    const before = cluster.scheduler.elapsedMs
    for (let at = 0; at < 10; at++) await produce(`v${at}`)
    expect((cluster.scheduler.elapsedMs - before) / 10).toBeLessThan(8)
  })

  it('goes on when a follower dies, and takes it back when it has caught up', async () => {
    await started()
    await produce('a')
    cluster.node(3).kill()
    await produce('b')
    expect(cluster.held.isr).toEqual([1, 2])
    for (let at = 0; at < 30; at++) await produce(`more ${at} ${'x'.repeat(50)}`)
    await cluster.drive(cluster.node(3).start())
    await cluster.scheduler.runUntil(() => cluster.held.isr.length === 3, 2000)
    expect([...cluster.held.isr].sort()).toEqual([1, 2, 3])
    await fresh()
    expect(ends()).toEqual([32, 32, 32])
  })

  it('lets a silent follower go after replica.lag.time.max.ms', async () => {
    await started()
    await produce('a')
    cluster.net.cut(1, 2, true)
    const waiting = produce('b')
    await cluster.scheduler.runFor(100)
    expect(cluster.replica(1).log.highWatermark).toBe(1)
    await waiting
    expect(cluster.held.isr).toEqual([1, 3])
    cluster.net.cut(1, 2, false)
    await cluster.scheduler.runUntil(() => cluster.held.isr.length === 3, 2000)
    expect(ends()).toEqual([2, 2, 2])
  })

  it('cuts off what a dead leader had alone', async () => {
    await started()
    await produce('kept')
    const old = cluster.replica(1)
    cluster.net.cut(1, 2, true)
    cluster.net.cut(1, 3, true)
    await old.append(batch('lost', 'lost'), 'client')
    cluster.node(1).kill()
    cluster.net.cut(1, 2, false)
    cluster.net.cut(1, 3, false)
    await cluster.scheduler.runFor(50)
    await produce('new')
    await cluster.drive(cluster.node(1).start())
    await cluster.scheduler.runUntil(() => cluster.held.isr.length === 3, 2000)
    await fresh()
    const values = ['kept', 'new']
    for (const id of [1, 2, 3]) expect([...(await cluster.values(id, 9)).values()]).toEqual(values)
    expect(watermarks()).toEqual([2, 2, 2])
  })

  it('does not commit with fewer in sync than min.insync.replicas, and says so', async () => {
    await started({ minInSync: 2 })
    await produce('a')
    const leader = cluster.replica(1)
    cluster.node(2).kill()
    cluster.node(3).kill()
    await cluster.scheduler.runFor(50)
    expect(leader.isr).toEqual([1])
    expect(() => leader.requireInSync()).toThrow(new KafkaError('NOT_ENOUGH_REPLICAS'))
    const info = await leader.append(batch('b'), 'client')
    await cluster.drive(info.written)
    expect(leader.log.highWatermark).toBe(1)
    expect(leader.isShortOfReplicas).toBe(true)
    await cluster.drive(cluster.node(2).start())
    await cluster.drive(leader.committed(2))
    expect(leader.isShortOfReplicas).toBe(false)
  })

  it('begins anew where the leader has deleted what a follower lacks', async () => {
    await started()
    await produce('a')
    cluster.node(3).kill()
    for (let at = 0; at < 10; at++) await produce(`v${at}`)
    const leader = cluster.replica(1)
    leader.log.raiseStart(8)
    await cluster.drive(cluster.node(3).start())
    await cluster.scheduler.runUntil(() => cluster.held.isr.length === 3, 2000)
    const { log } = cluster.replica(3)
    expect([log.logStartOffset, log.logEndOffset]).toEqual([8, 11])
    expect(await cluster.values(3, 11)).toEqual(await cluster.values(1, 11))
  })

  it('starts within a batch where the leader does', async () => {
    await started()
    cluster.node(3).kill()
    await cluster.scheduler.runFor(20)
    const leader = cluster.replica(1)
    const info = await leader.append(batch('a', 'b', 'c', 'd'), 'client')
    await cluster.drive(leader.committed(info.lastOffset + 1))
    leader.log.raiseStart(2)
    await cluster.drive(cluster.node(3).start())
    await cluster.scheduler.runUntil(() => cluster.held.isr.length === 3, 2000)
    const { log } = cluster.replica(3)
    expect([log.logStartOffset, log.logEndOffset]).toEqual([2, 4])
  })

  it('deletes records on followers too, and knows when all have', async () => {
    await started()
    for (let at = 0; at < 5; at++) await produce(`v${at}`)
    await fresh()
    const leader = cluster.replica(1)
    await leader.log.deleteRecordsBefore(3)
    expect(leader.lowWatermark).toBe(0)
    await cluster.drive(leader.deletedEverywhere(3))
    expect(cluster.nodes.map(({ id }) => cluster.replica(id).log.logStartOffset)).toEqual([3, 3, 3])
    cluster.node(2).kill()
    await cluster.scheduler.runFor(10)
    await leader.log.deleteRecordsBefore(4)
    await cluster.drive(leader.deletedEverywhere(4))
  })

  it('fetches again what arrives damaged', async () => {
    await started()
    const { log } = cluster.replica(1)
    const read = log.read.bind(log)
    let damaged = 0
    log.read = (from, options) => {
      const result = read(from, options)
      if (result instanceof Promise || result.sizeInBytes === 0 || damaged++ > 3) return result
      const bytes = Buffer.concat([...result.chunks])
      bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1
      return { ...result, chunks: [bytes] }
    }
    await produce('a')
    expect(damaged).toBeGreaterThan(3)
    await fresh()
    expect(ends()).toEqual([1, 1, 1])
  })

  it('is led by another in its own epoch, which followers learn of', async () => {
    await started()
    await produce('a')
    cluster.elect(2)
    await cluster.scheduler.runFor(20)
    await produce('b')
    cluster.elect(3)
    await cluster.scheduler.runFor(20)
    await produce('c')
    await fresh()
    expect(cluster.nodes.map(({ id }) => cluster.replica(id).log.latestEpoch)).toEqual([2, 2, 2])
    expect(watermarks()).toEqual([3, 3, 3])
    expect(() => cluster.replica(1).append(batch('x'), 'client')).toThrow(new KafkaError('NOT_LEADER_OR_FOLLOWER'))
    expect(cluster.node(1).replicas?.find(TOPIC, 0)?.leader).toBe(3)
  })

  it('asks only for what has news', async () => {
    await started()
    await produce('a')
    await fresh()
    const before = cluster.net.requests
    await cluster.scheduler.runFor(1000)
    // Two followers whose fetches wait 50 ms each.
    expect(cluster.net.requests - before).toBeLessThan(50)
  })
})
