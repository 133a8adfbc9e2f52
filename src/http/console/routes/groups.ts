import { z } from 'zod'
import { KafkaError } from '../../../base/errors.ts'
import { alterGroupOffsets, deleteGroupOffsets, groupLags } from '../../../client/admin/group-offsets.ts'
import {
  deleteGroups,
  describeGroup,
  describeGroups,
  type GroupDescription,
  type GroupListing,
  removeMembers,
} from '../../../client/admin/groups.ts'
import { planReset, type ResetTo } from '../../../client/admin/offset-resets.ts'
import type { KafkaClient } from '../../../client/client.ts'
import { ApiKey } from '../../../protocol/apis.ts'
import type { Group, GroupMember, GroupPartition, GroupRow, ResetOffsetsBody } from '../api.ts'
import type { ClusterLook } from '../cluster-look.ts'
import { type Commits, lagsOf } from '../commits.ts'
import { outcomes } from '../outcomes.ts'
import { matching, sliceOf } from '../paging.ts'
import {
  maybeEmptyName,
  offsetNumber,
  page,
  partitionNumber,
  type RouteDefinition,
  route,
  topicName,
  topicPartition,
} from '../route.ts'

const MOST = 1_000
const MOST_PARTITIONS = 20_000
const DEFAULT_REASON = 'removed in the console'
const groupQuery = z.strictObject({ group: maybeEmptyName })

const resetBody: z.ZodType<ResetOffsetsBody> = z.strictObject({
  group: maybeEmptyName,
  topics: z
    .array(z.strictObject({ topic: topicName, partitions: z.array(partitionNumber).max(MOST_PARTITIONS).optional() }))
    .max(MOST)
    .optional(),
  to: z.union([
    z.enum(['earliest', 'latest']),
    z.strictObject({ timestamp: z.number().int().min(0) }),
    z.strictObject({ offset: offsetNumber }),
    z.strictObject({ shift: z.number().int().min(-Number.MAX_SAFE_INTEGER).max(Number.MAX_SAFE_INTEGER) }),
    z.strictObject({
      offsets: z
        .array(z.strictObject({ ...topicPartition.shape, offset: offsetNumber }))
        .min(1)
        .max(MOST_PARTITIONS),
    }),
  ]),
  preview: z.boolean(),
})

