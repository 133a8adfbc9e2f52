import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { present } from '../../../src/base/assert.ts'
import { ByteReader } from '../../../src/base/bytes.ts'
import type { Uuid } from '../../../src/base/ids.ts'
import { OPEN_ACCESS } from '../../../src/broker/access.ts'
import { GroupCoordinator, javaHost, OFFSETS_TOPIC } from '../../../src/broker/groups.ts'
import type { Handler, RequestContext } from '../../../src/broker/handler.ts'
import { deleteGroupsHandler } from '../../../src/broker/handlers/delete-groups.ts'
import { describeGroupsHandler } from '../../../src/broker/handlers/describe-groups.ts'
import { findCoordinatorHandler } from '../../../src/broker/handlers/find-coordinator.ts'
import { heartbeatHandler } from '../../../src/broker/handlers/heartbeat.ts'
import { joinGroupHandler } from '../../../src/broker/handlers/join-group.ts'
import { leaveGroupHandler } from '../../../src/broker/handlers/leave-group.ts'
import { listGroupsHandler } from '../../../src/broker/handlers/list-groups.ts'
import { offsetCommitHandler } from '../../../src/broker/handlers/offset-commit.ts'
import { offsetDeleteHandler } from '../../../src/broker/handlers/offset-delete.ts'
import { offsetFetchHandler } from '../../../src/broker/handlers/offset-fetch.ts'
import { syncGroupHandler } from '../../../src/broker/handlers/sync-group.ts'
import type { GroupCommand, GroupReply } from '../../../src/group/commands.ts'
import { GroupMachine } from '../../../src/group/group-machine.ts'
import { decodeBatch, encodeRecord, type GroupRecord } from '../../../src/group/records.ts'
import { silentLogger } from '../../../src/io/logger.ts'
import { NodeClock } from '../../../src/io/node-clock.ts'
import { NodeRandom } from '../../../src/io/node-random.ts'
import { ApiKey } from '../../../src/protocol/apis.ts'
import { CoordinatorHost } from '../../../src/runtime/coordinator-host.ts'
import { SETTINGS } from '../../group/scenario.ts'
import { MemoryCoordinatorLog } from '../../runtime/memory-coordinator-log.ts'
import { play, type Send, TOPIC } from './groups-script.ts'

const TOPIC_ID = 'qOED1781R0q8DL6sjsAoBw' as Uuid
const PARTITIONS = 3

const leader = { leader: 1 } as never
const topics = new Map([
  [TOPIC, { id: TOPIC_ID, name: TOPIC, partitions: [leader, leader] }],
  [OFFSETS_TOPIC, { id: TOPIC_ID, name: OFFSETS_TOPIC, partitions: Array.from({ length: PARTITIONS }, () => leader) }],
])
const image = () => ({
  topic: (name: string) => topics.get(name),
  topicById: (id: Uuid) => (id === TOPIC_ID ? topics.get(TOPIC) : undefined),
  broker: () => ({ fenced: false }) as never,
})

async function coordinator(partitions = [0, 1, 2]) {
  // As the broker that was asked had it.
  const settings = { ...SETTINGS, initialRebalanceDelayMs: 0, maxOffsetMetadata: 20, minSessionTimeoutMs: 500 }
  const host = new CoordinatorHost<GroupCommand, GroupRecord, GroupReply>({
    machine: () => new GroupMachine(settings),
    codec: { encode: encodeRecord, decode: decodeBatch },
    clock: new NodeClock(),
    logger: silentLogger,
    commitTimeoutMs: 5000,
  })
  for (const partition of partitions) host.elected(partition, new MemoryCoordinatorLog())
  await Promise.all(partitions.map((partition) => host.settled(partition)))
  const groups = new GroupCoordinator({ host, partitionCount: () => PARTITIONS, settings, random: new NodeRandom() })
  return { host, send: sender(handlersOf(groups)) }
}

function handlersOf(groups: GroupCoordinator, requested: string[] = [], known = image): Handler[] {
  const endpoints = { node: () => ({ id: 1, host: 'localhost', port: 9092, rack: null }) }
  const access = OPEN_ACCESS
  const autoCreate = {
    request: (names: Iterable<string>) => {
      requested.push(...names)
      return new Map()
    },
  }
  return [
    findCoordinatorHandler({
      groups,
      transactionPartition: () => 0,
      sharePartition: () => 0,
      image: known,
      endpoints,
      autoCreate,
      access,
    }),
    joinGroupHandler({ groups }),
    syncGroupHandler({ groups }),
    heartbeatHandler({ groups }),
    leaveGroupHandler({ groups }),
    offsetCommitHandler({ groups, image: known, access }),
    offsetFetchHandler({ groups, image: known, access, mayBeElsewhere: (groupId) => groupId === 'doubtful' }),
    offsetDeleteHandler({ groups, image: known, access }),
    listGroupsHandler({ groups, access }),
    describeGroupsHandler({ groups, access }),
    deleteGroupsHandler({ groups, access }),
  ]
}

