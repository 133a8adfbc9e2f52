import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ErrorCode } from '../../../src/base/errors.ts'
import { ZERO_UUID } from '../../../src/base/ids.ts'
import { MemoryDisk } from '../../../src/io/memory-disk.ts'
import { ProduceRequest, ProduceResponse } from '../../../src/protocol/messages/produce.ts'
import type { Input } from '../../../src/protocol/schema.ts'
import { buildBatch } from '../../../src/record/builder.ts'
import * as header from '../../../src/record/header.ts'
import { batches } from '../../../src/record/iterate.ts'
import { DataPlane, NODE_ID } from '../../support/data-plane.ts'
import { RawClient } from '../../support/raw-client.ts'

const Produce = { key: 0, request: ProduceRequest, response: ProduceResponse }
type ProduceInput = Input<typeof ProduceRequest>

let disk: MemoryDisk
let plane: DataPlane
let client: RawClient
beforeEach(async () => {
  disk = new MemoryDisk()
  plane = await DataPlane.start({ disk })
  client = await RawClient.connect(plane.port)
})
afterEach(async () => {
  client.close()
  await plane.stop()
})

function batchOf(values: string[], changes: Partial<Parameters<typeof buildBatch>[0]> = {}): Buffer {
  const timestamp = Date.now()
  return buildBatch({
    records: values.map((value) => ({ timestamp, key: null, value: Buffer.from(value) })),
    ...changes,
  })
}

async function produce(topic: string, records: Buffer, changes: Partial<ProduceInput> = {}, version = 12) {
  const topicData = [{ name: topic, partitionData: [{ index: 0, records }] }]
  const answer = await client.call(Produce, version, { acks: -1, timeoutMs: 1000, topicData, ...changes })
  return { ...answer.responses[0]?.partitionResponses[0], nodeEndpoints: answer.nodeEndpoints }
}

async function stored(topic: string): Promise<Buffer> {
  const { log } = plane.replicas.require(topic, 0)
  const read = await log.read(0, { maxBytes: 1e9, upTo: log.highWatermark, minOneBatch: true })
  return Buffer.concat([...read.chunks])
}

