import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TARGET } from '../support/broker.ts'
import { noKafka } from '../support/kafka.ts'
import { Tools } from '../support/tools.ts'
import { until } from '../support/wait.ts'
import { violations } from './history.ts'
import { Load } from './load.ts'
import { MixedCluster, type MixedNode } from './mixed-nodes.ts'
import { differences } from './trouble.ts'

const PARTITIONS = 2
/** What a live broker leads while another is down goes on at once, and clients ask soon who leads now. */
const PRODUCER = { 'request.timeout.ms': 3000, 'delivery.timeout.ms': 240_000, 'metadata.max.age.ms': 1000 }

describe.skipIf(noKafka() || TARGET === 'kafka')('nodes of Odradek and of Apache Kafka in one cluster', () => {
  let tools: Tools

  beforeAll(() => {
    tools = new Tools()
  })
  afterAll(async () => {
    await tools?.[Symbol.asyncDispose]()
  })

  async function create(cluster: MixedCluster, topic: string, assignment: string): Promise<void> {
    const args = ['--create', '--topic', topic, '--replica-assignment', assignment]
    await tools.ok('kafka-topics', ['--bootstrap-server', cluster.bootstrap, ...args])
  }

  /** A producer with acks=all at work while `trouble` happens; then everything that it was promised is there, the same everywhere. */
  async function through(cluster: MixedCluster, topic: string, trouble: (load: Load) => Promise<void>): Promise<void> {
    await cluster.view.whole(topic)
    await using load = new Load({ bootstrap: cluster.bootstrap, topic, partitions: PARTITIONS })
    try {
      await load.produce('p', { perSecond: 150, config: PRODUCER })
      await load.goesOn()
      await trouble(load)
      await load.goesOn()
      const history = await load.history()
      expect([...load.failed, ...violations(history)]).toEqual([])
      expect(history.acknowledged.length).toBeGreaterThan(100)
      expect(await differences(cluster, topic)).toEqual([])
    } catch (error) {
      throw cluster.explained(error)
    }
  }

  /** Two brokers, each with one partition to lead and one to follow; each in turn is killed, and the other serves alone. */
  async function eachAlone(cluster: MixedCluster): Promise<void> {
    const [one, other] = cluster.brokers as [MixedNode, MixedNode]
    await create(cluster, 'both', `${one.id}:${other.id},${other.id}:${one.id}`)
    await through(cluster, 'both', async (load) => {
      const leaders = (await cluster.view.partitions('both')).map(({ leader }) => leader)
      expect(leaders).toEqual([one.id, other.id])
      for (const victim of [one, other]) {
        await victim.kill()
        await cluster.view.leadsNothing('both', victim.id)
        await load.goesOn()
        await cluster.restart(victim)
        await cluster.view.whole('both')
      }
    })
  }

  it.each(['kafka', 'odradek'] as const)(
    'a broker of Odradek beside one of Kafka, under a controller of %s',
    async (controller) => {
      const layout = {
        1: { target: controller, roles: 'controller' },
        2: { target: 'kafka', roles: 'broker' },
        3: { target: 'odradek', roles: 'broker' },
      } as const
      await using cluster = await MixedCluster.up(layout, tools)
      await eachAlone(cluster)
    },
  )

  it('a quorum of one Odradek and two Kafkas, led by either kind', async () => {
    const layout = {
      1: { target: 'odradek', roles: 'broker,controller' },
      2: { target: 'kafka', roles: 'broker,controller' },
      3: { target: 'kafka', roles: 'broker,controller' },
    } as const
    await using cluster = await MixedCluster.up(layout, tools)
    const { view } = cluster
    const led = async (by: readonly number[]) => by.includes(await view.controller())
    await create(cluster, 'all', '1:2:3,2:3:1')
    await through(cluster, 'all', async (load) => {
      const ours = cluster.node(1)
      await ours.stop()
      await until('a Kafka to lead', () => led([2, 3]))
      await create(cluster, 'under-kafka', '2:3')
      await load.goesOn()
      await cluster.restart(ours)
      await view.whole('all')

      // A voter that missed something can't be elected, and the only other one there is ours.
      const leader = cluster.node(await view.controller())
      const behind = cluster.node(leader.id === 2 ? 3 : 2)
      await behind.stop()
      await create(cluster, 'missed', `1:${leader.id}`)
      await leader.stop()
      behind.start()
      await until('ours to lead', () => led([1]))
      await create(cluster, 'under-odradek', '1')
      await load.goesOn()
      await behind.ready()
      await cluster.restart(leader)
      await view.joined([1, 2, 3])
      await view.whole('all')
    })
    const logs = cluster.nodes.map(({ id }) =>
      readFileSync(join(cluster.files(id, '__cluster_metadata', 0), '00000000000000000000.log')),
    )
    const length = Math.min(...logs.map((log) => log.length))
    expect(length).toBeGreaterThan(2_000)
    for (const log of logs) expect(log.subarray(0, length).equals(logs[0]?.subarray(0, length) ?? log)).toBe(true)
  })
})
