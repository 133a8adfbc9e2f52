import { afterEach, describe, expect, it, vi } from 'vitest'
import { errorName, KafkaError } from '../../src/base/errors.ts'
import { DeleteRecordsRequest, DeleteRecordsResponse } from '../../src/protocol/messages/delete-records.ts'
import { FetchRequest, FetchResponse } from '../../src/protocol/messages/fetch.ts'
import { ProduceRequest, ProduceResponse } from '../../src/protocol/messages/produce.ts'
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

const Produce = { key: 0, request: ProduceRequest, response: ProduceResponse }
const Fetch = { key: 1, request: FetchRequest, response: FetchResponse }
const DeleteRecords = { key: 21, request: DeleteRecordsRequest, response: DeleteRecordsResponse }

async function produceBy(id: number, timeoutMs: number, acks = -1): Promise<string> {
  const partitionData = [{ index: 0, records: batch('x') }]
  const body = { transactionalId: null, acks, timeoutMs, topicData: [{ name: TOPIC, partitionData }] }
  const answer = await cluster.ask(id, Produce, 12, body)
  return errorName(answer.responses[0]?.partitionResponses[0]?.errorCode ?? -1)
}

/** As a consumer in a rack. */
async function fetchBy(id: number, fetchOffset: number, rackId: string) {
  const partitions = [{ partition: 0, fetchOffset, partitionMaxBytes: 100_000 }]
  const topics = [{ topicId: cluster.topicId, partitions }]
  const body = { maxWaitMs: 0, minBytes: 0, isolationLevel: 0, topics, forgottenTopicsData: [], rackId }
  const answer = await cluster.ask(id, Fetch, 17, body)
  return answer.responses[0]?.partitions[0]
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

  it('says so when a record was committed by fewer than it takes from now on', async () => {
    const options = { minInSync: 2 }
    await started(options)
    await produce('a')
    const follower = cluster.nodes.find(({ id }) => id !== cluster.held.leader)
    follower?.kill()
    await produce('b')
    await fresh()
    expect(cluster.held.isr).toHaveLength(2)
    const replica = cluster.replica(cluster.held.leader)
    let committed = false
    replica.watch({
      committedOnly: false,
      seesUncommitted: false,
      advanced: () => {
        committed = true
        // Between the commit and the answer.
        options.minInSync = 3
      },
      disturbed: () => {},
    })
    expect(await produceBy(cluster.held.leader, 1_000)).toBe('NOT_ENOUGH_REPLICAS_AFTER_APPEND')
    expect(committed).toBe(true)
    expect(replica.log.highWatermark).toBe(3)
    expect(await produceBy(cluster.held.leader, 1_000)).toBe('NOT_ENOUGH_REPLICAS')
  })

  it('does not look at a partition where nothing happens with every fetch, and counts its followers as caught up', async () => {
    await started({ lagTimeMaxMs: 300 })
    await produce('a')
    await cluster.scheduler.runFor(200)
    const leader = cluster.replica(cluster.held.leader)
    const looks = vi.spyOn(leader, 'followerFetched')
    await cluster.scheduler.runFor(2_000)
    expect(looks).not.toHaveBeenCalled()
    // A record comes after a long silence, and the leader looks for late followers before any could have fetched it.
    const info = await leader.append(batch('b'), 'client')
    await cluster.drive(info.written)
    leader.tick()
    const before = cluster.scheduler.elapsedMs
    await cluster.drive(leader.committed(2))
    expect(cluster.scheduler.elapsedMs - before).toBeLessThan(20)
    expect(cluster.held.isr).toHaveLength(3)
    // The high watermark reaches followers that sleep again.
    await fresh()
    expect(watermarks()).toEqual([2, 2, 2])
    expect(looks).toHaveBeenCalled()
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

  it('commits when who was about to join the ISR is fenced, though nobody appends or fetches anything else', async () => {
    await started({ minInSync: 2, lagTimeMaxMs: 30_000 })
    await produce('a')
    cluster.fence(3)
    await cluster.scheduler.runFor(100)
    // Its cable is pulled just when it may join again: it was heard of lately, but does not fetch any more.
    cluster.net.cut(1, 3, true)
    cluster.net.cut(2, 3, true)
    cluster.unfence(3)
    await cluster.scheduler.runFor(100)
    const leader = cluster.replica(1)
    const { written } = await leader.append(batch('b'), 'client')
    await cluster.drive(written)
    await cluster.scheduler.runFor(1_000)
    expect(leader.log.highWatermark).toBe(1)
    cluster.fence(3)
    await cluster.scheduler.runFor(10)
    expect(leader.log.highWatermark).toBe(2)
  })

  it.each([3_600_000, -3_600_000])('does not mistake a wall clock that is set by %i ms for time', async (byMs) => {
    await started()
    await produce('a')
    cluster.node(cluster.held.leader).skewWallClock(byMs)
    await produce('b')
    await cluster.scheduler.runFor(600)
    expect(cluster.held.isr).toHaveLength(3)
    cluster.net.cut(1, 2, true)
    await produce('c')
    expect(cluster.held.isr).toEqual([1, 3])
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

describe('what clients are told', () => {
  it('acks=all waits for the replicas, so long and no longer', async () => {
    await started({ minInSync: 2, lagTimeMaxMs: 10_000 })
    expect(await produceBy(1, 1000)).toBe('NONE')
    expect(await produceBy(2, 1000)).toBe('NOT_LEADER_OR_FOLLOWER')
    cluster.net.cut(1, 2, true)
    expect(await produceBy(1, 100)).toBe('REQUEST_TIMED_OUT')
    expect(await produceBy(1, 100, 1)).toBe('NONE')
    cluster.net.cut(1, 2, false)
    expect(await produceBy(1, 1000)).toBe('NONE')
    cluster.node(2).kill()
    cluster.node(3).kill()
    await cluster.scheduler.runFor(20)
    const end = cluster.replica(1).log.logEndOffset
    expect(await produceBy(1, 100)).toBe('NOT_ENOUGH_REPLICAS')
    expect(cluster.replica(1).log.logEndOffset).toBe(end)
  })

  it('says where leadership went while a produce waits', async () => {
    await started({ lagTimeMaxMs: 10_000 })
    cluster.net.cut(1, 2, true)
    const waiting = produceBy(1, 5000)
    cluster.scheduler.after(50, 'election', () => cluster.elect(3))
    expect(await waiting).toBe('NOT_LEADER_OR_FOLLOWER')
  })

  it('sends consumers to the replica in their rack, which serves what is committed', async () => {
    await started()
    await produce('a')
    await fresh()
    expect(await fetchBy(1, 0, 'rack-1')).toMatchObject({ preferredReadReplica: -1, highWatermark: 1 })
    expect(await fetchBy(1, 0, 'elsewhere')).toMatchObject({ preferredReadReplica: -1, highWatermark: 1 })
    const sent = await fetchBy(1, 0, 'rack-3')
    expect(sent).toMatchObject({ preferredReadReplica: 3, errorCode: 0, highWatermark: 1 })
    expect(sent?.records?.length ?? 0).toBe(0)
    const read = await fetchBy(3, 0, 'rack-3')
    expect(read).toMatchObject({ preferredReadReplica: -1, errorCode: 0, highWatermark: 1 })
    expect(read?.records?.length).toBeGreaterThan(0)
    // What the follower has, but does not know to be committed, is not shown; what it has not is out of its range.
    cluster.replica(1).log.updateHighWatermark = () => false
    expect((await fetchBy(3, 1, 'rack-3'))?.errorCode).toBe(0)
    expect(errorName((await fetchBy(3, 9, 'rack-3'))?.errorCode ?? 0)).toBe('OFFSET_OUT_OF_RANGE')
    cluster.node(3).kill()
    await cluster.scheduler.runFor(20)
    expect(await fetchBy(1, 0, 'rack-3')).toMatchObject({ preferredReadReplica: -1 })
  })

  it('sends nobody back who knows of more than a leader that may have been deposed', async () => {
    await started({ lagTimeMaxMs: 10_000 })
    await produce('a')
    await fresh()
    const codeAt = async (offset: number) => errorName((await fetchBy(1, offset, ''))?.errorCode ?? -1)
    expect(await codeAt(9)).toBe('OFFSET_OUT_OF_RANGE')
    cluster.net.cut(1, 2, true)
    await cluster.scheduler.runFor(4_000)
    expect(await codeAt(9)).toBe('NOT_LEADER_OR_FOLLOWER')
    expect(await codeAt(0)).toBe('NONE')
  })

  it('deletes records when every live replica has, or says that it took too long', async () => {
    await started({ lagTimeMaxMs: 10_000 })
    for (let at = 0; at < 4; at++) await produce(`v${at}`)
    await fresh()
    const remove = async (offset: number) => {
      const topics = [{ name: TOPIC, partitions: [{ partitionIndex: 0, offset }] }]
      const answer = await cluster.ask(1, DeleteRecords, 2, { topics, timeoutMs: 300 })
      const { errorCode = 0, lowWatermark } = answer.topics[0]?.partitions[0] ?? {}
      return [errorName(errorCode), lowWatermark]
    }
    expect(await remove(2)).toEqual(['NONE', 2])
    cluster.net.cut(1, 2, true)
    expect(await remove(3)).toEqual(['REQUEST_TIMED_OUT', 2])
    expect(await remove(9)).toEqual(['OFFSET_OUT_OF_RANGE', -1])
  })

  it('holds back a throttled replica until it is in sync, and never one that is', async () => {
    let exceeded = true
    let counted = 0
    const throttle = {
      isThrottled: () => true,
      isExceeded: () => exceeded,
      record: (bytes: number) => {
        counted += bytes
      },
    }
    await started({ throttle })
    await produce('a')
    cluster.node(3).kill()
    for (let at = 0; at < 5; at++) await produce(`v${at}`)
    await cluster.drive(cluster.node(3).start())
    const before = cluster.net.requests
    await cluster.scheduler.runFor(1000)
    expect(cluster.replica(3).log.logEndOffset).toBe(1)
    // It waits its time at the leader rather than asking in a circle.
    expect(cluster.net.requests - before).toBeLessThan(60)
    exceeded = false
    await cluster.scheduler.runUntil(() => cluster.held.isr.length === 3, 2000)
    exceeded = true
    await produce('b')
    expect(counted).toBeGreaterThan(0)
  })
})
