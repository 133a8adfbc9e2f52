import { describe, expect, it } from 'vitest'
import { MemoryDisk } from '../../src/io/memory-disk.ts'
import { buildBatch } from '../../src/record/builder.ts'
import { batches } from '../../src/record/iterate.ts'
import type { Reply } from '../clients/differential/session.ts'
import { OneNode } from '../support/one-node.ts'
import { until } from '../support/wait.ts'

async function produce(node: OneNode, from: number, count: number): Promise<void> {
  for (let i = from; i < from + count; i++) {
    const records = buildBatch({ records: [{ timestamp: 1, key: null, value: Buffer.from(`v${i}`) }] })
    const topicData = [{ name: 't', partitionData: [{ index: 0, records }] }]
    await until('the record to be taken', async () => {
      const answer = await node.call('Produce', 9, { transactionalId: null, acks: -1, timeoutMs: 5000, topicData })
      return answer.responses[0].partitionResponses[0].errorCode === 0
    })
  }
}

async function values(node: OneNode): Promise<string[]> {
  const partition = { partition: 0, currentLeaderEpoch: -1, fetchOffset: 0, partitionMaxBytes: 1e7 }
  const answer = await node.call('Fetch', 11, {
    replicaId: -1,
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: 1e7,
    sessionEpoch: -1,
    topics: [{ topic: 't', partitions: [partition] }],
    forgottenTopicsData: [],
  })
  const { records } = answer.responses[0].partitions[0]
  const found: string[] = []
  for (const batch of batches(records)) for (const { value } of batch.records()) found.push(String(value))
  return found
}

/** `DIR future?` of the topic's only partition, wherever it is. */
async function places(node: OneNode): Promise<string[]> {
  const { results } = await node.call('DescribeLogDirs', 4, { topics: [{ topic: 't', partitions: [0] }] })
  return results.flatMap(({ logDir, topics }: Reply) =>
    topics.flatMap(({ partitions }: Reply) =>
      partitions.map(({ isFutureKey }: Reply) => `${logDir}${isFutureKey ? ' future' : ''}`),
    ),
  )
}

async function move(node: OneNode, path: string, topic = 't', partition = 0): Promise<number> {
  const dirs = [{ path, topics: [{ name: topic, partitions: [partition] }] }]
  const { results } = await node.call('AlterReplicaLogDirs', 2, { dirs })
  return results[0].partitions[0].errorCode
}

/** To the other one of two directories. */
async function moveAway(node: OneNode): Promise<{ before: string; after: string }> {
  const [before = ''] = await places(node)
  const after = before === '/a' ? '/b' : '/a'
  expect(await move(node, after)).toBe(0)
  return { before, after }
}

const texts = (count: number) => Array.from({ length: count }, (_, i) => `v${i}`)

describe('a replica that moves to another log directory', () => {
  it('is there with all its records, and the cluster knows it', async () => {
    const disk = new MemoryDisk()
    await using node = await OneNode.start({ dirs: '/a,/b', disk })
    await node.createTopic('t')
    await produce(node, 0, 20)
    const { after } = await moveAway(node)
    await produce(node, 20, 10)
    await until('the move', async () => (await places(node)).join() === after)
    await produce(node, 30, 5)
    expect(await values(node)).toEqual(texts(35))
    await node.node.close()
    await using again = await OneNode.start({ dirs: '/a,/b', disk })
    expect(await places(again)).toEqual([after])
    expect(await values(again)).toEqual(texts(35))
  })

  it('goes on with the move after a restart, or gives it up when told', async () => {
    const disk = new MemoryDisk()
    const slow = { 'replica.alter.log.dirs.io.max.bytes.per.second': '1' }
    await using node = await OneNode.start({ dirs: '/a,/b', disk })
    await node.alter(4, '1', slow)
    await node.createTopic('t')
    await produce(node, 0, 3)
    const { before, after } = await moveAway(node)
    // The first bytes are free, the next ones are far away.
    await produce(node, 3, 3)
    await until('a copy', async () => (await places(node)).length === 2)
    expect((await places(node)).sort()).toEqual([before, `${after} future`].sort())
    expect(await move(node, before)).toBe(0)
    expect(await places(node)).toEqual([before])
    expect(await move(node, after)).toBe(0)
    await node.node.close()
    await using again = await OneNode.start({ dirs: '/a,/b', disk })
    await until('the move', async () => (await places(again)).join() === after)
    expect(await values(again)).toEqual(texts(6))
  })

  it('is refused where it can not be', async () => {
    await using node = await OneNode.start({ dirs: '/a,/b' })
    await node.createTopic('t')
    expect(await move(node, '/c')).toBe(57)
    expect(await move(node, '/a', 'nowhere')).toBe(3)
    expect(await move(node, '/a', 't', 9)).toBe(3)
    await node.alter(4, '1', { 'cordoned.log.dirs': '*' })
    const [before] = await places(node)
    await until('the directories to be cordoned', async () => {
      return (await move(node, before === '/a' ? '/b' : '/a')) === 39
    })
  })
})
