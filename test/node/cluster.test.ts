import { afterEach, describe, expect, test } from 'vitest'
import { ApiKey } from '../../src/protocol/apis.ts'
import { CreateTopicsRequest, CreateTopicsResponse } from '../../src/protocol/messages/create-topics.ts'
import { DescribeClusterRequest, DescribeClusterResponse } from '../../src/protocol/messages/describe-cluster.ts'
import { DescribeQuorumRequest, DescribeQuorumResponse } from '../../src/protocol/messages/describe-quorum.ts'
import { InitProducerIdRequest, InitProducerIdResponse } from '../../src/protocol/messages/init-producer-id.ts'
import { MetadataRequest, MetadataResponse } from '../../src/protocol/messages/metadata.ts'
import type { Infer } from '../../src/protocol/schema.ts'
import { NodeCluster } from '../support/node-cluster.ts'
import { freePort } from '../support/ports.ts'
import type { RawClient } from '../support/raw-client.ts'
import { until } from '../support/wait.ts'

const CREATE_TOPICS = { key: ApiKey.CreateTopics, request: CreateTopicsRequest, response: CreateTopicsResponse }
const METADATA = { key: ApiKey.Metadata, request: MetadataRequest, response: MetadataResponse }
const DESCRIBE_CLUSTER = {
  key: ApiKey.DescribeCluster,
  request: DescribeClusterRequest,
  response: DescribeClusterResponse,
}
const DESCRIBE_QUORUM = { key: ApiKey.DescribeQuorum, request: DescribeQuorumRequest, response: DescribeQuorumResponse }
const INIT_PRODUCER_ID = {
  key: ApiKey.InitProducerId,
  request: InitProducerIdRequest,
  response: InitProducerIdResponse,
}
const THREE = { 1: 'broker,controller', 2: 'broker,controller', 3: 'broker,controller' }

/** Whoever is fenced was missed, not waited for. */
const LONG_SESSIONS = { 'broker.session.timeout.ms': '600000' }

const open: (() => unknown)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

async function clusterOf(roles: Readonly<Record<number, string>>): Promise<NodeCluster> {
  const cluster = await NodeCluster.make({ roles, overrides: LONG_SESSIONS })
  open.push(() => cluster.close())
  await cluster.start()
  return cluster
}

async function clientOf(cluster: NodeCluster, id: number): Promise<RawClient> {
  const client = await cluster.client(id)
  open.push(() => client.close())
  return client
}

async function createTopic(client: RawClient, name: string, replicationFactor: number): Promise<number> {
  const topic = { name, numPartitions: 3, replicationFactor, assignments: [], configs: [] }
  const { topics } = await client.call(CREATE_TOPICS, 7, { topics: [topic], timeoutMs: 10_000, validateOnly: false })
  return topics[0]?.errorCode ?? -1
}

async function metadataOf(client: RawClient): Promise<Infer<typeof MetadataResponse>> {
  return client.call(METADATA, 12, {
    topics: null,
    allowAutoTopicCreation: false,
    includeClusterAuthorizedOperations: false,
    includeTopicAuthorizedOperations: false,
  })
}

async function controllerOf(cluster: NodeCluster): Promise<number> {
  const [node] = [...cluster.nodes.values()].filter(({ running }) => running !== undefined)
  const client = await cluster.client(node?.id ?? 0)
  try {
    const topics = [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }]
    const answer = await client.call(DESCRIBE_QUORUM, 2, { topics })
    return answer.topics[0]?.partitions[0]?.leaderId ?? -1
  } finally {
    client.close()
  }
}

