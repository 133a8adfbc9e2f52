import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ApiKey } from '../../src/protocol/apis.ts'
import { CreateTopicsRequest, CreateTopicsResponse } from '../../src/protocol/messages/create-topics.ts'
import { FindCoordinatorRequest, FindCoordinatorResponse } from '../../src/protocol/messages/find-coordinator.ts'
import { OffsetCommitRequest, OffsetCommitResponse } from '../../src/protocol/messages/offset-commit.ts'
import { ProduceRequest, ProduceResponse } from '../../src/protocol/messages/produce.ts'
import { buildBatch } from '../../src/record/builder.ts'
import { NodeCluster } from '../support/node-cluster.ts'
import { until } from '../support/wait.ts'

const CREATE = { key: ApiKey.CreateTopics, request: CreateTopicsRequest, response: CreateTopicsResponse }
const FIND = { key: ApiKey.FindCoordinator, request: FindCoordinatorRequest, response: FindCoordinatorResponse }
const COMMIT = { key: ApiKey.OffsetCommit, request: OffsetCommitRequest, response: OffsetCommitResponse }
const PRODUCE = { key: ApiKey.Produce, request: ProduceRequest, response: ProduceResponse }

const ROLES = { 1: 'broker,controller', 2: 'broker', 3: 'broker' }
const OVERRIDES = {
  'odradek.http.listeners': 'http://127.0.0.1:0',
  'offsets.topic.replication.factor': '1',
  'offsets.topic.num.partitions': '1',
}
const BROKERS = [1, 2, 3]

function batch(count: number): Buffer {
  const record = { timestamp: 1, key: null, value: Buffer.from('v'), headers: [] }
  return buildBatch({ baseOffset: 0, records: Array.from({ length: count }, () => record) } as never)
}

describe('metrics of a cluster', () => {
  let cluster: NodeCluster
  let coordinator = 0

  const scrape = async (id: number): Promise<string[]> => {
    const { port } = cluster.node(id).running?.http[0] ?? { port: 0 }
    return (await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).split('\n')
  }
  const everywhere = async (start: string) =>
    (await Promise.all(BROKERS.map(scrape))).flat().filter((line) => line.startsWith(start))

  beforeAll(async () => {
    cluster = await NodeCluster.make({ roles: ROLES, overrides: OVERRIDES })
    await cluster.start()
    const assignments = BROKERS.map((id, at) => ({ partitionIndex: at, brokerIds: [id] }))
    const wide = [{ partitionIndex: 0, brokerIds: [2, 3] }]
    const topic = (name: string, own: typeof assignments) => {
      return { name, numPartitions: -1, replicationFactor: -1, assignments: own, configs: [] }
    }
    const topics = [topic('t', assignments), topic('wide', wide)]
    const client = await cluster.client(1)
    const created = await client.call(CREATE, 7, { topics, timeoutMs: 30_000, validateOnly: false })
    expect(created.topics.map(({ errorCode }) => errorCode)).toEqual([0, 0])
    for (const [index, id] of BROKERS.entries()) await produce(id, 't', index, 2 + index)
    await produce(2, 'wide', 0, 5)
    await commit()
  })

  afterAll(() => cluster?.close())

  async function produce(id: number, name: string, index: number, count: number): Promise<void> {
    const client = await cluster.client(id)
    const topicData = [{ name, partitionData: [{ index, records: batch(count) }] }]
    await until(`broker ${id} to take records`, async () => {
      const { responses } = await client.call(PRODUCE, 9, {
        transactionalId: null,
        acks: -1,
        timeoutMs: 5_000,
        topicData,
      })
      return responses[0]?.partitionResponses[0]?.errorCode === 0
    })
  }

  async function commit(): Promise<void> {
    const partitions = BROKERS.map((_, partitionIndex) => ({
      partitionIndex,
      committedOffset: 1,
      committedMetadata: '',
    }))
    await until('the offsets to be committed', async () => {
      const found = await (await cluster.client(1)).call(FIND, 4, { keyType: 0, coordinatorKeys: ['g'] })
      coordinator = found.coordinators[0]?.nodeId ?? 0
      const client = await cluster.client(coordinator)
      const body = { groupId: 'g', generationIdOrMemberEpoch: -1, memberId: '', topics: [{ name: 't', partitions }] }
      const { topics } = await client.call(COMMIT, 8, body)
      return topics[0]?.partitions.every(({ errorCode }) => errorCode === 0)
    })
  }

  it('tell the lag of a group once, whoever leads its partitions', async () => {
    const lag = await everywhere('kafka_consumergroup_lag{')
    expect(lag.sort()).toEqual(
      BROKERS.map((_, at) => `kafka_consumergroup_lag{consumergroup="g",topic="t",partition="${at}"} ${at + 1}`),
    )
  })

  it('tell who is the active controller, and what followers copied', async () => {
    const active = await everywhere('kafka_controller_kafkacontroller_activecontrollercount')
    expect(active.map((line) => line.at(-1)).sort()).toEqual(['0', '0', '1'])
    await until('the follower to have everything', async () => {
      const lines = await everywhere('kafka_server_fetcherlagmetrics_consumerlag{')
      return lines.includes(
        'kafka_server_fetcherlagmetrics_consumerlag{clientId="Replica",topic="wide",partition="0"} 0',
      )
    })
    const copied = await everywhere('kafka_server_brokertopicmetrics_replicationbytesin_total')
    expect(copied.filter((line) => !line.endsWith(' 0'))).toHaveLength(1)
    const follower = (await scrape(2)).filter((line) => line.includes('request="FetchFollower"'))
    expect(follower.length).toBeGreaterThan(0)
  })

  it('tell that a replica left, and that its partition has another leader', async () => {
    cluster.kill(2)
    await until('broker 3 to lead alone', async () =>
      (await scrape(3)).includes('kafka_cluster_partition_underreplicated{topic="wide",partition="0"} 1'),
    )
    // The partition of committed offsets may be there too.
    const offline = coordinator === 2 ? 2 : 1
    const one = await until('broker 1 to know as well', async () => {
      const lines = await scrape(1)
      return lines.includes(`kafka_controller_kafkacontroller_offlinepartitionscount ${offline}`) && lines
    })
    const elections = one.find((line) => line.startsWith('odradek_controller_leader_elections_total'))
    expect(Number(elections?.split(' ')[1])).toBeGreaterThanOrEqual(1)
    expect(one).toContain('kafka_controller_kafkacontroller_fencedbrokercount 1')
    expect(one).toContain('kafka_controller_controllerstats_uncleanleaderelections_total 0')
  })
})
