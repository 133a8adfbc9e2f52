import type { KafkaError } from '../../base/errors.ts'
import { type TopicPartition, topicPartitionKey } from '../../base/ids.ts'
import { ApiKey } from '../../protocol/apis.ts'
import type { KafkaClient } from '../client.ts'
import { kafkaError, throwIfError } from '../client-error.ts'
import { byTopic } from '../partitions.ts'
import { COORDINATOR_MOVED } from '../retries.ts'
import { eachCoordinator, type GroupType } from './groups.ts'
import { type Isolation, listOffsets } from './offsets.ts'

export interface CommittedOffset extends TopicPartition {
  readonly offset: number
  readonly leaderEpoch: number
  readonly metadata: string | null
}

/** Names in place of ids. */
const FETCH_VERSIONS = { minVersion: 8, maxVersion: 9 } as const
const COMMIT_VERSIONS = { maxVersion: 9 } as const

/** What groups have committed, by group; those that never committed anything have an empty list. */
export async function committedOffsets(
  client: KafkaClient,
  groupIds: readonly string[],
): Promise<Map<string, CommittedOffset[] | KafkaError>> {
  const results = new Map<string, CommittedOffset[] | KafkaError>()
  await eachCoordinator(client, groupIds, results, async (coordinator, mine) => {
    const { groups } = await client.broker(coordinator, {
      api: ApiKey.OffsetFetch,
      ...FETCH_VERSIONS,
      body: { groups: mine.map((groupId) => ({ groupId, topics: null })), requireStable: false },
    })
    for (const { groupId, errorCode, topics } of groups) {
      if (COORDINATOR_MOVED.has(errorCode)) client.forgetCoordinator('group', groupId)
      results.set(groupId, errorCode === 0 ? offsetsOf(topics) : kafkaError(errorCode, null, groupId))
    }
  })
  return results
}

interface OffsetTopic {
  readonly name: string
  readonly partitions: readonly {
    readonly partitionIndex: number
    readonly committedOffset: number
    readonly committedLeaderEpoch: number
    readonly metadata: string | null
    readonly errorCode: number
  }[]
}

function offsetsOf(topics: readonly OffsetTopic[]): CommittedOffset[] {
  const found = topics.flatMap(({ name, partitions }) =>
    partitions
      .filter(({ errorCode, committedOffset }) => errorCode === 0 && committedOffset >= 0)
      .map(({ partitionIndex, committedOffset, committedLeaderEpoch, metadata }) => ({
        topic: name,
        partition: partitionIndex,
        offset: committedOffset,
        leaderEpoch: committedLeaderEpoch,
        metadata,
      })),
  )
  return found.sort(byPlace)
}

function byPlace(a: TopicPartition, b: TopicPartition): number {
  return a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1
}

export interface GroupLag extends TopicPartition {
  /** null: nothing is committed (a share group's start offset where it is one). */
  readonly committed: number | null
  readonly metadata: string | null
  /** null: it can't be told (no leader, no right to see the topic, no topic any more). */
  readonly end: number | null
  readonly lag: number | null
}

/** How far groups are behind, by group, of what they have committed and of `others` (assigned partitions, say). */
export async function groupLags(
  client: KafkaClient,
  groups: readonly {
    readonly groupId: string
    readonly type?: GroupType
    readonly others?: readonly TopicPartition[]
  }[],
  isolation?: Isolation,
): Promise<Map<string, GroupLag[] | KafkaError>> {
  const share = groups.filter(({ type }) => type === 'share')
  const usual = groups.filter(({ type }) => type !== 'share')
  const [committed, ofShares] = await Promise.all([
    committedOffsets(
      client,
      usual.map(({ groupId }) => groupId),
    ),
    shareGroupPlaces(
      client,
      share.map(({ groupId }) => groupId),
    ),
  ])
  const all = new Map([...committed, ...withStarts(ofShares)])
  const withOthers = groups.map(({ groupId, others = [] }) => {
    const places = ofShares.get(groupId) ?? []
    return { groupId, others: [...others, ...(places instanceof Error ? [] : places)] }
  })
  const places = new Map<string, TopicPartition>()
  for (const { groupId, others } of withOthers) {
    const mine = all.get(groupId)
    for (const place of [...(mine === undefined || mine instanceof Error ? [] : mine), ...others]) {
      places.set(topicPartitionKey(place.topic, place.partition), { topic: place.topic, partition: place.partition })
    }
  }
  const ends = await endsOf(client, [...places.values()], isolation)
  return new Map(
    withOthers.map(({ groupId, others }) => {
      const mine = all.get(groupId) ?? []
      return [groupId, mine instanceof Error ? mine : lagsOf(mine, others, ends)]
    }),
  )
}