describe('three nodes that are broker and controller', () => {
  test('are one cluster, whichever is asked', async () => {
    const cluster = await clusterOf(THREE)
    for (const id of [1, 2, 3]) {
      const client = await clientOf(cluster, id)
      expect(await createTopic(client, `t${id}`, 3)).toBe(0)
      const seen = await until(`topics at ${id}`, async () => {
        const metadata = await metadataOf(client)
        return metadata.topics.length === id && metadata
      })
      expect(seen.brokers.map(({ nodeId, port }) => [nodeId, port]).sort()).toEqual(
        [...cluster.nodes.values()].map((node) => [node.id, node.brokerPort]),
      )
      expect([1, 2, 3]).toContain(seen.controllerId)
    }
    const ids = await Promise.all(
      [1, 2, 3].map(async (id) => {
        const client = await clientOf(cluster, id)
        const body = { transactionalId: null, transactionTimeoutMs: 0, producerId: -1, producerEpoch: -1 }
        return (await client.call(INIT_PRODUCER_ID, 4, body)).producerId
      }),
    )
    expect(new Set(ids).size).toBe(3)
  })

  test('go on without the one that dies, which leads nothing any more at once', async () => {
    const cluster = await clusterOf(THREE)
    const controller = await controllerOf(cluster)
    const [victim = 0, other = 0] = [1, 2, 3].filter((id) => id !== controller)
    const client = await clientOf(cluster, other)
    expect(await createTopic(client, 't', 3)).toBe(0)
    cluster.kill(victim)
    const after = await until('leaders elsewhere', async () => {
      const { brokers, topics } = await metadataOf(client)
      const isGone = brokers.every(({ nodeId }) => nodeId !== victim)
      return (
        isGone && topics.every(({ partitions }) => partitions.every(({ leaderId }) => leaderId !== victim)) && topics
      )
    })
    expect(after).toHaveLength(1)
    await cluster.start(victim)
    await until('three brokers', async () => (await metadataOf(client)).brokers.length === 3)
  })

  test('elect another controller when the active one dies', async () => {
    const cluster = await clusterOf(THREE)
    const victim = await controllerOf(cluster)
    const [other = 0] = [1, 2, 3].filter((id) => id !== victim)
    const client = await clientOf(cluster, other)
    expect(await createTopic(client, 'before', 3)).toBe(0)
    cluster.kill(victim)
    expect(await createTopic(client, 'after', 2)).toBe(0)
    await until('its fencing', async () => (await metadataOf(client)).brokers.length === 2)
    expect(await controllerOf(cluster)).not.toBe(victim)
    await cluster.start(victim)
    await until('three brokers', async () => (await metadataOf(client)).brokers.length === 3)
  })
})

test('a node that stops in order hands over first, and comes back', async () => {
  const cluster = await clusterOf(THREE)
  const leaving = await controllerOf(cluster)
  const [other = 0] = [1, 2, 3].filter((id) => id !== leaving)
  const client = await clientOf(cluster, other)
  expect(await createTopic(client, 't', 3)).toBe(0)
  await cluster.stop(leaving)
  expect(cluster.node(leaving).log.filter((line) => /error|no controller answers/.test(line))).toEqual([])
  const { topics, brokers } = await until('two brokers', async () => {
    const metadata = await metadataOf(client)
    return metadata.brokers.length === 2 && metadata
  })
  for (const { leaderId, isrNodes } of topics[0]?.partitions ?? []) {
    expect(isrNodes).not.toContain(leaving)
    expect(brokers.map(({ nodeId }) => nodeId)).toContain(leaderId)
  }
  await cluster.start(leaving)
  await until('the ISR of three', async () => {
    const [topic] = (await metadataOf(client)).topics
    return topic?.partitions.every(({ isrNodes }) => isrNodes.length === 3)
  })
})

