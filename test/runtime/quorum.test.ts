import { describe, expect, it } from 'vitest'
import { supportedFeatures } from '../../src/metadata/features.ts'
import { encodeMetadataRecord } from '../../src/metadata/records.ts'
import { snapshotRecords } from '../../src/metadata/snapshot.ts'
import { ApiKey } from '../../src/protocol/apis.ts'
import type { MetadataNode } from '../../src/runtime/metadata-node.ts'
import { CLUSTER_ID, createTopic, NEVER } from './metadata-support.ts'
import { QuorumCluster } from './quorum-cluster.ts'

function stateOf(node: MetadataNode): string[] {
  return [...snapshotRecords(node.image)].map((record) => encodeMetadataRecord(record).toString('hex')).sort()
}

function same(cluster: QuorumCluster): void {
  const [first, ...others] = cluster.nodes.map(stateOf)
  for (const other of others) expect(other).toEqual(first)
}

async function registered(cluster: QuorumCluster, id = 1): Promise<void> {
  const leader = await cluster.leader()
  const { directoryId } = cluster.member(id)
  const registration = {
    type: 'registerBroker',
    brokerId: id,
    clusterId: CLUSTER_ID,
    incarnationId: directoryId,
    endpoints: [{ name: 'PLAINTEXT', host: 'localhost', port: 9092, securityProtocol: 0 }],
    features: supportedFeatures(),
    rack: null,
    logDirs: [directoryId],
    previousBrokerEpoch: -1,
  } as const
  const { brokerEpoch } = await cluster.finish(leader.submit(registration))
  const heartbeat = {
    type: 'brokerHeartbeat',
    brokerId: id,
    brokerEpoch,
    currentMetadataOffset: leader.image.offset,
    wantFence: false,
    wantShutDown: false,
    offlineLogDirs: [],
    cordonedLogDirs: [],
  } as const
  await cluster.finish(leader.submit(heartbeat))
}

async function make(cluster: QuorumCluster, name: string): Promise<void> {
  await cluster.finish(createTopic(await cluster.leader(), name))
}

