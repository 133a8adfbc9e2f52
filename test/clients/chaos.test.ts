import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { batches } from '../../src/record/iterate.ts'
import { missing } from '../support/available.ts'
import { noTarget, prepareBroker, startBroker, TARGET, type TestBroker } from '../support/broker.ts'
import { exited } from '../support/process.ts'
import { until } from '../support/wait.ts'
import { batch } from './differential/data.ts'
import { type Reply, Session } from './differential/session.ts'

async function createTopic(session: Session, name: string): Promise<void> {
  const topics = [{ name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }]
  await session.call('CreateTopics', 7, { topics, timeoutMs: 10_000, validateOnly: false })
  await until('the topic to be led', async () => {
    const reply = await session.call('Metadata', 9, { topics: [{ name }], allowAutoTopicCreation: false })
    return reply.topics[0].partitions[0]?.leaderId === 1
  })
}

async function send(session: Session, name: string, records: Buffer): Promise<Reply> {
  const topicData = [{ name, partitionData: [{ index: 0, records }] }]
  const reply = await session.call('Produce', 9, { acks: -1, timeoutMs: 5_000, topicData })
  return typeof reply === 'string' ? { errorCode: reply } : reply.responses[0].partitionResponses[0]
}

async function values(session: Session, name: string, from = 0): Promise<string[]> {
  const all: string[] = []
  for (let offset = from; ; ) {
    const partitions = [{ partition: 0, fetchOffset: offset, partitionMaxBytes: 5_000_000 }]
    const reply = await session.call('Fetch', 11, {
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes: 5_000_000,
      topics: [{ topic: name, partitions }],
    })
    const found = reply.responses[0].partitions[0]
    expect(found.errorCode).toBe(0)
    if (found.records === null || found.records.length === 0) return all
    for (const view of batches(found.records)) {
      for (const record of view.records()) {
        if (record.offset < offset) continue
        all.push(String(record.value))
        offset = record.offset + 1
      }
    }
  }
}

const numbered = (i: number, producerId: number) =>
  batch(1, {
    producerId,
    producerEpoch: 0,
    baseSequence: i,
    records: [{ timestamp: Date.now(), key: null, value: Buffer.from(`n${i}`) }],
  })

describe.skipIf(noTarget())('one broker in trouble', () => {
  it('keeps every acknowledged record once and in order when it is killed under load', async () => {
    await using broker = await startBroker()
    let session = new Session(broker.port)
    await createTopic(session, 'load')
    let next = 0
    for (let round = 0; round < 3; round += 1) {
      const killer = { at: next + 150 + round * 77 }
      for (;;) {
        // An idempotent producer: what got no answer is sent again under the same number.
        const reply = await send(session, 'load', numbered(next, 4_321)).catch(() => ({ errorCode: '(closed)' }))
        if (typeof reply.errorCode === 'string') break
        expect(reply.errorCode).toBe(0)
        next += 1
        if (next === killer.at) void broker.kill()
      }
      await until('its death', () => !broker.running)
      await broker.start()
      session = new Session(broker.port)
      await until(
        'the partition to be led again',
        async () => (await send(session, 'load', numbered(next, 4_321))).errorCode === 0,
      )
      next += 1
    }
    expect(await values(session, 'load')).toEqual(Array.from({ length: next }, (_, i) => `n${i}`))
    session.close()
  })

  it('leaves a clean marker at SIGTERM, exits with 0 and forgets nothing', async () => {
    await using broker = await startBroker()
    const session = new Session(broker.port)
    await createTopic(session, 'calm')
    for (let i = 0; i < 20; i += 1) expect((await send(session, 'calm', numbered(i, 77))).errorCode).toBe(0)
    const marker = join(broker.dataDir, '.kafka_cleanshutdown')
    expect(existsSync(marker)).toBe(false)
    session.close()
    const code = await broker.stop()
    expect(TARGET === 'kafka' ? 0 : code).toBe(0)
    expect(existsSync(marker)).toBe(true)
    await broker.start()
    expect(existsSync(marker)).toBe(false)
    const again = new Session(broker.port)
    await until('the partition to be led', async () => (await send(again, 'calm', numbered(20, 77))).errorCode === 0)
    expect(await values(again, 'calm')).toHaveLength(21)
    again.close()
  })
})

