import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NodeDisk } from '../../src/io/node-disk.ts'
import { jars, LIGHT_JVM, noKafka } from '../support/kafka.ts'
import { freePort } from '../support/ports.ts'
import { exited } from '../support/process.ts'
import { Tools } from '../support/tools.ts'
import { until } from '../support/wait.ts'
import { controlledShutdown, createTopic, NEVER, serve, start } from './metadata-support.ts'

const MINUTE = 60_000

describe.skipIf(noKafka())('Apache Kafka and our metadata directory', { timeout: 2 * MINUTE }, () => {
  const tools = new Tools()
  const disk = new NodeDisk()
  let dir: string
  let port: number
  let controllerPort: number

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'odradek-metadata-'))
    port = await freePort()
    controllerPort = await freePort()
    const retention = { ...NEVER, maxBytesBetweenSnapshots: 1500 }
    const ours = await start({ disk, dir, endpointPort: controllerPort, retention })
    await serve(ours, port)
    for (let i = 0; i < 12; i++) await createTopic(ours.node, `ours-${i}`, 2)
    await until('a snapshot', async () => (await snapshots()).length > 1)
    await controlledShutdown(ours)
    await ours.stop()
  })

  afterAll(async () => {
    await tools[Symbol.asyncDispose]()
    await rm(dir, { recursive: true, force: true })
  })

  async function snapshots(): Promise<string[]> {
    const folder = join(dir, '__cluster_metadata-0')
    return (await disk.list(folder))
      .filter((name) => name.endsWith('.checkpoint'))
      .sort()
      .map((name) => join(folder, name))
  }

  it('kafka-dump-log decodes the log and the snapshots', async () => {
    const files = [join(dir, '__cluster_metadata-0', '00000000000000000000.log'), ...(await snapshots())]
    const dump = await tools.ok('kafka-dump-log', ['--cluster-metadata-decoder', '--files', files.join(',')])
    expect(dump).not.toMatch(/isvalid: false|Could not decode|Exception|mismatch/i)
    expect(dump).toContain(
      'LeaderChange: {"version":0,"leaderId":1,"voters":[{"voterId":1}],"grantingVoters":[{"voterId":1}]}',
    )
    expect(dump).toContain('payload: {"type":"TOPIC_RECORD","version":0,"data":{"name":"ours-11"')
    expect(dump).toContain('SnapshotFooter')
  })

  it('goes on from our directory, and we from its', async () => {
    const properties = join(dir, 'server.properties')
    const listeners = `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`
    await writeFile(
      properties,
      [
        'process.roles=broker,controller',
        'node.id=1',
        `controller.quorum.bootstrap.servers=127.0.0.1:${controllerPort}`,
        `listeners=${listeners}`,
        `advertised.listeners=${listeners}`,
        'controller.listener.names=CONTROLLER',
        'listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
        `log.dirs=${dir}`,
        'offsets.topic.replication.factor=1',
      ].join('\n'),
    )
    const kafka = spawn('java', [...LIGHT_JVM, '-cp', jars('kafka'), 'kafka.Kafka', properties], { stdio: 'ignore' })
    try {
      const bootstrap = ['--bootstrap-server', `127.0.0.1:${port}`]
      const topics = await until(
        'Apache Kafka to serve our topics',
        async () => {
          const { exit, out } = await tools.run('kafka-topics', [...bootstrap, '--describe', '--topic', 'ours-3'])
          return exit === 0 && /Partition: 1\tLeader: 1\t/.test(out) && out
        },
        MINUTE,
      )
      expect(topics).toContain('PartitionCount: 2')
      await tools.ok('kafka-topics', [...bootstrap, '--create', '--topic', 'theirs', '--partitions', '3'])
    } finally {
      kafka.kill('SIGTERM')
      await exited(kafka)
    }
    const again = await start({ disk, dir, seed: 9 })
    expect(again.node.image.topic('theirs')?.partitions.length).toBe(3)
    await serve(again, port)
    // Apache Kafka stopped cleanly: nothing has to recover.
    expect(again.node.image.partition('theirs', 2)).toMatchObject({ leader: 1, isr: [1], leaderRecoveryState: 0 })
    expect(again.node.image.partition('ours-11', 0)).toMatchObject({ leader: 1, isr: [1], leaderRecoveryState: 0 })
    await again.stop()
    expect(await readFile(join(dir, '__cluster_metadata-0', 'quorum-state'), 'utf8')).toContain('"leaderEpoch":3')
  })

  // The last test: the shell holds the lock of the directory for as long as its process lives.
  it('kafka-metadata-shell walks a snapshot', async () => {
    const snapshot = (await snapshots()).at(-1) ?? ''
    const nodes = (await tools.ok('kafka-metadata-shell', ['-s', snapshot, 'find'])).split('\n')
    expect(nodes).toContain('./image/cluster/brokers/1')
    expect(nodes).toContain('./image/topics/byName/ours-0/1')
    expect(nodes).toContain('./image/features/finalized_group.version')
  })
})
