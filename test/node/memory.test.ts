import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { Prng } from '../../src/base/prng.ts'
import { startBroker } from '../../src/index.ts'
import { CreateTopicsRequest, CreateTopicsResponse } from '../../src/protocol/messages/create-topics.ts'
import { FetchRequest, FetchResponse } from '../../src/protocol/messages/fetch.ts'
import { ProduceRequest, ProduceResponse } from '../../src/protocol/messages/produce.ts'
import { buildBatch } from '../../src/record/builder.ts'
import { batches } from '../../src/record/iterate.ts'
import { RawClient } from '../support/raw-client.ts'

const PARTITIONS = 4
const BATCHES = 400
const LARGEST_VALUE = 400_000

const directory = mkdtempSync(join(tmpdir(), 'odradek-memory-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** The value of a record, made again by whoever reads it: no byte of another batch could stand in it unseen. */
function expectedValue(partition: number, index: number): Buffer {
  const prng = new Prng(partition * 10_000 + index)
  const size = 1 + prng.below(prng.below(3) === 0 ? LARGEST_VALUE : 20_000)
  const value = Buffer.alloc(size, prng.below(256))
  value.write(`${partition}/${index}`)
  return value
}

async function createTopic(client: RawClient): Promise<void> {
  const topic = { name: 't', numPartitions: PARTITIONS, replicationFactor: 1, assignments: [], configs: [] }
  const api = { key: 19, request: CreateTopicsRequest, response: CreateTopicsResponse }
  await client.call(api, 7, { topics: [topic], timeoutMs: 10_000, validateOnly: false })
}

/** Several requests in flight; every eighth without an answer. */
async function produceAll(client: RawClient, partition: number): Promise<void> {
  const api = { key: 0, request: ProduceRequest, response: ProduceResponse }
  let inFlight: Promise<unknown>[] = []
  for (let index = 0; index < BATCHES; index++) {
    const value = expectedValue(partition, index)
    const compression = index % 5 === 0 ? 'lz4' : 'none'
    const records = buildBatch({ compression, records: [{ timestamp: Date.now(), key: null, value }] })
    const topicData = [{ name: 't', partitionData: [{ index: partition, records }] }]
    const request = { transactionalId: null, timeoutMs: 10_000, topicData }
    if (index % 8 === 7) client.send(api.key, 9, ProduceRequest.toBuffer({ ...request, acks: 0 }, 9))
    else inFlight.push(client.call(api, 9, { ...request, acks: -1 }))
    if (inFlight.length < 5) continue
    await Promise.all(inFlight)
    inFlight = []
  }
  await Promise.all(inFlight)
}

async function consumeAll(client: RawClient, partition: number): Promise<void> {
  const api = { key: 1, request: FetchRequest, response: FetchResponse }
  for (let next = 0; next < BATCHES; ) {
    const partitions = [{ partition, fetchOffset: next, partitionMaxBytes: 1_000_000 }]
    const fetched = await client.call(api, 12, {
      maxWaitMs: 500,
      minBytes: 1,
      isolationLevel: 0,
      topics: [{ topic: 't', partitions }],
      forgottenTopicsData: [],
    })
    const records = fetched.responses[0]?.partitions[0]?.records ?? Buffer.alloc(0)
    for (const batch of batches(records)) {
      for (const record of batch.records()) {
        if (record.offset < next) continue
        expect(record.offset).toBe(next)
        expect(record.value?.equals(expectedValue(partition, next)), `partition ${partition} offset ${next}`).toBe(true)
        next++
      }
    }
  }
}

describe('memory that is used again', () => {
  it('never shows a reader another batch, at the end of the log, behind it, and from the files', async () => {
    await using broker = await startBroker({ storage: { directory } })
    const clients = await Promise.all(Array.from({ length: 3 * PARTITIONS }, () => RawClient.connect(broker.port)))
    const [first] = clients
    if (first === undefined) throw new Error('no client')
    await createTopic(first)
    const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition)
    await Promise.all(
      partitions.flatMap((partition) => [
        produceAll(clients[partition] as RawClient, partition),
        consumeAll(clients[PARTITIONS + partition] as RawClient, partition),
      ]),
    )
    await Promise.all(
      partitions.map((partition) => consumeAll(clients[2 * PARTITIONS + partition] as RawClient, partition)),
    )
    for (const client of clients) client.close()
  })
})
