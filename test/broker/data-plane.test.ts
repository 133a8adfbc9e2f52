import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ErrorCode } from '../../src/base/errors.ts'
import { FetchRequest, FetchResponse } from '../../src/protocol/messages/fetch.ts'
import { ProduceRequest, ProduceResponse } from '../../src/protocol/messages/produce.ts'
import { buildBatch } from '../../src/record/builder.ts'
import { batches } from '../../src/record/iterate.ts'
import { DataPlane } from '../support/data-plane.ts'
import { RawClient } from '../support/raw-client.ts'

const Produce = { key: 0, request: ProduceRequest, response: ProduceResponse }
const Fetch = { key: 1, request: FetchRequest, response: FetchResponse }

let plane: DataPlane
let client: RawClient
beforeEach(async () => {
  plane = await DataPlane.start()
  client = await RawClient.connect(plane.port)
})
afterEach(async () => {
  client.close()
  await plane.stop()
})

function batchOf(...values: string[]): Buffer {
  return buildBatch({ records: values.map((value) => ({ timestamp: 1000, key: null, value: Buffer.from(value) })) })
}

describe('data plane', () => {
  it('gives back what was produced', async () => {
    plane.createTopic('t')
    for (let version = 3; version <= 12; version++) {
      const produced = await client.call(Produce, version, {
        transactionalId: null,
        acks: -1,
        timeoutMs: 1000,
        topicData: [{ name: 't', partitionData: [{ index: 0, records: batchOf('a', 'b') }] }],
      })
      expect(produced.responses[0]?.partitionResponses[0]).toMatchObject({
        errorCode: 0,
        baseOffset: (version - 3) * 2,
      })
    }
    for (let version = 4; version <= 12; version++) {
      const fetched = await client.call(Fetch, version, {
        replicaId: -1,
        maxWaitMs: 0,
        minBytes: 1,
        isolationLevel: 0,
        topics: [{ topic: 't', partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1_000_000 }] }],
        forgottenTopicsData: [],
      })
      const part = fetched.responses[0]?.partitions[0]
      expect(part).toMatchObject({ errorCode: ErrorCode.NONE, highWatermark: 20 })
      const values = [...batches(part?.records ?? Buffer.alloc(0))].flatMap((batch) =>
        [...batch.records()].map((record) => record.value?.toString()),
      )
      expect(values).toEqual(Array.from({ length: 10 }, () => ['a', 'b']).flat())
    }
  })
})
