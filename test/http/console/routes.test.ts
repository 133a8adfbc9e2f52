import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Asking, askConsole, linesOf } from '../../support/ask-console.ts'
import { OneNode } from '../../support/one-node.ts'
import { until } from '../../support/wait.ts'

let one: OneNode
let port: number

const ask = (path: string, asking?: Asking) => askConsole(port, `/api/${path}`, asking)
const post = (path: string, body: unknown) => ask(path, { body })
const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64')
const produce = (topic: string, ...values: (string | null)[]) =>
  post('produce', {
    topic,
    partition: 0,
    records: values.map((text) => ({ key: null, value: text === null ? null : { text } })),
  })

beforeAll(async () => {
  one = await OneNode.start({
    overrides: {
      'odradek.http.listeners': 'http://127.0.0.1:0',
      'offsets.topic.num.partitions': '1',
      'transaction.state.log.num.partitions': '1',
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'super.users': 'User:ANONYMOUS',
    },
  })
  port = one.node.http[0]?.port ?? 0
  await one.createTopic('t', 2)
  await produce('t', 'a', 'b', 'c')
  const offsets = [{ name: 't', partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: '' }] }]
  await until('the offset to be committed', async () => {
    await one.call('FindCoordinator', 4, { keyType: 0, coordinatorKeys: ['g'] })
    const commit = { groupId: 'g', generationIdOrMemberEpoch: -1, memberId: '', topics: offsets }
    const { topics } = await one.call('OffsetCommit', 8, commit)
    return topics[0].partitions[0].errorCode === 0
  })
})

afterAll(() => one?.[Symbol.asyncDispose]())

/** What each answers at least. */
const READS: readonly (readonly [path: string, least: object])[] = [
  ['session', { principal: 'User:ANONYMOUS', loginRequired: false, mechanisms: [], brokerId: 1, authorizer: true }],
  ['overview', { topics: 1, brokers: [{ id: 1, isSelf: true, fenced: false }], health: { offlinePartitions: 0 } }],
  ['throughput', { recordsIn: { everyMs: 10_000 }, bytesIn: { everyMs: 10_000 } }],
  ['brokers', { brokers: [{ id: 1, isController: true }] }],
  ['quorum', { leaderId: 1, voters: [{ id: 1, lag: 0 }], observers: [] }],
  [
    'log-dirs',
    {
      directories: [
        { brokerId: 1, path: '/a' },
        { brokerId: 1, path: '/b' },
      ],
    },
  ],
  ['topics', { total: 1, rows: [{ name: 't', partitions: 2, records: 3, groups: 1, maxLag: 2 }] }],
  ['topics?search=T&sort=lag&order=descending&limit=1', { total: 1 }],
  ['topics?search=nothing', { total: 0, rows: [] }],
  [
    'topics/t',
    {
      name: 't',
      partitions: [
        { partition: 0, endOffset: 3, isr: [1] },
        { partition: 1, endOffset: 0 },
      ],
    },
  ],
  ['topics/t/consumers', { consumers: [{ group: 'g', lag: 2, partitions: [{ partition: 0, offset: 1 }] }] }],
  ['partition-map', { brokers: [1], topics: [{ name: 't' }], total: 1 }],
  ['topics/t/histogram?buckets=4', { total: 3 }],
  ['topics/t/message?partition=0&offset=1', { offset: 1, value: { base64: base64('b'), size: 1, cut: false } }],
  ['groups', { total: 1, rows: [{ group: 'g', kind: 'classic', members: 0, topics: 1, lag: 2 }] }],
  ['groups?sort=members', { total: 1 }],
  [
    'group?group=g',
    { group: 'g', state: 'Empty', lag: 2, partitions: [{ topic: 't', offset: 1, endOffset: 3, lag: 2 }] },
  ],
  ['group/lag?group=g', { total: { everyMs: 10_000 } }],
  [
    'configs?type=topic&name=t',
    { configs: expect.arrayContaining([expect.objectContaining({ name: 'cleanup.policy' })]) },
  ],
  ['configs?type=broker&name=1', { type: 'broker' }],
  ['configs?type=broker&name=', { type: 'broker' }],
  ['config-resources?type=topic', { resources: expect.arrayContaining([{ type: 'topic', name: 't' }]) }],
  ['acls', { rows: [], total: 0 }],
  ['users', { users: [] }],
  ['quotas', { quotas: [] }],
  ['transactions', { rows: [], total: 0 }],
  ['transactions/hanging', { hanging: [] }],
  ['producers?topic=t', { producers: [] }],
  ['reassignments', { reassignments: [] }],
  ['insight/isr', { changes: [] }],
  ['insight/latencies', { brokerId: 1, apis: expect.arrayContaining([expect.objectContaining({ api: 'Produce' })]) }],
  ['insight/connections?search=odradek-console', { brokerId: 1, total: expect.any(Number) }],
  ['insight/refusals', { brokerId: 1 }],
]

