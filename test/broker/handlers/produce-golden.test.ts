import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ProduceRequest, ProduceResponse } from '../../../src/protocol/messages/produce.ts'
import { DataPlane } from '../../support/data-plane.ts'
import { goldenPath } from '../../support/golden.ts'
import { RawClient } from '../../support/raw-client.ts'

interface Batch {
  readonly case: string
  readonly hex: string
}
interface Expected {
  readonly errorCode: number
  readonly appended: boolean
  readonly errorMessage?: string | null
  readonly recordErrors?: readonly unknown[]
}
interface Vector {
  readonly case: string
  readonly produceV3: Expected
  readonly produceV11: Expected
}

function goldenLines<T>(file: string): T[] {
  const text = readFileSync(goldenPath(file), 'utf8')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T)
}

const Produce = { key: 0, request: ProduceRequest, response: ProduceResponse }
const bytes = new Map<string, string>()
for (const { case: name, hex } of goldenLines<Batch>('batches-corrupt.jsonl')) bytes.set(name, hex)
for (const { case: name, hex } of goldenLines<Batch>('batches.jsonl')) bytes.set(`valid:${name}`, hex)
const vectors = [...goldenLines<Vector>('batches-corrupt-broker.jsonl')]

let plane: DataPlane
let client: RawClient
beforeAll(async () => {
  plane = await DataPlane.start()
  plane.createTopic('golden-3', vectors.length)
  plane.createTopic('golden-11', vectors.length)
  client = await RawClient.connect(plane.port)
})
afterAll(async () => {
  client.close()
  await plane.stop()
})

async function produce(version: 3 | 11, index: number, records: Buffer): Promise<Expected> {
  const topic = `golden-${version}`
  const answer = await client.call(Produce, version, {
    transactionalId: null,
    acks: -1,
    timeoutMs: 1000,
    topicData: [{ name: topic, partitionData: [{ index, records }] }],
  })
  const part = answer.responses[0]?.partitionResponses[0]
  const appended = plane.replicas.require(topic, index).log.logEndOffset > 0
  if (version === 3) return { errorCode: part?.errorCode ?? -2, appended }
  return {
    errorCode: part?.errorCode ?? -2,
    appended,
    errorMessage: part?.errorMessage ?? null,
    recordErrors: part?.recordErrors ?? [],
  }
}

describe("unusual batches are answered as Kafka's broker does", () => {
  it.each(vectors.map((vector, index) => [vector.case, vector, index] as const))('%s', async (name, vector, index) => {
    const hex = bytes.get(name)
    if (hex === undefined) throw new Error(`no bytes of ${name}`)
    const records = Buffer.from(hex, 'hex')
    const { produceV3, produceV11 } = vector
    expect(await produce(3, index, records)).toEqual({ errorCode: produceV3.errorCode, appended: produceV3.appended })
    expect(await produce(11, index, records)).toEqual({
      errorCode: produceV11.errorCode,
      appended: produceV11.appended,
      errorMessage: produceV11.errorMessage ?? null,
      recordErrors: produceV11.recordErrors ?? [],
    })
  })
})
