import { ErrorCode, KafkaError } from '../../base/errors.ts'
import { ApiKey } from '../../protocol/apis.ts'
import type { KafkaClient } from '../client.ts'
import { kafkaError } from '../client-error.ts'
import { COORDINATOR_MOVED } from '../retries.ts'
import {
  classicGroup,
  consumerGroup,
  type GroupDescription,
  type GroupType,
  shareGroup,
  streamsGroup,
} from './group-views.ts'

export type { GroupDescription, GroupMember, GroupType, StreamsTasks } from './group-views.ts'

export interface GroupListing {
  readonly groupId: string
  readonly type: GroupType
  readonly protocolType: string
  readonly state: string
  /** The broker that coordinates it. */
  readonly coordinator: number
}

export interface GroupFilter {
  readonly states?: readonly string[]
  readonly types?: readonly GroupType[]
}

const TYPES: ReadonlySet<string> = new Set(['classic', 'consumer', 'share', 'streams'])

/** The groups of all kinds that this user may see, by name. Brokers that can't be reached are passed over where one can. */
export async function listGroups(client: KafkaClient, filter: GroupFilter = {}): Promise<GroupListing[]> {
  const { brokers } = await client.cluster()
  const outcomes = await Promise.allSettled(brokers.map(({ id }) => groupsOf(client, id, filter)))
  const found = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []))
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failed !== undefined && outcomes.every(({ status }) => status === 'rejected')) throw failed.reason
  const byId = new Map(found.map((group) => [group.groupId, group]))
  return [...byId.values()].sort((a, b) => (a.groupId < b.groupId ? -1 : 1))
}

async function groupsOf(client: KafkaClient, broker: number, filter: GroupFilter): Promise<GroupListing[]> {
  const { states = [], types = [] } = filter
  const { errorCode, groups } = await client.broker(broker, {
    api: ApiKey.ListGroups,
    body: { statesFilter: [...states], typesFilter: [...types] },
    ...(types.length > 0 && { minVersion: 5 }),
  })
  // A coordinator that comes up has no groups yet.
  if (COORDINATOR_MOVED.has(errorCode)) return []
  if (errorCode !== 0) throw kafkaError(errorCode)
  return groups.map(({ groupId, groupType, protocolType, groupState: state }) => {
    const type = groupType.toLowerCase()
    return { groupId, type: isType(type) ? type : 'classic', protocolType, state, coordinator: broker }
  })
}

function isType(text: string): text is GroupType {
  return TYPES.has(text)
}

/** In the order of the ids. */
export async function describeGroups(
  client: KafkaClient,
  groupIds: readonly string[],
): Promise<Map<string, GroupDescription | KafkaError>> {
  const results = new Map<string, GroupDescription | KafkaError>()
  await eachCoordinator(client, groupIds, results, async (coordinator, mine) => {
    const listed = new Map((await groupsOf(client, coordinator, {})).map(({ groupId, type }) => [groupId, type]))
    const types = new Set(mine.map((groupId) => listed.get(groupId) ?? 'classic'))
    await Promise.all(
      [...types].map(async (type) => {
        const ids = mine.filter((groupId) => (listed.get(groupId) ?? 'classic') === type)
        for (const [groupId, result] of await describeKind(client, coordinator, type, ids)) results.set(groupId, result)
      }),
    )
  })
  const missing = (groupId: string) => kafkaError(ErrorCode.GROUP_ID_NOT_FOUND, null, groupId)
  return new Map(groupIds.map((groupId) => [groupId, results.get(groupId) ?? missing(groupId)]))
}

/** @throws KafkaError */
export async function describeGroup(client: KafkaClient, groupId: string): Promise<GroupDescription> {
  const found = (await describeGroups(client, [groupId])).get(groupId)
  if (found === undefined || found instanceof Error) throw found ?? kafkaError(ErrorCode.GROUP_ID_NOT_FOUND)
  return found
}

const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 500

type AskCoordinator = (coordinator: number, groupIds: readonly string[]) => Promise<void>

/**
 * Asks each coordinator about its groups; of those that have none, the error is put into `results`. Coordinators that moved, or
 * have just come to be, are asked again.
 */
export async function eachCoordinator<T>(
  client: KafkaClient,
  groupIds: readonly string[],
  results: Map<string, T | KafkaError>,
  ask: AskCoordinator,
): Promise<void> {
  const deadline = performance.now() + client.requestTimeoutMs
  let left = groupIds
  for (let pause = FIRST_PAUSE_MS; left.length > 0; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    await askOnce(client, left, results, ask)
    left = left.filter((groupId) => {
      const result = results.get(groupId)
      return result instanceof KafkaError && COORDINATOR_MOVED.has(result.code)
    })
    if (left.length === 0 || performance.now() + pause > deadline) return
    for (const groupId of left) client.forgetCoordinator('group', groupId)
    await new Promise((resolve) => setTimeout(resolve, pause))
  }
}