describe('what the console reads', () => {
  it.each(READS)('%s', async (path, least) => {
    const { status, json, headers } = await ask(path)
    expect({ status, json }).toMatchObject({ status: 200, json: least })
    expect(headers['cache-control']).toBe('no-store')
  })

  it('reads records from every place', async () => {
    const offsets = async (query: string) =>
      linesOf(await ask(`topics/t/messages?partitions=0&${query}`)).flatMap((line) =>
        line.type === 'record' ? [line.offset] : [],
      )
    expect(await offsets('from=beginning')).toEqual([0, 1, 2])
    expect(await offsets('from=beginning&limit=2')).toEqual([0, 1])
    expect(await offsets('from=offset&offset=2')).toEqual([2])
    expect(await offsets('from=offsets&offsets=0:1')).toEqual([1, 2])
    expect(await offsets('from=timestamp&timestamp=0')).toEqual([0, 1, 2])
    expect(await offsets('from=last&limit=2')).toEqual([1, 2])
    expect(await offsets('from=end')).toEqual([])
  })

  it('says where it stopped, so that one can go on', async () => {
    const lines = linesOf(await ask('topics/t/messages?partitions=0&from=beginning&limit=2'))
    expect(lines.at(-1)).toMatchObject({ type: 'end', reason: 'limit', records: 2, next: '0:2' })
    const rest = linesOf(await ask('topics/t/messages?partitions=0&from=offsets&offsets=0:2'))
    expect(rest.at(-1)).toMatchObject({ type: 'end', reason: 'caught-up', records: 1, next: '0:3' })
  })

  it('follows a topic until it is told to stop', async () => {
    const stop = new AbortController()
    const url = `http://127.0.0.1:${port}/api/topics/t/messages?from=end&tail=true&partitions=1`
    const { body } = await fetch(url, { signal: stop.signal })
    const record = { key: null, value: { text: 'live' } }
    let seen = ''
    const reader = body?.getReader()
    await post('produce', { topic: 't', partition: 1, records: [record] })
    while (!seen.includes('"record"')) seen += Buffer.from((await reader?.read())?.value ?? []).toString()
    expect(seen).toContain(base64('live'))
    stop.abort()
    await until('the console to let go', async () => (await ask('session')).status === 200)
  })

  it('gives records as they are, whatever is in them', async () => {
    await one.createTopic('hostile')
    const values = [
      Buffer.from('<script>alert(1)</script>'),
      Buffer.from([0, 255, 27, 10]),
      Buffer.alloc(1_000_000, 'x'),
    ]
    const records = values.map((value) => ({
      key: { base64: base64(value.subarray(0, 10)) },
      value: { base64: base64(value) },
      headers: [{ key: '</h>\u0007', value: { base64: base64('"') } }],
    }))
    expect((await post('produce', { topic: 'hostile', records })).status).toBe(200)
    const answer = await ask('topics/hostile/messages?from=beginning&maxBytes=100')
    const found = linesOf(answer).filter(({ type }) => type === 'record')
    expect(found.map(({ value }) => [value.size, value.cut])).toEqual([
      [25, false],
      [4, false],
      [1_000_000, true],
    ])
    expect(found[0]).toMatchObject({ headers: [{ key: '</h>\u0007' }], value: { base64: base64(values[0] ?? '') } })
    expect(answer.headers).toMatchObject({ 'x-content-type-options': 'nosniff' })
    const whole = await ask('topics/hostile/message?partition=0&offset=2&part=value')
    expect(whole.text.length).toBe(1_000_000)
    expect(whole.headers['content-disposition']).toContain('attachment')
    expect(whole.headers['content-type']).toBe('application/octet-stream')
  })
})

