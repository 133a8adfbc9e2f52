import { ApiKey } from '../../src/protocol/apis.ts'
import { FetchRequest, FetchResponse, type FetchResponseData } from '../../src/protocol/messages/fetch.ts'
import { batches } from '../../src/record/iterate.ts'
import { Violation } from './history.ts'

export const FETCH = { key: ApiKey.Fetch, request: FetchRequest, response: FetchResponse }
/** The last version that names topics by their names. */
export const FETCH_VERSION = 12

export type FetchedPartition = FetchResponseData['responses'][number]['partitions'][number]

export interface Fetched {
  readonly values: ReadonlyMap<number, string>
  readonly nextOffset: number
  readonly highWatermark: number
  readonly logStartOffset: number
  readonly errorCode: number
}

/** What a consumer at `fetchOffset` takes from an answer. Nothing is compacted here, so offsets have no gaps. */
export function valuesOf(name: string, fetchOffset: number, partition: FetchedPartition): Fetched {
  const values = new Map<number, string>()
  let nextOffset = fetchOffset
  for (const batch of partition.records === null ? [] : batches(Buffer.from(partition.records))) {
    for (const { offset, value } of batch.records()) {
      if (offset < fetchOffset) continue
      if (offset !== nextOffset) throw new Violation(`${name}: a fetch from ${nextOffset} on gave offset ${offset}`)
      values.set(offset, value?.toString() ?? '')
      nextOffset = offset + 1
    }
  }
  const { highWatermark, logStartOffset, errorCode } = partition
  return { values, nextOffset, highWatermark, logStartOffset, errorCode }
}
