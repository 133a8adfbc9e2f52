import { ApiKey } from '../../src/protocol/apis.ts'
import { FetchRequest, FetchResponse } from '../../src/protocol/messages/fetch.ts'
import { batches } from '../../src/record/iterate.ts'
import type { Addressing } from './addressing.ts'
import type { Workload } from './producer.ts'

const FETCH = { key: ApiKey.Fetch, request: FetchRequest, response: FetchResponse }
const VERSION = 11

export interface Fetched {
  readonly values: ReadonlyMap<number, string>
  readonly nextOffset: number
  readonly highWatermark: number
  readonly errorCode: number
}

/** One fetch of one partition from whom this client takes for its leader; undefined: there was no answer. */
export async function fetchOnce(
  at: Addressing,
  topic: string,
  partition: number,
  fetchOffset: number,
): Promise<Fetched | undefined> {
  try {
    const leader = await at.leader(topic, partition)
    if (leader === undefined || leader < 0) {
      at.forgetLeader(topic, partition)
      return undefined
    }
    const answer = await at.broker(leader, FETCH, VERSION, {
      maxWaitMs: 200,
      minBytes: 1,
      maxBytes: 1_000_000,
      isolationLevel: 0,
      sessionId: 0,
      sessionEpoch: -1,
      topics: [{ topic, partitions: [{ partition, fetchOffset, partitionMaxBytes: 2_000 }] }],
      forgottenTopicsData: [],
      rackId: '',
    })
    const result = answer.responses[0]?.partitions[0]
    if (result === undefined || result.errorCode !== 0) at.forgetLeader(topic, partition)
    if (result === undefined) return undefined
    const values = new Map<number, string>()
    let nextOffset = fetchOffset
    for (const batch of result.records === null ? [] : batches(Buffer.from(result.records))) {
      for (const { offset, value } of batch.records()) {
        if (offset < fetchOffset) continue
        values.set(offset, value?.toString() ?? '')
        nextOffset = offset + 1
      }
    }
    return { values, nextOffset, highWatermark: result.highWatermark, errorCode: result.errorCode }
  } catch {
    at.forgetLeader(topic, partition)
    return undefined
  }
}

/** Reads one partition on and on; what it sees must never contradict what anybody saw. */
export async function consume(at: Addressing, workload: Workload, partition: number): Promise<void> {
  const { topic, history, random } = workload
  let offset = 0
  while (!workload.isOver()) {
    const fetched = await fetchOnce(at, topic, partition, offset)
    if (fetched === undefined || fetched.errorCode !== 0) {
      await at.sleep(50 + random.below(50))
      continue
    }
    for (const [at, value] of fetched.values) history.read(`${topic}-${partition}`, at, value)
    offset = fetched.nextOffset
    // Now and then somebody reads from the beginning.
    if (random.below(200) === 0) offset = 0
  }
}
