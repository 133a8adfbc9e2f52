import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasProgram, missing } from '../support/available.ts'
import { noTarget } from '../support/broker.ts'
import { jars, LIGHT_JVM, noKafka } from '../support/kafka.ts'
import { run } from '../support/process.ts'
import { noPython } from '../support/python.ts'
import { Running } from '../support/running.ts'
import { type ToolName, Tools } from '../support/tools.ts'
import { until } from '../support/wait.ts'
import { cleanUp } from './clean-up.ts'
import { Compose } from './compose.ts'
import { noNamespaces, within } from './network.ts'
import { through } from './trouble.ts'

const cannot = noNamespaces() || noKafka() || noPython() || noTarget()
const noKcat = missing('kcat', hasProgram('kcat'))

describe.skipIf(cannot)('a cluster from the compose file', () => {
  const dir = mkdtempSync(join(tmpdir(), 'odradek-elastic-'))
  let compose: Compose
  let tools: Tools

  beforeAll(async () => {
    tools = new Tools()
    compose = await Compose.up({ environment: { KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0' } })
  })

  afterAll(() => cleanUp(compose, tools, dir))

  const tool = (name: ToolName, args: string) =>
    tools.ok(name, ['--bootstrap-server', compose.bootstrap, ...args.split(' ')])

  it('gives every topic three replicas and wants two of them in sync', async () => {
    await tool('kafka-topics', '--create --topic hello --partitions 3')
    const partitions = await compose.view.whole('hello')
    expect(partitions.map(({ replicas }) => [...replicas].sort())).toEqual([1, 2, 3].map(() => [1, 2, 3]))
    expect(new Set(partitions.map(({ leader }) => leader)).size).toBe(3)
    const described = await tool('kafka-configs', '--describe --all --entity-type topics --entity-name hello')
    expect(described).toMatch(/min\.insync\.replicas=2 /)
  })

  it.skipIf(noKcat)(
    'is reached by the names of its hosts from inside, and by published ports from outside',
    async () => {
      const client = compose.network.add('client')
      const [ip = '', ...args] = [...within(client), 'kcat', '-b', 'kafka-2:19092', '-t', 'hello', '-P', '-p', '0']
      const sent = await run(ip, args, { input: 'from inside\n' })
      expect(sent.err).toBe('')
      const read = await run('kcat', ['-b', compose.bootstrap, '-t', 'hello', '-C', '-e', '-q', '-o', 'beginning'])
      expect(read.out).toBe('from inside\n')
    },
  )

  it('is described by the tools', async () => {
    const status = await tool('kafka-metadata-quorum', 'describe --status')
    expect(status).toMatch(/ClusterId: +4L6g3nShT-eMCtK--X86sw/)
    expect(status).toMatch(new RegExp(`LeaderId: +${await compose.view.controller()}\n`))
    expect(status.match(/"id": [123]\b/g)).toHaveLength(3)
    const replication = await tool('kafka-metadata-quorum', 'describe --replication')
    expect(replication.match(/\b(?:Leader|Follower)\b/g)?.sort()).toEqual(['Follower', 'Follower', 'Leader'])
    const id = await tools.ok('kafka-cluster', ['cluster-id', '--bootstrap-server', compose.bootstrap])
    expect(id).toContain('Cluster ID: 4L6g3nShT-eMCtK--X86sw')
    const endpoints = await tools.ok('kafka-cluster', ['list-endpoints', '--bootstrap-server', compose.bootstrap])
    expect(endpoints.match(/^[123] +localhost /gm)).toHaveLength(3)
    const apis = await tools.ok('kafka-broker-api-versions', ['--bootstrap-server', compose.bootstrap])
    expect(apis.match(/^localhost:\d+ \(id: [123] rack: null isFenced: false\) -> \(/gm)).toHaveLength(3)
  })

  it('has replicas that are the same to kafka-replica-verification', async () => {
    const args = ['--broker-list', compose.bootstrap, '--topics-include', 'hello', '--report-interval-ms', '1000']
    // It goes on for ever, so it has a process of its own.
    const main = 'org.apache.kafka.tools.ReplicaVerificationTool'
    await using tool = new Running('java', [...LIGHT_JVM, '-cp', jars('kafka'), main, ...args])
    await until('its first report', () => tool.output.includes('max lag is'))
    expect(tool.output).toMatch(/max lag is 0 for partition hello-\d at offset \d+ among 3 partitions/)
    expect(tool.output).not.toMatch(/has unequal|doesn't match/)
  })

  it('lets preferred leaders be elected again after a restart', async () => {
    await compose.container('kafka-1').stop()
    await compose.view.leadsNothing('hello', 1)
    await compose.restart('kafka-1')
    await compose.view.whole('hello')
    const said = await tool('kafka-leader-election', '--election-type preferred --all-topic-partitions')
    expect(said).toMatch(/Successfully completed leader election \(PREFERRED\) for partitions.*hello-/)
    const led = async () =>
      (await compose.view.partitions('hello')).every(({ leader, replicas }) => leader === replicas[0])
    await until('the preferred leaders', led)
  })

  it('takes a fourth broker, gives it partitions and lets it go, under load', async () => {
    const file = join(dir, 'reassignment.json')
    const reassign = async (replicas: readonly (readonly number[])[]) => {
      const partitions = replicas.map((each, partition) => ({ topic: 'elastic', partition, replicas: each }))
      writeFileSync(file, JSON.stringify({ version: 1, partitions }))
      const args = `--reassignment-json-file ${file}`
      expect(await tool('kafka-reassign-partitions', `${args} --execute`)).toMatch(
        /Successfully started partition reassignments/,
      )
      await until('the reassignment to be over', async () => {
        const said = await tool('kafka-reassign-partitions', `${args} --verify --preserve-throttles`)
        return said.match(/^Reassignment of partition elastic-\d is completed\.$/gm)?.length === 3
      })
      const now = await compose.view.whole('elastic')
      expect(now.map((each) => each.replicas)).toEqual(replicas)
    }
    const { broken } = await through(compose, tools, 'elastic', async (load) => {
      const fourth = await compose.extend('kafka-4', {
        KAFKA_NODE_ID: '4',
        KAFKA_PROCESS_ROLES: 'broker',
        KAFKA_LISTENERS: 'INTERNAL://:19092,EXTERNAL://:9092',
      })
      await compose.restart(fourth.name)
      await compose.view.joined([1, 2, 3, 4])
      await reassign([
        [4, 1, 2],
        [2, 4, 3],
        [3, 1, 4],
      ])
      await tool('kafka-leader-election', '--election-type preferred --topic elastic --partition 0')
      await until('the fourth to lead', async () => (await compose.view.partitions('elastic'))[0]?.leader === 4)
      await load.goesOn()
      await reassign([
        [1, 2, 3],
        [2, 3, 1],
        [3, 1, 2],
      ])
      await fourth.stop()
      await tools.ok('kafka-cluster', ['unregister', '--bootstrap-server', compose.bootstrap, '--id', '4'])
      await compose.view.joined([1, 2, 3])
      await load.goesOn()
    })
    expect(broken).toEqual([])
  })

  it('moves replicas with a throttle, and takes it away at the end', async () => {
    await tool('kafka-topics', '--create --topic moved --replica-assignment 1:2')
    await compose.view.whole('moved')
    const file = join(dir, 'moved.json')
    writeFileSync(
      file,
      JSON.stringify({ version: 1, partitions: [{ topic: 'moved', partition: 0, replicas: [3, 1] }] }),
    )
    const args = `--reassignment-json-file ${file}`
    const started = await tool('kafka-reassign-partitions', `${args} --execute --throttle 50000000`)
    expect(started).toMatch(/The inter-broker throttle limit was set to 50000000 B\/s/)
    const told = () => tool('kafka-configs', '--describe --entity-type brokers --entity-name 1')
    expect(await told()).toMatch(/leader\.replication\.throttled\.rate=/)
    await until('the reassignment to be over', async () =>
      (await tool('kafka-reassign-partitions', `${args} --verify`)).includes('Clearing broker-level throttles'),
    )
    expect(await told()).not.toMatch(/throttled/)
  })
})