async function askOnce<T>(
  client: KafkaClient,
  groupIds: readonly string[],
  results: Map<string, T | KafkaError>,
  ask: AskCoordinator,
): Promise<void> {
  const coordinators = await client.coordinatorsOf('group', groupIds)
  const byBroker = new Map<number, string[]>()
  for (const [groupId, coordinator] of coordinators) {
    if (coordinator instanceof KafkaError) results.set(groupId, coordinator)
    else byBroker.set(coordinator, [...(byBroker.get(coordinator) ?? []), groupId])
  }
  await Promise.all([...byBroker].map(([broker, mine]) => ask(broker, mine)))
}

type Described = [string, GroupDescription | KafkaError]

interface Answered {
  readonly groupId: string
  readonly errorCode: number
  readonly errorMessage: string | null
}

async function describeKind(
  client: KafkaClient,
  coordinator: number,
  type: GroupType,
  groupIds: readonly string[],
): Promise<Described[]> {
  const body = { groupIds: [...groupIds], includeAuthorizedOperations: false }
  switch (type) {
    case 'consumer': {
      const { groups } = await client.broker(coordinator, { api: ApiKey.ConsumerGroupDescribe, body })
      return groups.map((group) => described(group, () => consumerGroup(group, coordinator)))
    }
    case 'share': {
      const { groups } = await client.broker(coordinator, { api: ApiKey.ShareGroupDescribe, body })
      return groups.map((group) => described(group, () => shareGroup(group, coordinator)))
    }
    case 'streams': {
      const { groups } = await client.broker(coordinator, { api: ApiKey.StreamsGroupDescribe, body })
      return groups.map((group) => described(group, () => streamsGroup(group, coordinator)))
    }
    case 'classic': {
      const { groups } = await client.broker(coordinator, {
        api: ApiKey.DescribeGroups,
        body: { groups: [...groupIds], includeAuthorizedOperations: false },
      })
      return groups.map((group) =>
        group.groupState === 'Dead' && group.errorCode === 0
          ? [group.groupId, kafkaError(ErrorCode.GROUP_ID_NOT_FOUND, null, group.groupId)]
          : described(group, () => classicGroup(group, coordinator)),
      )
    }
  }
}

function described(group: Answered, view: () => GroupDescription): Described {
  const { groupId, errorCode, errorMessage } = group
  return [groupId, errorCode === 0 ? view() : kafkaError(errorCode, errorMessage, groupId)]
}

/** What went wrong, by group; undefined: it is deleted. Groups with members stay. */
export async function deleteGroups(
  client: KafkaClient,
  groupIds: readonly string[],
): Promise<Map<string, KafkaError | undefined>> {
  const results = new Map<string, KafkaError | undefined>()
  await Promise.all(
    groupIds.map(async (groupId) => {
      try {
        const { results: answers } = await client.coordinator('group', groupId, {
          api: ApiKey.DeleteGroups,
          body: { groupsNames: [groupId] },
          errorOf: (answer) => answer.results[0]?.errorCode ?? 0,
        })
        const code = answers[0]?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR
        results.set(groupId, code === 0 ? undefined : kafkaError(code, null, groupId))
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error
        results.set(groupId, error)
      }
    }),
  )
  return new Map(groupIds.map((groupId) => [groupId, results.get(groupId)]))
}

export interface MemberToRemove {
  readonly memberId?: string
  readonly instanceId?: string
}

/** Members leave though nobody asked them: those that live come back. @throws KafkaError of the first that could not be removed */
export async function removeMembers(
  client: KafkaClient,
  groupId: string,
  members: readonly MemberToRemove[],
  reason: string,
): Promise<void> {
  const { errorCode, members: removed } = await client.coordinator('group', groupId, {
    api: ApiKey.LeaveGroup,
    minVersion: 3,
    body: {
      groupId,
      members: members.map(({ memberId = '', instanceId = null }) => ({
        memberId,
        groupInstanceId: instanceId,
        reason,
      })),
    },
  })
  if (errorCode !== 0) throw kafkaError(errorCode, null, groupId)
  const failed = removed.find((member) => member.errorCode !== 0)
  if (failed !== undefined) throw kafkaError(failed.errorCode, null, failed.groupInstanceId ?? failed.memberId)
}
