import type { KafkaError } from '../../base/errors.ts'
import type { TopicPartition } from '../../base/ids.ts'
import { ApiKey } from '../../protocol/apis.ts'
import type { KafkaClient } from '../client.ts'
import { askLeaders, byTopic, type PartitionResult } from '../partitions.ts'

/** `timestamp`: the first record that is not older. */
export type OffsetSpec =
  | 'earliest'
  | 'latest'
  | 'max-timestamp'
  | 'earliest-local'
  | 'latest-tiered'
  | { readonly timestamp: number }

export interface OffsetAt {
  /** −1: there is none (no record so young). */
  readonly offset: number
  /** −1 where it was not asked for by time. */
  readonly timestamp: number
  readonly leaderEpoch: number
}

export interface OffsetQuery extends TopicPartition {
  readonly at: OffsetSpec
}

export type Isolation = 'read_uncommitted' | 'read_committed'

const CODES = {
  latest: { timestamp: -1, since: 1 },
  earliest: { timestamp: -2, since: 1 },
  'max-timestamp': { timestamp: -3, since: 7 },
  'earliest-local': { timestamp: -4, since: 8 },
  'latest-tiered': { timestamp: -5, since: 9 },
} as const

/** Where things stand in logs. The end under read_committed is where the first open transaction begins. */
export function listOffsets(
  client: KafkaClient,
  queries: readonly OffsetQuery[],
  isolation: Isolation = 'read_uncommitted',
): Promise<PartitionResult<OffsetAt>[]> {
  return askLeaders(client, queries, async (broker, mine) => {
    const { topics } = await client.broker(broker, {
      api: ApiKey.ListOffsets,
      isSingleAttempt: true,
      minVersion: Math.max(2, ...mine.map(({ at }) => (typeof at === 'string' ? CODES[at].since : 1))),
      body: {
        replicaId: -1,
        isolationLevel: isolation === 'read_committed' ? 1 : 0,
        timeoutMs: client.requestTimeoutMs,
        topics: [...byTopic(mine)].map(([name, partitions]) => ({
          name,
          partitions: partitions.map(({ partition, at }) => ({
            partitionIndex: partition,
            timestamp: typeof at === 'string' ? CODES[at].timestamp : at.timestamp,
          })),
        })),
      },
    })
    return topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, errorCode, offset, timestamp, leaderEpoch }) => ({
        topic: name,
        partition: partitionIndex,
        errorCode,
        value: { offset, timestamp, leaderEpoch },
      })),
    )
  })
}

export interface OffsetRange {
  readonly begin: number
  /** Of the record that comes next. */
  readonly end: number
}

/** Where the logs begin and end. */
export async function offsetRanges(
  client: KafkaClient,
  partitions: readonly TopicPartition[],
  isolation: Isolation = 'read_uncommitted',
): Promise<PartitionResult<OffsetRange>[]> {
  const asked = (at: OffsetSpec) => partitions.map(({ topic, partition }) => ({ topic, partition, at }))
  const [begins, ends] = await Promise.all([
    listOffsets(client, asked('earliest')),
    listOffsets(client, asked('latest'), isolation),
  ])
  return begins.map(({ topic, partition, result: begin }, at) => {
    const end = ends[at]?.result
    if (begin instanceof Error) return { topic, partition, result: begin }
    if (end === undefined || end instanceof Error) return { topic, partition, result: end as KafkaError }
    return { topic, partition, result: { begin: begin.offset, end: end.offset } }
  })
}

/** Deletes the records before an offset (−1: all that there are); gives where the logs begin then. */
export function deleteRecords(
  client: KafkaClient,
  before: readonly (TopicPartition & { readonly offset: number })[],
): Promise<PartitionResult<number>[]> {
  return askLeaders(client, before, async (broker, mine) => {
    const { topics } = await client.broker(broker, {
      api: ApiKey.DeleteRecords,
      isSingleAttempt: true,
      body: {
        timeoutMs: client.requestTimeoutMs,
        topics: [...byTopic(mine)].map(([name, partitions]) => ({
          name,
          partitions: partitions.map(({ partition, offset }) => ({ partitionIndex: partition, offset })),
        })),
      },
    })
    return topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, errorCode, lowWatermark }) => ({
        topic: name,
        partition: partitionIndex,
        errorCode,
        value: lowWatermark,
      })),
    )
  })
}
