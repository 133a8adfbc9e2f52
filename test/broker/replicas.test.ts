import { afterEach, describe, expect, it } from 'vitest'
import { KafkaError } from '../../src/base/errors.ts'
import { type Replica, ReplicaRegistry } from '../../src/broker/replicas.ts'
import { silentLogger } from '../../src/io/logger.ts'
import { MemoryDisk } from '../../src/io/memory-disk.ts'
import { MetadataDelta } from '../../src/metadata/delta.ts'
import { ConfigResource } from '../../src/metadata/image.ts'
import { buildBatch } from '../../src/record/builder.ts'
import { ALONE, DataPlane, NO_FOLLOWERS, NODE_ID } from '../support/data-plane.ts'
import { refusal } from '../support/refusal.ts'

let plane: DataPlane | undefined
afterEach(async () => {
  await plane?.stop()
  plane = undefined
})

function batch(): Buffer {
  return buildBatch({ records: [{ timestamp: 1, key: null, value: Buffer.from('v') }] })
}

async function append(replica: Replica): Promise<void> {
  await (await replica.append(batch(), 'client')).written
}

describe('ReplicaRegistry', () => {
  it('hosts what is assigned to this broker and knows why it does not host the rest', async () => {
    plane = await DataPlane.start()
    const { replicas } = plane
    plane.createTopic('led', 2)
    plane.createTopic('followed', 1, {}, 2)
    expect([...replicas.all()].map(({ topic, partition, isLeader }) => [topic, partition, isLeader])).toEqual([
      ['led', 0, true],
      ['led', 1, true],
      ['followed', 0, false],
    ])
    expect(refusal(() => replicas.requireLeader('led', 1))).toBe('NONE')
    expect(refusal(() => replicas.requireLeader('led', 2))).toBe('UNKNOWN_TOPIC_OR_PARTITION')
    expect(refusal(() => replicas.requireLeader('followed', 0))).toBe('NOT_LEADER_OR_FOLLOWER')
    expect(refusal(() => replicas.requireLeader('led', 0, 1))).toBe('UNKNOWN_LEADER_EPOCH')
    expect(refusal(() => replicas.requireLeader('none', 0))).toBe('UNKNOWN_TOPIC_OR_PARTITION')
  })

  it('tells who listens of leadership won and lost', async () => {
    plane = await DataPlane.start()
    const told: string[] = []
    plane.replicas.onLeadership((replica, leads) => told.push(`${replica.topic}-${replica.partition} ${leads}`))
    const id = plane.createTopic('t', 1)
    plane.elect(id, 0, 2)
    plane.elect(id, 0, NODE_ID)
    plane.deleteTopic(id)
    expect(told).toEqual(['t-0 true', 't-0 false', 't-0 true', 't-0 false'])
  })

  it('gives a topic that is made again a log of its own', async () => {
    plane = await DataPlane.start()
    const first = plane.createTopic('t')
    await append(plane.replicas.requireLeader('t', 0))
    plane.deleteTopic(first)
    expect(plane.replicas.find('t', 0)).toBeUndefined()
    const second = plane.createTopic('t')
    const replica = plane.replicas.requireLeader('t', 0)
    expect(replica.topicId).toBe(second)
    expect(replica.log.logEndOffset).toBe(0)
  })

  it('commits what is written and tells who waits for it', async () => {
    plane = await DataPlane.start()
    const id = plane.createTopic('t')
    const replica = plane.replicas.requireLeader('t', 0)
    const committed = replica.committed(2)
    await append(replica)
    expect(replica.log.highWatermark).toBe(1)
    await append(replica)
    await committed
    expect(replica.log.highWatermark).toBe(2)
    const never = replica.committed(3)
    plane.elect(id, 0, 2)
    await expect(never).rejects.toMatchObject({ error: 'NOT_LEADER_OR_FOLLOWER' })
    expect(refusal(() => replica.append(batch(), 'client'))).toBe('NOT_LEADER_OR_FOLLOWER')
  })

  it('begins an epoch of the log with each of its own', async () => {
    plane = await DataPlane.start()
    const id = plane.createTopic('t')
    const replica = plane.replicas.requireLeader('t', 0)
    await append(replica)
    plane.elect(id, 0, NODE_ID)
    expect(replica.leaderEpoch).toBe(1)
    expect(replica.epochStartOffset).toBe(1)
    expect(replica.log.latestEpoch).toBe(1)
  })

  it('gives logs their new configs', async () => {
    plane = await DataPlane.start()
    plane.createTopic('t')
    plane.createTopic('u')
    const retention = () => ['t', 'u'].map((topic) => plane?.replicas.require(topic, 0).log.config.retentionMs)
    const change = (type: number, name: string) => {
      const delta = new MetadataDelta()
      delta.config(type, name)
      plane?.replicas.apply(delta)
    }
    const before = retention()
    plane.configs.set('t', { retentionMs: 5 })
    plane.configs.set('u', { retentionMs: 6 })
    change(ConfigResource.TOPIC, 't')
    expect(retention()).toEqual([5, before[1]])
    change(ConfigResource.BROKER, '')
    expect(retention()).toEqual([5, 6])
  })

  it('finds its logs again after a restart, and sets aside those that belong to no topic', async () => {
    const disk = new MemoryDisk()
    plane = await DataPlane.start({ disk })
    const keep = plane.createTopic('keep')
    const gone = plane.createTopic('gone')
    await append(plane.replicas.requireLeader('keep', 0))
    await append(plane.replicas.requireLeader('gone', 0))
    const { image } = plane
    await plane.stop()
    plane = await DataPlane.start({ disk, image })
    expect(plane.replicas.requireLeader('keep', 0).log.highWatermark).toBe(1)
    plane.deleteTopic(gone)
    await plane.stop()
    // The topic went while this broker was away.
    const without = await DataPlane.start({ disk: new MemoryDisk() })
    without.createTopic('other')
    const elsewhere = without.image
    await without.stop()
    plane = await DataPlane.start({ disk, image: elsewhere })
    expect(plane.replicas.find('keep', 0)).toBeUndefined()
    expect(disk.blocking.entries('/data').some(({ name }) => /^keep-0\..*-stray$/.test(name))).toBe(true)
    expect(keep).not.toBe('')
  })

  it('takes a log whose id went with the power for that of the topic of its name, unless it is from a later epoch', async () => {
    const lines: unknown[] = []
    const disk = new MemoryDisk({ crashable: true })
    const before = await DataPlane.start({ disk })
    const younger = before.createTopic('younger')
    before.createTopic('same')
    before.elect(younger, 0, 2)
    before.elect(younger, 0, NODE_ID)
    for (const topic of ['same', 'younger']) await append(before.replicas.requireLeader(topic, 0))
    before.replicas.close()
    await before.listener.close(0)
    // All was written back but the ids.
    disk.crash((path, unsynced) => (path.endsWith('partition.metadata') ? 0 : unsynced))
    const without = await DataPlane.start({ disk: new MemoryDisk() })
    for (const topic of ['same', 'younger']) without.createTopic(topic)
    const { image } = without
    await without.stop()
    const keep = (...line: readonly unknown[]): void => void lines.push(line)
    plane = await DataPlane.start({ disk, image, logger: { ...silentLogger, warn: keep } })
    expect(plane.replicas.requireLeader('same', 0).log.logEndOffset).toBe(1)
    expect(plane.replicas.requireLeader('younger', 0).log.logEndOffset).toBe(0)
    expect(lines).toEqual([[{ topic: 'younger', partition: 0 }, expect.stringContaining('set aside')]])
    const again = plane.replicas.requireLeader('same', 0).log
    expect(disk.blocking.readFile(`${again.dir}/partition.metadata`)?.toString()).toContain(
      `topic_id: ${again.topicId}`,
    )
  })

  it('answers for a log that can not be opened with the storage error', async () => {
    plane = await DataPlane.start()
    plane.createTopic('t')
    const { image } = plane
    const failing = new ReplicaRegistry({
      nodeId: NODE_ID,
      image: () => image,
      logs: {
        logs: () => [],
        directories: [],
        directoryOf: () => undefined,
        refuses: () => false,
        getOrCreate: () => {
          throw new KafkaError('KAFKA_STORAGE_ERROR', 'no disk')
        },
        delete: async () => {},
        setAside: async () => {},
      },
      configFor: plane.configFor,
      clock: plane.clock,
      logger: silentLogger,
      replication: ALONE,
      followers: NO_FOLLOWERS,
    })
    failing.load()
    expect(refusal(() => failing.require('t', 0))).toBe('KAFKA_STORAGE_ERROR')
    expect(failing.find('t', 0)).toBeUndefined()
  })
})
