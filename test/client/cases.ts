import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createAcls, deleteAcls, listAcls } from '../../src/client/admin/acls.ts'
import { alterConfigs, describeConfigs, listConfigResources } from '../../src/client/admin/configs.ts'
import {
  alterGroupOffsets,
  committedOffsets,
  deleteGroupOffsets,
  groupLags,
} from '../../src/client/admin/group-offsets.ts'
import { deleteGroups, describeGroup, describeGroups, listGroups } from '../../src/client/admin/groups.ts'
import { planReset } from '../../src/client/admin/offset-resets.ts'
import { deleteRecords, listOffsets, offsetRanges } from '../../src/client/admin/offsets.ts'
import { addPartitions, createTopic, deleteTopics, describeTopics, listTopics } from '../../src/client/admin/topics.ts'
import { KafkaClient } from '../../src/client/client.ts'
import { newestRecords, type ReadOptions, type ReadRecord, readRecords, tail } from '../../src/client/fetch.ts'
import { GroupConsumer } from '../../src/client/group-consumer.ts'
import { type Message, produce } from '../../src/client/produce.ts'
import { COMPRESSIONS } from '../../src/record/header.ts'
import { startBroker, type Target, type TestBroker } from '../support/broker.ts'
import { noKafka } from '../support/kafka.ts'

const AUTHORIZER = {
  odradek: { 'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer' },
  kafka: { 'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer' },
} as const

async function all(records: AsyncIterable<ReadRecord>): Promise<string[]> {
  const values: string[] = []
  for await (const { value } of records) values.push(String(value))
  return values
}