export const groupRoutes: readonly RouteDefinition[] = [
  route(
    'GET /api/groups',
    {
      query: z.strictObject({
        ...page,
        sort: z.enum(['group', 'kind', 'state', 'members', 'lag']).optional(),
        kind: z.enum(['classic', 'consumer', 'share', 'streams']).optional(),
        state: z.string().max(100).optional(),
      }),
    },
    async ({ query, client, visitor: { look } }) => {
      const { sort = 'group', kind, state } = query
      const commits = await look.commits()
      const groups = commits.groups.filter(
        (group) => (kind === undefined || group.type === kind) && (state === undefined || group.state === state),
      )
      const lags = sort === 'lag' ? await lagsOfGroups(look, commits, groups) : undefined
      const members = sort === 'members' ? await memberCounts(client, groups) : undefined
      const found = matching(groups, {
        query,
        textOf: ({ groupId }) => groupId,
        keyOf: (group) => keyOf(group, sort, lags, members),
      })
      const shown = sliceOf(found, query)
      const [shownLags, shownMembers] = await Promise.all([
        lags ?? lagsOfGroups(look, commits, shown),
        members ?? memberCounts(client, shown),
      ])
      const rows = shown.map(({ groupId: group, type, protocolType, coordinator, state: now }): GroupRow => {
        const lag = shownLags.get(group)
        const count = shownMembers.get(group)
        const topics = commits.byGroup.get(group)?.size
        return {
          group,
          kind: type,
          state: now,
          protocolType,
          coordinator,
          ...(count !== undefined && { members: count }),
          ...(topics !== undefined && { topics }),
          ...(lag !== undefined && { lag }),
        }
      })
      return { rows, total: found.length, warnings: commits.warnings }
    },
  ),

  route('GET /api/group', { query: groupQuery }, async ({ query: { group }, client, visitor: { look } }) =>
    groupOf(client, look, await describeGroup(client, group)),
  ),

  route('GET /api/group/lag', { query: groupQuery }, async ({ query: { group }, client, visitor: { look } }) => {
    // Whoever may not describe it may not know this either.
    await describeGroup(client, group)
    return look.sampler.lagOf(group)
  }),

  route('POST /api/groups/reset-offsets', { body: resetBody }, async ({ body, client }) => {
    const { group, preview } = body
    const { type, state, members } = await describeGroup(client, group)
    const partitions = await placesOf(client, body)
    const planned = await planReset(client, { groupId: group, type, partitions, to: resetTo(body.to) })
    const isBusy = members.length > 0 || (state !== 'Empty' && state !== 'Dead')
    const obstacle = isBusy ? `The group has members (${state}): stop them first.` : undefined
    if (!preview && obstacle !== undefined) throw new KafkaError('NON_EMPTY_GROUP', obstacle)
    if (!preview && planned.length > 0) {
      const offsets = planned.map(({ topic, partition, target: offset }) => ({ topic, partition, offset }))
      await alterGroupOffsets(client, group, offsets, type)
    }
    return {
      applied: !preview,
      ...(obstacle !== undefined && { obstacle }),
      partitions: planned.map(({ topic, partition, current, target: next, begin: startOffset, end: endOffset }) => ({
        topic,
        partition,
        ...(current !== null && { current, change: current - next }),
        next,
        startOffset,
        endOffset,
      })),
    }
  }),

  route(
    'POST /api/groups/delete-offsets',
    {
      body: z.strictObject({
        group: maybeEmptyName,
        topic: topicName,
        partitions: z.array(partitionNumber).max(MOST_PARTITIONS).optional(),
      }),
    },
    async ({ body: { group, topic, partitions }, client }) => {
      const { type } = await describeGroup(client, group)
      const numbers = partitions ?? (await client.topic(topic)).partitions.map(({ partition }) => partition)
      const places = numbers.map((partition) => ({ topic, partition }))
      await deleteGroupOffsets(client, group, places, type)
      return outcomes(new Map([[topic, undefined]]))
    },
  ),

  route(
    'POST /api/groups/delete',
    { body: z.strictObject({ groups: z.array(maybeEmptyName).min(1).max(MOST) }) },
    async ({ body: { groups }, client }) => outcomes(await deleteGroups(client, groups)),
  ),

  route(
    'POST /api/groups/remove-members',
    {
      body: z.strictObject({
        group: maybeEmptyName,
        members: z
          .array(
            z.strictObject({
              memberId: z.string().max(1_000).optional(),
              instanceId: z.string().max(1_000).optional(),
            }),
          )
          .min(1)
          .max(MOST)
          .optional(),
        reason: z.string().max(1_000).optional(),
      }),
    },
    async ({ body: { group, members, reason = DEFAULT_REASON }, client }) => {
      const wanted = members ?? (await allMembers(client, group))
      if (wanted.length > 0) await removeMembers(client, group, wanted, reason)
      return outcomes(new Map(wanted.map((member) => [member.instanceId ?? member.memberId ?? '', undefined])))
    },
  ),
]

function keyOf(
  { groupId, type, state }: GroupListing,
  sort: string,
  lags: ReadonlyMap<string, number> | undefined,
  members: ReadonlyMap<string, number> | undefined,
): string | number | undefined {
  if (sort === 'kind') return type
  if (sort === 'state') return state
  if (sort === 'lag') return lags?.get(groupId)
  return sort === 'members' ? members?.get(groupId) : groupId
}

async function lagsOfGroups(
  look: ClusterLook,
  { byGroup }: Commits,
  groups: readonly GroupListing[],
): Promise<Map<string, number>> {
  const mine = groups.flatMap(({ groupId }) => {
    const offsets = byGroup.get(groupId)
    return offsets === undefined ? [] : [{ groupId, offsets }]
  })
  const wanted = new Set(mine.flatMap(({ offsets }) => [...offsets.keys()]))
  const ranges = await look.ranges((await look.topics()).filter(({ name }) => wanted.has(name)))
  const ends = new Map(
    [...ranges].map(([topic, each]) => [topic, new Map([...each].map(([partition, { end }]) => [partition, end]))]),
  )
  return new Map(
    mine
      .filter(({ offsets }) => offsets.size > 0)
      .map(({ groupId, offsets }) => [groupId, [...lagsOf(offsets, ends).values()].reduce((a, b) => a + b, 0)]),
  )
}

async function memberCounts(client: KafkaClient, groups: readonly GroupListing[]): Promise<Map<string, number>> {
  const described = await describeGroups(
    client,
    groups.map(({ groupId }) => groupId),
  )
  return new Map(
    [...described].flatMap(([group, view]) => (view instanceof Error ? [] : [[group, view.members.length] as const])),
  )
}

