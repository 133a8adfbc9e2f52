import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ErrorCode } from '../../src/base/errors.ts'
import { prepareBroker, startBroker, TARGET, type Target, type TestBroker } from '../support/broker.ts'
import { noKafka } from '../support/kafka.ts'
import { until } from '../support/wait.ts'
import { normal } from './differential/normal.ts'
import { listed } from './differential/script.ts'
import { type Reply, Session } from './differential/session.ts'
import {
  answerTo,
  type Case,
  DECIDED,
  end,
  fill,
  IDENTITIES,
  init,
  PROBES,
  type Producer,
  STATES,
  waitsForOne,
} from './differential/transaction-states.ts'
import { finalize } from './differential/versions.ts'

const PROPERTIES = {
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': '100',
  'offsets.topic.num.partitions': '1',
  'transaction.state.log.num.partitions': '1',
  // One of them stands still for as long as the questions take.
  'broker.session.timeout.ms': '600000',
  // Requests of brokers are answered at once.
  'add.partitions.to.txn.retry.backoff.max.ms': '20',
}
const PARTITIONS = 8
const DIRECTORY = 'BBBBBBBBBBBBBBBBBBBBBA'
const AT_ONCE = 12

/** Of the cluster, one after another. */
const VERSIONS = [2, 1] as const

const ALL_STATES = [...Object.keys(STATES), ...Object.keys(DECIDED)]
const titleOf = (version: number, state: string, probe: string) => `transaction.version ${version}, ${state}: ${probe}`

/** A broker beside another one, which stays the only controller and keeps what it has. */
async function startBeside(first: TestBroker, properties: Readonly<Record<string, string>>): Promise<TestBroker> {
  const dir = mkdtempSync(join(tmpdir(), 'odradek-second-'))
  const meta = readFileSync(join(first.dataDir, 'meta.properties'), 'utf8')
  mkdirSync(join(dir, 'data'))
  const own = meta.replace(/^node\.id=.*$/m, 'node.id=2').replace(/^directory\.id=.*$/m, `directory.id=${DIRECTORY}`)
  writeFileSync(join(dir, 'data', 'meta.properties'), own)
  const broker = await prepareBroker({ target: first.target, dir, properties })
  const place = {
    'process.roles': 'broker',
    'node.id': '2',
    listeners: `PLAINTEXT://127.0.0.1:${broker.port}`,
    'controller.quorum.bootstrap.servers': `127.0.0.1:${first.controllerPort}`,
  }
  for (const [key, value] of Object.entries(place)) appendFileSync(broker.propertiesFile, `${key}=${value}\n`)
  await broker.start()
  return broker
}

class Pair {
  readonly first: TestBroker
  readonly second: TestBroker
  readonly #all: AsyncDisposableStack

  private constructor(first: TestBroker, second: TestBroker, all: AsyncDisposableStack) {
    this.first = first
    this.second = second
    this.#all = all
  }

  static async start(target: Target): Promise<Pair> {
    await using all = new AsyncDisposableStack()
    const first = all.use(await startBroker({ target, properties: PROPERTIES }))
    const session = all.adopt(new Session(first.port), async (it) => it.close())
    await until('a topic of the first broker', () => create(session, 'cases', 1))
    for (const keyType of [0, 1]) {
      await until('coordinators', async () => {
        return (await session.call('FindCoordinator', 3, { key: 'some', keyType })).errorCode === 0
      })
    }
    await init(session, 'first')
    await until('the coordinator of groups', async () => {
      return (await session.call('OffsetFetch', 5, { groupId: 'g', topics: null })).errorCode === 0
    })
    const second = all.adopt(await startBeside(first, PROPERTIES), async (broker) => {
      await broker.kill()
      rmSync(broker.dir, { recursive: true, force: true })
    })
    await until('a topic of the second broker', () => create(session, 'stuck', 2))
    return new Pair(first, second, all.move())
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#all.disposeAsync()
  }
}

async function create(session: Session, name: string, brokerId: number): Promise<boolean> {
  const assignments = Array.from({ length: PARTITIONS }, (_, i) => ({ partitionIndex: i, brokerIds: [brokerId] }))
  const topics = [{ name, numPartitions: -1, replicationFactor: -1, assignments, configs: [] }]
  const reply = await session.call('CreateTopics', 7, { topics, timeoutMs: 20_000, validateOnly: false })
  // A busy machine may have answered too late the time before.
  const { NONE, TOPIC_ALREADY_EXISTS } = ErrorCode
  return [NONE, TOPIC_ALREADY_EXISTS].includes(reply.topics?.[0].errorCode)
}

interface Asking {
  readonly second: TestBroker
  readonly topicIds: ReadonlyMap<string, string>
  readonly version: number
  readonly sessions: readonly Session[]
  readonly foreign: Producer
}

