import { describe, expect, it } from 'vitest'
import { ZERO_UUID } from '../../src/base/ids.ts'
import { MemoryDisk } from '../../src/io/memory-disk.ts'
import { ApiKey } from '../../src/protocol/apis.ts'
import { CreateTopicsRequest, CreateTopicsResponse } from '../../src/protocol/messages/create-topics.ts'
import { MetadataRequest, MetadataResponse } from '../../src/protocol/messages/metadata.ts'
import { ProduceRequest, ProduceResponse } from '../../src/protocol/messages/produce.ts'
import { buildBatch } from '../../src/record/builder.ts'
import { NodeCluster } from '../support/node-cluster.ts'
import { OneNode } from '../support/one-node.ts'
import type { RawClient } from '../support/raw-client.ts'
import { until } from '../support/wait.ts'

const CREATE_TOPICS = { key: ApiKey.CreateTopics, request: CreateTopicsRequest, response: CreateTopicsResponse }
const METADATA = { key: ApiKey.Metadata, request: MetadataRequest, response: MetadataResponse }
const PRODUCE = { key: ApiKey.Produce, request: ProduceRequest, response: ProduceResponse }

const KAFKA_STORAGE_ERROR = 56
const NOT_LEADER_OR_FOLLOWER = 6

async function produce(node: OneNode, topic: string, partition: number): Promise<number> {
  const records = buildBatch({ records: [{ timestamp: 1, key: null, value: Buffer.from('v') }] })
  const topicData = [{ name: topic, partitionData: [{ index: partition, records }] }]
  const answer = await node.call('Produce', 9, { transactionalId: null, acks: -1, timeoutMs: 5000, topicData })
  return answer.responses[0].partitionResponses[0].errorCode
}

async function directories(node: OneNode): Promise<Map<string, { error: number; partitions: number[] }>> {
  const { results } = await node.call('DescribeLogDirs', 5, { topics: null })
  const found = new Map<string, { error: number; partitions: number[] }>()
  for (const { logDir, errorCode, topics } of results) {
    const partitions: number[] = []
    for (const topic of topics) for (const { partitionIndex } of topic.partitions) partitions.push(partitionIndex)
    found.set(logDir, { error: errorCode, partitions })
  }
  return found
}

function breakUnder(disk: MemoryDisk, path: string): void {
  disk.faults.fail = (_operation, at) => (at.startsWith(`${path}/`) ? 'EIO' : undefined)
}