async function groupOf(client: KafkaClient, look: ClusterLook, description: GroupDescription): Promise<Group> {
  const { groupId, type, state, coordinator, protocolType, assignor, epoch, assignmentEpoch, members } = description
  const others = members.flatMap(({ assignment }) => assignment)
  const lags = (await groupLags(client, [{ groupId, type, others }])).get(groupId) ?? []
  const warnings = lags instanceof Error ? [lags.detail ?? lags.message] : []
  const owners = new Map(
    members.flatMap(({ memberId, assignment }) =>
      assignment.map(({ topic, partition }) => [`${topic} ${partition}`, memberId] as const),
    ),
  )
  const known = lags instanceof Error ? [] : lags
  const topics = new Set(known.map(({ topic }) => topic))
  const ranges = await look.ranges((await look.topics()).filter(({ name }) => topics.has(name)))
  const partitions = known.map(({ topic, partition, committed, metadata, end, lag }): GroupPartition => {
    // Records of a share group may be with several members.
    const memberId = type === 'share' ? undefined : owners.get(`${topic} ${partition}`)
    const startOffset = ranges.get(topic)?.get(partition)?.begin
    return {
      topic,
      partition,
      ...(committed !== null && { offset: committed }),
      ...(metadata !== null && metadata !== '' && { metadata }),
      ...(startOffset !== undefined && { startOffset }),
      ...(end !== null && { endOffset: end }),
      ...(lag !== null && { lag }),
      ...(memberId !== undefined && { memberId }),
    }
  })
  const streams = type === 'streams' ? await topologyOf(client, groupId) : undefined
  return {
    group: groupId,
    kind: type,
    state,
    coordinator,
    protocolType,
    assignor,
    ...(epoch >= 0 && { groupEpoch: epoch, assignmentEpoch }),
    members: members.map(memberOf),
    partitions,
    ...(known.some(({ lag }) => lag !== null) && { lag: known.reduce((sum, { lag }) => sum + (lag ?? 0), 0) }),
    ...(streams && { streams }),
    warnings,
  }
}

function memberOf(member: GroupDescription['members'][number]): GroupMember {
  const { memberId, instanceId, clientId, host, rack, epoch, subscribedTopics, subscribedRegex } = member
  const { assignment, targetAssignment, tasks, processId } = member
  return {
    memberId,
    instanceId,
    clientId,
    host,
    ...(rack !== null && { rack }),
    ...(epoch >= 0 && { memberEpoch: epoch }),
    subscription: subscribedTopics,
    ...(subscribedRegex !== null && { subscriptionPattern: subscribedRegex }),
    assignment,
    ...(targetAssignment && !isSame(assignment, targetAssignment) && { target: targetAssignment }),
    ...(tasks && { tasks }),
    ...(processId !== undefined && { processId }),
  }
}

function isSame(one: Assigned, other: Assigned): boolean {
  const names = new Set(one.map(({ topic, partition }) => `${topic} ${partition}`))
  return one.length === other.length && other.every(({ topic, partition }) => names.has(`${topic} ${partition}`))
}

type Assigned = GroupMember['assignment']

async function topologyOf(client: KafkaClient, groupId: string): Promise<Group['streams']> {
  const { groups } = await client.coordinator('group', groupId, {
    api: ApiKey.StreamsGroupDescribe,
    body: { groupIds: [groupId], includeAuthorizedOperations: false },
    errorOf: (answer) => answer.groups[0]?.errorCode ?? 0,
  })
  const topology = groups[0]?.topology
  if (topology == null) return undefined
  return {
    topologyEpoch: topology.epoch,
    subtopologies: (topology.subtopologies ?? []).map((each) => ({
      id: each.subtopologyId,
      sourceTopics: each.sourceTopics,
      repartitionSinkTopics: each.repartitionSinkTopics,
      stateChangelogTopics: each.stateChangelogTopics.map(({ name }) => name),
      repartitionSourceTopics: each.repartitionSourceTopics.map(({ name }) => name),
    })),
  }
}

function resetTo(to: ResetOffsetsBody['to']): ResetTo {
  return typeof to === 'object' && 'shift' in to ? { shiftBy: to.shift } : to
}

/** Undefined: what the group has committed, or what was given with an offset each. */
async function placesOf(client: KafkaClient, { topics }: ResetOffsetsBody) {
  if (topics === undefined) return undefined
  const all = await Promise.all(
    topics.map(async ({ topic, partitions }) => {
      const numbers = partitions ?? (await client.topic(topic)).partitions.map(({ partition }) => partition)
      return numbers.map((partition) => ({ topic, partition }))
    }),
  )
  return all.flat()
}

async function allMembers(client: KafkaClient, group: string) {
  const { members } = await describeGroup(client, group)
  return members.map(({ memberId, instanceId }) => (instanceId === null ? { memberId } : { instanceId }))
}