/** With several sessions at once. */
async function each<T>(
  sessions: readonly Session[],
  items: readonly T[],
  work: (item: T, session: Session) => unknown,
) {
  const left = items.entries()
  await Promise.all(
    sessions.map(async (session) => {
      for (const [, item] of left) await work(item, session)
    }),
  )
}

interface Asked {
  readonly one: Case
  readonly state: string
  readonly probe: string
  readonly identity: string
  answer: Reply
}

/** Every question to every state by the producer itself and by one of the others; all of them where ASKERS=all. */
function plan(states: readonly string[]): Omit<Asked, 'one' | 'answer'>[] {
  const [itself = '', ...others] = Object.keys(IDENTITIES)
  return Object.keys(PROBES).flatMap((probe, i) =>
    states.flatMap((state, j) => {
      const one = others[(i + j) % others.length] ?? itself
      return [itself, ...(process.env.ASKERS === 'all' ? others : [one])].map((identity) => ({
        state,
        probe,
        identity,
      }))
    }),
  )
}

async function prepare({ version, topicIds, foreign, sessions }: Asking, states: readonly string[]): Promise<Asked[]> {
  const asked: Asked[] = []
  await each(sessions, [...plan(states).entries()], async ([i, place], session) => {
    const transactionalId = `${version}-${place.state}-${place.probe}-${i}`
    const producer = await init(session, transactionalId)
    const isDecided = place.state in DECIDED
    const one = { session, transactionalId, partition: i % PARTITIONS, version, producer, foreign, topicIds, isDecided }
    asked.push({ ...place, one, answer: undefined })
    await (STATES[place.state] ?? fill)(one)
  })
  return asked
}

/** One question after the other, because what Kafka answers depends on what else it verifies at the same time. */
async function ask({ sessions }: Asking, asked: readonly Asked[]): Promise<void> {
  for (const [name, probe] of Object.entries(PROBES)) {
    const same = asked.filter((item) => item.probe === name)
    await each(sessions, same, async (item, session) => {
      item.one.session = session
      item.answer = await answerTo(item.one, item.state, item.identity, probe)
    })
  }
}

async function askDecided(asking: Asking, asked: readonly Asked[]): Promise<void> {
  const { sessions, second } = asking
  process.kill(second.pid, 'SIGSTOP')
  await each(sessions, asked, async ({ one, state }, session) => {
    one.session = session
    await end(one, DECIDED[state] === true)
    await waitsForOne(one)
  })
  await ask(asking, asked)
  process.kill(second.pid, 'SIGCONT')
}

/** Title → what each of the askers was answered. */
async function transcript({ first: broker, second }: Pair): Promise<Map<string, Record<string, unknown>>> {
  const sessions = Array.from({ length: AT_ONCE }, () => new Session(broker.port))
  const [session = new Session(broker.port)] = sessions
  const topicIds = new Map((await listed(session)).map(({ name, topicId }) => [name, topicId]))
  const known = {
    ports: [broker.port],
    dir: broker.dir,
    topics: new Map([...topicIds].map(([name, id]) => [id, name])),
  }
  const found = new Map<string, Record<string, unknown>>()
  const foreign = await init(session, 'foreign')
  for (const version of VERSIONS) {
    await finalize(session, version)
    const asking = { second, topicIds, version, sessions, foreign }
    const settled = await prepare(asking, Object.keys(STATES))
    await ask(asking, settled)
    const decided = await prepare(asking, Object.keys(DECIDED))
    await askDecided(asking, decided)
    for (const { state, probe, identity, answer } of [...settled, ...decided]) {
      const title = titleOf(version, state, probe)
      found.set(title, { ...found.get(title), [identity]: normal(answer, known) })
    }
  }
  for (const each of sessions) each.close()
  return found
}

describe.skipIf(noKafka())(`what may be asked about a transaction, of Apache Kafka and of ${TARGET}`, () => {
  const pairs: Pair[] = []
  let expected: Map<string, Record<string, unknown>>
  let actual: Map<string, Record<string, unknown>>

  beforeAll(async () => {
    const started = await Promise.allSettled([Pair.start('kafka'), Pair.start(TARGET)])
    pairs.push(...started.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : [])))
    for (const each of started) if (each.status === 'rejected') throw each.reason
    const [kafka, ours] = pairs
    if (kafka === undefined || ours === undefined) throw new Error('two clusters')
    ;[expected, actual] = await Promise.all([transcript(kafka), transcript(ours)])
  })
  afterAll(async () => {
    for (const pair of pairs) await pair[Symbol.asyncDispose]()
  })

  const titles = VERSIONS.flatMap((version) =>
    ALL_STATES.flatMap((state) => Object.keys(PROBES).map((probe) => titleOf(version, state, probe))),
  )

  it.each(titles)('%s', (title) => {
    expect(actual.get(title)).toEqual(expected.get(title))
  })
})
