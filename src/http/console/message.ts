import type { ReadRecord } from '../../client/fetch.ts'
import type { Bytes, Message } from './api.ts'

/** A record as it is shown: of each of its parts so many bytes. What is in them is the browser's business. */
export function messageOf(record: ReadRecord, maxBytes: number): Message {
  const { partition, offset, timestamp, timestampType, key, value, headers } = record
  const { sizeInBytes, producerId, producerEpoch, isTransactional } = record
  return {
    partition,
    offset,
    timestamp,
    timestampType: timestampType === 'LogAppendTime' ? 'LogAppendTime' : 'CreateTime',
    key: bytesOf(key, maxBytes),
    value: bytesOf(value, maxBytes),
    headers: headers.map((header) => ({ key: header.key.toString(), value: bytesOf(header.value, maxBytes) })),
    sizeInBytes,
    producerId,
    producerEpoch,
    isTransactional,
  }
}

function bytesOf(bytes: Buffer | null, max: number): Bytes | null {
  if (bytes === null) return null
  const cut = bytes.length > max
  return { base64: (cut ? bytes.subarray(0, max) : bytes).toString('base64'), size: bytes.length, cut }
}