describe('what the console changes', () => {
  it('makes, grows, sets, empties and deletes a topic', async () => {
    const made = await post('topics/create', { name: 'new', partitions: 1, configs: { 'retention.ms': '1000' } })
    expect([made.status, made.json]).toMatchObject([200, { name: 'new', partitions: 1, replicationFactor: 1 }])
    expect((await post('topics/create', { name: 'new' })).json.error.code).toBe('TOPIC_ALREADY_EXISTS')
    expect((await post('topics/add-partitions', { topic: 'new', total: 3 })).status).toBe(200)
    await until('the partitions', async () => (await ask('topics/new')).json.partitions?.length === 3)
    const change = { type: 'topic', name: 'new', changes: [{ name: 'retention.ms', operation: 'set', value: '5000' }] }
    expect((await post('configs/alter', change)).status).toBe(200)
    await produce('new', 'a', 'b')
    expect((await post('topics/delete-records', { topic: 'new', before: [{ partition: 0, offset: 1 }] })).json).toEqual(
      {
        partitions: [{ partition: 0, startOffset: 1 }],
      },
    )
    const some = { topic: 'new', before: 'end', partitions: [0] }
    expect((await post('topics/delete-records', some)).json.partitions).toHaveLength(1)
    expect((await post('topics/delete-records', { ...some, partitions: [0, 99] })).status).toBe(404)
    expect((await post('topics/delete-records', { topic: 'new', before: 'end' })).status).toBe(200)
    expect((await post('topics/delete', { topics: ['new'] })).json).toEqual({ outcomes: [{ name: 'new' }] })
    await until('it to be gone', async () => (await ask('topics/new')).status === 404)
  })

  it('shows partitions of a share group that nobody has read yet, and where they would begin', async () => {
    const body = { groupId: 'sharers', memberId: 'member-1', rackId: null }
    const join = { ...body, memberEpoch: 0, subscribedTopicNames: ['t'] }
    await until('the group', async () => (await one.call('ShareGroupHeartbeat', 1, join)).errorCode === 0)
    const ofGroup = async () => (await ask('group?group=sharers')).json.partitions
    await until('its partitions', async () => (await ofGroup()).length > 0)
    await one.call('ShareGroupHeartbeat', 1, { ...body, memberEpoch: -1, subscribedTopicNames: null })
    const [first] = await ofGroup()
    expect([first.topic, first.partition, first.offset]).toEqual(['t', 0, undefined])
    const reset = { group: 'sharers', to: 'earliest' }
    const shown = await post('groups/reset-offsets', { ...reset, preview: true })
    expect(shown.json.partitions[0]).toMatchObject({ topic: 't', partition: 0, next: 0 })
    expect(shown.json.partitions[0]).not.toHaveProperty('current')
    expect((await post('groups/reset-offsets', { ...reset, preview: false })).json.applied).toBe(true)
    expect((await ofGroup())[0].offset).toBe(0)
  })

  it('shows what a reset would do, and does it', async () => {
    const reset = { group: 'g', to: 'latest', preview: true }
    const shown = await post('groups/reset-offsets', reset)
    expect(shown.json).toMatchObject({ applied: false, partitions: [{ topic: 't', current: 1, next: 3, change: -2 }] })
    expect((await ask('group?group=g')).json.lag).toBe(2)
    expect((await post('groups/reset-offsets', { ...reset, preview: false })).json.applied).toBe(true)
    expect((await ask('group?group=g')).json.lag).toBe(0)
    for (const to of ['earliest', { offset: 2 }, { shift: -1 }, { timestamp: 0 }]) {
      expect((await post('groups/reset-offsets', { group: 'g', to, preview: false })).status).toBe(200)
    }
    expect((await ask('group?group=g')).json.lag).toBe(3)
    expect((await post('groups/delete-offsets', { group: 'g', topic: 't' })).status).toBe(200)
    expect((await post('groups/delete', { groups: ['no-such'] })).status).toBe(404)
  })

  it('sets users, quotas and ACLs', async () => {
    const user = { name: 'alice', mechanism: 'SCRAM-SHA-256', password: 'secret' }
    expect((await post('users/set', user)).status).toBe(200)
    await until('the user', async () => (await ask('users')).json.users.length === 1)
    expect((await post('users/delete', { name: 'alice', mechanism: 'SCRAM-SHA-256' })).status).toBe(200)
    const entity = [{ type: 'user', name: null }]
    expect((await post('quotas/alter', { entity, changes: [{ key: 'producer_byte_rate', value: 1000 }] })).status).toBe(
      200,
    )
    await until('the quota', async () => (await ask('quotas')).json.quotas[0]?.values.producer_byte_rate === 1000)
    const acl = { resourceType: 'TOPIC', resourceName: 't', patternType: 'LITERAL', principal: 'User:a', host: '*' }
    const acls = [{ ...acl, operation: 'READ', permission: 'ALLOW' }]
    expect((await post('acls/create', { acls })).status).toBe(200)
    await until('the ACL', async () => (await ask('acls?principal=User:a')).json.total === 1)
    expect((await post('acls/delete', { acls })).json).toEqual({ deleted: acls })
  })

  it('moves partitions and elects leaders', async () => {
    const partitions = [{ topic: 't', partition: 0, replicas: [1] }]
    expect((await post('reassignments/alter', { partitions })).status).toBe(200)
    expect((await post('leaders/elect', { kind: 'preferred' })).status).toBe(200)
    const none = await post('transactions/abort', { topic: 't', partition: 0, startOffset: 0 })
    expect([none.status, none.json.error.code]).toEqual([400, 'INVALID_REQUEST'])
    expect((await post('transactions/terminate', { transactionalId: 'no-such' })).status).toBe(404)
  })
})

