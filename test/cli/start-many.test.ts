import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka } from 'kafkajs'
import { afterAll, describe, expect, test } from 'vitest'
import { nodeBinary, odradek, odradekMain } from '../support/broker.ts'
import { freePort } from '../support/ports.ts'
import { exited } from '../support/process.ts'
import { Running } from '../support/running.ts'
import { until } from '../support/wait.ts'

const dir = mkdtempSync(join(tmpdir(), 'odradek-many-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

interface Node {
  readonly id: number
  readonly file: string
  readonly port: number
}

/** Two nodes that are broker and controller each, with the quorum that `quorum` makes of their controllers' addresses. */
async function nodes(name: string, quorum: (controllers: readonly string[]) => string): Promise<Node[]> {
  const ports = [await freePort(), await freePort()]
  const controllers = [await freePort(), await freePort()].map((port) => `127.0.0.1:${port}`)
  return ports.map((port, i) => {
    const file = join(dir, `${name}-${i + 1}.properties`)
    const lines = [
      'process.roles=broker,controller',
      `node.id=${i + 1}`,
      `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://${controllers[i]}`,
      'controller.listener.names=CONTROLLER',
      quorum(controllers),
      `log.dirs=${join(dir, `${name}-${i + 1}`)}`,
    ]
    writeFileSync(file, lines.join('\n'))
    return { id: i + 1, file, port }
  })
}

const fixed = (all: readonly string[]) => `controller.quorum.voters=${all.map((at, i) => `${i + 1}@${at}`).join()}`
const dynamic = (all: readonly string[]) => `controller.quorum.bootstrap.servers=${all.join()}`

function start(nodes: readonly Node[], ...more: string[]): Running {
  return new Running(nodeBinary(), [odradekMain(), ...nodes.map(({ file }) => file), ...more], { cwd: dir })
}

const ready = (running: Running) =>
  until(
    'both nodes to be ready',
    () => !running.running || (running.output.match(/"msg":"Odradek \S+ is ready/g) ?? []).length === 2,
    60_000,
  )

/** The processes that a process runs. */
function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number)
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('several files', () => {
  test.each([
    ['a static quorum', fixed],
    ['a dynamic quorum', dynamic],
  ])('make a cluster of %s, which stops together', async (name, quorum) => {
    const both = await nodes(name.replaceAll(' ', '-'), quorum)
    await using running = start(both, '--override', 'num.partitions=2')
    await ready(running)
    expect(running.output).toMatch(/Formatted the directories of 2 nodes for the new cluster/)
    for (const { id, port } of both) {
      expect(running.output).toMatch(new RegExp(`\\{"node":${id},.*is ready on 127\\.0\\.0\\.1:${port}`))
    }
    const kafka = new Kafka({ brokers: [`127.0.0.1:${both[1]?.port}`], logLevel: 0 })
    const admin = kafka.admin()
    await admin.connect()
    await admin.createTopics({ topics: [{ topic: 't', replicationFactor: 2 }], waitForLeaders: true })
    const { topics } = await admin.fetchTopicMetadata({ topics: ['t'] })
    expect(topics[0]?.partitions.map(({ replicas }) => replicas.length)).toEqual([2, 2])
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: 4, name: '2', configNames: ['broker.rack'] }],
    })
    expect(resources[0]?.configEntries[0]?.configValue).toBe(hostname())
    await admin.disconnect()
    const children = childrenOf(running.pid)
    expect(children).toHaveLength(2)
    expect(await running.stop()).toBe(0)
    expect(children.filter(isAlive)).toEqual([])
  })

  test('end with exit code 1 when one of them dies, and says which', async () => {
    const both = await nodes('dies', fixed)
    await using running = start(both)
    await ready(running)
    const children = childrenOf(running.pid)
    process.kill(children[1] ?? 0, 'SIGKILL')
    expect(await exited(running.child)).toBe(1)
    expect(running.output).toMatch(/node 2 \(\S+dies-2\.properties\) was ended by SIGKILL, so all others are stopped/)
    expect(children.filter(isAlive)).toEqual([])
  })

  test('stop when the process that runs them is gone', async () => {
    const both = await nodes('orphans', fixed)
    await using running = start(both)
    await ready(running)
    const children = childrenOf(running.pid)
    await running.kill()
    await until('the nodes to stop', () => !children.some(isAlive))
  })

  test('are refused in one sentence where they are of one node, or share a directory', async () => {
    const [one, two] = await nodes('apart', fixed)
    const files = [one?.file ?? '', two?.file ?? '']
    const refused = async (...args: string[]) => {
      const { code, out, err } = await odradek(args)
      expect([code, out]).toEqual([1, ''])
      return err
    }
    expect(await refused(...files, '--override', 'node.id=1')).toMatch(/^Give each node its own node\.id: .*\n$/)
    expect(await refused(...files, '--override', 'log.dirs=d')).toMatch(/^Give each node its own log\.dirs: .*\n$/)
    expect(await refused(...files, join(dir, 'nowhere'))).toMatch(/^Give the path of a properties file .*\n$/)
  })
})
