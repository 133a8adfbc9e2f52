/** What many ACLs cost each request of a broker, beside Apache Kafka and beside the same broker without an authorizer. */
import { parseArgs } from 'node:util'
import { buildBatch } from '../../src/record/builder.ts'
import { type Acl, AclOperation, PatternType, PermissionType, ResourceType } from '../../src/security/acl.ts'
import type { Target, TestBroker } from '../../test/support/broker.ts'
import { noKafka } from '../../test/support/kafka.ts'
import { compare, inTurn } from '../compare.ts'
import { Client, createTopic, seconds, spent, start } from '../groups/client.ts'
import type { Measures } from '../table.ts'
import { manyAcls } from './many-acls.ts'

const HELP = `Measures what ACLs cost each request, in alternating rounds on this machine.

  --acls N          (default: 10000)
  --requests N      of each kind (default: 50000)
  --rounds N        rounds for each broker (default: 3)
  --targets a,b     which brokers, of kafka and odradek (default: both)
  --json FILE       writes every number of every round
`

const { values } = parseArgs({
  options: {
    acls: { type: 'string', default: '10000' },
    requests: { type: 'string', default: '50000' },
    rounds: { type: 'string', default: '3' },
    targets: { type: 'string', default: 'kafka,odradek' },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
})

const TOPIC = 'team-1.bench'
const IN_FLIGHT = 32
const A_TIME = 1_000
/** Whoever comes first may write the first ACLs: there are none yet. */
const AUTHORIZER = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'allow.everyone.if.no.acl.found': 'true',
}

const own = (resourceType: number, resourceName: string, patternType: number, operation: number): Acl => ({
  resourceType,
  resourceName,
  patternType,
  principal: 'User:ANONYMOUS',
  host: '*',
  operation,
  permissionType: PermissionType.ALLOW,
})

/** What the client of this benchmark may do, found by a prefix as others have it. */
const OWN_ACLS = [
  own(ResourceType.CLUSTER, 'kafka-cluster', PatternType.LITERAL, AclOperation.ALL),
  own(ResourceType.TOPIC, 'team-1.', PatternType.PREFIXED, AclOperation.ALL),
]

async function createAcls(port: number, acls: readonly Acl[]): Promise<void> {
  const client = await Client.to(port)
  for (let from = 0; from < acls.length; from += A_TIME) {
    const creations = acls.slice(from, from + A_TIME).map(({ patternType, ...acl }) => {
      return { ...acl, resourcePatternType: patternType }
    })
    const { results } = await client.call('CreateAcls', 3, { creations })
    const refused = results.find(({ errorCode }: { errorCode: number }) => errorCode !== 0)
    if (refused !== undefined) throw new Error(`an ACL was refused: ${JSON.stringify(refused)}`)
  }
  client.close()
}

/** CPU of the broker for each request, and requests in a second. */
async function load(broker: TestBroker, label: string, call: (client: Client) => Promise<number>): Promise<Measures> {
  const requests = Number(values.requests)
  const client = await Client.to(broker.port)
  const some = async (count: number, isWarmUp = false) => {
    let left = count
    const one = async () => {
      while (left > 0) {
        left -= 1
        const code = await call(client)
        // A new topic's first requests may be too early.
        if (code !== 0 && !isWarmUp) throw new Error(`${label}: error ${code}`)
      }
    }
    await Promise.all(Array.from({ length: IN_FLIGHT }, one))
  }
  await some(requests / 5, true)
  const { seconds: took, cpuSeconds } = await spent(broker, () => some(requests))
  client.close()
  return { [`${label}: CPU µs`]: (cpuSeconds / requests) * 1e6, [`${label}: requests/s`]: requests / took }
}

async function loads(broker: TestBroker, label: string): Promise<Measures> {
  await createTopic(broker.port, TOPIC, 1)
  const records = buildBatch({ records: [{ timestamp: Date.now(), key: null, value: Buffer.alloc(100, 'x') }] })
  const topicData = [{ name: TOPIC, partitionData: [{ index: 0, records }] }]
  const produce = { transactionalId: null, acks: 1, timeoutMs: 30_000, topicData }
  const metadata = { topics: [{ name: TOPIC }], allowAutoTopicCreation: false }
  return {
    ...(await load(broker, `produce, ${label}`, async (client) => {
      const { responses } = await client.call('Produce', 9, produce)
      return responses[0].partitionResponses[0].errorCode
    })),
    ...(await load(broker, `metadata, ${label}`, async (client) => {
      return (await client.call('Metadata', 9, metadata)).topics[0].errorCode
    })),
  }
}

async function measure(target: Target): Promise<Measures> {
  const acls = Number(values.acls)
  const measures: Measures = {}
  for (const withAcls of [false, true]) {
    await using broker = await start(target, withAcls ? AUTHORIZER : {})
    const label = withAcls ? `${acls} ACLs` : 'no authorizer'
    if (withAcls) {
      const begun = performance.now()
      await createAcls(broker.port, [...OWN_ACLS, ...manyAcls(acls)])
      measures[`create ${acls} ACLs, s`] = seconds(begun)
    }
    Object.assign(measures, await loads(broker, label))
  }
  for (const kind of ['produce', 'metadata']) {
    const [none, many] = [`${kind}, no authorizer: CPU µs`, `${kind}, ${acls} ACLs: CPU µs`]
    measures[`${kind}: CPU with ACLs / without`] = (measures[many] ?? 0) / (measures[none] ?? 1)
  }
  return measures
}

if (values.help) console.log(HELP)
else if (noKafka()) process.exitCode = 1
else {
  await compare(
    { targets: values.targets, rounds: Number(values.rounds), json: values.json },
    inTurn((target, says) => {
      console.error(says)
      return measure(target)
    }),
  )
}
