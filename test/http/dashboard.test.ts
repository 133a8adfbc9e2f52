import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { ErrorCode } from '../../src/base/errors.ts'
import { buildBatch } from '../../src/record/builder.ts'
import { Session } from '../clients/differential/session.ts'
import { NodeCluster } from '../support/node-cluster.ts'
import { PromqlCheck, type Sample, samples } from '../support/promql.ts'
import { until } from '../support/wait.ts'

interface Target {
  readonly expr: string
  readonly legendFormat: string
  readonly refId: string
}

interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly datasource?: { readonly type: string; readonly uid: string }
  readonly options?: Readonly<Record<string, unknown>>
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets?: readonly Target[]
}

interface Variable {
  readonly name: string
  readonly type: string
  readonly definition?: string
  readonly current?: Readonly<Record<string, unknown>>
}

interface Dashboard {
  readonly schemaVersion: number
  readonly templating: { readonly list: readonly Variable[] }
  readonly panels: readonly Panel[]
}

interface Alerts {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert: string
      readonly expr: string
      readonly annotations: Readonly<Record<string, string>>
    }[]
  }[]
}

interface Scraping {
  readonly rule_files: readonly string[]
  readonly scrape_configs: readonly { readonly job_name: string; readonly metrics_path: string }[]
}

const config = (path: string) => readFileSync(new URL(`../../config/${path}`, import.meta.url), 'utf8')
const dashboard = JSON.parse(config('grafana/odradek.json')) as Dashboard
const alerts = parse(config('prometheus/alerts.yml')) as Alerts
const scraping = parse(config('prometheus/prometheus.yml')) as Scraping

const BROKERS = [1, 2, 3]
const TOPIC = 't'
/** Of a share group. */
const MEMBER = 'AAAAAAAAAAAAAAAAAAAAAQ'
const OVERRIDES = {
  'odradek.http.listeners': 'http://127.0.0.1:0',
  'offsets.topic.replication.factor': '1',
  'offsets.topic.num.partitions': '1',
  'share.coordinator.state.topic.replication.factor': '1',
  'share.coordinator.state.topic.num.partitions': '1',
}

/** As Grafana puts its variables in where all of each are chosen. */
function filledIn(expression: string): string {
  const values: Readonly<Record<string, string>> = { quantile: '0.99', __rate_interval: '1m' }
  return expression.replaceAll(/\$(\w+)/g, (_match, name: string) => values[name] ?? '.+')
}