describe('a log directory that fails', () => {
  it('is offline alone: the others serve on, and the tools see it', async () => {
    await using node = await OneNode.start({ dirs: '/a,/b' })
    await node.createTopic('t', 4)
    const before = await directories(node)
    const [there] = before.get('/b')?.partitions ?? []
    const [here] = before.get('/a')?.partitions ?? []
    breakUnder(node.disk, '/b')
    await until('the directory to be offline', async () => {
      await produce(node, 't', Number(there))
      return (await directories(node)).get('/b')?.error === KAFKA_STORAGE_ERROR
    })
    expect(await produce(node, 't', Number(here))).toBe(0)
    expect((await directories(node)).get('/a')?.error).toBe(0)
  })

  it('ends the node where the metadata log is in it', async () => {
    await using node = await OneNode.start({ dirs: '/a,/b' })
    breakUnder(node.disk, '/a')
    node.createTopic('t').catch(() => {})
    await expect(node.node.closed).rejects.toThrow(
      'Repair the disk of /a, which holds the metadata log, and start again: EIO',
    )
  })

  it('ends the node where it was the last one', async () => {
    await using node = await OneNode.start({ dirs: '/a,/b', overrides: { 'metadata.log.dir': '/m' } })
    await node.createTopic('t', 4)
    const before = await directories(node)
    node.disk.faults.fail = (_operation, at) => (/^\/[ab]\//.test(at) ? 'EIO' : undefined)
    const ended = node.node.closed.then(
      () => 'closed',
      (error: Error) => error.message,
    )
    for (const { partitions } of before.values()) produce(node, 't', Number(partitions[0])).catch(() => {})
    expect(await ended).toBe('Repair the disks of /a, /b and start again: all log directories have failed.')
  })

  it('that is only full is waited for', async () => {
    await using node = await OneNode.start({ dirs: '/a', disk: new MemoryDisk() })
    await node.createTopic('t')
    node.disk.faults.fail = (operation, at) => (operation === 'write' && at.includes('/t-0/') ? 'ENOSPC' : undefined)
    expect(await produce(node, 't', 0)).toBe(KAFKA_STORAGE_ERROR)
    node.disk.faults = {}
    await until('the topic to be written again', async () => (await produce(node, 't', 0)) === 0)
    expect((await directories(node)).get('/a')?.error).toBe(0)
  })
})

describe('a disk that takes no records', () => {
  const READY = { 'default.replication.factor': '3', 'min.insync.replicas': '2', 'replica.lag.time.max.ms': '60000' }
  const ROLES = { 1: 'broker,controller', 2: 'broker,controller', 3: 'broker,controller' }

  async function partitionOf(client: RawClient) {
    const { topics } = await client.call(METADATA, 12, {
      topics: [{ topicId: ZERO_UUID, name: 't' }],
      allowAutoTopicCreation: false,
      includeTopicAuthorizedOperations: false,
    })
    return topics[0]?.partitions[0]
  }

  async function send(client: RawClient): Promise<number> {
    const records = buildBatch({ records: [{ timestamp: 1, key: null, value: Buffer.from('v') }] })
    const topicData = [{ name: 't', partitionData: [{ index: 0, records }] }]
    const answer = await client.call(PRODUCE, 9, { transactionalId: null, acks: -1, timeoutMs: 20_000, topicData })
    return answer.responses[0]?.partitionResponses[0]?.errorCode ?? -1
  }

  it('leads nothing that others have too, and is back when there is room', async () => {
    const cluster = await NodeCluster.make({ roles: ROLES, overrides: READY })
    try {
      await cluster.start()
      const clients = new Map<number, RawClient>()
      for (const id of cluster.nodes.keys()) clients.set(id, await cluster.client(id))
      const [asked] = clients.values()
      if (asked === undefined) throw new Error('no client')
      const topic = { name: 't', numPartitions: 1, replicationFactor: 3, assignments: [], configs: [] }
      await asked.call(CREATE_TOPICS, 7, { topics: [topic], timeoutMs: 10_000, validateOnly: false })
      await until('three in sync', async () => (await partitionOf(asked))?.isrNodes.length === 3)
      const full = (await partitionOf(asked))?.leaderId ?? -1
      const to = (id: number) => clients.get(id) ?? asked
      await until('a record to be there', async () => (await send(to(full))) === 0)
      const { disk } = cluster.node(full)
      disk.faults.fail = (operation, at) =>
        operation === 'write' && (at.includes('/t-0/') || at.endsWith('/.room')) ? 'ENOSPC' : undefined
      expect(await send(to(full))).toBe(KAFKA_STORAGE_ERROR)
      // Before it has heard from the controller: it may never do so.
      expect(await send(to(full))).toBe(NOT_LEADER_OR_FOLLOWER)
      await until('another to lead', async () => {
        const now = await partitionOf(asked)
        return now !== undefined && now.leaderId !== full && !now.isrNodes.includes(full)
      })
      const leader = (await partitionOf(asked))?.leaderId ?? -1
      for (let count = 0; count < 20; count++) expect(await send(to(leader))).toBe(0)
      disk.faults = {}
      await until('it to be in sync again', async () => (await partitionOf(asked))?.isrNodes.includes(full) === true)
      for (const client of clients.values()) client.close()
    } finally {
      cluster.close()
    }
  })
})
