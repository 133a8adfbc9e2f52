import type { GroupCoordinator } from '../../broker/groups.ts'
import type { ListedGroup } from '../../group/commands.ts'
import type { GroupCounts } from '../../group/counts.ts'
import { type CoordinatorView, coordinatorFamilies } from './coordinators.ts'
import type { EndOffsets } from './end-offsets.ts'
import { type Family, gauge, type Series } from './family.ts'

const MANAGER = 'kafka_coordinator_group_groupmetadatamanager'
const COORDINATOR = 'kafka_server_group_coordinator_metrics'
/** As the exporters name it that ask brokers for lag. */
const LAG = 'kafka_consumergroup'

const CLASSIC_STATES = ['PreparingRebalance', 'CompletingRebalance', 'Stable', 'Dead', 'Empty'] as const
const KINDS = ['classic', 'consumer', 'share', 'streams'] as const
/** As Kafka lists them for each kind. */
const STATES = {
  consumer: ['Empty', 'Assigning', 'Reconciling', 'Stable', 'Dead'],
  share: ['Empty', 'Stable', 'Dead'],
  streams: ['Empty', 'Assigning', 'Reconciling', 'Stable', 'Dead', 'NotReady'],
} as const
/** Groups that are asked for their offsets in one go; then others have their turn. */
const GROUPS_AT_A_TIME = 100

export interface GroupParts {
  readonly groups: Pick<
    GroupCoordinator,
    'list' | 'fetchOffsets' | 'describe' | 'describeConsumers' | 'describeStreams' | 'describeShares'
  >
  readonly ends: EndOffsets
  readonly host: CoordinatorView
  readonly counts: GroupCounts
}

/** One committed offset of a group that this broker coordinates. */
interface Committed {
  readonly group: string
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Undefined: nobody could say where the partition ends. */
  readonly lag: number | undefined
}

interface Snapshot {
  readonly groups: readonly ListedGroup[]
  readonly members: ReadonlyMap<string, number>
  readonly committed: readonly Committed[]
}

/**
 * The groups that this broker coordinates, with their lag: each group is told of by one broker of the cluster. All metrics of
 * a scrape are of one look at the groups.
 */
export function groupFamilies(parts: GroupParts, monotonicMs: () => number): Family[] {
  let looking: Promise<Snapshot> | undefined
  const look = (): Promise<Snapshot> => {
    looking ??= lookAt(parts).finally(() => setImmediate(() => (looking = undefined)))
    return looking
  }
  const count = (counts: (group: ListedGroup) => boolean) => async () =>
    one((await look()).groups.filter(counts).length)
  const classic = (state: string) => count((group) => group.groupType === 'classic' && group.groupState === state)
  const each = (series: (committed: Committed) => number | undefined) => async (): Promise<Series[]> =>
    (await look()).committed.flatMap((committed) => {
      const value = series(committed)
      const { group: consumergroup, topic, partition } = committed
      return value === undefined ? [] : [{ labels: { consumergroup, topic, partition }, value }]
    })
  return [
    gauge(
      `${MANAGER}_numgroups`,
      'Classic groups.',
      count(({ groupType }) => groupType === 'classic'),
    ),
    ...CLASSIC_STATES.map((state) =>
      gauge(`${MANAGER}_numgroups${state.toLowerCase()}`, `Classic groups in the state ${state}.`, classic(state)),
    ),
    gauge(`${MANAGER}_numoffsets`, 'Committed offsets.', async () => one((await look()).committed.length)),
    gauge(`${COORDINATOR}_group_count`, 'Groups of every kind.', async () => {
      const { groups } = await look()
      return KINDS.map((kind) => ({
        labels: { protocol: kind },
        value: groups.filter(({ groupType }) => groupType === kind).length,
      }))
    }),
    ...stateFamilies(async () => (await look()).groups),
    ...countFamilies(parts.counts),
    ...coordinatorFamilies(COORDINATOR, parts.host, monotonicMs),
    gauge(`${LAG}_members`, 'Members of a group.', async () =>
      [...(await look()).members].map(([consumergroup, value]) => ({ labels: { consumergroup }, value })),
    ),
    gauge(
      `${LAG}_current_offset`,
      'What a group has committed.',
      each(({ offset }) => offset),
    ),
    gauge(
      `${LAG}_lag`,
      'Records behind what a group has committed.',
      each(({ lag }) => lag),
    ),
    gauge(`${LAG}_lag_sum`, 'The same for all partitions of a topic.', async () => sums((await look()).committed)),
  ]
}

