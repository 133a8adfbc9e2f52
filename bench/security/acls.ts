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

interface Subject {
  readonly label: string
  readonly broker: TestBroker
}

/** So many turns, one broker after the other: what else the machine does meets both. */
const TURNS = 20

/** CPU of each broker for each request, and requests in a second. */
async function load(subjects: readonly Subject[], kind: string, call: (client: Client) => Promise<number>) {
  const requests = Math.ceil(Number(values.requests) / TURNS)
  const loaded = await Promise.all(
    subjects.map(async (subject) => {
      return { ...subject, client: await Client.to(subject.broker.port), seconds: 0, cpuSeconds: 0 }
    }),
  )
  for (const { client } of loaded) await send(requests * 5, () => call(client))
  for (let turn = 0; turn < TURNS; turn += 1) {
    for (const each of turn % 2 === 0 ? loaded : loaded.toReversed()) {
      const { seconds, cpuSeconds } = await spent(each.broker, async () => {
        const codes = await send(requests, () => call(each.client))
        if (codes.some((code) => code !== 0)) throw new Error(`${kind}, ${each.label}: error ${codes.join()}`)
      })
      each.seconds += seconds
      each.cpuSeconds += cpuSeconds
    }
  }
  const measures: Measures = {}
  const all = requests * TURNS
  for (const { client, label, seconds, cpuSeconds } of loaded) {
    client.close()
    measures[`${kind}, ${label}: CPU µs`] = (cpuSeconds / all) * 1e6
    measures[`${kind}, ${label}: requests/s`] = all / seconds
  }
  const [none, many] = loaded.map(({ cpuSeconds }) => cpuSeconds)
  measures[`${kind}: CPU with ACLs / without`] = (many ?? 0) / (none ?? 1)
  return measures
}

/** Gives the last error of each that sent some of them. */
function send(count: number, call: () => Promise<number>): Promise<number[]> {
  let left = count
  const one = async () => {
    let code = 0
    while (left > 0) {
      left -= 1
      code = (await call()) || code
    }
    return code
  }
  return Promise.all(Array.from({ length: IN_FLIGHT }, one))
}

async function measure(target: Target): Promise<Measures> {
  const acls = Number(values.acls)
  const measures: Measures = {}
  await using none = await start(target, {})
  await using many = await start(target, AUTHORIZER)
  const begun = performance.now()
  await createAcls(many.port, [...OWN_ACLS, ...manyAcls(acls)])
  measures[`create ${acls} ACLs, s`] = seconds(begun)
  const subjects = [
    { label: 'no authorizer', broker: none },
    { label: `${acls} ACLs`, broker: many },
  ]
  for (const { broker } of subjects) await createTopic(broker.port, TOPIC, 1)
  const records = buildBatch({ records: [{ timestamp: Date.now(), key: null, value: Buffer.alloc(100, 'x') }] })
  const topicData = [{ name: TOPIC, partitionData: [{ index: 0, records }] }]
  const produce = { transactionalId: null, acks: 1, timeoutMs: 30_000, topicData }
  const metadata = { topics: [{ name: TOPIC }], allowAutoTopicCreation: false }
  Object.assign(
    measures,
    await load(subjects, 'produce', async (client) => {
      const { responses } = await client.call('Produce', 9, produce)
      return responses[0].partitionResponses[0].errorCode
    }),
    await load(
      subjects,
      'metadata',
      async (client) => (await client.call('Metadata', 9, metadata)).topics[0].errorCode,
    ),
  )
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
