import type { TestBroker } from '../../support/broker.ts'
import { until } from '../../support/wait.ts'
import { administration, atTheEnd } from '../errors/administration.ts'
import { classicGroups } from '../errors/classic-groups.ts'
import { consumersAndStreams } from '../errors/consumers-and-streams.ts'
import { noGroupsYet } from '../errors/no-groups-yet.ts'
import { shareGroups } from '../errors/share-groups.ts'
import { shareStates } from '../errors/share-states.ts'
import { brokerConfigs, clientQuotas, logDirs } from './admin.ts'
import { alterConfigs, describeConfigs } from './configs.ts'
import { consumerGroupSteps } from './consumer-groups.ts'
import { batch, deleteSteps, fetchSteps, offsetSteps, produceSteps } from './data.ts'
import { groupSteps } from './groups.ts'
import { listSteps } from './lists.ts'
import { noTimeSteps } from './no-time.ts'
import { pipelinedSteps } from './pipelined.ts'
import { type Reply, Session } from './session.ts'
import { type Context, type Step, ZERO_ID } from './step.ts'
import { streamsGroupSteps } from './streams-groups.ts'
import { createPartitions, createTopics, deleteTopics, metadata } from './topics.ts'
import { transactionSteps } from './transactions.ts'

/** In this order: later steps build on what earlier ones left. */
/** Before anything else, to a broker that has nothing. */
export const FIRST_STEPS: readonly Step[] = noGroupsYet

export const STEPS: readonly Step[] = [
  ...produceSteps,
  ...offsetSteps,
  ...deleteSteps,
  ...fetchSteps,
  ...offsetSteps
    .filter((step) => step.title.includes('deletion'))
    .map((step) => ({ ...step, title: `${step.title}, again` })),
  ...groupSteps,
  ...consumerGroupSteps,
  ...streamsGroupSteps,
  ...transactionSteps,
  ...pipelinedSteps,
  ...noTimeSteps,
  ...createTopics,
  ...describeConfigs,
  ...alterConfigs,
  ...createPartitions,
  ...metadata,
  ...deleteTopics,
  ...brokerConfigs,
  ...clientQuotas,
  ...logDirs,
  ...classicGroups,
  ...consumersAndStreams,
  ...shareStates,
  ...shareGroups,
  ...listSteps,
  ...administration,
  ...atTheEnd,
]

/** What the steps write is old. */
const KEPT = { 'retention.ms': '-1' }

const TOPICS: readonly (readonly [string, number, Readonly<Record<string, string>>])[] = [
  ['plain', 1, {}],
  ['wide', 3, {}],
  ['read', 1, KEPT],
  ['cut', 1, KEPT],
  ['emptied', 1, KEPT],
  ['empty', 1, {}],
  ['numbered', 1, {}],
  ['small', 1, { 'max.message.bytes': '500' }],
  ['compacted', 1, { 'cleanup.policy': 'compact' }],
  ['appended', 1, { 'message.timestamp.type': 'LogAppendTime' }],
  ['bounded', 1, { 'message.timestamp.before.max.ms': '10000' }],
  ['shared', 1, KEPT],
]

export async function setUp(broker: TestBroker, session: Session): Promise<Context> {
  const topics = TOPICS.map(([name, numPartitions, settings]) => ({
    name,
    numPartitions,
    replicationFactor: 1,
    assignments: [],
    configs: Object.entries(settings).map(([key, value]) => ({ name: key, value })),
  }))
  await session.call('CreateTopics', 7, { topics, timeoutMs: 20_000, validateOnly: false })
  await until('the coordinator', async () => {
    const found = await session.call('FindCoordinator', 3, { key: 'some', keyType: 0 })
    return found.errorCode === 0
  })
  await until('the coordinator of transactions', async () => {
    const found = await session.call('FindCoordinator', 3, { key: 'some', keyType: 1 })
    return found.errorCode === 0
  })
  await until('producer ids', async () => {
    const reply = await session.call('InitProducerId', 4, { transactionalId: null, transactionTimeoutMs: 1_000 })
    return reply.errorCode === 0
  })
  // Answers that wait for the offsets topic to be loaded are not what is compared here.
  await until('every coordinator to be loaded', async () => {
    const found: Reply[] = await Promise.all(
      ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l'].map(async (key) => {
        const own = new Session(broker.port)
        const reply = await own.call('OffsetFetch', 5, { groupId: key, topics: null })
        own.close()
        return reply.errorCode
      }),
    )
    return found.every((code) => code === 0)
  })
  const topicIds = new Map<string, string>()
  for (const topic of await listed(session)) topicIds.set(topic.name, topic.topicId)
  for (const name of ['read', 'cut', 'emptied']) {
    for (const count of [5, 4, 3]) {
      const topicData = [{ name, partitionData: [{ index: 0, records: batch(count) }] }]
      await until(`records in ${name}`, async () => {
        const answer = await session.call('Produce', 9, { acks: -1, timeoutMs: 5_000, topicData })
        return answer.responses[0].partitionResponses[0].errorCode === 0 ? answer : undefined
      })
    }
  }
  return { session, topicIds, dataDir: broker.dataDir }
}

export async function listed(session: Session): Promise<{ name: string; topicId: string }[]> {
  const all = await session.call('Metadata', 12, { topics: null, allowAutoTopicCreation: false })
  return all.topics.filter((topic: { topicId: string }) => topic.topicId !== ZERO_ID)
}
