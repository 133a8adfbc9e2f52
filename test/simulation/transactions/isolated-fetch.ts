import { parseControlKey } from '../../../src/record/control.ts'
import { isControl, isTransactional, lastOffset, producerId } from '../../../src/record/header.ts'
import { batches } from '../../../src/record/iterate.ts'
import type { Isolation, Poll } from '../../history/event.ts'
import type { Addressing } from '../addressing.ts'
import { FETCH, FETCH_VERSION, type FetchedPartition } from '../fetching.ts'

export interface IsolatedAnswer {
  readonly poll: Poll
  /** Where the partition ends for this isolation level. */
  readonly end: number
  readonly highWatermark: number
}

/** One fetch of one partition, as a consumer of this isolation level takes it; undefined: there was no answer. */
export async function fetchIsolated(
  at: Addressing,
  isolation: Isolation,
  topic: string,
  partition: number,
  offset: number,
  maxBytes: number,
): Promise<IsolatedAnswer | undefined> {
  try {
    const leader = await at.leader(topic, partition)
    if (leader === undefined || leader < 0) {
      at.forgetLeader(topic, partition)
      return undefined
    }
    const answer = await at.broker(leader, FETCH, FETCH_VERSION, {
      maxWaitMs: 50,
      minBytes: 1,
      maxBytes: 1_000_000,
      isolationLevel: isolation === 'read_committed' ? 1 : 0,
      sessionId: 0,
      sessionEpoch: -1,
      topics: [{ topic, partitions: [{ partition, fetchOffset: offset, partitionMaxBytes: maxBytes }] }],
      forgottenTopicsData: [],
      rackId: '',
    })
    const result = answer.responses[0]?.partitions[0]
    if (result === undefined || result.errorCode !== 0) {
      at.forgetLeader(topic, partition)
      return undefined
    }
    const { highWatermark, lastStableOffset } = result
    const poll = pollOf(`${topic}-${partition}`, offset, result)
    return { poll, end: isolation === 'read_committed' ? lastStableOffset : highWatermark, highWatermark }
  } catch {
    at.forgetLeader(topic, partition)
    return undefined
  }
}

/** Aborted transactions come with an answer in the order of their first offsets; a marker ends each. */
function pollOf(at: string, from: number, { records, abortedTransactions }: FetchedPartition): Poll {
  const aborted = [...(abortedTransactions ?? [])].sort((a, b) => a.firstOffset - b.firstOffset)
  const open = new Set<number>()
  const taken: [number, string][] = []
  let next = from
  for (const batch of records === null ? [] : batches(Buffer.from(records))) {
    const last = lastOffset(batch.buffer, batch.at)
    const producer = producerId(batch.buffer, batch.at)
    while ((aborted[0]?.firstOffset ?? Number.POSITIVE_INFINITY) <= last) open.add(aborted.shift()?.producerId ?? -1)
    next = Math.max(next, last + 1)
    if (isControl(batch.buffer, batch.at)) {
      for (const { key } of batch.records()) {
        if (key !== null && parseControlKey(key).type === 'abort') open.delete(producer)
      }
    } else if (!isTransactional(batch.buffer, batch.at) || !open.has(producer)) {
      for (const { offset, value } of batch.records()) if (offset >= from) taken.push([offset, value?.toString() ?? ''])
    }
  }
  return { at, from, next, records: taken }
}
