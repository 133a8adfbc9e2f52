import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BrokerConfig } from '../../src/config/broker-config.ts'
import { BUILT_IN_PROPERTIES } from '../../src/config/built-in.ts'
import { buildBatch } from '../../src/record/builder.ts'
import { OneNode } from '../support/one-node.ts'
import { until } from '../support/wait.ts'

interface Known {
  readonly name: string
  readonly type: string
  readonly labels: readonly (readonly string[])[]
}

/** What the JMX exporter makes of Kafka's metrics with its own example of rules. */
const KAFKA = new Map(
  (JSON.parse(readFileSync(new URL('../golden/jmx-metrics.json', import.meta.url), 'utf8')) as readonly Known[]).map(
    (known) => [known.name, known],
  ),
)

interface MBean {
  readonly domain: string
  readonly type: string
  readonly name?: string
  readonly keys?: readonly string[]
  readonly attributes: readonly string[]
}

/** What the exporter makes of the MBeans of coordinators for which its example has no rule: whatever a name does not say is a label. */
const MBEANS = new Map(
  readFileSync(new URL('../golden/coordinator-mbeans.jsonl', import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as MBean)
    .flatMap(({ domain, type, name, keys = [], attributes }) =>
      attributes.map((attribute) => {
        const words = [domain, type, name ?? attribute].join('_').toLowerCase()
        return [`${words.replaceAll(/[.-]/g, '_')}`, [...keys].sort().join()] as const
      }),
    )
    .map(([name, keys]) => [`${name}{${keys}}`, name]),
)
const COORDINATORS =
  /^kafka_(?:coordinator_|controller_|server_(?:\w+_coordinator_|raft_|share|broker_metadata_|metadataloader_))/

/** Names that those rules do not give, and where else they are usual. */
const ELSEWHERE: readonly (readonly [RegExp, string])[] = [
  [/^kafka_consumergroup_/, 'exporters that ask brokers for lag name it so'],
  [/^kafka_server_quota_/, "the exporter's rules for quotas, which the recorded broker had none of"],
  [/^kafka_server_plugins_/, 'an authorizer is a plug-in of Kafka, and was none of the recorded broker'],
  [
    /^kafka_server_socket_server_metrics_/,
    "the rules of Confluent's and Strimzi's dashboards: labels for listener and processor",
  ],
  [/^kafka_server_client_metrics_/, 'sums of what Kafka tells of each client'],
  [/^kafka_server_fetcherlagmetrics_consumerlag$/, 'Kafka has it as soon as there are followers'],
]

function samples(text: string): { name: string; labels: Record<string, string>; value: number }[] {
  return text.split('\n').flatMap((line) => {
    const found = /^(?<name>[a-z_A-Z0-9:]+)(?:\{(?<labels>.*)\})? (?<value>\S+)$/.exec(line)?.groups
    if (found === undefined) return []
    const labels = [...(found.labels ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, value]) => [
      key,
      value,
    ])
    return [{ name: found.name ?? '', labels: Object.fromEntries(labels), value: Number(found.value) }]
  })
}