describe('nodes with one role each', () => {
  test('a broker asks the controllers, which tell of themselves', async () => {
    const cluster = await clusterOf({ 1: 'controller', 2: 'controller', 3: 'controller', 11: 'broker', 12: 'broker' })
    const client = await clientOf(cluster, 11)
    expect(await createTopic(client, 't', 2)).toBe(0)
    expect((await metadataOf(client)).brokers.map(({ nodeId }) => nodeId).sort()).toEqual([11, 12])
    const direct = await cluster.controllerClient(2)
    open.push(() => direct.close())
    const described = await until('the controllers', async () => {
      const answer = await direct.call(DESCRIBE_CLUSTER, 1, {
        includeClusterAuthorizedOperations: false,
        endpointType: 2,
      })
      return answer.brokers.length === 3 && answer.controllerId > 0 && answer
    })
    expect(described.brokers.map(({ brokerId, port }) => [brokerId, port]).sort()).toEqual(
      [1, 2, 3].map((id) => [id, cluster.node(id).controllerPort]),
    )
    const wrong = await direct.call(DESCRIBE_CLUSTER, 1, { includeClusterAuthorizedOperations: false, endpointType: 1 })
    expect(wrong.errorMessage).toContain('CONTROLLER')
  })
})

describe('what can not join', () => {
  const roles = { 1: 'broker,controller', 11: 'broker' }
  const quickly = { 'initial.broker.registration.timeout.ms': '1500' }

  test('a second process with the id of a broker that lives', async () => {
    const cluster = await NodeCluster.make({ roles, overrides: quickly })
    open.push(() => cluster.close())
    await cluster.start()
    const twin = cluster.twin(11, await freePort())
    await expect(cluster.start(twin.id)).rejects.toThrow('another broker is registered as node 11')
    expect(twin.log.join('\n')).toContain('waiting to be registered')
    expect((await metadataOf(await clientOf(cluster, 1))).brokers).toHaveLength(2)
  })

  test('a node of another cluster', async () => {
    const cluster = await NodeCluster.make({ roles, overrides: quickly })
    const stranger = await NodeCluster.make({ roles: { 12: 'broker' }, overrides: { ...quickly, ...cluster.quorum() } })
    open.push(() => cluster.close())
    open.push(() => stranger.close())
    await cluster.start()
    await expect(stranger.start()).rejects.toThrow(stranger.clusterId)
    expect((await metadataOf(await clientOf(cluster, 1))).brokers).toHaveLength(2)
  })

  test('a node that may take only so long to start gives up', async () => {
    const cluster = await NodeCluster.make({ roles, overrides: { 'server.max.startup.time.ms': '300' } })
    open.push(() => cluster.close())
    await expect(cluster.start(11)).rejects.toThrow(/^The node did not start within 300 ms/)
    await cluster.start()
    await until('both brokers', async () => (await metadataOf(await clientOf(cluster, 1))).brokers.length === 2)
  })

  test('a node whose controllers are not there says what it waits for, and stops when it is told to', async () => {
    const cluster = await NodeCluster.make({ roles })
    open.push(() => cluster.close())
    const stop = new AbortController()
    const started = cluster.startUntil(11, stop.signal).catch((error: Error) => error.name)
    const { controllerPort } = cluster.node(1)
    await until('the line', () =>
      cluster
        .node(11)
        .log.some((line) =>
          line.includes(`waiting for the metadata quorum (127.0.0.1:${controllerPort}) to have a leader`),
        ),
    )
    stop.abort()
    expect(await started).toBe('NodeStopped')
  })
})

describe('a whole cluster', () => {
  test('stops all at once, and starts again as it was', async () => {
    const cluster = await clusterOf(THREE)
    const client = await clientOf(cluster, 1)
    expect(await createTopic(client, 't', 3)).toBe(0)
    await Promise.all([1, 2, 3].map((id) => cluster.stop(id)))
    await cluster.start()
    const topic = await until('three in sync', async () => {
      const [found] = (await metadataOf(await clientOf(cluster, 2))).topics
      return found?.partitions.every(({ isrNodes }) => isrNodes.length === 3) && found
    })
    expect(topic.partitions).toHaveLength(3)
  })

  test('whose quorum is dead lets its last node stop', async () => {
    const cluster = await clusterOf(THREE)
    for (const id of [1, 2]) cluster.kill(id)
    await cluster.stop(3)
    expect(cluster.node(3).log.join('\n')).toContain('stops without handing over')
  })
})