/** Through the codecs both ways, as over a socket. */
function sender(handlers: readonly Handler[]): Send {
  return async (key, apiVersion, body) => {
    const handler = present(
      handlers.find(({ api }) => api.key === key),
      `a handler of ${key}`,
    )
    const { api } = handler
    const connection = { listenerName: 'PLAINTEXT', peerAddress: '127.0.0.1' } as RequestContext['connection']
    const context = { api, apiVersion, correlationId: 1, clientId: 'raw', connection }
    const request = api.request.fromBuffer(api.request.toBuffer(body as never, apiVersion), apiVersion)
    const answer = await handler.handle(request, context)
    const reader = new ByteReader(api.response.toBuffer(answer as never, apiVersion))
    return api.response.decode(reader, apiVersion)
  }
}

test('every group API answers as Apache Kafka did, in every version', async () => {
  const { host, send } = await coordinator()
  const recorded = readFileSync(new URL('./groups-kafka.txt', import.meta.url), 'utf8')
    .trim()
    .split('\n')
  // What is in the file came from Kafka 4.3.1 with the settings above.
  expect(await play(send, TOPIC_ID)).toEqual(recorded)
  host.close()
})

test('stable offsets are not told where another node may coordinate the group by now', async () => {
  const { host, send } = await coordinator()
  const codeOf = async (groupId: string, requireStable: boolean) => {
    const groups = [{ groupId, memberId: null, memberEpoch: -1, topics: [] }]
    const answer = await send(ApiKey.OffsetFetch, 9, { groups, requireStable })
    return (answer as { groups: { errorCode: number }[] }).groups[0]?.errorCode
  }
  expect(await codeOf('doubtful', true)).toBe(16)
  expect(await codeOf('doubtful', false)).toBe(0)
  expect(await codeOf('g', true)).toBe(0)
  host.close()
})

test('a partition that is not led here has another coordinator', async () => {
  const { host, send } = await coordinator([])
  const find = (key: number, version: number, body: object) => send(key, version, body)
  const code = { errorCode: 16 }
  const group = { groupId: 'g', memberId: 'm', generationId: 1 }
  expect(await find(ApiKey.Heartbeat, 4, group)).toMatchObject(code)
  expect(await find(ApiKey.LeaveGroup, 5, { groupId: 'g', members: [] })).toMatchObject(code)
  expect(await find(ApiKey.ListGroups, 5, { statesFilter: [], typesFilter: [] })).toMatchObject({
    errorCode: 0,
    groups: [],
  })
  expect(await find(ApiKey.DescribeGroups, 6, { groups: ['g'], includeAuthorizedOperations: false })).toMatchObject({
    groups: [code],
  })
  expect(await find(ApiKey.DeleteGroups, 2, { groupsNames: ['g'] })).toMatchObject({ results: [code] })
  const topics = [{ name: TOPIC, topicId: TOPIC_ID, partitionIndexes: [0] }]
  const v1 = await find(ApiKey.OffsetFetch, 1, { groupId: 'g', topics, groups: [] })
  expect(v1.topics[0].partitions[0]).toMatchObject({ ...code, committedOffset: -1 })
  expect(await find(ApiKey.OffsetFetch, 2, { groupId: 'g', topics, groups: [] })).toMatchObject({ ...code, topics: [] })
  const v8 = await find(ApiKey.OffsetFetch, 8, { groups: [{ groupId: 'g', topics }] })
  expect(v8.groups).toMatchObject([{ ...code, topics: [] }])
  host.close()
})

test('a coordinator is promised while its topic is being made', async () => {
  const { host } = await coordinator([])
  const requested: string[] = []
  const none = () => ({ ...image(), topic: () => undefined })
  const groups = { partitionFor: () => 0 } as unknown as GroupCoordinator
  const send = sender(handlersOf(groups, requested, none as never))
  const told = await send(ApiKey.FindCoordinator, 1, { key: 'g', keyType: 0, coordinatorKeys: [] })
  expect(told).toMatchObject({ errorCode: 15, errorMessage: 'The coordinator is not available.', nodeId: -1, port: -1 })
  expect(requested).toEqual([OFFSETS_TOPIC])
  for (const [keyType, key] of [
    [1, 'transaction'],
    [2, `g:${TOPIC_ID}:0`],
  ]) {
    const other = await send(ApiKey.FindCoordinator, 6, { keyType, coordinatorKeys: [key] })
    expect(other.coordinators).toMatchObject([{ key, errorCode: 15, nodeId: -1, host: '', port: -1 }])
  }
  expect(requested).toEqual([OFFSETS_TOPIC, '__transaction_state', '__share_group_state'])
  host.close()
})

test.each([
  ['127.0.0.1', '/127.0.0.1'],
  ['::ffff:10.1.2.3', '/10.1.2.3'],
  ['::1', '/0:0:0:0:0:0:0:1'],
  ['fe80::1%eth0', '/fe80:0:0:0:0:0:0:1'],
  ['2001:db8::8:800:200c:417a', '/2001:db8:0:0:8:800:200c:417a'],
])('%s in Java is %s', (address, java) => {
  expect(javaHost(address)).toBe(java)
})
