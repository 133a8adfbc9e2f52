import { ALL_ACLS } from '../../support/all-acls.ts'
import { prepareBroker, type Target, TestBroker } from '../../support/broker.ts'
import { LIGHT_JVM } from '../../support/kafka.ts'
import { freePort } from '../../support/ports.ts'
import { until } from '../../support/wait.ts'
import { batch } from '../differential/data.ts'
import { Session } from '../differential/session.ts'
import { STRANGE_ID } from '../differential/step.ts'
import { streams } from './cases-groups.ts'
import { aclsOf, type Names, namesOf, USERS } from './grants.ts'

/** A broker with an authorizer: whoever does not log in may do everything, users only what they are granted. */
export interface Secured {
  readonly broker: TestBroker
  readonly admin: Session
  /** As this user, to a broker's listener or to a controller's. */
  login(user: string, onController: boolean): Promise<Session>
  readonly ports: readonly number[]
}

const LOGINS = ['admin', ...USERS].map((user) => `user_${user}="secret"`).join(' ')
const JAAS = `org.apache.kafka.common.security.plain.PlainLoginModule required username="admin" password="secret" ${LOGINS};`

export async function startSecured(target: Target | undefined): Promise<Secured> {
  const [clients, controllers, port, controllerPort] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ]
  const properties = {
    listeners: [
      `PLAINTEXT://127.0.0.1:${port}`,
      `CLIENTS://127.0.0.1:${clients}`,
      `CONTROLLER://127.0.0.1:${controllerPort}`,
      `ADMINS://127.0.0.1:${controllers}`,
    ].join(','),
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port},CLIENTS://127.0.0.1:${clients}`,
    'controller.listener.names': 'CONTROLLER,ADMINS',
    'controller.quorum.bootstrap.servers': `127.0.0.1:${controllerPort}`,
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map':
      'PLAINTEXT:PLAINTEXT,CLIENTS:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT,ADMINS:SASL_PLAINTEXT',
    'sasl.enabled.mechanisms': 'PLAIN',
    'listener.name.clients.plain.sasl.jaas.config': JAAS,
    'listener.name.admins.plain.sasl.jaas.config': JAAS,
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS',
    // A member stays as long as the test looks at it.
    'group.consumer.max.session.timeout.ms': '3600000',
    'group.consumer.session.timeout.ms': '3600000',
    'group.share.max.session.timeout.ms': '3600000',
    'group.share.session.timeout.ms': '3600000',
    'group.streams.max.session.timeout.ms': '3600000',
    'group.streams.session.timeout.ms': '3600000',
    'group.streams.initial.rebalance.delay.ms': '0',
  }
  const prepared = await prepareBroker({ ...(target && { target }), properties })
  const { dir, propertiesFile } = prepared
  const broker = new TestBroker(prepared.target, dir, port, controllerPort, propertiesFile, false, LIGHT_JVM)
  await broker.start()
  const admin = new Session(port)
  return {
    broker,
    admin,
    ports: [port, clients, controllers, controllerPort],
    login: (user, onController) => login(onController ? controllers : clients, user),
  }
}

async function login(port: number, user: string): Promise<Session> {
  const session = new Session(port)
  const hello = await session.call('SaslHandshake', 1, { mechanism: 'PLAIN' })
  const done = await session.call('SaslAuthenticate', 2, { authBytes: Buffer.from(`\0${user}\0secret`) })
  if (hello.errorCode !== 0 || done.errorCode !== 0) throw new Error(`${user} could not log in`)
  return session
}

/** Gives each topic's id by its name: those that users find in place. */
export async function setUp({ admin }: Secured): Promise<Map<string, string>> {
  await until('coordinators', async () => {
    const groups = await admin.call('FindCoordinator', 3, { key: 'x', keyType: 0 })
    const transactions = await admin.call('FindCoordinator', 3, { key: 'x', keyType: 1 })
    return groups.errorCode === 0 && transactions.errorCode === 0
  })
  const all = USERS.map(namesOf)
  const topics = all.flatMap(({ own, hidden }) => [own, hidden])
  await admin.call('CreateTopics', 7, {
    topics: topics.map((name) => ({ name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] })),
    timeoutMs: 60_000,
    validateOnly: false,
  })
  const creations = all.flatMap((names) =>
    aclsOf(names).map(({ patternType: resourcePatternType, ...entry }) => ({
      ...entry,
      resourcePatternType,
      principal: `User:${names.user}`,
      host: '*',
    })),
  )
  await admin.call('CreateAcls', 3, { creations })
  await until('every ACL', async () => {
    const { resources } = await admin.call('DescribeAcls', 3, ALL_ACLS)
    const count = resources.flatMap(({ acls }: { acls: unknown[] }) => acls).length
    return count === creations.length
  })
  const ids = new Map<string, string>()
  await until('every topic', async () => {
    const found = await admin.call('Metadata', 12, { topics: null, allowAutoTopicCreation: false })
    for (const { name, topicId, partitions } of found.topics) if (partitions[0]?.leaderId === 1) ids.set(name, topicId)
    return topics.every((name) => ids.has(name))
  })
  return ids
}