function stateFamilies(listed: () => Promise<readonly ListedGroup[]>): Family[] {
  return (['consumer', 'share', 'streams'] as const).map((kind) =>
    gauge(`${COORDINATOR}_${kind}_group_count`, `Groups of the kind ${kind} by state.`, async () => {
      const groups = (await listed()).filter(({ groupType }) => groupType === kind)
      return STATES[kind].map((state) => ({
        labels: { state },
        value: groups.filter(({ groupState }) => groupState === state).length,
      }))
    }),
  )
}

/** Counted since the start; the exporter knows no better than to call them gauges. */
function countFamilies(counts: GroupCounts): Family[] {
  const { rebalances } = counts
  const since = (name: string, help: string, value: () => number) =>
    gauge(`${COORDINATOR}_${name}_count`, help, () => one(value()))
  return [
    since('offset_commit', 'Offsets that were committed.', () => counts.offsetCommits),
    since('offset_expiration', 'Committed offsets that went after their time.', () => counts.offsetExpirations),
    since('offset_deletion', 'Committed offsets that were deleted.', () => counts.offsetDeletions),
    since(
      'group_completed_rebalance',
      'Generations of classic groups that got their assignment.',
      () => counts.completedRebalances,
    ),
    ...(['consumer', 'share', 'streams'] as const).map((kind) =>
      since(
        `${kind}_group_rebalance`,
        `Times that members or topics made the epoch of a group of the kind ${kind} grow.`,
        () => rebalances[kind],
      ),
    ),
  ]
}

function one(value: number): Series[] {
  return [{ labels: {}, value }]
}

async function lookAt({ groups, ends }: GroupParts): Promise<Snapshot> {
  // While a partition of groups is being loaded there is nothing to say about any.
  const listed = await groups.list({ states: [], types: [] }).catch(() => [])
  const offsets: Omit<Committed, 'lag'>[] = []
  for (let at = 0; at < listed.length; at += GROUPS_AT_A_TIME) {
    const some = listed.slice(at, at + GROUPS_AT_A_TIME).filter(({ groupType }) => groupType !== 'share')
    offsets.push(...(await Promise.all(some.map(({ groupId }) => offsetsOf(groups, groupId)))).flat())
    await new Promise(setImmediate)
  }
  const end = await ends.of(offsets)
  const committed = offsets.map((committed) => {
    const last = end(committed.topic, committed.partition)
    return { ...committed, lag: last === undefined ? undefined : Math.max(0, last - committed.offset) }
  })
  return { groups: listed, members: await membersOf(groups, listed), committed }
}

async function offsetsOf(groups: GroupParts['groups'], group: string): Promise<Omit<Committed, 'lag'>[]> {
  try {
    const { topics } = await groups.fetchOffsets({
      groupId: group,
      memberId: null,
      memberEpoch: -1,
      topics: null,
      requireStable: false,
    })
    return topics.flatMap(({ name, partitions }) =>
      partitions
        .filter(({ committedOffset }) => committedOffset >= 0)
        .map(({ partitionIndex, committedOffset }) => ({
          group,
          topic: name,
          partition: partitionIndex,
          offset: committedOffset,
        })),
    )
  } catch {
    // It went, or moved to another broker, meanwhile.
    return []
  }
}

async function membersOf(groups: GroupParts['groups'], listed: readonly ListedGroup[]): Promise<Map<string, number>> {
  const ids = (kind: ListedGroup['groupType']) =>
    listed.filter(({ groupType }) => groupType === kind).map(({ groupId }) => groupId)
  const described = await Promise.all([
    groups.describe(ids('classic')),
    groups.describeConsumers(ids('consumer')),
    groups.describeStreams(ids('streams')),
    groups.describeShares(ids('share')),
  ]).catch(() => [])
  return new Map(described.flat().map(({ groupId, members }) => [groupId, members.length]))
}

function sums(committed: readonly Committed[]): Series[] {
  const found = new Map<string, { readonly labels: Series['labels']; value: number }>()
  for (const { group: consumergroup, topic, lag = 0 } of committed) {
    const key = `${consumergroup} ${topic}`
    const known = found.get(key)
    if (known === undefined) found.set(key, { labels: { consumergroup, topic }, value: lag })
    else known.value += lag
  }
  return [...found.values()]
}