const cannotMount = missing('root and tmpfs, for a disk that fills up', process.getuid?.() === 0 && canMount())

function canMount(): boolean {
  const dir = mkdtempSync(join(tmpdir(), 'odradek-mount-'))
  const works = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', dir]).status === 0
  if (works) spawnSync('umount', [dir])
  rmSync(dir, { recursive: true, force: true })
  return works
}

// Apache Kafka stops itself when its only log directory fails; ours must go on.
describe.skipIf(cannotMount || noTarget() || TARGET === 'kafka')('a full disk', () => {
  it('refuses to write, goes on reading, and recovers when there is room', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'odradek-full-'))
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=60m', 'tmpfs', dir]).status).toBe(0)
    let broker: TestBroker | undefined
    try {
      broker = await startBroker({ dir, properties: { 'log.segment.bytes': '4194304' } })
      const session = new Session(broker.port)
      await createTopic(session, 'filling')
      const big = batch(1, { records: [{ timestamp: 1_700_000_000_000, key: null, value: Buffer.alloc(500_000, 7) }] })
      let acknowledged = 0
      let refusal = 0
      writeFileSync(join(dir, 'ballast'), Buffer.alloc(20_000_000))
      for (let i = 0; i < 200 && refusal === 0; i += 1) {
        const reply = await send(session, 'filling', big)
        if (reply.errorCode === 0) acknowledged += 1
        else refusal = reply.errorCode
      }
      expect(refusal).toBe(56) // KAFKA_STORAGE_ERROR
      expect(acknowledged).toBeGreaterThan(10)
      expect(await values(session, 'filling', acknowledged - 2)).toHaveLength(2)
      rmSync(join(dir, 'ballast'))
      await until('writing to work again', async () => (await send(session, 'filling', big)).errorCode === 0)
      expect((await values(session, 'filling')).length).toBeGreaterThanOrEqual(acknowledged + 1)
      session.close()
    } finally {
      await broker?.kill()
      spawnSync('umount', ['-l', dir])
      rmSync(dir, { recursive: true, force: true })
    }
  })
})

describe.skipIf(noTarget())('what stops a broker from starting is told in one sentence', () => {
  async function refusal(broker: TestBroker): Promise<{ code: number | null; output: string }> {
    const child = broker.spawn()
    const code = await exited(child)
    await until('its last words', () => broker.output.length > 0)
    return { code, output: broker.output }
  }

  it('a port in use', async () => {
    await using first = await startBroker()
    const second = await prepareBroker({
      properties: { listeners: `PLAINTEXT://127.0.0.1:${first.port},CONTROLLER://127.0.0.1:0` },
    })
    const { code, output } = await refusal(second)
    expect(code).toBe(1)
    expect(output).toMatch(/in use/i)
    expect(output).toContain(String(first.port))
    rmSync(second.dir, { recursive: true, force: true })
  })

  it('a directory that another broker holds', async () => {
    await using first = await startBroker()
    const second = await prepareBroker({ properties: { 'log.dirs': first.dataDir } })
    const { code, output } = await refusal(second)
    expect(code).toBe(1)
    expect(output).toMatch(/lock/i)
    expect(output).toContain(first.dataDir)
    expect(first.running).toBe(true)
    rmSync(second.dir, { recursive: true, force: true })
  })

  it.each([
    ['a value that is not a number', 'log.segment.bytes', 'many'],
    ['a value out of range', 'num.partitions', '0'],
    ['a listener that makes no sense', 'listeners', 'nonsense'],
    ['a role that does not exist', 'process.roles', 'broker,emperor'],
  ])('%s', async (_, key, value) => {
    const broker = await prepareBroker()
    mkdirSync(broker.dir, { recursive: true })
    writeFileSync(broker.propertiesFile, `${key}=${value}\n`, { flag: 'a' })
    const { code, output } = await refusal(broker)
    expect(code).toBe(1)
    expect(output).toContain(value.split(',').at(-1))
    rmSync(broker.dir, { recursive: true, force: true })
  })
})
