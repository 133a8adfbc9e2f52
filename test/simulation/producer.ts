import { ErrorCode } from '../../src/base/errors.ts'
import { ApiKey } from '../../src/protocol/apis.ts'
import { InitProducerIdRequest, InitProducerIdResponse } from '../../src/protocol/messages/init-producer-id.ts'
import { ProduceRequest, ProduceResponse } from '../../src/protocol/messages/produce.ts'
import { buildBatch } from '../../src/record/builder.ts'
import type { Addressing } from './addressing.ts'
import type { Workload } from './workload.ts'

export const PRODUCE = { key: ApiKey.Produce, request: ProduceRequest, response: ProduceResponse }
const INIT = { key: ApiKey.InitProducerId, request: InitProducerIdRequest, response: InitProducerIdResponse }
const RETRY_MS = 50

/** Sends numbered values, one batch at a time with acks=all, each until it is acknowledged; idempotent, so never twice. */
export async function produce(name: string, at: Addressing, workload: Workload): Promise<void> {
  const { topic, partitions, random, history } = workload
  const producerId = await ownProducerId(at, workload)
  if (producerId === undefined) return
  const sequences = new Array<number>(partitions).fill(0)
  for (let number = 0; !workload.isOver(); ) {
    const partition = random.below(partitions)
    const values = Array.from({ length: 1 + random.below(3) }, () => `${name}-${number++}`)
    const baseSequence = sequences[partition] ?? 0
    const sent = await untilAcknowledged(at, workload, partition, { producerId, baseSequence, values })
    if (sent === undefined) return
    for (const [index, value] of values.entries()) {
      if (sent >= 0) history.acknowledged(`${topic}-${partition}`, sent + index, value)
    }
    sequences[partition] = baseSequence + values.length
    if (random.below(4) === 0) await at.sleep(random.below(40))
  }
}

export async function ownProducerId(at: Addressing, workload: Pick<Workload, 'isOver'>): Promise<number | undefined> {
  while (!workload.isOver()) {
    try {
      const answer = await at.any(INIT, 4, { transactionalId: null, transactionTimeoutMs: 60_000 })
      if (answer.errorCode === 0) return answer.producerId
    } catch {}
    await at.sleep(RETRY_MS)
  }
  return undefined
}

interface Send {
  readonly producerId: number
  readonly baseSequence: number
  readonly values: readonly string[]
}

/** Its base offset; -1: it is there, but the broker does not remember where; undefined: the run ended before. */
async function untilAcknowledged(
  at: Addressing,
  workload: Workload,
  partition: number,
  { producerId, baseSequence, values }: Send,
): Promise<number | undefined> {
  const { topic } = workload
  while (!workload.isOver()) {
    try {
      const leader = await at.leader(topic, partition)
      if (leader !== undefined && leader >= 0) {
        const records = buildBatch({
          baseOffset: 0,
          leaderEpoch: -1,
          producerId,
          producerEpoch: 0,
          baseSequence,
          records: values.map((value) => ({ timestamp: at.scheduler.wallMs, key: null, value: Buffer.from(value) })),
        })
        const body = {
          acks: -1,
          timeoutMs: 1500,
          topicData: [{ name: topic, partitionData: [{ index: partition, records }] }],
        }
        const answer = await at.broker(leader, PRODUCE, 9, body)
        const result = answer.responses[0]?.partitionResponses[0]
        if (result?.errorCode === 0) return result.baseOffset
        if (result?.errorCode === ErrorCode.DUPLICATE_SEQUENCE_NUMBER) return -1
        // OUT_OF_ORDER_SEQUENCE_NUMBER: a leader that was deposed and does not know it has not seen the latest. Another has.
      }
      at.forgetLeader(topic, partition)
    } catch {
      at.forgetLeader(topic, partition)
    }
    await at.sleep(RETRY_MS)
  }
  return undefined
}
