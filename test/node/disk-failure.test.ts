import { describe, expect, it } from 'vitest'
import { MemoryDisk } from '../../src/io/memory-disk.ts'
import { buildBatch } from '../../src/record/builder.ts'
import { OneNode } from '../support/one-node.ts'
import { until } from '../support/wait.ts'

const KAFKA_STORAGE_ERROR = 56

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
