import { ApiKey } from '../../protocol/apis.ts'
import {
  WriteTxnMarkersRequest,
  WriteTxnMarkersResponse,
  type WriteTxnMarkersResponseInput,
} from '../../protocol/messages/write-txn-markers.ts'
import { type Handler, handler } from '../handler.ts'
import type { MarkerResult, MarkerWriter } from '../transactions/markers.ts'

/** Of transaction coordinators, and of administrators who end a transaction that hangs. */
export function writeTxnMarkersHandler(deps: { readonly markers: Pick<MarkerWriter, 'write'> }): Handler {
  return handler(ApiKey.WriteTxnMarkers, WriteTxnMarkersRequest, WriteTxnMarkersResponse, async ({ markers }) => {
    const written = await Promise.all(
      markers.map(({ transactionResult: commit, ...marker }) => deps.markers.write({ ...marker, commit })),
    )
    return { markers: byProducer(written) }
  })
}

/** The answer names each producer once, and none of which there is nothing to say. */
function byProducer(written: readonly MarkerResult[]): WriteTxnMarkersResponseInput['markers'] {
  const told = written.flatMap(({ producerId, topics: all }) => {
    const topics = all.filter(({ partitions }) => partitions.length > 0)
    return topics.length === 0 ? [] : [{ producerId, topics }]
  })
  const byId = Map.groupBy(told, ({ producerId }) => producerId)
  return Array.from(byId, ([producerId, results]) => {
    const topics = new Map<string, Map<number, number>>()
    for (const { name, partitions } of results.flatMap(({ topics: all }) => all)) {
      const codes = topics.get(name) ?? new Map<number, number>()
      topics.set(name, codes)
      for (const { partitionIndex, errorCode } of partitions) codes.set(partitionIndex, errorCode)
    }
    return {
      producerId,
      topics: Array.from(topics, ([name, codes]) => ({
        name,
        partitions: Array.from(codes, ([partitionIndex, errorCode]) => ({ partitionIndex, errorCode })),
      })),
    }
  })
}
