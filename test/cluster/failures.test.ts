import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { batches } from '../../src/record/iterate.ts'
import { noTarget } from '../support/broker.ts'
import { noKafka } from '../support/kafka.ts'
import { noPython } from '../support/python.ts'
import { Tools } from '../support/tools.ts'
import { Compose } from './compose.ts'
import type { Container } from './container.ts'
import { violations } from './history.ts'
import { Load } from './load.ts'
import { noNamespaces } from './network.ts'

const PARTITIONS = 3
/** Clients that don't wait half a minute for a broker that will never answer. */
const IMPATIENT = { 'request.timeout.ms': 3000, 'delivery.timeout.ms': 120_000, 'metadata.max.age.ms': 2000 }
const IMPATIENT_RDKAFKA = {
  'socket.timeout.ms': 3000,
  'request.timeout.ms': 3000,
  'topic.metadata.refresh.interval.ms': 2000,
}
const IMPATIENT_MEMBER = { 'request.timeout.ms': 7000, 'default.api.timeout.ms': 15_000, 'metadata.max.age.ms': 2000 }

const cannot = noNamespaces() || noKafka() || noPython() || noTarget()

/** The batches of one replica, as they are in its files. */
function logOf(compose: Compose, container: Container, topic: string, partition: number): Buffer {
  const dir = compose.partitionDir(container, topic, partition)
  const segments = readdirSync(dir).filter((name) => name.endsWith('.log'))
  return Buffer.concat(segments.sort().map((name) => readFileSync(join(dir, name))))
}

describe.skipIf(cannot)('a cluster in trouble, under load', () => {
  let compose: Compose
  let tools: Tools

  beforeAll(async () => {
    tools = new Tools()
    compose = await Compose.up()
  }, 120_000)

  afterAll(async () => {
    await compose?.down()
    await tools?.[Symbol.asyncDispose]()
  }, 60_000)

  /** Producers of two kinds and a group of two at work while `trouble` happens; then every promise is checked. */
  async function through(topic: string, trouble: (load: Load) => Promise<void>): Promise<void> {
    const { bootstrap, view } = compose
    const server = ['--bootstrap-server', bootstrap]
    await tools.ok('kafka-topics', [...server, '--create', '--topic', topic, '--partitions', String(PARTITIONS)])
    await view.whole(topic)
    await using load = new Load({ bootstrap, topic, partitions: PARTITIONS })
    await load.produce('java', { perSecond: 400, config: IMPATIENT })
    await load.produceByLibrdkafka('rdkafka', { perSecond: 400, config: IMPATIENT_RDKAFKA })
    await load.consume(`${topic}-group`, 2, IMPATIENT_MEMBER)
    await load.goesOn()
    await load.groupGoesOn()
    try {
      await trouble(load)
    } catch (error) {
      const tails = compose.containers.map(({ name, output }) => `${name}:\n${output.slice(-3_000)}`)
      throw new Error(`${String(error)}\n${tails.join('\n')}`, { cause: error })
    }
    await load.goesOn()
    const history = await load.history()
    expect(load.failed).toEqual([])
    expect(history.acknowledged.length).toBeGreaterThan(100)
    expect(violations(history)).toEqual([])
    await sameEverywhere(topic)
  }

  /** The replicas have the same bytes, up to what the leader still adds. */
  async function sameEverywhere(topic: string): Promise<void> {
    for (const { partition, replicas } of await compose.view.whole(topic)) {
      const logs = replicas.map((id) => logOf(compose, compose.node(id), topic, partition))
      for (const log of logs) {
        expect([...batches(log)].length).toBeGreaterThan(0)
        expect(log.equals(logs[0] ?? log)).toBe(true)
      }
    }
  }

  async function leaderOf(topic: string): Promise<Container> {
    const [first] = await compose.view.partitions(topic)
    return compose.node(first?.leader ?? -1)
  }

  const victims: readonly (readonly [string, (topic: string) => Promise<Container>])[] = [
    ['the leader of a partition', leaderOf],
    ['the active controller', async () => compose.node(await compose.view.controller())],
    [
      'a follower that is not the controller',
      async (topic) => {
        const [first] = await compose.view.partitions(topic)
        const controller = await compose.view.controller()
        const others = [1, 2, 3].filter((id) => id !== first?.leader)
        return compose.node(others.find((id) => id !== controller) ?? others[0] ?? -1)
      },
    ],
  ]

  it.each(victims)(
    'goes on without %s that was killed, and takes it back',
    async (what, choose) => {
      const topic = `killed-${victims.findIndex(([name]) => name === what)}`
      await through(topic, async (load) => {
        const victim = await choose(topic)
        await victim.kill()
        await load.goesOn()
        await load.groupGoesOn()
        await compose.restart(victim.name)
        await compose.view.joined([1, 2, 3])
        await compose.view.whole(topic)
      })
    },
    120_000,
  )

  it('goes on while a leader is frozen, and nothing that it still believes counts', async () => {
    await through('frozen', async (load) => {
      const victim = await leaderOf('frozen')
      victim.freeze()
      try {
        await load.goesOn()
      } finally {
        victim.thaw()
      }
      await compose.view.whole('frozen')
    })
  }, 120_000)

  it('goes on while a node is cut off from the other nodes, but not from clients', async () => {
    await through('parted', async (load) => {
      const victim = await leaderOf('parted')
      const others = compose.containers.filter((each) => each !== victim)
      for (const other of others) compose.network.part(victim.host.name, other.host.name)
      try {
        await load.goesOn()
      } finally {
        for (const other of others) compose.network.join(victim.host.name, other.host.name)
      }
      await compose.view.joined([1, 2, 3])
      await compose.view.whole('parted')
    })
  }, 120_000)

  it('goes on through a rolling restart', async () => {
    await through('rolling', async (load) => {
      for (const container of compose.containers) {
        const code = await container.stop()
        expect([0, 143]).toContain(code)
        await compose.restart(container.name)
        await compose.view.joined([1, 2, 3])
        await compose.view.whole('rolling')
        await load.goesOn()
      }
    })
  }, 150_000)
})
