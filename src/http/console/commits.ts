import type { KafkaError } from '../../base/errors.ts'
import { type CommittedOffset, committedOffsets, shareGroupOffsets } from '../../client/admin/group-offsets.ts'
import { type GroupListing, listGroups } from '../../client/admin/groups.ts'
import type { KafkaClient } from '../../client/client.ts'

/** By topic, by number. */
export type GroupOffsets = ReadonlyMap<string, ReadonlyMap<number, number>>
export type Ends = ReadonlyMap<string, ReadonlyMap<number, number>>

export interface Commits {
  readonly groups: readonly GroupListing[]
  /** Of groups that may be seen, as far as there are not too many. */
  readonly byGroup: ReadonlyMap<string, GroupOffsets>
  readonly warnings: readonly string[]
}

const MOST_GROUPS = 2_000

/** What all groups have committed, of share groups where their sharing starts; as far as this user may see it. */
export async function commitsOf(client: KafkaClient): Promise<Commits> {
  const groups = await listGroups(client)
  const asked = groups.slice(0, MOST_GROUPS)
  const ids = (isShare: boolean) =>
    asked.filter(({ type }) => (type === 'share') === isShare).map(({ groupId }) => groupId)
  const [committed, shared] = await Promise.all([
    committedOffsets(client, ids(false)),
    shareGroupOffsets(client, ids(true)),
  ])
  const byGroup = new Map<string, GroupOffsets>()
  for (const [group, offsets] of [...committed, ...shared] as readonly (readonly [string, Result])[]) {
    if (!(offsets instanceof Error)) byGroup.set(group, byTopic(offsets))
  }
  const warnings =
    groups.length > MOST_GROUPS ? [`Offsets are told of the first ${MOST_GROUPS} of ${groups.length} groups.`] : []
  return { groups, byGroup, warnings }
}

type Result = readonly CommittedOffset[] | KafkaError

function byTopic(offsets: readonly CommittedOffset[]): GroupOffsets {
  const topics = new Map<string, Map<number, number>>()
  for (const { topic, partition, offset } of offsets) {
    const mine = topics.get(topic) ?? new Map<number, number>()
    mine.set(partition, offset)
    topics.set(topic, mine)
  }
  return topics
}

/** By topic: how many records come behind what was committed. */
export function lagsOf(offsets: GroupOffsets, ends: Ends): Map<string, number> {
  const lags = new Map<string, number>()
  for (const [topic, mine] of offsets) {
    const known = ends.get(topic)
    if (known === undefined) continue
    let lag = 0
    for (const [partition, offset] of mine) lag += Math.max(0, (known.get(partition) ?? offset) - offset)
    lags.set(topic, lag)
  }
  return lags
}
