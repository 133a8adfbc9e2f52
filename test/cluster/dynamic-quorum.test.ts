import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { propertiesTextFrom } from '../../src/config/environment.ts'
import { TARGET } from '../support/broker.ts'
import { noKafka } from '../support/kafka.ts'
import { Tools } from '../support/tools.ts'
import { until } from '../support/wait.ts'
import { cleanUp } from './clean-up.ts'
import { Compose } from './compose.ts'
import type { Container } from './container.ts'
import { noNamespaces } from './network.ts'

const CLUSTER_ID = '4L6g3nShT-eMCtK--X86sw'

// Apache Kafka's image formats static quorums only.
describe.skipIf(noNamespaces() || noKafka() || TARGET === 'kafka')('a quorum that grows and shrinks (KIP-853)', () => {
  const dir = mkdtempSync(join(tmpdir(), 'odradek-quorum-'))
  let compose: Compose
  let tools: Tools

  beforeAll(async () => {
    tools = new Tools()
    compose = await Compose.create({
      environment: {
        KAFKA_CONTROLLER_QUORUM_VOTERS: '',
        KAFKA_CONTROLLER_QUORUM_BOOTSTRAP_SERVERS: 'kafka-1:9093,kafka-2:9093,kafka-3:9093',
      },
    })
    for (const [i, container] of compose.containers.entries()) {
      const file = '/mnt/shared/config/format.properties'
      writeFileSync(container.path(file), propertiesTextFrom(container.service.environment))
      const how = i === 0 ? '--standalone' : '--no-initial-controllers'
      const done = await container.run(['storage', 'format', '-t', CLUSTER_ID, '-c', file, how])
      if (done.code !== 0) throw new Error(`${done.out}${done.err}`)
    }
    await compose.start()
  })

  afterAll(() => cleanUp(compose, tools, dir))

  const quorum = (...args: string[]) =>
    tools.ok('kafka-metadata-quorum', ['--bootstrap-server', compose.bootstrap, ...args])

  async function members(): Promise<{ voters: number[]; observers: number[]; leader: number }> {
    const status = await quorum('describe', '--status')
    const ids = (line: string) => {
      const text = new RegExp(`^${line}: +(.*)$`, 'm').exec(status)?.[1] ?? ''
      return [...text.matchAll(/"id": (\d+)/g)].map((match) => Number(match[1])).sort()
    }
    const leader = Number(/^LeaderId: +(\d+)$/m.exec(status)?.[1])
    return { voters: ids('CurrentVoters'), observers: ids('CurrentObservers'), leader }
  }

  const voters = (...wanted: number[]) =>
    until(`the voters ${wanted.join()}`, async () => (await members()).voters.join() === wanted.join())

  /** The tool wants the properties of the new controller, as that has them, and its directory. */
  function propertiesOf(container: Container): string {
    const file = join(dir, `${container.name}.properties`)
    const { KAFKA_LOG_DIRS: _, KAFKA_ADVERTISED_LISTENERS: told = '', ...others } = container.service.environment
    const listeners = `${told},CONTROLLER://${container.host.name}:9093`
    const environment = { ...others, KAFKA_LOG_DIRS: compose.logDir(container), KAFKA_ADVERTISED_LISTENERS: listeners }
    writeFileSync(file, propertiesTextFrom(environment))
    return file
  }

  it('begins with one voter', async () => {
    await until('the observers', async () => (await members()).observers.length === 2)
    expect(await members()).toEqual({ voters: [1], observers: [2, 3], leader: 1 })
  })

  it('takes two more, one after the other', async () => {
    for (const id of [2, 3]) {
      const said = await quorum('--command-config', propertiesOf(compose.node(id)), 'add-controller')
      expect(said).toMatch(new RegExp(`Added controller ${id} with directory id`))
    }
    await voters(1, 2, 3)
  })

  it('then goes on without the first', async () => {
    await compose.node(1).kill()
    await until('another leader', async () => [2, 3].includes((await members()).leader))
    await compose.restart('kafka-1')
    await voters(1, 2, 3)
  })

  it('lets its leader go, and still works', async () => {
    const { leader } = await members()
    const replication = await quorum('describe', '--replication')
    const directory = new RegExp(`^${leader}\\s+(\\S+)`, 'm').exec(replication)?.[1] ?? ''
    const args = ['--controller-id', String(leader), '--controller-directory-id', directory]
    expect(await quorum('remove-controller', ...args)).toMatch(new RegExp(`Removed.* controller ${leader}`))
    await voters(...[1, 2, 3].filter((id) => id !== leader))
    const create = ['--create', '--topic', 'after', '--partitions', '3']
    await tools.ok('kafka-topics', ['--bootstrap-server', compose.bootstrap, ...create])
    await compose.view.whole('after')
  })
})
