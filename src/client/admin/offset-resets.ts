import { type TopicPartition, topicPartitionKey } from '../../base/ids.ts'
import type { KafkaClient } from '../client.ts'
import { committedOffsets, shareGroupPlaces } from './group-offsets.ts'
import type { GroupType } from './groups.ts'
import { listOffsets, offsetRanges } from './offsets.ts'

/** To where a group's offsets are set. `shiftBy` counts from what is committed. */
export type ResetTo =
  | 'earliest'
  | 'latest'
  | 'current'
  | { readonly offset: number }
  | { readonly offsets: readonly (TopicPartition & { readonly offset: number })[] }
  /** The first record that is not older; the end where all are. */
  | { readonly timestamp: number }
  | { readonly shiftBy: number }

export interface PlannedOffset extends TopicPartition {
  /** null: nothing is committed. */
  readonly current: number | null
  readonly target: number
  readonly begin: number
  readonly end: number
}

export interface ResetOptions {
  readonly groupId: string
  readonly type?: GroupType
  /** All that the group has committed (a share group: was given) where left out. */
  readonly partitions?: readonly TopicPartition[] | undefined
  readonly to: ResetTo
}

/** What a reset would set, within what the logs have; nothing is changed. @throws KafkaError */
export async function planReset(client: KafkaClient, options: ResetOptions): Promise<PlannedOffset[]> {
  const { groupId, type, to } = options
  const found = await (type === 'share' ? shareGroupPlaces : committedOffsets)(client, [groupId])
  const committed = found.get(groupId) ?? []
  if (committed instanceof Error) throw committed
  const started = committed.filter(({ offset }) => offset >= 0)
  const current = new Map(started.map((one) => [keyOf(one), one.offset]))
  const given = typeof to === 'object' && 'offsets' in to ? to.offsets : undefined
  const places = options.partitions ?? given ?? committed
  const ranges = await offsetRanges(client, places)
  const byTime = typeof to === 'object' && 'timestamp' in to ? await offsetsAt(client, places, to.timestamp) : undefined
  return ranges.map(({ topic, partition, result }) => {
    if (result instanceof Error) throw result
    const place = { topic, partition }
    const was = current.get(keyOf(place)) ?? null
    const wanted = wantedOffset(
      to,
      result,
      was,
      byTime?.get(keyOf(place)),
      given?.find((one) => keyOf(one) === keyOf(place)),
    )
    return { ...place, current: was, target: Math.min(Math.max(wanted, result.begin), result.end), ...result }
  })
}

function wantedOffset(
  to: ResetTo,
  { begin, end }: { readonly begin: number; readonly end: number },
  current: number | null,
  byTime: number | undefined,
  given: { readonly offset: number } | undefined,
): number {
  if (to === 'earliest') return begin
  if (to === 'latest') return end
  if (to === 'current') return current ?? end
  if ('offset' in to) return to.offset
  if ('offsets' in to) return given?.offset ?? current ?? end
  if ('timestamp' in to) return byTime ?? end
  return (current ?? end) + to.shiftBy
}

async function offsetsAt(
  client: KafkaClient,
  places: readonly TopicPartition[],
  timestamp: number,
): Promise<Map<string, number>> {
  const found = await listOffsets(
    client,
    places.map(({ topic, partition }) => ({ topic, partition, at: { timestamp } })),
  )
  const offsets = new Map<string, number>()
  for (const { topic, partition, result } of found) {
    if (result instanceof Error) throw result
    if (result.offset >= 0) offsets.set(topicPartitionKey(topic, partition), result.offset)
  }
  return offsets
}

function keyOf({ topic, partition }: TopicPartition): string {
  return topicPartitionKey(topic, partition)
}
