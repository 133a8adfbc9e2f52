import { describe, expect, it } from 'vitest'
import { createLogger } from '../../src/io/logger.ts'
import { MemoryDisk } from '../../src/io/memory-disk.ts'
import { buildBatch } from '../../src/record/builder.ts'
import { type Reply, Session } from '../clients/differential/session.ts'
import { OneNode } from '../support/one-node.ts'
import { until } from '../support/wait.ts'

const [BROKER, BROKER_LOGGER, CLIENT_METRICS] = [4, 8, 16]

async function produce(session: Pick<Session, 'call'>, bytes: number): Promise<Reply> {
  const records = buildBatch({ records: [{ timestamp: 1, key: null, value: Buffer.alloc(bytes) }] })
  const topicData = [{ name: 't', partitionData: [{ index: 0, records }] }]
  const answer = await session.call('Produce', 9, { transactionalId: null, acks: -1, timeoutMs: 5000, topicData })
  return { throttleTimeMs: answer.throttleTimeMs, errorCode: answer.responses[0].partitionResponses[0].errorCode }
}

async function alterQuota(node: OneNode, type: string, name: string | null, key: string, value: number | null) {
  const entity = [{ entityType: type, entityName: name }]
  const ops = [{ key, value: value ?? 0, remove: value === null }]
  const { entries } = await node.call('AlterClientQuotas', 1, { entries: [{ entity, ops }] })
  expect(entries[0].errorCode).toBe(0)
}

describe('broker configs that change while the broker runs', () => {
  it('reach the logs, and outlive a restart', async () => {
    const disk = new MemoryDisk()
    {
      await using node = await OneNode.start({ disk })
      await node.createTopic('t')
      expect((await produce(node, 5000)).errorCode).toBe(0)
      expect(await node.alter(BROKER, '', { 'message.max.bytes': '1000' })).toEqual([0, null])
      await until('the limit', async () => (await produce(node, 5000)).errorCode === 10)
      expect(await node.alter(BROKER, '1', { 'message.max.bytes': '10000' })).toEqual([0, null])
      await until('the broker’s own limit', async () => (await produce(node, 5000)).errorCode === 0)
      expect(await node.describe(BROKER, '1', 'message.max.bytes')).toMatchObject({
        value: '10000',
        configSource: 2,
        synonyms: [
          { value: '10000', source: 2 },
          { value: '1000', source: 3 },
          { value: '1048588', source: 5 },
        ],
      })
    }
    await using again = await OneNode.start({ disk })
    expect(await again.describe(BROKER, '1', 'message.max.bytes')).toMatchObject({ value: '10000' })
  })

  it('are only looked at where that is asked for', async () => {
    await using node = await OneNode.start()
    expect(await node.alter(BROKER, '1', { 'max.connections': '5' }, true)).toEqual([0, null])
    expect(await node.alter(BROKER, '1', { 'max.connections': '-5' }, true)).toMatchObject({ 0: 42 })
    expect(await node.describe(BROKER, '1', 'max.connections')).toMatchObject({ value: '2147483647' })
  })

  it('open the listeners that are added and close those that are removed', async () => {
    await using node = await OneNode.start({
      overrides: { 'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,EXTRA:PLAINTEXT' },
    })
    const usual = 'PLAINTEXT://127.0.0.1:0,CONTROLLER://127.0.0.1:0'
    const extra = () => node.node.listeners.find(({ name }) => name === 'EXTRA')
    expect(await node.alter(BROKER, '1', { listeners: `${usual},EXTRA://127.0.0.1:0` })).toEqual([0, null])
    await until('the listener', async () => extra() !== undefined)
    const session = new Session(extra()?.port ?? 0)
    // The cluster was told of the listeners at the start.
    const { brokers, controllerId } = await session.call('Metadata', 12, { topics: [] })
    expect([brokers, controllerId]).toEqual([[], 1])
    expect(await node.alter(BROKER, '1', { listeners: null })).toEqual([0, null])
    await until('its end', async () => extra() === undefined)
    expect(await session.call('Metadata', 12, { topics: [] })).toBe('(closed)')
    session.close()
    expect((await node.call('Metadata', 12, { topics: [] })).brokers).toHaveLength(1)
  })

  it('limit connections from then on', async () => {
    await using node = await OneNode.start()
    await node.alter(BROKER, '1', { 'max.connections.per.ip': '1' })
    await until('refused connections', async () => {
      const other = new Session(node.port)
      const answer = await other.call('ApiVersions', 0, {}).catch(() => '(closed)')
      other.close()
      return answer === '(closed)'
    })
    await node.alter(BROKER, '1', { 'max.connections.per.ip': null })
    await until('connections again', async () => {
      const other = new Session(node.port)
      const answer = await other.call('ApiVersions', 0, {}).catch(() => '(closed)')
      other.close()
      return answer !== '(closed)'
    })
  })

  it('cordon directories', async () => {
    await using node = await OneNode.start({ dirs: '/a,/b' })
    await node.alter(BROKER, '1', { 'cordoned.log.dirs': '/b' })
    await until('the directory to be cordoned', async () => {
      const { results } = await node.call('DescribeLogDirs', 5, { topics: null })
      const found = results.map(({ logDir, isCordoned }: Reply) => `${logDir} ${isCordoned}`)
      return found.sort().join() === '/a false,/b true'
    })
    await until('the controller to know', async () => {
      const name = `t${Math.random()}`
      await node.createTopic(name, 4)
      const { results } = await node.call('DescribeLogDirs', 5, { topics: null })
      const there = results.find(({ logDir }: Reply) => logDir === '/b').topics
      return there.every((topic: Reply) => topic.name !== name)
    })
  })

  it('set levels of loggers', async () => {
    const lines: string[] = []
    const logger = createLogger({ level: 'warn', destination: { write: (line) => void lines.push(line) } })
    await using node = await OneNode.start({ logger })
    expect(await node.describe(BROKER_LOGGER, '1', 'root')).toMatchObject({ value: 'WARN', configSource: 6 })
    expect(await node.alter(BROKER_LOGGER, '1', { storage: 'ERROR' })).toEqual([0, null])
    logger.info('unheard')
    expect(await node.alter(BROKER_LOGGER, '1', { root: 'INFO' })).toEqual([0, null])
    logger.info('heard')
    logger.area?.('storage').info('unheard')
    expect(await node.alter(BROKER_LOGGER, '1', { storage: null })).toEqual([0, null])
    logger.area?.('storage').info('heard')
    const said = lines.map((line) => JSON.parse(line).msg).filter((message: string) => /heard$/.test(message))
    expect(said).toEqual(['heard', 'heard'])
  })

  it('keep subscriptions to clients’ metrics', async () => {
    await using node = await OneNode.start()
    expect(await node.alter(CLIENT_METRICS, 'slow', { 'interval.ms': '60000' })).toEqual([0, null])
    expect(await node.describe(CLIENT_METRICS, 'slow', 'interval.ms')).toMatchObject({
      value: '60000',
      configSource: 7,
    })
    const { configResources } = await node.call('ListConfigResources', 1, { resourceTypes: [CLIENT_METRICS] })
    expect(configResources).toEqual([{ resourceName: 'slow', resourceType: CLIENT_METRICS }])
  })
})