describe('HTTP', () => {
  let one: OneNode
  let base: string

  const metrics = async () => (await fetch(`${base}/metrics`)).text()
  const value = async (name: string, labels: Record<string, string> = {}) =>
    samples(await metrics()).find(
      (sample) => sample.name === name && Object.entries(labels).every(([key, text]) => sample.labels[key] === text),
    )?.value

  beforeAll(async () => {
    one = await OneNode.start({ overrides: { 'odradek.http.listeners': 'http://127.0.0.1:0' } })
    base = `http://127.0.0.1:${one.node.http[0]?.port}`
    await one.createTopic('t', 2)
    const record = { timestamp: 1, key: null, value: Buffer.from('v'), headers: [] }
    const records = buildBatch({ baseOffset: 0, records: [record, record, record] } as never)
    const partitionData = [{ index: 0, records }]
    const topicData = [{ name: 't', partitionData }]
    await one.call('Produce', 9, { transactionalId: null, acks: -1, timeoutMs: 1000, topicData })
    const offsets = [{ name: 't', partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: '' }] }]
    await until('the offset to be committed', async () => {
      await one.call('FindCoordinator', 4, { keyType: 0, coordinatorKeys: ['g'] })
      const commit = { groupId: 'g', generationIdOrMemberEpoch: -1, memberId: '', topics: offsets }
      const { topics } = await one.call('OffsetCommit', 8, commit)
      return topics[0].partitions[0].errorCode === 0
    })
  })

  afterAll(async () => {
    await one?.[Symbol.asyncDispose]()
  })

  it('says that the node is alive and ready', async () => {
    const [alive, ready] = await Promise.all(['healthz', 'readyz'].map((path) => fetch(`${base}/${path}`)))
    expect([alive?.status, await alive?.json()]).toEqual([200, { status: 'alive' }])
    expect([ready?.status, await ready?.json()]).toEqual([200, { status: 'ready' }])
  })

  it('counts what came in', async () => {
    expect(await value('kafka_server_brokertopicmetrics_messagesin_total', { topic: 't' })).toBe(3)
    expect(await value('kafka_server_brokertopicmetrics_bytesin_total', { topic: 't' })).toBeGreaterThan(60)
    expect(await value('kafka_network_requestmetrics_requests_total', { request: 'Produce', version: '9' })).toBe(1)
    expect(await value('kafka_network_requestmetrics_errors_total', { request: 'Produce', error: 'NONE' })).toBe(1)
    expect(await value('kafka_network_requestmetrics_totaltimems_count', { request: 'Produce' })).toBe(1)
    const half = { request: 'Produce', quantile: '0.50' }
    expect(await value('kafka_network_requestmetrics_totaltimems', half)).toBeGreaterThan(0)
    expect(await value('kafka_log_log_logendoffset', { topic: 't', partition: '0' })).toBe(3)
    expect(await value('kafka_controller_kafkacontroller_activecontrollercount')).toBe(1)
    expect(await value('kafka_server_replicamanager_underreplicatedpartitions')).toBe(0)
  })

  it('tells how far groups are behind', async () => {
    const of = { consumergroup: 'g', topic: 't', partition: '0' }
    expect(await value('kafka_consumergroup_current_offset', of)).toBe(1)
    expect(await value('kafka_consumergroup_lag', of)).toBe(2)
    expect(await value('kafka_consumergroup_members', { consumergroup: 'g' })).toBe(0)
  })

  it("names everything as Kafka's dashboards know it", async () => {
    const text = await metrics()
    const types = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => [name, type]))
    const unknown = samples(text)
      .filter(({ name }) => name.startsWith('kafka_'))
      .filter(({ name, labels }) => {
        const known = KAFKA.get(name)
        const given = Object.keys(labels).sort().join()
        if (known === undefined && COORDINATORS.test(name)) return !MBEANS.has(`${name}{${given}}`)
        if (known === undefined) return !ELSEWHERE.some(([pattern]) => pattern.test(name))
        return types.get(name) !== known.type || !known.labels.some((keys) => [...keys].sort().join() === given)
      })
    expect(new Set(unknown.map(({ name, labels }) => `${name}{${Object.keys(labels)}}`))).toEqual(new Set())
    expect(text).toContain('nodejs_eventloop_lag_seconds')
    expect(text).toContain('process_cpu_seconds_total')
  })

  it('answers what is not there, and what is too much, with an error in JSON', async () => {
    const missing = await fetch(`${base}/api/no-such`)
    expect([missing.status, missing.headers.get('content-type')]).toEqual([404, 'application/json; charset=utf-8'])
    expect((await fetch(`${base}/metrics`, { method: 'POST', body: 'x' })).status).toBe(404)
    expect((await fetch(`${base}/metrics?${'x'.repeat(50_000)}`)).status).toBeGreaterThanOrEqual(400)
  })

  it('makes one answer for all who ask at a time', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, metrics))
    expect(new Set(all.map((text) => text.length > 1000))).toEqual(new Set([true]))
  })
})

describe('odradek.http.listeners', () => {
  const listeners = (text: string) =>
    new BrokerConfig({ file: BUILT_IN_PROPERTIES, overrides: new Map([['odradek.http.listeners', text]]) })
      .httpListeners

  it('is nowhere by default', () => {
    expect(new BrokerConfig({ file: BUILT_IN_PROPERTIES }).httpListeners).toEqual([])
    expect(listeners(' ')).toEqual([])
  })

  it('takes hosts and ports', () => {
    expect(listeners('http://localhost:8080, https://[::1]:81/ ,http://:82')).toEqual([
      { host: 'localhost', port: 8080, isTls: false, isOptional: false },
      { host: '::1', port: 81, isTls: true, isOptional: false },
      { host: '', port: 82, isTls: false, isOptional: false },
    ])
  })

  it('says what is wrong with it', () => {
    for (const text of ['8080', 'ftp://localhost:8080', 'http://localhost', 'http://localhost:99999', 'http://a b:1']) {
      expect(() => listeners(text)).toThrow('Write odradek.http.listeners as http://host:port')
    }
  })

  it('is known where it is misspelt', () => {
    const { warnings } = new BrokerConfig({
      file: BUILT_IN_PROPERTIES,
      overrides: new Map([['odradek.http.listener', 'x']]),
    })
    expect(warnings.join()).toContain('Did you mean odradek.http.listeners?')
  })
})
