import { describe, expect, it } from 'vitest'
import { ZERO_UUID } from '../../src/base/ids.ts'
import { formatRecords } from '../../src/metadata/bootstrap.ts'
import { defaultFeatureLevels, LATEST_METADATA_VERSION } from '../../src/metadata/features.ts'
import { encodeMetadataRecord } from '../../src/metadata/records.ts'
import { snapshotRecords } from '../../src/metadata/snapshot.ts'
import { buildBatch } from '../../src/record/builder.ts'
import type { MetadataNode } from '../../src/runtime/metadata-node.ts'
import { recordsOfLog } from '../metadata/golden.ts'
import { goldenDisk, ManualClock, readAll, split } from '../storage/support.ts'
import { controlledShutdown, createTopic, MemoryDisk, NEVER, type Running, serve, start } from './metadata-support.ts'

function stateOf(node: MetadataNode): string[] {
  return [...snapshotRecords(node.image)].map((record) => encodeMetadataRecord(record).toString('hex'))
}

describe('a new quorum of one', () => {
  it('begins its log as Kafka does', async () => {
    const disk = new MemoryDisk()
    const running = await start({ disk })
    const { node } = running
    expect(node.quorum()).toMatchObject({ leaderId: 1, leaderEpoch: 1, kraftVersion: 1, highWatermark: 12 })
    await serve(running)
    const log = await running.logs.openMetadataLog({} as never)
    const types = recordsOfLog(await readAll(log)).map(({ offset, record }) => `${offset} ${record.type}`)
    expect(types).toEqual([
      '3 BeginTransactionRecord',
      '4 FeatureLevelRecord',
      '5 FeatureLevelRecord',
      '6 FeatureLevelRecord',
      '7 FeatureLevelRecord',
      '8 FeatureLevelRecord',
      '9 FeatureLevelRecord',
      '10 ConfigRecord',
      '11 EndTransactionRecord',
      '12 RegisterControllerRecord',
      '13 RegisterBrokerRecord',
      '14 BrokerRegistrationChangeRecord',
      '15 BrokerRegistrationChangeRecord',
    ])
    expect(running.brokerEpoch).toBe(13)
    expect(node.image.isActive(1)).toBe(true)
    expect((await disk.readFile('/data/__cluster_metadata-0/quorum-state')).toString()).toBe(
      '{"leaderId":1,"leaderEpoch":1,"votedId":-1,"votedDirectoryId":"AAAAAAAAAAAAAAAAAAAAAA","data_version":1}',
    )
    await running.stop()
  })

  it('keeps what was decided over restarts, clean and not', async () => {
    const disk = new MemoryDisk({ crashable: true })
    const first = await start({ disk })
    await serve(first)
    await createTopic(first.node, 'one', 3)
    await controlledShutdown(first)
    expect(first.node.image.partition('one', 0)).toMatchObject({ leader: -1, isr: [], elr: [1], lastKnownElr: [1] })
    expect(first.node.image.isActive(1)).toBe(false)
    const before = stateOf(first.node)
    await first.stop()

    const second = await start({ disk, seed: 2 })
    expect(stateOf(second.node)).toEqual(before)
    expect(second.node.quorum().leaderEpoch).toBe(2)
    await serve(second)
    expect(second.node.image.partition('one', 0)).toMatchObject({
      leader: 1,
      isr: [1],
      elr: [],
      leaderEpoch: 2,
      leaderRecoveryState: 0,
    })
    const { brokerEpoch } = second
    disk.crash()

    const third = await start({ disk, seed: 3 })
    expect(third.node.quorum().leaderEpoch).toBe(3)
    await serve(third)
    expect(third.brokerEpoch).toBeGreaterThan(brokerEpoch)
    // Its last stop was not clean: what it acknowledged may be lost, so the partition recovers.
    expect(third.node.image.partition('one', 2)).toMatchObject({ leader: 1, isr: [1], elr: [], leaderRecoveryState: 1 })
    await third.stop()
  })

  it('shares fsyncs between commands that come together', async () => {
    const disk = new MemoryDisk()
    const running = await start({ disk })
    await serve(running)
    let syncs = 0
    disk.faults.delay = (operation) => {
      if (operation === 'sync') syncs++
      return undefined
    }
    const heard: number[] = []
    running.node.onImage((delta) => heard.push(delta.topics.size))
    await Promise.all(Array.from({ length: 1000 }, (_, i) => createTopic(running.node, `topic-${i}`)))
    expect(running.node.image.topics.size).toBe(1000)
    expect(heard.reduce((sum, count) => sum + count, 0)).toBe(1000)
    expect(syncs).toBeLessThan(20)
    await running.stop()
  })

  it('answers a refusal with its error and writes nothing', async () => {
    const running = await start({ disk: new MemoryDisk() })
    const end = running.node.image.offset
    await expect(running.node.submit({ type: 'unregisterBroker', brokerId: 9 })).rejects.toMatchObject({
      error: 'BROKER_ID_NOT_REGISTERED',
    })
    expect(running.node.image.offset).toBe(end)
    await running.stop()
    await expect(running.node.submit({ type: 'unregisterBroker', brokerId: 9 })).rejects.toMatchObject({
      error: 'NOT_CONTROLLER',
    })
  })

  it('gives producer ids out once', async () => {
    const disk = new MemoryDisk()
    const first = await start({ disk })
    await serve(first)
    const ask = ({ node, brokerEpoch }: Running) =>
      node.submit({ type: 'allocateProducerIds', brokerId: 1, brokerEpoch })
    expect(await Promise.all([ask(first), ask(first)])).toEqual([
      { firstProducerId: 0, size: 1000 },
      { firstProducerId: 1000, size: 1000 },
    ])
    await first.stop()
    const second = await start({ disk, seed: 2 })
    await serve(second)
    expect(await ask(second)).toEqual({ firstProducerId: 2000, size: 1000 })
    await second.stop()
  })

  it('writes NoOp records while nothing happens', async () => {
    const clock = new ManualClock()
    const controller = {
      sessionTimeoutMs: 9000,
      maxIdleIntervalMs: 500,
      leaders: { minInsyncReplicas: 1, uncleanLeaderElection: false },
    }
    const running = await start({ disk: new MemoryDisk(), clock, controller })
    const { offset } = running.node.image
    clock.advance(400)
    clock.advance(100)
    clock.advance(500)
    await running.node.close()
    expect(running.node.image.offset).toBe(offset + 2)
  })
})