const labelsOf = (legend: string) => [...legend.matchAll(/\{\{\s*(?:\$labels\.)?(\w+)/g)].map(([, label = '']) => label)

describe('what watches a cluster', () => {
  let cluster: NodeCluster
  let exported: Sample[]
  let check: PromqlCheck

  beforeAll(async () => {
    cluster = await NodeCluster.make({
      roles: { 1: 'broker,controller', 2: 'broker', 3: 'broker' },
      overrides: OVERRIDES,
    })
    await cluster.start()
    const session = new Session(cluster.node(1).brokerPort)
    await traffic(session)
    exported = await until('followers to fetch', async () => {
      const texts = await Promise.all(
        BROKERS.map(async (id) => {
          const path = scraping.scrape_configs[0]?.metrics_path
          const answer = await fetch(`http://127.0.0.1:${cluster.node(id).running?.http[0]?.port}${path}`)
          expect(answer.status).toBe(200)
          return answer.text()
        }),
      )
      const all = texts.flatMap(samples)
      return all.some(({ labels }) => labels.request === 'FetchFollower') && all
    })
    session.close()
    check = new PromqlCheck(exported)
  })

  afterAll(() => cluster?.close())

  /** Something of each kind: replicated records, a consumer, a share group, a group that commits, an error. */
  async function traffic(session: Session): Promise<void> {
    const assignments = [{ partitionIndex: 0, brokerIds: BROKERS }]
    const configs = [{ name: 'max.message.bytes', value: '500' }]
    const topics = [{ name: TOPIC, numPartitions: -1, replicationFactor: -1, assignments, configs }]
    const created = await session.call('CreateTopics', 7, { topics, timeoutMs: 30_000, validateOnly: false })
    const produce = async (timestamp: number, bytes: number) => {
      const record = { timestamp, key: null, value: Buffer.alloc(bytes), headers: [] }
      const records = buildBatch({ baseOffset: 0, records: [record, record] } as never)
      const topicData = [{ name: TOPIC, partitionData: [{ index: 0, records }] }]
      const body = { transactionalId: null, acks: -1, timeoutMs: 5_000, topicData }
      return (await session.call('Produce', 9, body)).responses[0].partitionResponses[0].errorCode
    }
    await until('records to be taken', async () => (await produce(Date.now(), 1)) === 0)
    expect(await produce(Date.now() + 1_000_000_000, 1)).toBe(ErrorCode.INVALID_TIMESTAMP)
    expect(await produce(Date.now(), 1_000)).toBe(ErrorCode.MESSAGE_TOO_LARGE)
    const fetch = async (topic: string, fetchOffset: number) => {
      const partitions = [{ partition: 0, fetchOffset, partitionMaxBytes: 1_000_000 }]
      const body = { replicaId: -1, maxWaitMs: 0, minBytes: 1, maxBytes: 1_000_000, topics: [{ topic, partitions }] }
      return (await session.call('Fetch', 11, body)).responses[0].partitions[0].errorCode
    }
    expect(await fetch(TOPIC, 0)).toBe(0)
    expect(await fetch(TOPIC, 1_000)).toBe(ErrorCode.OFFSET_OUT_OF_RANGE)
    await until('the offset to be committed', async () => {
      const { coordinators } = await session.call('FindCoordinator', 4, { keyType: 0, coordinatorKeys: ['g'] })
      const { nodeId } = coordinators[0]
      if (!BROKERS.includes(nodeId)) return false
      const coordinator = new Session(cluster.node(nodeId).brokerPort)
      const partitions = [{ partitionIndex: 0, committedOffset: 1, committedMetadata: '' }]
      const answer = await coordinator.call('OffsetCommit', 8, {
        groupId: 'g',
        generationIdOrMemberEpoch: -1,
        memberId: '',
        topics: [{ name: TOPIC, partitions }],
      })
      const beat = { groupId: 's', memberId: MEMBER, memberEpoch: 0, rackId: null, subscribedTopicNames: [TOPIC] }
      await coordinator.call('ShareGroupHeartbeat', 1, beat)
      coordinator.close()
      return answer.topics[0].partitions[0].errorCode === 0
    })
    const partitions = [{ partitionIndex: 0, acknowledgementBatches: [] }]
    const topicId = created.topics[0].topicId
    await until('a member of a share group to fetch', async () => {
      const { responses } = await session.call('ShareFetch', 1, {
        groupId: 's',
        memberId: MEMBER,
        shareSessionEpoch: 0,
        maxWaitMs: 500,
        minBytes: 1,
        maxBytes: 1_000_000,
        maxRecords: 1,
        batchSize: 1,
        topics: [{ topicId, partitions }],
        forgottenTopicsData: [],
      })
      return responses[0]?.partitions[0].errorCode === 0
    })
  }

  it('notices names and labels that are not exported', () => {
    const name = 'kafka_server_brokertopicmetrics_bytesin_total'
    expect(check.problems(`sum by (topic) (rate(${name}{topic!=""}[1m]))`, ['topic'])).toEqual([])
    expect(check.problems('sum(kafka_no_such)')).toHaveLength(1)
    expect(check.problems(`${name}{partition="0"}`)).toHaveLength(2)
    expect(check.problems(`sum by (partition) (${name})`)).toHaveLength(1)
    expect(check.problems(`sum(${name})`, ['topic'])).toHaveLength(1)
    expect(check.problems(`${name}{topic="no such"}`)).toHaveLength(1)
    expect(check.problems(`sum(${name}`).length).toBeGreaterThan(0)
    expect(check.problems(`${name} - kafka_server_replicamanager_leadercount`)).toHaveLength(1)
  })

  it("has metrics for everything that Grafana's dashboard shows", () => {
    const targets = dashboard.panels.flatMap(({ title, targets: all }) => (all ?? []).map((each) => ({ title, each })))
    expect(targets.length).toBeGreaterThan(60)
    const problems = targets.flatMap(({ title, each }) =>
      check.problems(filledIn(each.expr), labelsOf(each.legendFormat)).map((problem) => `${title}: ${problem}`),
    )
    expect(problems).toEqual([])
  })

  it("has values for the dashboard's variables", () => {
    const variables = dashboard.templating.list
    expect(variables.map(({ name }) => name)).toEqual(['datasource', 'broker', 'topic', 'group', 'request', 'quantile'])
    for (const { definition } of variables.filter(({ type }) => type === 'query')) {
      const { expr = '', label = '' } =
        /^label_values\((?<expr>.+), (?<label>\w+)\)$/.exec(definition ?? '')?.groups ?? {}
      expect(check.problems(filledIn(expr), [label])).toEqual([])
    }
    const known = new Set([...variables.map(({ name }) => name), '__rate_interval'])
    const used = [...JSON.stringify(dashboard).matchAll(/\$\{?(\w+)/g)].map(([, name = '']) => name)
    expect(new Set(used.filter((name) => !known.has(name)))).toEqual(new Set(['__all']))
  })

  it('has metrics for every alert', () => {
    const rules = alerts.groups.flatMap(({ rules: some }) => some)
    const problems = rules.flatMap(({ alert, expr, annotations }) =>
      check.problems(expr, Object.values(annotations).flatMap(labelsOf)).map((problem) => `${alert}: ${problem}`),
    )
    expect(problems).toEqual([])
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length)
    expect(scraping.rule_files).toEqual(['alerts.yml'])
    expect(alerts.groups[0]?.rules[0]?.expr).toContain(`job="${scraping.scrape_configs[0]?.job_name}"`)
  })
})

describe("Grafana's dashboard", () => {
  // What @grafana/schema requires of these two, besides what the rest has anyhow.
  it('says what Grafana requires to be said', () => {
    const chosen = dashboard.templating.list.filter(({ type }) => type === 'datasource')
    expect(chosen.map(({ current }) => current)).toEqual([{ text: 'default', value: 'default' }])
    for (const { type, options } of dashboard.panels) {
      if (type !== 'stat') continue
      expect(options).toMatchObject({ percentChangeColorMode: 'standard', showPercentChange: false, wideLayout: true })
    }
  })

  it('is whole: a data source that is chosen, ids of their own, nothing above anything else', () => {
    const { panels, schemaVersion } = dashboard
    expect(schemaVersion).toBeGreaterThanOrEqual(39)
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
    const taken = new Set<string>()
    for (const { type, title, datasource, gridPos, targets } of panels) {
      const { x, y, w, h } = gridPos
      expect([title, x + w <= 24]).toEqual([title, true])
      for (let at = 0; at < w * h; at++) {
        const cell = `${x + (at % w)} ${y + Math.floor(at / w)}`
        expect([title, taken.has(cell)]).toEqual([title, false])
        taken.add(cell)
      }
      if (type === 'row') continue
      expect(datasource).toEqual({ type: 'prometheus', uid: '$' + '{datasource}' })
      expect(new Set(targets?.map(({ refId }) => refId)).size).toBe(targets?.length)
    }
    const rows = panels.filter(({ type }) => type === 'row').map(({ title }) => title)
    expect(rows).toEqual([
      'Cluster health',
      'Throughput',
      'Requests',
      'Consumer groups',
      'Coordinators',
      'Replication',
      'Storage',
      'Controller and quorum',
      'Node.js',
    ])
  })
})
