import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startBroker, TARGET, type Target, type TestBroker } from '../support/broker.ts'
import { noKafka } from '../support/kafka.ts'
import { normal } from './differential/normal.ts'
import { listed } from './differential/script.ts'
import { type Reply, Session } from './differential/session.ts'
import {
  ACTIONS,
  AGES,
  type Aged,
  aged,
  atRest,
  store,
  stored,
  TIMED_OUT,
  timedOut,
} from './differential/transaction-epochs.ts'
import { init } from './differential/transaction-states.ts'
import { finalize } from './differential/versions.ts'

const PROPERTIES = {
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': '100',
  'transaction.state.log.num.partitions': '1',
}
const VERSIONS = [2, 1] as const
const SOON_MS = 1

interface Place {
  readonly version: number
  readonly epoch: number
  readonly state: (typeof AGES)[number]['state']
  readonly action: string
}

const PLACES: Place[] = VERSIONS.flatMap((version) =>
  AGES.flatMap((age) => {
    const actions = [...Object.keys(ACTIONS), ...(age.state === 'Ongoing' ? [TIMED_OUT] : [])]
    return actions.map((action) => ({ version, ...age, action }))
  }),
)

const titleOf = ({ version, epoch, state, action }: Place) =>
  `transaction.version ${version}, ${state} at epoch ${epoch}: ${action}`

async function idOf(session: Session, topic: string): Promise<string> {
  return (await listed(session)).find(({ name }) => name === topic)?.topicId ?? ''
}

/** Ids that are ours at their first mention: what they are called depends on what else was given away. */
function named(value: unknown): unknown {
  const names = new Map<number, string>()
  return JSON.parse(
    JSON.stringify(value, (key, inner: unknown) => {
      // Where it is depends on how soon the markers before were written.
      if (key === 'baseOffset' && typeof inner === 'number' && inner >= 0) return 'offset'
      if (!/producerId$/i.test(key) || typeof inner !== 'number' || inner < 0) return inner
      if (!names.has(inner)) names.set(inner, `producer ${names.size + 1}`)
      return names.get(inner)
    }),
  )
}

async function play(session: Session, one: Aged, { action }: Place): Promise<Reply> {
  const act = ACTIONS[action] ?? timedOut
  const replies = await act(session, one)
  return { replies, state: await atRest(session, one) }
}

async function transcript(target: Target, running: TestBroker[]): Promise<Map<string, unknown>> {
  const broker = await startBroker({ target, properties: PROPERTIES })
  running.push(broker)
  const found = new Map<string, unknown>()
  const admin = new Session(broker.port)
  const topics = [{ name: 'cases', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }]
  await admin.call('CreateTopics', 7, { topics, timeoutMs: 20_000, validateOnly: false })
  for (const version of VERSIONS) {
    const session = new Session(broker.port)
    const topicId = await idOf(session, 'cases')
    await finalize(session, version)
    const cases: { readonly place: Place; readonly one: Aged }[] = []
    const records: ReturnType<typeof aged>[] = []
    for (const place of PLACES.filter((each) => each.version === version)) {
      const { producerId } = await init(session, titleOf(place))
      const one = { transactionalId: titleOf(place), producer: { producerId, producerEpoch: place.epoch }, topicId }
      cases.push({ place, one })
      records.push(aged(one, place, version >= 2 ? 2 : 0, place.action === TIMED_OUT ? SOON_MS : undefined))
    }
    const internal = await idOf(session, '__transaction_state')
    const tool = new Session(broker.port, undefined, '__admin_client')
    const reply = await store(tool, internal, records)
    expect(reply.responses[0].partitionResponses[0].errorCode).toBe(0)
    tool.close()
    session.close()
    await broker.restart()
    const after = new Session(broker.port)
    // Once it has producer ids to give away, it answers everything.
    await init(after, `after the restart, ${version}`)
    const known = { ports: [broker.port], dir: broker.dir, topics: new Map<string, string>() }
    const said = new Map<string, Reply>()
    for (const { place, one } of cases) said.set(titleOf(place), await play(after, one, place))
    const logged = await stored(after, internal)
    for (const [title, answers] of said) {
      // The first was written by its first client, the second by us.
      const whole = { log: logged.get(title)?.slice(1), answers }
      const text = JSON.stringify(named(whole)).replaceAll(title, 'it')
      found.set(title, normal(JSON.parse(text), known))
    }
    after.close()
  }
  admin.close()
  return found
}

describe.skipIf(noKafka())(`epochs that are used up, of Apache Kafka and of ${TARGET}`, () => {
  const running: TestBroker[] = []
  let expected: Map<string, unknown>
  let actual: Map<string, unknown>

  beforeAll(async () => {
    const both = await Promise.allSettled([transcript('kafka', running), transcript(TARGET, running)])
    const [kafka, ours] = both.map((each) => {
      if (each.status === 'rejected') throw each.reason
      return each.value
    })
    expected = kafka ?? new Map()
    actual = ours ?? new Map()
  })
  afterAll(async () => {
    for (const broker of running) await broker[Symbol.asyncDispose]()
  })

  it.each(PLACES.map(titleOf))('%s', (title) => {
    expect(expected.get(title)).toBeDefined()
    expect(actual.get(title)).toEqual(expected.get(title))
  })
})