describe('three voters', () => {
  it('elect one controller and have the same image', async () => {
    const cluster = await QuorumCluster.of([1, 2, 3])
    await registered(cluster)
    await make(cluster, 'one')
    await cluster.converged()
    expect(cluster.nodes.filter((node) => node.isActive)).toHaveLength(1)
    for (const node of cluster.nodes) {
      expect(node.image.topic('one')?.partitions).toHaveLength(1)
      await cluster.finish(node.caughtUp())
      expect(node.leader()).toMatchObject({ id: cluster.active?.nodeId, epoch: cluster.active?.quorum().leaderEpoch })
      expect(node.leader().endpoint?.port).toBe(9093 + (cluster.active?.nodeId ?? 0))
    }
    same(cluster)
    await cluster.close()
  })

  it('refuse commands where they do not lead', async () => {
    const cluster = await QuorumCluster.of([1, 2, 3])
    const leader = await cluster.leader()
    for (const node of cluster.nodes.filter((other) => other !== leader)) {
      await expect(createTopic(node, 'nowhere')).rejects.toMatchObject({ error: 'NOT_CONTROLLER' })
    }
    await cluster.close()
  })

  it('replace a killed leader at once and keep what was acknowledged', async () => {
    const cluster = await QuorumCluster.of([1, 2, 3])
    await registered(cluster)
    for (let round = 0; round < 5; round++) {
      const leader = await cluster.leader()
      await make(cluster, `before-${round}`)
      await cluster.converged()
      cluster.kill(leader.nodeId)
      const took = await cluster.until(() => cluster.active !== undefined)
      expect(took).toBeLessThan(500)
      await make(cluster, `after-${round}`)
      await cluster.start(leader.nodeId)
      await cluster.converged()
      same(cluster)
    }
    expect(cluster.nodes[0]?.image.topics.size).toBe(10)
    await cluster.close()
  })

  it('a leader that stops hands over', async () => {
    const cluster = await QuorumCluster.of([1, 2, 3])
    const leader = await cluster.leader()
    await cluster.stop(leader.nodeId)
    const took = await cluster.until(() => cluster.active !== undefined)
    expect(took).toBeLessThan(500)
    await cluster.close()
  })

  it('a leader without its followers gives up, its waiters are told, and what it wrote alone goes', async () => {
    const cluster = await QuorumCluster.of([1, 2, 3])
    await registered(cluster)
    await cluster.converged()
    const leader = await cluster.leader()
    for (const { id, port } of cluster.members.values()) {
      if (id === leader.nodeId) continue
      cluster.network.cut.add(`${port}>${9093 + leader.nodeId}`)
      cluster.network.cut.add(`${9093 + leader.nodeId}>${port}`)
    }
    const lost = createTopic(leader, 'lost')
    lost.catch(() => {})
    await cluster.until(() => cluster.nodes.some((node) => node.isActive && node !== leader))
    await cluster.until(() => !leader.isActive)
    await expect(lost).rejects.toMatchObject({ error: 'NOT_CONTROLLER' })
    await make(cluster, 'kept')
    cluster.network.cut.clear()
    await cluster.until(() => leader.image.topic('kept') !== undefined)
    await cluster.converged()
    expect(leader.image.topic('lost')).toBeUndefined()
    same(cluster)
    await cluster.close()
  })

  it('all killed at once go on', async () => {
    const cluster = await QuorumCluster.of([1, 2, 3])
    await registered(cluster)
    await make(cluster, 'one')
    await cluster.converged()
    for (const id of [1, 2, 3]) cluster.kill(id)
    for (const id of [1, 2, 3]) await cluster.start(id)
    await make(cluster, 'two')
    await cluster.converged()
    expect([...(cluster.active?.image.topicsByName.keys() ?? [])].sort()).toEqual(['one', 'two'])
    same(cluster)
    await cluster.close()
  })

  it('a follower that was away for long starts from a snapshot', async () => {
    const retention = { ...NEVER, maxBytesBetweenSnapshots: 2000, maxRetentionBytes: 4000 }
    const cluster = await QuorumCluster.of([1, 2, 3], { retention, segmentBytes: 1500 })
    await registered(cluster)
    const leader = await cluster.leader()
    const away = [1, 2, 3].find((id) => id !== leader.nodeId) as number
    await cluster.converged()
    cluster.kill(away)
    for (let i = 0; i < 80; i++) await make(cluster, `topic-${i}`)
    expect(cluster.network.served.get(ApiKey.FetchSnapshot)).toBeUndefined()
    const node = await cluster.start(away)
    await cluster.converged()
    expect(cluster.network.served.get(ApiKey.FetchSnapshot)).toBeGreaterThan(0)
    expect(node.image.topics.size).toBe(80)
    same(cluster)
    // What it has now is enough to lead.
    for (const id of [1, 2, 3]) if (id !== away) cluster.kill(id)
    for (const id of [1, 2, 3]) if (id !== away) await cluster.start(id)
    await make(cluster, 'at-last')
    await cluster.converged()
    same(cluster)
    await cluster.close()
  })

  it('a voter whose disk is full leaves the work to the others and comes back', async () => {
    const cluster = await QuorumCluster.of([1, 2, 3])
    await registered(cluster)
    await cluster.converged()
    const leader = await cluster.leader()
    const { disk } = cluster.member(leader.nodeId)
    disk.faults.fail = (operation, path) => (operation === 'write' && path.endsWith('.log') ? 'ENOSPC' : undefined)
    const refused = createTopic(leader, 'refused')
    refused.catch(() => {})
    await cluster.until(() => cluster.nodes.some((node) => node.isActive && node !== leader))
    await expect(refused).rejects.toMatchObject({ error: 'NOT_CONTROLLER' })
    await make(cluster, 'meanwhile')
    disk.faults.fail = undefined as never
    await cluster.until(() => leader.image.topic('meanwhile') !== undefined)
    await cluster.converged()
    same(cluster)
    await cluster.close()
  })
})