describe('a fixed quorum', () => {
  it('is what controller.quorum.voters says, without voters in the log', async () => {
    const disk = new MemoryDisk()
    const { bootstrap } = formatRecords({ features: defaultFeatureLevels(LATEST_METADATA_VERSION), nowMs: 0 })
    await disk.makeDirectory('/data')
    await disk.replaceFile('/data/bootstrap.checkpoint', bootstrap)
    const voter = {
      voterId: 1,
      voterDirectoryId: ZERO_UUID,
      endpoints: [{ name: 'CONTROLLER', host: 'localhost', port: 9093 }],
      kRaftVersionFeature: { minSupportedVersion: 0, maxSupportedVersion: 0 },
    }
    const running = await start({ disk, staticVoters: [voter] })
    expect(running.node.quorum()).toMatchObject({ kraftVersion: 0, highWatermark: 10, leaderEpoch: 1 })
    expect((await disk.readFile('/data/__cluster_metadata-0/quorum-state')).toString()).toBe(
      '{"clusterId":"","leaderId":1,"leaderEpoch":1,"votedId":-1,"appliedOffset":0,"currentVoters":[{"voterId":1}],"data_version":0}',
    )
    await running.stop()
    await expect(start({ disk, staticVoters: [{ ...voter, voterId: 2 }] })).rejects.toThrow(
      'the quorum does not contain it',
    )
  })
})

describe('a bootstrap that was cut short', () => {
  it('is aborted and written again', async () => {
    const disk = new MemoryDisk()
    const first = await start({ disk, seed: 7 })
    await first.stop()
    const path = '/data/__cluster_metadata-0/00000000000000000000.log'
    const [control, bootstrap] = split(await disk.readFile(path))
    const records = [...(bootstrap ? recordsOfLog(bootstrap) : [])].slice(0, 3)
    const torn = buildBatch({
      baseOffset: 3,
      leaderEpoch: 1,
      records: records.map(({ record }) => ({ timestamp: 5, key: null, value: encodeMetadataRecord(record) })),
    })
    await disk.replaceFile(path, Buffer.concat([control ?? Buffer.alloc(0), torn]))
    const second = await start({ disk, seed: 8 })
    expect(second.node.image.featureLevel('metadata.version')).toBe(30)
    const log = await second.logs.openMetadataLog({} as never)
    const types = recordsOfLog(await readAll(log)).map(({ record }) => record.type)
    expect(types.slice(2, 6)).toEqual([
      'FeatureLevelRecord',
      'AbortTransactionRecord',
      'BeginTransactionRecord',
      'FeatureLevelRecord',
    ])
    expect(types.at(-1)).toBe('EndTransactionRecord')
    await second.stop()
  })
})

