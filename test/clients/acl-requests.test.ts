import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ApiName } from '../../src/protocol/apis.ts'
import { ALL_ACLS } from '../support/all-acls.ts'
import { startBroker, TARGET, type TestBroker } from '../support/broker.ts'
import { noKafka } from '../support/kafka.ts'
import { published } from './authorization/secured.ts'
import { type Body, Session } from './differential/session.ts'

const ENTRY = { principal: 'User:alice', host: '*', operation: 3, permissionType: 3 }

function creation(changes: Body = {}): Body {
  return { resourceType: 2, resourceName: 'orders', resourcePatternType: 3, ...ENTRY, ...changes }
}

function filter(changes: Body = {}): Body {
  return { ...ALL_ACLS, ...changes }
}

type Request = readonly [title: string, api: ApiName, version: number, body: Body]

const create = (title: string, version: number, ...creations: readonly Body[]): Request => {
  return [`create ${title} v${version}`, 'CreateAcls', version, { creations }]
}
const remove = (title: string, version: number, ...filters: readonly Body[]): Request => {
  return [`delete ${title} v${version}`, 'DeleteAcls', version, { filters }]
}
const list = (title: string, version: number, changes: Body = {}): Request => {
  return [`describe ${title} v${version}`, 'DescribeAcls', version, filter(changes)]
}

const FIELDS = ['resourceType', 'resourcePatternType', 'operation', 'permissionType']
const FILTER_FIELDS = ['resourceTypeFilter', 'patternTypeFilter', 'operation', 'permissionType']

/** Every code where it may stand, at every version; what is there, and what is not. */
const REQUESTS: readonly Request[] = [
  create('nothing', 3),
  create('two', 1, creation(), creation({ resourcePatternType: 4, resourceName: 'or' })),
  create('the same again, and twice', 2, creation(), creation({ operation: 4 }), creation({ operation: 4 })),
  create('without a name', 3, creation({ resourceName: '' })),
  create('another cluster', 3, creation({ resourceType: 4, resourceName: 'kafka' })),
  create('the cluster', 3, creation({ resourceType: 4, resourceName: 'kafka-cluster', operation: 9 })),
  create('a cluster without a name', 3, creation({ resourceType: 4, resourceName: '' })),
  create('for a principal without a type', 3, creation({ principal: 'alice' })),
  create('for a principal without a name', 3, creation({ principal: 'User:' })),
  create('for nobody', 3, creation({ principal: '' })),
  create('for no host', 3, creation({ host: '' })),
  create('one that is none and one that is', 3, creation({ operation: 1 }), creation({ operation: 6 })),
  create('an operation that makes no sense', 3, creation({ operation: 13 })),
  ...FIELDS.flatMap((field) =>
    [0, 1, 2, 4, 7, 8, 15, 16, 99, -1].map((code) => create(`${field} ${code}`, 3, creation({ [field]: code }))),
  ),
  list('all', 1),
  list('all', 2),
  list('all', 3),
  list('a name', 3, { resourceTypeFilter: 2, resourceNameFilter: 'orders', patternTypeFilter: 3 }),
  list('what a name falls under', 3, { resourceTypeFilter: 2, resourceNameFilter: 'orders', patternTypeFilter: 2 }),
  list('what any name falls under', 3, { patternTypeFilter: 2 }),
  list('a name of any pattern', 3, { resourceNameFilter: 'or' }),
  list('a principal', 3, { principalFilter: 'User:' }),
  list('a host', 3, { hostFilter: '' }),
  ...FILTER_FIELDS.flatMap((field) =>
    [0, 2, 3, 4, 15, 99, -1].map((code) => list(`${field} ${code}`, 3, { [field]: code })),
  ),
  ...FILTER_FIELDS.flatMap((field) =>
    [0, 99, -1].map((code) => remove(`${field} ${code}`, 3, filter({ [field]: code }), filter({ hostFilter: 'x' }))),
  ),
  remove('nothing', 3),
  remove('the same twice', 1, filter({ operation: 4 }), filter({ operation: 4 })),
  remove('prefixes', 2, filter({ patternTypeFilter: 4 })),
  remove('all', 3, filter()),
  list('all', 3),
]

/** The order of ACLs is that of a hash table. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(sorted)
    return items.every((item) => typeof item === 'object' && item !== null && 'principal' in item) || isResources(items)
      ? items.map((item) => JSON.stringify(item)).sort()
      : items
  }
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, sorted(inner)]))
}

function isResources(items: readonly unknown[]): boolean {
  return items.every((item) => typeof item === 'object' && item !== null && 'acls' in item)
}

async function answers(broker: TestBroker): Promise<unknown[]> {
  const session = new Session(broker.port)
  const replies: unknown[] = []
  let changed = false
  for (const [, api, version, body] of REQUESTS) {
    if (changed && api === 'DescribeAcls') await published(session)
    changed = api !== 'DescribeAcls'
    replies.push(sorted(await session.call(api, version, body)))
  }
  session.close()
  return replies
}

const properties = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users': 'User:ANONYMOUS',
}

describe.skipIf(noKafka())(`requests about ACLs to Apache Kafka and to ${TARGET}`, () => {
  const brokers: TestBroker[] = []
  let expected: readonly unknown[] = []
  let actual: readonly unknown[] = []

  beforeAll(async () => {
    brokers.push(...(await Promise.all([startBroker({ target: 'kafka', properties }), startBroker({ properties })])))
    const [kafka, ours] = brokers
    if (kafka === undefined || ours === undefined) throw new Error('two brokers')
    ;[expected, actual] = await Promise.all([answers(kafka), answers(ours)])
  })
  afterAll(() => Promise.all(brokers.map((broker) => broker[Symbol.asyncDispose]())))

  test.each(REQUESTS.map(([title], at) => [title, at] as const))('%s', (_title, at) => {
    expect(actual[at]).toEqual(expected[at])
  })
})