/** The same answers from both. */
export function clientCases(target: Target): void {
  describe.skipIf(target === 'kafka' && noKafka())(`the client with ${target}`, () => {
    let broker: TestBroker
    let client: KafkaClient
    beforeAll(async () => {
      const properties = {
        ...AUTHORIZER[target],
        'super.users': 'User:ANONYMOUS',
        'group.initial.rebalance.delay.ms': '0',
      }
      broker = await startBroker({ target, properties })
      const { port } = broker
      client = await KafkaClient.connect({ bootstrap: [{ host: '127.0.0.1', port }], clientId: 'test' })
    })
    afterAll(async () => {
      await client?.close()
      await broker?.stop()
    })

    const message = (topic: string, value: string, more: Partial<Message> = {}): Message => ({
      topic,
      key: null,
      value: Buffer.from(value),
      ...more,
    })
    const read = (options: ReadOptions) => all(readRecords(client, options))

    test('makes, changes, describes and deletes topics', async () => {
      const made = await createTopic(client, { name: 'made', partitions: 2, configs: { 'retention.ms': '5000' } })
      expect(made).toMatchObject({ name: 'made', partitions: 2, replicationFactor: 1 })
      await expect(createTopic(client, { name: 'made' })).rejects.toMatchObject({ error: 'TOPIC_ALREADY_EXISTS' })
      await addPartitions(client, 'made', 3)
      await expect.poll(async () => (await client.topic('made')).partitions.length).toBe(3)
      expect((await listTopics(client)).map(({ name }) => name)).toContain('made')
      const described = await describeTopics(client, ['none', 'made'])
      expect(described.get('none')).toMatchObject({ error: 'UNKNOWN_TOPIC_OR_PARTITION' })
      const deleted = await deleteTopics(client, ['made', 'none'])
      expect(deleted.get('made')).toBe(undefined)
      expect(deleted.get('none')).toMatchObject({ error: 'UNKNOWN_TOPIC_OR_PARTITION' })
    })

    test.each(COMPRESSIONS)('writes and reads back with %s', async (compression) => {
      const topic = `with-${compression}`
      await createTopic(client, { name: topic, partitions: 3 })
      const messages = Array.from({ length: 30 }, (_, at) =>
        message(topic, `${compression} ${at}`, {
          key: Buffer.from(`key ${at % 7}`),
          headers: [{ key: 'h', value: Buffer.from([at]) }],
        }),
      )
      const sent = await produce(client, messages, { compression })
      const records: ReadRecord[] = []
      for await (const record of readRecords(client, { topic, from: 'beginning' })) records.push(record)
      const bySent = sent.map(({ partition, offset }, at) => `${partition}:${offset} ${messages[at]?.value} ${at}`)
      const byRead = records.map(
        ({ partition, offset, value, headers }) => `${partition}:${offset} ${value} ${headers[0]?.value?.[0]}`,
      )
      expect(byRead.sort()).toEqual(bySent.sort())
      expect(new Set(records.map((record) => record.compression))).toEqual(new Set([compression]))
    })

    test('reads from wherever it is told to', async () => {
      const topic = 'from'
      await createTopic(client, { name: topic, partitions: 1 })
      const values = Array.from({ length: 10 }, (_, at) => String(at))
      for (const value of values) await produce(client, [message(topic, value, { timestamp: 1000 + Number(value) })])
      expect(await read({ topic, from: 'beginning' })).toEqual(values)
      expect(await read({ topic, from: 'end' })).toEqual([])
      expect(await read({ topic, from: { offset: 7 } })).toEqual(['7', '8', '9'])
      expect(await read({ topic, from: { timestamp: 1005 }, untilTimestamp: 1007 })).toEqual(['5', '6', '7'])
      expect(await read({ topic, from: { last: 2 } })).toEqual(['8', '9'])
      expect(await read({ topic, from: 'beginning', limit: 3 })).toEqual(['0', '1', '2'])
      expect((await newestRecords(client, { topic, count: 3 })).map(({ value }) => String(value))).toEqual([
        '7',
        '8',
        '9',
      ])
      await expect(read({ topic, partitions: [4], from: 'end' })).rejects.toMatchObject({
        error: 'UNKNOWN_TOPIC_OR_PARTITION',
      })
      const place = { topic, partition: 0 }
      expect(await deleteRecords(client, [{ ...place, offset: 4 }])).toEqual([{ ...place, result: 4 }])
      expect(await offsetRanges(client, [place])).toEqual([{ ...place, result: { begin: 4, end: 10 } }])
      expect(await read({ topic, from: { offset: 0 }, limit: 1 })).toEqual(['4'])
      const [newest] = await listOffsets(client, [{ ...place, at: 'max-timestamp' }])
      expect(newest?.result).toMatchObject({ offset: 9, timestamp: 1009 })
    })

    test('follows what comes until it is told to stop', async () => {
      const topic = 'followed'
      await createTopic(client, { name: topic, partitions: 1 })
      await produce(client, [message(topic, 'before')])
      const stop = new AbortController()
      const records = tail(client, { topic, signal: stop.signal })
      const first = records.next()
      // The end is looked up first: what is written once a fetch waits there is certainly behind it.
      const pulse = setInterval(() => void produce(client, [message(topic, 'after')]), 200)
      expect(String((await first).value?.value)).toBe('after')
      clearInterval(pulse)
      stop.abort()
      for await (const { value } of records) expect(String(value)).toBe('after')
    })

    test('says what is wrong with what it is to write', async () => {
      await createTopic(client, { name: 'small', partitions: 1, configs: { 'max.message.bytes': '1000' } })
      await expect(produce(client, [message('small', 'x'.repeat(5000))])).rejects.toMatchObject({
        error: 'MESSAGE_TOO_LARGE',
      })
      // Together they are too large, one by one they are not.
      const many = Array.from({ length: 10 }, (_, at) => message('small', String(at).repeat(300)))
      expect((await produce(client, many)).map(({ offset }) => offset)).toEqual(many.map((_, at) => at))
      await expect(produce(client, [message('nowhere', 'x')])).rejects.toMatchObject({
        error: 'UNKNOWN_TOPIC_OR_PARTITION',
      })
      expect((await produce(client, [message('small', 'x')], { acks: 0 }))[0]?.offset).toBe(-1)
    })

    test('knows groups, how far they are behind, and resets them', async () => {
      const topic = 'grouped'
      const groupId = 'readers'
      await createTopic(client, { name: topic, partitions: 1 })
      await produce(
        client,
        ['a', 'b', 'c', 'd', 'e'].map((value) => message(topic, value)),
      )
      await alterGroupOffsets(client, groupId, [{ topic, partition: 0, offset: 1 }])
      const plan = await planReset(client, { groupId, to: { shiftBy: 1 } })
      expect(plan).toEqual([{ topic, partition: 0, current: 1, target: 2, begin: 0, end: 5 }])
      const stop = new AbortController()
      const isolation = 'read_uncommitted'
      const options = { groupId, topics: [topic], isolation, commits: true, signal: stop.signal } as const
      const values: string[] = []
      for await (const { value } of new GroupConsumer(client, options).records()) {
        values.push(String(value))
        if (values.length < 2) continue
        expect(await describeGroup(client, groupId)).toMatchObject({
          type: 'classic',
          state: 'Stable',
          members: [{ clientId: 'test', subscribedTopics: [topic], assignment: [{ topic, partition: 0 }] }],
        })
        await expect(alterGroupOffsets(client, groupId, [{ topic, partition: 0, offset: 0 }])).rejects.toThrow()
        break
      }
      expect(values).toEqual(['b', 'c'])
      expect((await groupLags(client, [{ groupId }])).get(groupId)).toMatchObject([{ committed: 3, end: 5, lag: 2 }])
      expect(await listGroups(client)).toMatchObject([{ groupId, type: 'classic', state: 'Empty' }])
      await deleteGroupOffsets(client, groupId, [{ topic, partition: 0 }])
      expect((await committedOffsets(client, [groupId])).get(groupId)).toEqual([])
      expect((await describeGroups(client, ['none'])).get('none')).toMatchObject({ error: 'GROUP_ID_NOT_FOUND' })
      await deleteGroups(client, [groupId])
      expect((await deleteGroups(client, [groupId])).get(groupId)).toMatchObject({ error: 'GROUP_ID_NOT_FOUND' })
    })

    test('knows settings and where they were set', async () => {
      const resource = { type: 'topic', name: 'configured' } as const
      await createTopic(client, { name: resource.name, partitions: 1 })
      await alterConfigs(client, resource, [{ name: 'retention.ms', operation: 'set', value: '7000' }])
      const [entry] = await describeConfigs(client, resource, { names: ['retention.ms'] })
      expect(entry).toMatchObject({ value: '7000', source: 'topic', type: 'long', isReadOnly: false })
      const wrong = alterConfigs(client, resource, [{ name: 'nonsense', operation: 'set', value: '1' }])
      await expect(wrong).rejects.toMatchObject({ error: 'INVALID_CONFIG' })
      expect((await describeConfigs(client, { type: 'broker', name: '1' })).length).toBeGreaterThan(100)
      expect(await listConfigResources(client, ['topic'])).toContainEqual(resource)
    })

    test('knows ACLs', async () => {
      const acl = {
        resourceType: 'TOPIC',
        resourceName: 'guarded',
        patternType: 'LITERAL',
        principal: 'User:alice',
        host: '*',
        operation: 'READ',
        permission: 'ALLOW',
      }
      await createAcls(client, [acl])
      await expect.poll(() => listAcls(client, { resourceName: 'guarded' })).toEqual([acl])
      expect(await deleteAcls(client, [{ principal: 'User:alice' }])).toEqual([acl])
      await expect(listAcls(client, { operation: 'nonsense' })).rejects.toThrow("There is no operation 'nonsense'")
    })
  })
}