describe('crashes', () => {
  it('never loses an acknowledged command, whatever part of the unsynced bytes is left', async () => {
    for (let seed = 1; seed <= 12; seed++) {
      const disk = new MemoryDisk({ crashable: true })
      const first = await start({ disk, seed })
      await serve(first)
      const acknowledged = new Set<string>()
      const commands = Array.from({ length: 12 }, (_, i) =>
        createTopic(first.node, `t${i}`)
          .then(() => acknowledged.add(`t${i}`))
          .catch(() => {}),
      )
      for (let i = 0; i < seed; i++) await Promise.resolve()
      if (seed % 3 === 0) await commands[0]
      for (let i = 12; i < 15; i++)
        createTopic(first.node, `t${i}`)
          .then(() => acknowledged.add(`t${i}`))
          .catch(() => {})
      const sure = [...acknowledged]
      disk.crash((_path, unsynced) => Math.floor((unsynced * seed) / 12))
      const second = await start({ disk, seed: seed + 100 })
      for (const name of sure) expect(second.node.image.topic(name), name).toBeDefined()
      await serve(second)
      await createTopic(second.node, 'after')
      const before = stateOf(second.node)
      await second.stop()
      const third = await start({ disk, seed: seed + 200 })
      expect(stateOf(third.node)).toEqual(before)
      await third.stop()
    }
  })

  it('refuses while the disk is full and goes on when there is room', async () => {
    const disk = new MemoryDisk()
    const clock = new ManualClock()
    const running = await start({ disk, clock })
    await serve(running)
    await createTopic(running.node, 'before')
    disk.faults.fail = (operation, path) => (operation === 'write' && path.endsWith('.log') ? 'ENOSPC' : undefined)
    await expect(createTopic(running.node, 'lost')).rejects.toMatchObject({ error: 'NOT_CONTROLLER' })
    await expect(createTopic(running.node, 'lost')).rejects.toMatchObject({ error: 'NOT_CONTROLLER' })
    expect(running.node.image.topic('lost')).toBeUndefined()
    disk.faults.fail = undefined as never
    await expect
      .poll(() => {
        clock.advance(1000)
        return createTopic(running.node, 'again').then(
          () => 'made',
          () => 'refused',
        )
      })
      .toBe('made')
    expect(running.node.image.topic('lost')).toBeUndefined()
    await running.stop()
    const restarted = await start({ disk, seed: 2 })
    expect([...restarted.node.image.topicsByName.keys()].sort()).toEqual(['again', 'before'])
    await restarted.stop()
  })
})

describe('snapshots', () => {
  it('are written by size, read at the next start, and free the log', async () => {
    const disk = new MemoryDisk()
    const retention = { ...NEVER, maxBytesBetweenSnapshots: 4000, maxRetentionBytes: 10_000 }
    const first = await start({ disk, retention, segmentBytes: 3000 })
    await serve(first)
    for (let i = 0; i < 150; i++) await createTopic(first.node, `topic-${i}`)
    const names = async () => (await disk.list('/data/__cluster_metadata-0')).filter((n) => n.endsWith('.checkpoint'))
    const formatted = '00000000000000000000-0000000000.checkpoint'
    await expect.poll(async () => (await names()).includes(formatted), { timeout: 30_000 }).toBe(false)
    await first.node.close()
    const log = await first.logs.openMetadataLog({} as never)
    expect(log.logStartOffset).toBeGreaterThan(0)
    const before = stateOf(first.node)
    await first.logs.shutdown(first.brokerEpoch)
    const second = await start({ disk, seed: 2, retention, segmentBytes: 3000 })
    expect(stateOf(second.node).sort()).toEqual(before.sort())
    expect(second.node.quorum()).toMatchObject({ kraftVersion: 1, voters: [{ voterId: 1 }] })
    await second.stop()
  })
})

describe('directories of Apache Kafka', () => {
  for (const which of ['running', 'stopped'] as const) {
    it(`opens the ${which} one and goes on`, async () => {
      const disk = goldenDisk(which)
      const running = await start({ disk })
      const { node } = running
      expect(node.quorum()).toMatchObject({ leaderId: 1, leaderEpoch: 2, kraftVersion: 1 })
      expect(node.image.featureLevel('metadata.version')).toBe(30)
      await serve(running)
      const partition = node.image.partition('golden', 0)
      expect(partition).toMatchObject({ leader: 1, isr: [1], elr: [], lastKnownElr: [] })
      await createTopic(node, 'made-here')
      await running.stop()
      const again = await start({ disk, seed: 2 })
      expect(again.node.image.topic('made-here')).toBeDefined()
      expect(again.node.image.topic('golden-compact')?.partitions.length).toBe(2)
      await again.stop()
    })
  }

  it('opens one that was only formatted', async () => {
    const disk = goldenDisk('formatted')
    const running = await start({ disk })
    expect(running.node.image.scramCredential(1, 'boot')?.iterations).toBe(4096)
    expect(running.node.quorum()).toMatchObject({ leaderEpoch: 1, highWatermark: 13 })
    await running.stop()
  })
})