describe('a client over its quota', () => {
  it('is told so, and not heard until its time has passed', async () => {
    await using node = await OneNode.start()
    await node.createTopic('t')
    await alterQuota(node, 'client-id', 'wire', 'producer_byte_rate', 50_000)
    // Ten windows may be used at once; what is over takes its time.
    await until('the quota', async () => (await produce(node, 60_000)).throttleTimeMs > 0)
    const other = new Session(node.port)
    const { throttleTimeMs } = await produce(other, 100)
    expect(throttleTimeMs).toBeGreaterThan(0)
    const beganMs = performance.now()
    await other.call('ApiVersions', 0, {})
    expect(performance.now() - beganMs).toBeGreaterThan(Math.min(throttleTimeMs, 4000) - 50)
    other.close()
    await alterQuota(node, 'client-id', 'wire', 'producer_byte_rate', null)
    const third = new Session(node.port)
    await until('no quota', async () => (await produce(third, 3000)).throttleTimeMs === 0)
    third.close()
  })

  it('gets no records, and may make no topics', async () => {
    await using node = await OneNode.start()
    await node.createTopic('t')
    await produce(node, 50_000)
    await alterQuota(node, 'user', 'ANONYMOUS', 'consumer_byte_rate', 1000)
    await alterQuota(node, 'user', 'ANONYMOUS', 'controller_mutation_rate', 1)
    const topics = [{ topic: 't', partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1e6 }] }]
    const fetch = { replicaId: -1, maxWaitMs: 0, minBytes: 0, maxBytes: 1e6, sessionEpoch: -1, topics }
    const answer = await until('a throttled fetch', async () => {
      const session = new Session(node.port)
      const reply = await session.call('Fetch', 11, { ...fetch, forgottenTopicsData: [] })
      session.close()
      return reply.throttleTimeMs > 0 ? reply : undefined
    })
    expect(answer).toMatchObject({ errorCode: 0, responses: [], sessionId: 0 })
    const topic = { name: 'many', numPartitions: 30, replicationFactor: 1, assignments: [], configs: [] }
    const make = async (name: string, validateOnly: boolean) => {
      const session = new Session(node.port)
      const reply = await session.call('CreateTopics', 7, {
        topics: [{ ...topic, name }],
        timeoutMs: 5000,
        validateOnly,
      })
      session.close()
      return reply
    }
    expect((await make('many', false)).topics[0].errorCode).toBe(0)
    const refused = await make('more', false)
    expect(refused.topics[0]).toMatchObject({ errorCode: 89, errorMessage: null })
    expect(refused.throttleTimeMs).toBeGreaterThan(10_000)
  })
})
