import { ErrorCode } from '../../src/base/errors.ts'
import { buildBatch } from '../../src/record/builder.ts'
import type { Addressing } from './addressing.ts'
import { PRODUCE } from './producer.ts'
import type { Workload } from './workload.ts'

const MOST_AT_ONCE = 20

/** Sends without idempotence and without patience: bursts, acks of each kind, never again what went wrong. */
export async function producePlainly(name: string, at: Addressing, workload: Workload): Promise<void> {
  const { random, partitions } = workload
  for (let number = 0; !workload.isOver(); ) {
    const burst = random.below(8) === 0 ? 1 + random.below(MOST_AT_ONCE) : 1
    const partition = random.below(partitions)
    const sends: Promise<void>[] = []
    for (let index = 0; index < burst; index++) sends.push(send(at, workload, partition, `${name}-${number++}`))
    await Promise.all(sends)
    await at.sleep(10 + random.below(60))
  }
}

async function send(at: Addressing, workload: Workload, partition: number, value: string): Promise<void> {
  const { topic, random, history } = workload
  const acks = random.below(3) === 0 ? 1 : -1
  try {
    const leader = await at.leader(topic, partition)
    if (leader === undefined || leader < 0) {
      at.forgetLeader(topic, partition)
      return
    }
    const record = { timestamp: at.scheduler.wallMs, key: null, value: Buffer.from(value) }
    const records = buildBatch({ baseOffset: 0, leaderEpoch: -1, records: [record] })
    const topicData = [{ name: topic, partitionData: [{ index: partition, records }] }]
    const answer = await at.broker(leader, PRODUCE, 9, { acks, timeoutMs: 1000, topicData })
    const result = answer.responses[0]?.partitionResponses[0]
    // What only the leader has is promised to nobody.
    if (result?.errorCode === 0 && acks === -1) history.acknowledged(`${topic}-${partition}`, result.baseOffset, value)
    if (result?.errorCode !== ErrorCode.NONE) at.forgetLeader(topic, partition)
  } catch (error) {
    if (error instanceof Error && error.constructor.name === 'Violation') throw error
    at.forgetLeader(topic, partition)
  }
}
