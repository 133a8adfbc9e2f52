import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Body, Session } from '../clients/differential/session.ts'
import { ALL_ACLS } from '../support/all-acls.ts'
import { NodeCluster } from '../support/node-cluster.ts'
import { until } from '../support/wait.ts'

const NODES = [1, 2, 3]
const TOPIC_AUTHORIZATION_FAILED = 29
const CLUSTER_AUTHORIZATION_FAILED = 31
const [TOPIC, PREFIXED, CREATE, DENY, ALLOW] = [2, 4, 5, 2, 3]

const PLAIN = 'org.apache.kafka.common.security.plain.PlainLoginModule required username="broker" password="b"'
const OVERRIDES = {
  'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:SASL_PLAINTEXT',
  'sasl.enabled.mechanisms': 'PLAIN',
  'sasl.mechanism.inter.broker.protocol': 'PLAIN',
  'listener.name.plaintext.plain.sasl.jaas.config': `${PLAIN} user_broker="b" user_alice="a" user_admin="r";`,
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  // Controllers don't log in to each other here; brokers do.
  'super.users': 'User:ANONYMOUS;User:broker;User:admin',
}

let cluster: NodeCluster

beforeAll(async () => {
  const roles = { 1: 'broker,controller', 2: 'broker,controller', 3: 'broker,controller' }
  cluster = await NodeCluster.make({ roles, overrides: OVERRIDES })
  await cluster.start()
})
afterAll(() => cluster?.close())

async function as<T>(user: string, node: number, work: (session: Session) => Promise<T>): Promise<T> {
  const session = new Session(cluster.node(node).brokerPort)
  try {
    await session.call('SaslHandshake', 1, { mechanism: 'PLAIN' })
    const password = user === 'alice' ? 'a' : 'r'
    const { errorCode } = await session.call('SaslAuthenticate', 2, {
      authBytes: Buffer.from(`\0${user}\0${password}`),
    })
    expect(errorCode).toBe(0)
    return await work(session)
  } finally {
    session.close()
  }
}

/** Whether alice may make a topic, by way of each node: 0, or the error. */
function creating(prefix: string, nodes: readonly number[] = NODES): Promise<number[]> {
  const create = (node: number): Promise<number> =>
    as('alice', node, async (session) => {
      const topic = { name: `${prefix}${node}`, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }
      const { topics } = await session.call('CreateTopics', 7, {
        topics: [topic],
        timeoutMs: 30_000,
        validateOnly: true,
      })
      return topics[0].errorCode
    })
  return Promise.all(nodes.map(create))
}

function entry(resourceName: string, changes: Body = {}): Body {
  const acl = { principal: 'User:alice', host: '*', operation: CREATE, permissionType: ALLOW }
  return { resourceType: TOPIC, resourceName, resourcePatternType: PREFIXED, ...acl, ...changes }
}

/** Every node has heard of so many. */
async function known(count: number, nodes: readonly number[] = NODES): Promise<void> {
  for (const node of nodes) {
    await until(`${count} ACLs on node ${node}`, () =>
      as('admin', node, async (session) => {
        const answer = await session.call('DescribeAcls', 3, ALL_ACLS)
        const acls = answer.resources.flatMap((resource: { acls: unknown[] }) => resource.acls)
        return acls.length === count
      }),
    )
  }
}

describe('three nodes with an authorizer', () => {
  test('take requests for what their client may do, not for what the broker may that passes them on', async () => {
    expect(await creating('a-')).toEqual(NODES.map(() => TOPIC_AUTHORIZATION_FAILED))
    const refused = NODES.map((node) =>
      as('alice', node, async (session) => {
        const { results } = await session.call('CreateAcls', 3, { creations: [entry('a-')] })
        return results[0].errorCode
      }),
    )
    expect(await Promise.all(refused)).toEqual(NODES.map(() => CLUSTER_AUTHORIZATION_FAILED))
  })

  test('know each ACL, whichever of them is told of it, and where the client sits', async () => {
    const told = [
      [entry('a-', { host: '127.0.0.1' })],
      [entry('elsewhere-', { host: '10.9.9.9' })],
      [entry('d-'), entry('d-3', { permissionType: DENY })],
    ]
    for (const [at, creations] of told.entries()) {
      await as('admin', NODES[at] ?? 0, async (session) => {
        const { results } = await session.call('CreateAcls', 3, { creations })
        expect(results.map(({ errorCode }: { errorCode: number }) => errorCode)).toEqual(creations.map(() => 0))
      })
    }
    await known(4)
    expect(await creating('a-')).toEqual([0, 0, 0])
    expect(await creating('elsewhere-')).toEqual(NODES.map(() => TOPIC_AUTHORIZATION_FAILED))
    expect(await creating('d-')).toEqual([0, 0, TOPIC_AUTHORIZATION_FAILED])
  })

  test('go by them when one is lost, and forget what is deleted', async () => {
    cluster.kill(1)
    const left = [2, 3]
    await until('another controller', async () => (await creating('a-', left)).every((code) => code === 0))
    expect(await creating('elsewhere-', left)).toEqual(left.map(() => TOPIC_AUTHORIZATION_FAILED))
    await as('admin', 3, async (session) => {
      const filters = [{ ...ALL_ACLS, resourceNameFilter: 'a-' }]
      const { filterResults } = await session.call('DeleteAcls', 3, { filters })
      expect(filterResults[0].matchingAcls).toHaveLength(1)
    })
    await known(3, left)
    await until('the controller to know', async () => (await creating('a-', left)).every((code) => code !== 0))
    cluster.node(1).log.length = 0
    await cluster.start(1)
    await known(3)
    expect(await creating('a-')).toEqual(NODES.map(() => TOPIC_AUTHORIZATION_FAILED))
    expect(await creating('d-', [1])).toEqual([0])
  })
})