describe('Produce', () => {
  it.each([-1, 1])('with acks=%i answers when the records are in the log', async (acks) => {
    plane.createTopic('t')
    expect(await produce('t', batchOf(['a', 'b']), { acks })).toMatchObject({
      errorCode: 0,
      baseOffset: 0,
      logAppendTimeMs: -1,
      logStartOffset: 0,
    })
    expect(plane.replicas.require('t', 0).log.highWatermark).toBe(2)
    expect(await produce('t', batchOf(['c']), { acks })).toMatchObject({ baseOffset: 2 })
  })

  it('with acks=0 answers nothing, and closes the connection where something failed', async () => {
    plane.createTopic('t')
    const body = (topic: string) =>
      ProduceRequest.toBuffer(
        {
          acks: 0,
          timeoutMs: 1000,
          topicData: [{ name: topic, partitionData: [{ index: 0, records: batchOf(['x']) }] }],
        },
        9,
      )
    client.send(0, 9, body('t'))
    expect(await produce('t', batchOf(['y']))).toMatchObject({ baseOffset: 1 })
    client.send(0, 9, body('none'))
    await client.ended()
  })

  it.each([2, -2])('refuses acks=%i', async (acks) => {
    plane.createTopic('t')
    expect(await produce('t', batchOf(['a']), { acks })).toMatchObject({
      errorCode: ErrorCode.INVALID_REQUIRED_ACKS,
      baseOffset: -1,
      logStartOffset: -1,
    })
  })

  it('knows topics by id from v13 on', async () => {
    const topicId = plane.createTopic('t')
    const byId = (id: typeof topicId) =>
      produce(
        '',
        Buffer.alloc(0),
        { topicData: [{ topicId: id, partitionData: [{ index: 0, records: batchOf(['a']) }] }] },
        13,
      )
    expect(await byId(topicId)).toMatchObject({ errorCode: 0, baseOffset: 0 })
    expect(await byId(plane.newId())).toMatchObject({ errorCode: ErrorCode.UNKNOWN_TOPIC_ID })
    expect((await byId(ZERO_UUID)).errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_ID)
  })

  it('answers each partition for itself', async () => {
    plane.createTopic('t', 2)
    const answer = await client.call(Produce, 9, {
      acks: -1,
      timeoutMs: 1000,
      topicData: [
        { name: 'none', partitionData: [{ index: 0, records: batchOf(['a']) }] },
        {
          name: 't',
          partitionData: [1, 7, 0].map((index) => ({ index, records: index === 0 ? Buffer.alloc(3) : batchOf(['a']) })),
        },
      ],
    })
    expect(
      answer.responses.map(({ name, partitionResponses }) => [name, partitionResponses.map((p) => p.errorCode)]),
    ).toEqual([
      ['none', [ErrorCode.UNKNOWN_TOPIC_OR_PARTITION]],
      ['t', [0, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.INVALID_RECORD]],
    ])
  })

  it('tells the leader where another broker leads', async () => {
    plane.register(2, 9094)
    plane.createTopic('t', 1, {}, 2)
    expect(await produce('t', batchOf(['a']))).toMatchObject({
      errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER,
      currentLeader: { leaderId: 2, leaderEpoch: 0 },
      nodeEndpoints: [{ nodeId: 2, host: 'host-2', port: 9094, rack: null }],
    })
  })

  it('leaves internal topics to brokers and to the admin client', async () => {
    plane.createTopic('__consumer_offsets')
    expect((await produce('__consumer_offsets', batchOf(['a']))).errorCode).toBe(ErrorCode.INVALID_TOPIC_EXCEPTION)
    const body = {
      acks: -1,
      timeoutMs: 1000,
      topicData: [{ name: '__consumer_offsets', partitionData: [{ index: 0, records: batchOf(['a']) }] }],
    }
    const answer = await client.call(Produce, 9, body, '__admin_client')
    expect(answer.responses[0]?.partitionResponses[0]?.errorCode).toBe(0)
  })

  it('takes idempotent batches once and in order', async () => {
    plane.createTopic('t')
    const sequenced = (baseSequence: number) => batchOf(['a', 'b'], { producerId: 7, producerEpoch: 0, baseSequence })
    expect(await produce('t', sequenced(0))).toMatchObject({ errorCode: 0, baseOffset: 0 })
    expect(await produce('t', sequenced(2))).toMatchObject({ errorCode: 0, baseOffset: 2 })
    expect(await produce('t', sequenced(0))).toMatchObject({ errorCode: 0, baseOffset: 0 })
    expect(await produce('t', sequenced(9))).toMatchObject({
      errorCode: ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
      baseOffset: -1,
    })
    expect(plane.replicas.require('t', 0).log.logEndOffset).toBe(4)
  })

  it('refuses transactional batches: no transaction can be open', async () => {
    plane.createTopic('t')
    const records = batchOf(['a'], { producerId: 7, producerEpoch: 0, baseSequence: 0, isTransactional: true })
    expect(await produce('t', records)).toMatchObject({ errorCode: ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED })
    expect(await produce('t', records, { transactionalId: 'x' })).toMatchObject({
      errorCode: ErrorCode.INVALID_TXN_STATE,
      errorMessage: 'Partition was not added to the transaction',
    })
    expect(await produce('t', batchOf(['b']), { transactionalId: 'x' })).toMatchObject({ errorCode: 0 })
  })

  it('says which records a compacted topic can not take', async () => {
    plane.createTopic('t', 1, { cleanupCompact: true })
    const answer = await produce('t', batchOf(['a', 'b']))
    expect(answer.errorCode).toBe(ErrorCode.INVALID_RECORD)
    expect(answer.logStartOffset).toBe(0)
    expect(answer.recordErrors?.map(({ batchIndex }) => batchIndex)).toEqual([0, 1])
    expect(answer.errorMessage).not.toBeNull()
  })

  it('stamps the time of the append where the topic wants it', async () => {
    plane.createTopic('t', 1, { logAppendTime: true })
    const answer = await produce('t', batchOf(['a']))
    expect(answer.logAppendTimeMs).toBeGreaterThan(1_600_000_000_000)
    const bytes = await stored('t')
    expect(header.maxTimestamp(bytes, 0)).toBe(answer.logAppendTimeMs)
    expect(header.isValid(bytes, 0)).toBe(true)
  })

  it('compresses anew where the topic has its own codec, in order', async () => {
    plane.createTopic('t', 1, { compressionType: 'gzip' })
    const answers = await Promise.all(
      Array.from({ length: 5 }, async (_, i) => {
        const other = await RawClient.connect(plane.port)
        other.close()
        return produce('t', batchOf([`${i}`], i % 2 === 0 ? {} : { compression: 'gzip' }))
      }),
    )
    expect(answers.map(({ errorCode }) => errorCode)).toEqual([0, 0, 0, 0, 0])
    const views = [...batches(await stored('t'))]
    expect(views.map(({ buffer, at }) => header.compressionType(buffer, at))).toEqual(Array(5).fill('gzip'))
    const values = views.flatMap((view) => [...view.records()].map(({ value }) => value?.toString()))
    const byOffset = [...answers.keys()].sort((a, b) => (answers[a]?.baseOffset ?? 0) - (answers[b]?.baseOffset ?? 0))
    expect(values).toEqual(byOffset.map(String))
  })

  it('refuses what is larger than max.message.bytes', async () => {
    plane.createTopic('t', 1, { maxMessageBytes: 500 })
    expect(await produce('t', batchOf(['x'.repeat(600)]))).toMatchObject({
      errorCode: ErrorCode.MESSAGE_TOO_LARGE,
      logStartOffset: -1,
    })
  })

  it('answers a full disk with the storage error, and goes on when there is room', async () => {
    plane.createTopic('t')
    await produce('t', batchOf(['a']))
    disk.faults = { fail: (operation) => (operation === 'write' ? 'ENOSPC' : undefined) }
    expect(await produce('t', batchOf(['lost']))).toMatchObject({
      errorCode: ErrorCode.KAFKA_STORAGE_ERROR,
      baseOffset: -1,
    })
    disk.faults = {}
    let answer = await produce('t', batchOf(['b']))
    for (let tries = 0; answer.errorCode !== 0 && tries < 100; tries++) answer = await produce('t', batchOf(['b']))
    expect(answer).toMatchObject({ errorCode: 0, baseOffset: 1 })
  })

  it('stops writing when another broker becomes the leader', async () => {
    const topicId = plane.createTopic('t')
    plane.elect(topicId, 0, NODE_ID + 1)
    expect((await produce('t', batchOf(['a']))).errorCode).toBe(ErrorCode.NOT_LEADER_OR_FOLLOWER)
  })

  it('appends the transactional batches of a connection in their order, however long each is verified', async () => {
    plane.createTopic('t')
    const answers = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    let asked = 0
    plane.verifier.check = async () => {
      await answers[asked++]?.promise
      return new Map()
    }
    const transactional = (baseSequence: number) => {
      const batch = batchOf(['x'], { producerId: 7, producerEpoch: 0, baseSequence, isTransactional: true })
      return produce('t', batch, { transactionalId: 'id' })
    }
    const both = [transactional(0), transactional(1)]
    answers[1]?.resolve()
    const other = await RawClient.connect(plane.port)
    await other.call(Produce, 12, { acks: -1, timeoutMs: 1000, topicData: [] })
    other.close()
    answers[0]?.resolve()
    expect(await Promise.all(both)).toMatchObject([
      { errorCode: 0, baseOffset: 0 },
      { errorCode: 0, baseOffset: 1 },
    ])
  })
})