describe('observers', () => {
  it('follow the leader, whoever it is', async () => {
    const cluster = await QuorumCluster.of([1, 2, 3])
    await registered(cluster)
    const observer = await cluster.start(10, { canVote: false })
    await cluster.finish(observer.caughtUp())
    await make(cluster, 'one')
    await cluster.until(() => observer.image.topic('one') !== undefined)
    const leader = await cluster.leader()
    cluster.kill(leader.nodeId)
    await make(cluster, 'two')
    await cluster.until(() => observer.image.topic('two') !== undefined)
    const described = (await cluster.leader()).describeQuorum()
    expect(described?.observers.map(({ replica }) => replica.id)).toEqual([10])
    expect(observer.isActive).toBe(false)
    await cluster.close()
  })

  it('of another cluster are told so in one sentence', async () => {
    const cluster = await QuorumCluster.of([1, 2, 3])
    await cluster.leader()
    const stranger = await cluster.start(10, { canVote: false, clusterId: 'c3RyYW5nZS1jbHVzdGVyMQ' })
    await expect(cluster.finish(stranger.caughtUp())).rejects.toThrow(
      /^Format this node with .*: that one belongs to another cluster\.$/,
    )
    await cluster.close()
  })
})

describe('a changing quorum', () => {
  it('takes a voter in and lets one go', async () => {
    const cluster = await QuorumCluster.of([1, 2, 3])
    await registered(cluster)
    const added = await cluster.start(4)
    await cluster.finish(added.caughtUp())
    await cluster.converged()
    const { port, directoryId } = cluster.member(4)
    const leader = await cluster.leader()
    const voter = { id: 4, directoryId }
    const endpoints = [{ name: 'CONTROLLER', host: 'localhost', port }]
    const request = { type: 'add-voter', voter, endpoints, timeoutMs: 10_000, ackWhenCommitted: true } as const
    expect((await cluster.finish(leader.ask(request))).reply).toMatchObject({ error: 'NONE' })
    await cluster.until(() => cluster.nodes.every((node) => node.quorum().voters.length === 4))
    await make(cluster, 'with-four')

    const gone = { id: leader.nodeId, directoryId: cluster.member(leader.nodeId).directoryId }
    const { reply } = await cluster.finish(leader.ask({ type: 'remove-voter', voter: gone }))
    expect(reply).toMatchObject({ error: 'NONE' })
    await cluster.until(() => cluster.nodes.some((node) => node.isActive && node !== leader))
    await cluster.until(() => cluster.nodes.every((node) => node.quorum().voters.length === 3))
    await make(cluster, 'without-it')
    await cluster.converged()
    same(cluster)
    await cluster.close()
  })

  it('grows by itself where that is wanted', async () => {
    const cluster = await QuorumCluster.of([1])
    await registered(cluster)
    const joining = await cluster.start(2, { autoJoin: true })
    await cluster.until(() => joining.quorum().voters.length === 2)
    await make(cluster, 'two-of-two')
    await cluster.converged()
    await cluster.close()
  })

  it('keeps its voters in snapshots', async () => {
    const retention = { ...NEVER, maxBytesBetweenSnapshots: 2000, maxRetentionBytes: 3000 }
    const cluster = await QuorumCluster.of([1], { retention, segmentBytes: 1500 })
    await registered(cluster)
    const joining = await cluster.start(2, { autoJoin: true })
    await cluster.until(() => joining.quorum().voters.length === 2)
    for (let i = 0; i < 60; i++) await make(cluster, `topic-${i}`)
    await cluster.converged()
    for (const id of [1, 2]) cluster.kill(id)
    for (const id of [1, 2]) await cluster.start(id)
    await make(cluster, 'after')
    for (const node of cluster.nodes) expect(node.quorum().voters.map(({ voterId }) => voterId)).toEqual([1, 2])
    await cluster.close()
  })
})