async function endsOf(
  client: KafkaClient,
  places: readonly TopicPartition[],
  isolation?: Isolation,
): Promise<Map<string, number>> {
  const found = await listOffsets(
    client,
    places.map((place) => ({ ...place, at: 'latest' })),
    isolation,
  )
  const ends = new Map<string, number>()
  for (const { topic, partition, result } of found) {
    if (!(result instanceof Error)) ends.set(topicPartitionKey(topic, partition), result.offset)
  }
  return ends
}

function lagsOf(
  committed: readonly (CommittedOffset & { readonly lag?: number })[],
  others: readonly TopicPartition[],
  ends: ReadonlyMap<string, number>,
): GroupLag[] {
  const known = new Set(committed.map(({ topic, partition }) => topicPartitionKey(topic, partition)))
  const without = others.filter(({ topic, partition }) => !known.has(topicPartitionKey(topic, partition)))
  const lags = committed.map(({ topic, partition, offset, metadata, lag }): GroupLag => {
    const end = ends.get(topicPartitionKey(topic, partition)) ?? null
    const behind = lag ?? (end === null ? null : Math.max(0, end - offset))
    return { topic, partition, committed: offset, metadata, end, lag: behind }
  })
  const unknown = new Map(without.map((place) => [topicPartitionKey(place.topic, place.partition), place]))
  for (const { topic, partition } of unknown.values()) {
    const end = ends.get(topicPartitionKey(topic, partition)) ?? null
    lags.push({ topic, partition, committed: null, metadata: null, end, lag: null })
  }
  return lags.sort(byPlace)
}

/** Where share groups begin, by group, and how far they are behind where the broker knows. */
export async function shareGroupOffsets(
  client: KafkaClient,
  groupIds: readonly string[],
): Promise<Map<string, ShareOffset[] | KafkaError>> {
  return withStarts(await shareGroupPlaces(client, groupIds))
}

type ShareOffset = CommittedOffset & { readonly lag?: number }

function withStarts(found: ReadonlyMap<string, ShareOffset[] | KafkaError>): Map<string, ShareOffset[] | KafkaError> {
  const started = (places: ShareOffset[]): ShareOffset[] => places.filter(({ offset }) => offset >= 0)
  return new Map([...found].map(([group, places]) => [group, places instanceof Error ? places : started(places)]))
}

/** All partitions that share groups were given, also those of which nobody has read yet: their offset is -1. */
export async function shareGroupPlaces(
  client: KafkaClient,
  groupIds: readonly string[],
): Promise<Map<string, ShareOffset[] | KafkaError>> {
  const results = new Map<string, ShareOffset[] | KafkaError>()
  await eachCoordinator(client, groupIds, results, async (coordinator, mine) => {
    const { groups } = await client.broker(coordinator, {
      api: ApiKey.DescribeShareGroupOffsets,
      body: { groups: mine.map((groupId) => ({ groupId, topics: null })) },
    })
    for (const { groupId, errorCode, errorMessage, topics } of groups) {
      const found = topics.flatMap(({ topicName, partitions }) =>
        partitions
          .filter((partition) => partition.errorCode === 0)
          .map(({ partitionIndex, startOffset, leaderEpoch, lag }) => ({
            topic: topicName,
            partition: partitionIndex,
            offset: startOffset,
            leaderEpoch,
            metadata: null,
            ...(lag >= 0 && { lag }),
          })),
      )
      results.set(groupId, errorCode === 0 ? found.sort(byPlace) : kafkaError(errorCode, errorMessage, groupId))
    }
  })
  return results
}