/** Its records, and its groups with members that read a topic which most users must not hear of. */
export async function setUpUser(admin: Session, { own, hidden, prefix }: Names): Promise<void> {
  for (const name of [own, hidden]) {
    await until(`records in ${name}`, async () => {
      const topicData = [{ name, partitionData: [{ index: 0, records: batch(3) }] }]
      const answer = await admin.call('Produce', 9, { transactionalId: null, acks: -1, timeoutMs: 5_000, topicData })
      return answer.responses[0].partitionResponses[0].errorCode === 0
    })
  }
  const partitions = [{ partitionIndex: 0, committedOffset: 1, committedLeaderEpoch: -1, committedMetadata: 'm' }]
  await settled(`offsets of ${prefix}`, () =>
    admin
      .call('OffsetCommit', 8, {
        groupId: `${prefix}simple`,
        generationIdOrMemberEpoch: -1,
        memberId: '',
        groupInstanceId: null,
        topics: [own, hidden].map((name) => ({ name, partitions })),
      })
      .then(({ topics }) => topics[0].partitions[0].errorCode),
  )
  const memberId = 'cccccccc-cccc-cccc-cccc-cccccccccccc'
  await settled(`a consumer of ${prefix}`, () =>
    admin
      .call('ConsumerGroupHeartbeat', 1, {
        groupId: `${prefix}cg`,
        memberId,
        memberEpoch: 0,
        instanceId: null,
        rackId: null,
        rebalanceTimeoutMs: 10_000,
        subscribedTopicNames: [hidden],
        subscribedTopicRegex: null,
        serverAssignor: null,
        topicPartitions: [],
      })
      .then((reply) => (reply.assignment?.topicPartitions.length > 0 ? reply.errorCode : 1)),
  )
  await settled(`a share consumer of ${prefix}`, () =>
    admin
      .call('ShareGroupHeartbeat', 1, {
        groupId: `${prefix}sg`,
        memberId,
        memberEpoch: 0,
        rackId: null,
        subscribedTopicNames: [own, hidden],
      })
      .then((reply) => (reply.assignment?.topicPartitions.length > 0 ? reply.errorCode : 1)),
  )
  await settled(`a streams application of ${prefix}`, () =>
    admin.call('StreamsGroupHeartbeat', 0, streams([hidden], `${prefix}st`, 0)).then(({ errorCode }) => errorCode),
  )
  await settled(`a transaction of ${prefix}`, () =>
    admin
      .call('InitProducerId', 4, {
        transactionalId: `${prefix}open`,
        transactionTimeoutMs: 900_000,
        producerId: -1,
        producerEpoch: -1,
      })
      .then(async ({ errorCode, producerId, producerEpoch }) => {
        if (errorCode !== 0) return errorCode
        const added = await admin.call('AddPartitionsToTxn', 3, {
          v3AndBelowTransactionalId: `${prefix}open`,
          v3AndBelowProducerId: producerId,
          v3AndBelowProducerEpoch: producerEpoch,
          v3AndBelowTopics: [own, hidden].map((name) => ({ name, partitions: [0] })),
        })
        return added.resultsByTopicV3AndBelow[0].resultsByPartition[0].partitionErrorCode
      }),
  )
}

function settled(what: string, ask: () => Promise<number>): Promise<unknown> {
  return until(what, async () => (await ask()) === 0)
}

let barriers = 0

/** The broker has heard of whatever was changed before. */
export async function published(admin: Session): Promise<void> {
  const name = `barrier-${barriers++}`
  await admin.call('CreateTopics', 7, {
    topics: [{ name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
    timeoutMs: 10_000,
    validateOnly: false,
  })
  await until(name, async () => {
    const { topics } = await admin.call('Metadata', 12, {
      topics: [{ name, topicId: 'AAAAAAAAAAAAAAAAAAAAAA' }],
      allowAutoTopicCreation: false,
    })
    return topics[0].errorCode === 0
  })
  await admin.call('DeleteTopics', 5, { topicNames: [name], timeoutMs: 10_000 })
}

export const idIn = (ids: ReadonlyMap<string, string>) => (topic: string) => ids.get(topic) ?? STRANGE_ID