describe('what is refused', () => {
  const json = { 'content-type': 'application/json' }
  const create = { name: 'never' }
  const cases: readonly (readonly [what: string, path: string, asking: Asking, status: number, code: string])[] = [
    ['no JSON', '/api/topics/create', { body: '{"name":', headers: json }, 400, 'BAD_REQUEST'],
    [
      'another content type',
      '/api/topics/create',
      { body: JSON.stringify(create), headers: { 'content-type': 'text/plain' } },
      415,
      'NOT_JSON',
    ],
    [
      'a form',
      '/api/topics/create',
      { body: 'name=never', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      415,
      'NOT_JSON',
    ],
    ['no body', '/api/topics/create', { method: 'POST', headers: json }, 400, 'BAD_REQUEST'],
    [
      'too much',
      '/api/topics/create',
      { body: { name: 'never', configs: { a: 'x'.repeat(1_100_000) } } },
      413,
      'TOO_LARGE',
    ],
    ['a wrong type', '/api/topics/create', { body: { name: 7 } }, 400, 'BAD_REQUEST'],
    ['an unknown field', '/api/topics/create', { body: { ...create, x: 1 } }, 400, 'BAD_REQUEST'],
    ['a poisoned object', '/api/topics/create', { body: '{"name":"never","__proto__":{"a":1}}' }, 400, 'BAD_REQUEST'],
    [
      'another site',
      '/api/topics/create',
      { body: create, headers: { origin: 'http://evil.example' } },
      403,
      'CROSS_SITE',
    ],
    ['an opaque origin', '/api/topics/create', { body: create, headers: { origin: 'null' } }, 403, 'CROSS_SITE'],
    [
      'another port of the same host',
      '/api/topics/create',
      { body: create, headers: { 'sec-fetch-site': 'same-site' } },
      403,
      'CROSS_SITE',
    ],
    ['a link from elsewhere', '/api/topics', { headers: { 'sec-fetch-site': 'cross-site' } }, 403, 'CROSS_SITE'],
    ['a name of somebody else', '/api/topics', { headers: { host: 'evil.example' } }, 421, 'UNKNOWN_HOST'],
    ['a name of somebody else for pages', '/', { headers: { host: 'evil.example:80' } }, 421, 'UNKNOWN_HOST'],
    ['a wrong number', '/api/topics?limit=x', {}, 400, 'BAD_REQUEST'],
    ['too large a number', '/api/topics?limit=1001', {}, 400, 'BAD_REQUEST'],
    ['an unknown parameter', '/api/topics?nonsense=1', {}, 400, 'BAD_REQUEST'],
    ['a missing parameter', '/api/topics/t/messages?from=offset', {}, 400, 'BAD_REQUEST'],
    ['a missing topic', '/api/topics/no-such/messages?from=beginning', {}, 404, 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['a missing record', '/api/topics/t/message?partition=0&offset=99', {}, 404, 'RESOURCE_NOT_FOUND'],
    [
      'a missing partition',
      '/api/produce',
      { body: { topic: 't', partition: 9, records: [{ key: null, value: null }] } },
      404,
      'UNKNOWN_TOPIC_OR_PARTITION',
    ],
    [
      'no base64',
      '/api/produce',
      { body: { topic: 't', records: [{ key: null, value: { base64: '***' } }] } },
      400,
      'BAD_REQUEST',
    ],
    ['an unknown route', '/api/nothing', {}, 404, 'NOT_FOUND'],
    ['a wrong method', '/api/topics/create', { method: 'DELETE' }, 404, 'NOT_FOUND'],
    ['a way out of the files', '/assets/../../../package.json', {}, 404, 'NOT_FOUND'],
    [
      'a login where nobody asks for it',
      '/api/login',
      { body: { mechanism: 'PLAIN', username: 'a', password: 'b' } },
      400,
      'BAD_REQUEST',
    ],
  ]
  it.each(cases)('%s', async (_, path, asking, status, code) => {
    const answer = await askConsole(port, path, asking)
    if (answer.json?.error?.code === 'NOT_HERE') return
    expect([answer.status, answer.json?.error?.code]).toEqual([status, code])
    expect(answer.json.error.message).not.toBe('')
    expect(answer.headers['content-type']).toContain('application/json')
    expect((await ask('topics/never')).status).toBe(404)
  })

  it('lets pages be shown by nobody else, and load nothing from elsewhere', async () => {
    const { headers } = await askConsole(port, '/')
    expect(headers['content-security-policy']).toContain("default-src 'self'")
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
    expect(headers['x-frame-options']).toBe('DENY')
  })

  it('is no obstacle to whoever scrapes metrics by another name', async () => {
    expect((await askConsole(port, '/healthz', { headers: { host: 'broker.svc' } })).status).toBe(200)
  })
})