export interface NewOffset extends TopicPartition {
  readonly offset: number
  readonly leaderEpoch?: number
  readonly metadata?: string
}

/** Sets the offsets of a group that has no members (a share group: its start offsets). @throws KafkaError */
export async function alterGroupOffsets(
  client: KafkaClient,
  groupId: string,
  offsets: readonly NewOffset[],
  type: GroupType = 'classic',
): Promise<void> {
  if (type === 'share') {
    await alterShareOffsets(client, groupId, offsets)
    return
  }
  const { topics } = await client.coordinator('group', groupId, {
    api: ApiKey.OffsetCommit,
    ...COMMIT_VERSIONS,
    body: { groupId, memberId: '', generationIdOrMemberEpoch: -1, topics: commitTopics(offsets) },
    errorOf: (answer) => answer.topics[0]?.partitions[0]?.errorCode ?? 0,
  })
  for (const { name, partitions } of topics) {
    const failed = partitions.find(({ errorCode }) => errorCode !== 0)
    if (failed !== undefined) {
      throw kafkaError(failed.errorCode, null, topicPartitionKey(name, failed.partitionIndex))
    }
  }
}

export function commitTopics(offsets: readonly NewOffset[]) {
  return [...byTopic(offsets)].map(([name, mine]) => ({
    name,
    partitions: mine.map(({ partition, offset, leaderEpoch = -1, metadata = '' }) => ({
      partitionIndex: partition,
      committedOffset: offset,
      committedLeaderEpoch: leaderEpoch,
      committedMetadata: metadata,
    })),
  }))
}

async function alterShareOffsets(client: KafkaClient, groupId: string, offsets: readonly NewOffset[]): Promise<void> {
  const answer = await client.coordinator('group', groupId, {
    api: ApiKey.AlterShareGroupOffsets,
    body: {
      groupId,
      topics: [...byTopic(offsets)].map(([topicName, mine]) => ({
        topicName,
        partitions: mine.map(({ partition, offset }) => ({ partitionIndex: partition, startOffset: offset })),
      })),
    },
  })
  throwIfError(answer)
  for (const { topicName, partitions } of answer.responses) {
    const failed = partitions.find(({ errorCode }) => errorCode !== 0)
    if (failed !== undefined) {
      throw kafkaError(failed.errorCode, failed.errorMessage, topicPartitionKey(topicName, failed.partitionIndex))
    }
  }
}

/** Forgets what a group has committed; a share group forgets whole topics. @throws KafkaError */
export async function deleteGroupOffsets(
  client: KafkaClient,
  groupId: string,
  partitions: readonly TopicPartition[],
  type: GroupType = 'classic',
): Promise<void> {
  const topics = [...byTopic(partitions)]
  if (type === 'share') {
    const answer = await client.coordinator('group', groupId, {
      api: ApiKey.DeleteShareGroupOffsets,
      body: { groupId, topics: topics.map(([topicName]) => ({ topicName })) },
    })
    throwIfError(answer)
    for (const response of answer.responses) throwIfError(response)
    return
  }
  const answer = await client.coordinator('group', groupId, {
    api: ApiKey.OffsetDelete,
    body: {
      groupId,
      topics: topics.map(([name, mine]) => ({
        name,
        partitions: mine.map(({ partition }) => ({ partitionIndex: partition })),
      })),
    },
  })
  throwIfError(answer)
  for (const { name, partitions: deleted } of answer.topics) {
    const failed = deleted.find(({ errorCode }) => errorCode !== 0)
    if (failed !== undefined) throw kafkaError(failed.errorCode, null, topicPartitionKey(name, failed.partitionIndex))
  }
}
