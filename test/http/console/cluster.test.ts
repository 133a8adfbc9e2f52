import { afterAll, beforeAll, expect, it } from 'vitest'
import { askConsole, linesOf } from '../../support/ask-console.ts'
import { NodeCluster } from '../../support/node-cluster.ts'
import { until } from '../../support/wait.ts'

const ROLES = { 1: 'broker,controller', 2: 'broker', 3: 'broker' }
const BROKERS = [1, 2, 3]

let cluster: NodeCluster

beforeAll(async () => {
  cluster = await NodeCluster.make({ roles: ROLES, overrides: { 'odradek.http.listeners': 'http://127.0.0.1:0' } })
  await cluster.start()
})
afterAll(() => cluster?.close())

const ask = (id: number, path: string, body?: unknown) =>
  askConsole(cluster.node(id).running?.http[0]?.port ?? 0, `/api/${path}`, body === undefined ? {} : { body })

it('shows through any broker what another one leads', async () => {
  expect((await ask(1, 'topics/create', { name: 't', partitions: 3, replicationFactor: 1 })).status).toBe(200)
  for (const id of BROKERS) {
    await until('the topic', async () => (await ask(id, 'topics/t')).json.partitions?.length === 3)
  }
  for (const partition of [0, 1, 2]) {
    const records = [{ key: null, value: { text: `p${partition}` } }]
    expect((await ask(2, 'produce', { topic: 't', partition, records })).status).toBe(200)
  }
  for (const id of BROKERS) {
    const topic = (await ask(id, 'topics/t')).json
    expect(topic.partitions.map(({ endOffset }: { endOffset: number }) => endOffset)).toEqual([1, 1, 1])
    const lines = linesOf(await ask(id, 'topics/t/messages?from=beginning'))
    const values = lines.flatMap((line) =>
      line.type === 'record' ? [Buffer.from(line.value.base64, 'base64').toString()] : [],
    )
    expect(values.sort()).toEqual(['p0', 'p1', 'p2'])
    const { brokers } = (await ask(id, 'brokers')).json
    expect(brokers.map((broker: { id: number; isSelf: boolean }) => [broker.id, broker.isSelf])).toEqual(
      BROKERS.map((each) => [each, each === id]),
    )
  }
  const directories = (await ask(3, 'log-dirs')).json.directories
  expect(new Set(directories.map(({ brokerId }: { brokerId: number }) => brokerId))).toEqual(new Set(BROKERS))
})
