import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { batch } from '../clients/differential/data.ts'
import { type Reply, Session } from '../clients/differential/session.ts'
import { NodeCluster } from '../support/node-cluster.ts'
import { ShareHistory, ShareMember } from '../support/share-member.ts'
import { until } from '../support/wait.ts'

let cluster: NodeCluster | undefined
const members: ShareMember[] = []

afterEach(() => {
  for (const member of members.splice(0)) member.stop()
  cluster?.close()
})

const ROLES = { 1: 'broker,controller', 2: 'broker,controller', 3: 'broker,controller' }
const IDS = [1, 2, 3]
const OVERRIDES = {
  'offsets.topic.num.partitions': '1',
  'share.coordinator.state.topic.num.partitions': '1',
  'share.coordinator.state.topic.min.isr': '2',
  'broker.session.timeout.ms': '3000',
  'broker.heartbeat.interval.ms': '300',
  'group.share.min.heartbeat.interval.ms': '100',
  'group.share.heartbeat.interval.ms': '200',
  'group.share.assignment.interval.ms': '0',
  'group.share.min.record.lock.duration.ms': '1000',
  'group.share.record.lock.duration.ms': '1500',
  'group.share.delivery.count.limit': '10',
}
const [TOPIC, GROUP] = ['work', 'workers']
const [OFFSETS, STATES] = ['__consumer_offsets', '__share_group_state']
const PARTITIONS = 3

/** What a living broker says of a partition. */
async function partitionsOf(topic: string): Promise<Reply[]> {
  for (const { brokerPort, running } of cluster?.nodes.values() ?? []) {
    if (running === undefined) continue
    const session = new Session(brokerPort)
    try {
      const { topics } = await session.call('Metadata', 12, {
        topics: [{ name: topic }],
        allowAutoTopicCreation: false,
      })
      return topics[0].partitions
    } finally {
      session.close()
    }
  }
  return []
}

const leaderOf = async (topic: string, partition = 0): Promise<number> =>
  (await partitionsOf(topic)).find(({ partitionIndex }) => partitionIndex === partition)?.leaderId ?? -1

async function allInSync(): Promise<boolean> {
  const all = await Promise.all([TOPIC, OFFSETS, STATES].map(partitionsOf))
  return all.flat().every(({ isrNodes }) => isrNodes.length === IDS.length)
}

const portOf = (id: number) => cluster?.node(id).brokerPort ?? 0

/** Leads to each node by a replica list that begins with it. */
async function createTopic(): Promise<void> {
  const session = new Session(portOf(1))
  const assignments = IDS.map((first, partitionIndex) => {
    return { partitionIndex, brokerIds: [first, ...IDS.filter((id) => id !== first)] }
  })
  const configs = [{ name: 'min.insync.replicas', value: '2' }]
  const topics = [{ name: TOPIC, numPartitions: -1, replicationFactor: -1, assignments, configs }]
  await session.call('CreateTopics', 7, { topics, timeoutMs: 20_000 })
  const changed = [{ name: 'share.auto.offset.reset', configOperation: 0, value: 'earliest' }]
  const resources = [{ resourceType: 32, resourceName: GROUP, configs: changed }]
  await session.call('IncrementalAlterConfigs', 1, { resources })
  session.close()
}

/** Writes until it is told to stop; gives what was acknowledged. */
async function produce(isOver: () => boolean): Promise<Set<string>> {
  const sure = new Set<string>()
  for (let n = 0; !isOver(); n += 1) {
    const index = n % PARTITIONS
    let session: Session | undefined
    try {
      session = new Session(portOf(await leaderOf(TOPIC, index)))
      const topicData = [{ name: TOPIC, partitionData: [{ index, records: batch(5, { baseSequence: -1 }) }] }]
      const reply = await session.call('Produce', 9, { acks: -1, timeoutMs: 5_000, topicData })
      const { errorCode, baseOffset } = reply.responses[0].partitionResponses[0]
      if (errorCode === 0) for (let i = 0; i < 5; i += 1) sure.add(`${index}:${baseOffset + i}`)
    } catch {
      // Whether it was written nobody knows; or there is no leader just now.
    } finally {
      session?.close()
    }
    await delay(20)
  }
  return sure
}

test('share groups lose nothing and repeat nothing that was accepted, whoever of three nodes is killed', async () => {
  cluster = await NodeCluster.make({ roles: ROLES, overrides: OVERRIDES })
  await cluster.start()
  await createTopic()
  const history = new ShareHistory()
  const ports = IDS.map(portOf)
  for (const memberId of ['AAAAAAAAAAAAAAAAAAABAA', 'AAAAAAAAAAAAAAAAAAABAQ']) {
    members.push(new ShareMember({ ports, groupId: GROUP, memberId, topic: TOPIC, history }))
  }
  const running = members.map((member) => member.run())
  let isOver = false
  const produced = produce(() => isOver)
  const more = async (what: string): Promise<void> => {
    const before = history.accepted.size
    await until(`more accepted ${what}`, () => history.accepted.size >= before + 30, 60_000)
  }
  await more('at first')
  const victims = [
    ['the share coordinator', () => leaderOf(STATES)],
    ['a leader', () => leaderOf(TOPIC, 1)],
    ['the coordinator of the group', () => leaderOf(OFFSETS)],
  ] as const
  for (const [what, find] of victims) {
    await until('all replicas', allInSync, 60_000)
    const victim = await find()
    cluster.kill(victim)
    await more(`without ${what}`)
    await cluster.start(victim)
    await more(`with ${what} again`)
  }
  isOver = true
  const sure = await produced
  const left = () => [...sure].filter((key) => !history.delivered.has(key))
  await until('every record to be delivered', () => left().length === 0, 60_000).catch(() => {})
  for (const member of members) member.stop()
  await Promise.all(running)
  expect(left()).toEqual([])
  expect(history.again).toEqual([])
  expect(sure.size).toBeGreaterThan(100)
})
