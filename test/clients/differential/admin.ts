import type { Body, Reply, Session } from './session.ts'
import { type Context, everyVersion, type Step } from './step.ts'

const [SET, DELETE, APPEND, SUBTRACT] = [0, 1, 2, 3]
const [BROKER, BROKER_LOGGER, CLIENT_METRICS, GROUP] = [4, 8, 16, 32]

type Change = readonly [name: string, operation: number, value: string | null]

/** Brokers hear of a change after it is answered. Some names are never shown: those are not waited for long. */
async function applied(session: Session, resourceType: number, resourceName: string, given: readonly Change[]) {
  const wanted = new Map(given.filter(([, operation]) => operation === SET).map(([name, , value]) => [name, value]))
  const resources = [{ resourceType, resourceName, configurationKeys: [...wanted.keys()] }]
  for (let tries = 0; tries < 20 && wanted.size > 0; tries += 1) {
    const { results } = await session.call('DescribeConfigs', 4, { resources })
    for (const { name, value } of results[0].configs) if (wanted.get(name) === value) wanted.delete(name)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** One request for each change: each is refused or taken by itself. */
function changes(
  title: string,
  resourceType: number,
  resourceName: string,
  given: readonly (readonly Change[])[],
): Step {
  const run = async ({ session }: Context): Promise<Reply[]> => {
    const replies: Reply[] = []
    for (const each of given) {
      const configs = each.map(([name, configOperation, value]) => ({ name, configOperation, value }))
      const resources = [{ resourceType, resourceName, configs }]
      const reply = await session.call('IncrementalAlterConfigs', 1, { resources, validateOnly: false })
      replies.push({ configs, reply })
      if (reply.responses?.[0]?.errorCode === 0) await applied(session, resourceType, resourceName, each)
    }
    return replies
  }
  return { title: `IncrementalAlterConfigs: ${title}`, run }
}

const set = (name: string, value: string): readonly Change[] => [[name, SET, value]]

/** What any broker may be told, whatever it was told before. */
const REFUSED_OR_TAKEN: readonly (readonly Change[])[] = [
  set('log.retention.ms', 'soon'),
  set('log.retention.ms', '0'),
  set('log.retention.hours', '5'),
  set('advertised.listeners', 'PLAINTEXT://localhost:1'),
  [...set('log.dirs', '/tmp/x'), ...set('node.id', '4'), ...set('log.roll.hours', '4')],
  [['no.such.config', APPEND, 'v']],
  [['no.such.config', DELETE, null]],
  set('num.io.threads', '100'),
  set('num.io.threads', '1'),
  set('num.io.threads', '0'),
  set('num.network.threads', '100'),
  set('num.replica.fetchers', '100'),
  set('log.cleaner.threads', '4'),
  set('log.cleaner.threads', '0'),
  set('log.cleaner.dedupe.buffer.size', '1000'),
  set('log.cleaner.enable', 'false'),
  set('max.connections', '-1'),
  set('max.connections.per.ip', '0'),
  set('max.connections.per.ip.overrides', 'nonsense'),
  set('max.connections.per.ip.overrides', '127.0.0.1:x'),
  set('max.connections.per.ip.overrides', 'no such host:5'),
  set('listener.name.plaintext.max.connections', 'x'),
  set('listener.name.plaintext.ssl.keystore.location', '/nowhere'),
  set('ssl.keystore.location', '/nowhere'),
  set('cordoned.log.dirs', '/nowhere'),
  set('producer.id.expiration.ms', '-1'),
  set('message.max.bytes', '-1'),
  [['message.max.bytes', APPEND, '1']],
  [['log.cleanup.policy', APPEND, 'nonsense']],
  set('log.segment.bytes', '10'),
  [['min.insync.replicas', DELETE, null]],
  set('log.cleanup.policy', ' delete , delete '),
  set('log.retention.ms', ' +604800000 '),
  set('log.preallocate', 'FALSE'),
  set('compression.type', 'zip'),
  set('compression.gzip.level', '77'),
  set('metric.reporters', 'no.such.Class'),
  set('leader.replication.throttled.rate', '-1'),
  set('replica.alter.log.dirs.io.max.bytes.per.second', 'x'),
  set('group.consumer.assignment.interval.ms', '999999999'),
  [['log.retention.ms', 9, '0']],
  set('log.message.timestamp.type', 'X'),
  [
    ['log.retention.ms', SET, '3600000'],
    ['log.cleanup.policy', APPEND, 'compact'],
    ['max.connections', SET, '5000'],
    ['leader.replication.throttled.rate', SET, '1000000'],
    ['listener.name.plaintext.max.connections', SET, '4000'],
  ],
  [['log.cleanup.policy', SUBTRACT, 'delete']],
  // Only what is set is waited for, and what came before it has then arrived as well.
  set('log.retention.ms', '3700000'),
]

const describe = (resourceType: number, resourceName: string) => () => ({
  resources: [{ resourceType, resourceName, configurationKeys: null }],
  includeSynonyms: true,
})

const replaced = (
  resourceType: number,
  resourceName: string,
  configs: readonly (readonly [string, string | null])[],
) => ({
  resources: [{ resourceType, resourceName, configs: configs.map(([name, value]) => ({ name, value })) }],
})

export const brokerConfigs: Step[] = [
  changes('of one broker', BROKER, '1', REFUSED_OR_TAKEN),
  changes('of all brokers', BROKER, '', REFUSED_OR_TAKEN),
  ...['2', 'x', '-1'].map((name) => changes(`of the broker ${name}`, BROKER, name, [set('log.retention.ms', '5000')])),
  ...everyVersion(
    'DescribeConfigs',
    { min: 4, max: 4 },
    { 'the broker as it was changed': describe(BROKER, '1'), 'all brokers as they were changed': describe(BROKER, '') },
  ),
  ...everyVersion(
    'AlterConfigs',
    { min: 2, max: 2 },
    {
      'a broker with what can not change': () => replaced(BROKER, '1', [['log.dirs', 'x']]),
      'a broker with nulls': () => replaced(BROKER, '1', [['log.retention.ms', null]]),
      'another broker': () => replaced(BROKER, '2', [['log.retention.ms', '1']]),
      loggers: () => replaced(BROKER_LOGGER, '1', [['root', 'DEBUG']]),
      'a broker back to its file': () => replaced(BROKER, '1', []),
    },
  ),
  ...everyVersion('DescribeConfigs', { min: 4, max: 4 }, { 'loggers of nobody': describe(BROKER_LOGGER, '2') }),
  changes('of loggers', BROKER_LOGGER, '1', [
    set('no.such.logger', 'INFO'),
    set('root', 'LOUD'),
    [['root', DELETE, null]],
    [['root', APPEND, 'INFO']],
    [['root', SUBTRACT, 'INFO']],
    [['root', 9, 'INFO']],
    [['root', SET, null]],
    set('root', 'ERROR'),
    [],
  ]),
  changes('of loggers of another node', BROKER_LOGGER, '2', [set('root', 'INFO')]),
  changes('of subscriptions', CLIENT_METRICS, 'sub', [
    set('interval.ms', '10'),
    set('interval.ms', 'x'),
    set('match', 'nope=1'),
    set('match', 'client_id=['),
    set('unknown', '1'),
    [['metrics', APPEND, 'x']],
    [...set('interval.ms', '1000'), ...set('match', 'client_id=a.*,client_source_port=9')],
  ]),
  changes('of subscriptions with lists and blanks', CLIENT_METRICS, 'listed-sub', [
    set('metrics', 'a,a, b '),
    set('metrics', 'a,,b'),
    set('match', ' client_id = a , client_id = a '),
    set('interval.ms', ' +1000 '),
    [...set('interval.ms', 'x'), ...set('metrics', ',')],
    [...set('interval.ms', '10'), ...set('match', ',')],
    [...set('match', 'x'), ...set('unknown', '1')],
    [['metrics', APPEND, 'a']],
    [['metrics', SUBTRACT, 'a']],
  ]),
  changes('of subscriptions without a name', CLIENT_METRICS, '', [set('interval.ms', '1000')]),
  {
    title: 'IncrementalAlterConfigs: an unknown operation beside a known one',
    run: async ({ session }) => {
      const resources = [
        {
          resourceType: GROUP,
          resourceName: 'g',
          configs: [{ name: 'consumer.session.timeout.ms', configOperation: 0, value: '46000' }],
        },
        {
          resourceType: CLIENT_METRICS,
          resourceName: 'other-sub',
          configs: [{ name: 'interval.ms', configOperation: 9, value: '1000' }],
        },
      ]
      return [await session.call('IncrementalAlterConfigs', 1, { resources, validateOnly: false })]
    },
  },
  changes('of groups without a name', GROUP, '', [set('consumer.session.timeout.ms', '50000')]),
  changes('of what there is not', 99, 'x', [set('a', 'b')]),
  ...everyVersion(
    'DescribeConfigs',
    { min: 4, max: 4 },
    {
      'a subscription with lists and blanks': describe(CLIENT_METRICS, 'listed-sub'),
      'a subscription': describe(CLIENT_METRICS, 'sub'),
      'an unknown subscription': describe(CLIENT_METRICS, 'none'),
    },
  ),
]

type Part = readonly [type: string, name: string | null]

const entity = (...parts: readonly Part[]) => parts.map(([entityType, entityName]) => ({ entityType, entityName }))
const limit = (key: string, value: number) => ({ key, value, remove: false })
const gone = (key: string) => ({ key, value: 0, remove: true })
const one =
  (parts: readonly Part[], ...ops: object[]) =>
  (): Body => ({ entries: [{ entity: entity(...parts), ops }] })

const U = ['user', 'u'] as const

const part = (entityType: string, matchType: number, match: string | null) => ({ entityType, matchType, match })
const filter =
  (strict: boolean, ...components: object[]) =>
  (): Body => ({ components, strict })

export const clientQuotas: Step[] = [
  ...everyVersion(
    'AlterClientQuotas',
    { min: 0, max: 1 },
    {
      'of a user': one([U], limit('producer_byte_rate', 1e9), limit('request_percentage', 1e6)),
      'that are fractions': one([U], limit('producer_byte_rate', 1000.5)),
      'that are zero': one([U], limit('producer_byte_rate', 0)),
      'that are too large': one([U], limit('producer_byte_rate', 1e300)),
      'that there are not': one([U], limit('nonsense', 1)),
      'of addresses for users': one([U], limit('connection_creation_rate', 5)),
      'of an address': one([['ip', '10.9.8.7']], limit('connection_creation_rate', 5)),
      'of an address, too large': one([['ip', '10.9.8.7']], limit('connection_creation_rate', 5e10)),
      'of users for addresses': one([['ip', '10.9.8.7']], limit('producer_byte_rate', 5)),
      'of no address': one([['ip', 'no.such.host.invalid']], limit('connection_creation_rate', 5)),
      'of an address and a user': one([['ip', '10.9.8.7'], U], limit('connection_creation_rate', 5)),
      'of an unknown kind': one([['what', 'u']], limit('producer_byte_rate', 5)),
      'of an empty name': one([['user', '']], limit('producer_byte_rate', 5)),
      'of nobody': one([], limit('producer_byte_rate', 5)),
      'twice the same': one([['user', 'a']], limit('producer_byte_rate', 5), limit('producer_byte_rate', 6)),
      'of the same user twice': () => ({
        entries: [1, 2].map(() => ({ entity: entity(['user', 'd']), ops: [limit('producer_byte_rate', 5e9)] })),
      }),
      'only validated': () => ({ ...one([['user', 'v']], limit('producer_byte_rate', 5))(), validateOnly: true }),
      'of a client of a user': one([['client-id', 'c'], U], limit('consumer_byte_rate', 5e9)),
      'of any client of any user': one(
        [
          ['client-id', null],
          ['user', null],
        ],
        limit('consumer_byte_rate', 7e9),
      ),
      'that are not there, taken away': one([U], gone('consumer_byte_rate')),
    },
  ),
  ...everyVersion(
    'DescribeClientQuotas',
    { min: 0, max: 1 },
    {
      'of a user and whatever else': filter(false, part('user', 0, 'u')),
      'of a user alone': filter(true, part('user', 0, 'u')),
      'of any user': filter(false, part('user', 1, null)),
      'of nobody, strictly': filter(true),
      'exactly null': filter(false, part('user', 0, null)),
      'any, with a name': filter(false, part('user', 1, 'x')),
      'some, with a name': filter(false, part('user', 2, 'x')),
      'by an unknown match': filter(false, part('user', 9, 'x')),
      'of an empty kind': filter(false, part('', 0, 'x')),
      'of an unknown kind': filter(false, part('what', 0, 'x')),
      'twice the same kind': filter(false, part('user', 0, 'x'), part('user', 0, 'y')),
      'of a user and an address': filter(false, part('user', 0, 'x'), part('ip', 0, 'y')),
    },
  ),
  ...everyVersion(
    'DescribeUserScramCredentials',
    { min: 0, max: 0 },
    {
      'of all': () => ({ users: null }),
      'of somebody, and of somebody twice': () => ({ users: ['u', 'v', 'v'].map((name) => ({ name })) }),
    },
  ),
]

const moved = (path: string, name: string, partition: number): Body => ({
  dirs: [{ path, topics: [{ name, partitions: [partition] }] }],
})

export const logDirs: Step[] = everyVersion(
  'AlterReplicaLogDirs',
  { min: 1, max: 2 },
  {
    'to a directory that there is not': () => moved('/nowhere', 'plain', 0),
    'to a relative path': () => moved('data', 'plain', 0),
  },
)
