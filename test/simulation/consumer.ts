import { ErrorCode } from '../../src/base/errors.ts'
import type { Addressing } from './addressing.ts'
import { FETCH, FETCH_VERSION, type Fetched, valuesOf } from './fetching.ts'
import { Violation } from './history.ts'
import type { Workload } from './workload.ts'

export interface FetchFrom {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Whom to ask; the leader where it is not given. */
  readonly broker?: number | undefined
  readonly rack?: string
}

export interface Answer extends Fetched {
  /** Who is to be asked from now on (KIP-392); -1: nobody else. */
  readonly preferredReplica: number
}

/** One fetch of one partition; undefined: there was no answer. */
export async function fetchOnce(at: Addressing, from: FetchFrom): Promise<Answer | undefined> {
  const { topic, partition, offset, rack = '' } = from
  try {
    const broker = from.broker ?? (await at.leader(topic, partition))
    if (broker === undefined || broker < 0) {
      at.forgetLeader(topic, partition)
      return undefined
    }
    const answer = await at.broker(broker, FETCH, FETCH_VERSION, {
      maxWaitMs: 200,
      minBytes: 1,
      maxBytes: 1_000_000,
      isolationLevel: 0,
      sessionId: 0,
      sessionEpoch: -1,
      topics: [{ topic, partitions: [{ partition, fetchOffset: offset, partitionMaxBytes: 2_000 }] }],
      forgottenTopicsData: [],
      rackId: rack,
    })
    const result = answer.responses[0]?.partitions[0]
    if (result === undefined || result.errorCode !== 0) at.forgetLeader(topic, partition)
    if (result === undefined) return undefined
    return { ...valuesOf(`${topic}-${partition}`, offset, result), preferredReplica: result.preferredReadReplica }
  } catch (error) {
    if (error instanceof Violation) throw error
    at.forgetLeader(topic, partition)
    return undefined
  }
}

/** Reads one partition on and on, in a rack from the replica there; what it sees must never contradict what anybody saw. */
export async function consume(at: Addressing, workload: Workload, partition: number, rack = ''): Promise<void> {
  const { topic, history, random } = workload
  const name = `${topic}-${partition}`
  let offset = 0
  let broker: number | undefined
  while (!workload.isOver()) {
    const fetched = await fetchOnce(at, { topic, partition, offset, broker, rack })
    if (fetched === undefined || fetched.errorCode !== 0) {
      broker = undefined
      if (fetched?.errorCode === ErrorCode.OFFSET_OUT_OF_RANGE) offset = history.startOf(name)
      await at.sleep(50 + random.below(50))
      continue
    }
    for (const [at, value] of fetched.values) history.read(name, at, value)
    if (fetched.preferredReplica >= 0) broker = fetched.preferredReplica
    offset = fetched.nextOffset
    // Now and then somebody reads from the beginning, or asks the leader again.
    if (random.below(200) === 0) offset = history.startOf(name)
    if (random.below(100) === 0) broker = undefined
  }
}
