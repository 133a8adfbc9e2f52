import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ErrorName } from '../../src/base/errors.ts'
import { ApiKey, type ApiName } from '../../src/protocol/apis.ts'
import { startBroker, TARGET, type TestBroker } from '../support/broker.ts'
import { noKafka } from '../support/kafka.ts'
import { normal } from './differential/normal.ts'
import { FIRST_STEPS, STEPS, setUp } from './differential/script.ts'
import { Session } from './differential/session.ts'
import { type Context, type Step, ZERO_ID } from './differential/step.ts'
import { codesIn } from './errors/codes.ts'
import { DIFFERENCES } from './errors/differences.ts'
import { DOCUMENTED } from './errors/documented.ts'

/** Learns the ids that answers themselves give away, before anything later can delete the topics. */
function learn(value: unknown, names: Map<string, string>): void {
  if (value === null || typeof value !== 'object' || Buffer.isBuffer(value)) return
  const { name, topicId } = value as Record<string, unknown>
  if (typeof name === 'string' && name !== '' && typeof topicId === 'string' && topicId !== ZERO_ID)
    names.set(topicId, name)
  for (const inner of Object.values(value)) learn(inner, names)
}

interface Transcript {
  readonly lines: ReadonlyMap<string, unknown>
  /** The error codes that each API was seen to answer. */
  readonly errors: ReadonlyMap<ApiName, ReadonlySet<ErrorName>>
}

/** Groups are small, so that a step may try to be one too many. */
const properties = {
  'group.max.size': '3',
  'group.consumer.max.size': '3',
  'group.share.max.size': '3',
  'group.share.max.share.sessions': '3',
  'group.streams.max.size': '3',
}

/** Apache Kafka has them only with a plugin that takes what clients tell. */
const TELEMETRY: readonly number[] = [ApiKey.GetTelemetrySubscriptions, ApiKey.PushTelemetry]

const TITLES = [...FIRST_STEPS, ...STEPS].map((step) => step.title)

async function transcript(broker: TestBroker): Promise<Transcript> {
  const errors = new Map<ApiName, Set<ErrorName>>()
  const session = new Session(broker.port, (name, reply) => {
    const seen = errors.get(name) ?? new Set()
    errors.set(name, seen)
    for (const error of codesIn(reply)) seen.add(error)
  })
  const names = new Map<string, string>()
  const lines = new Map<string, unknown>()
  const play = async (step: Step, context: Context): Promise<void> => {
    const replies = await step.run(context).catch((error: unknown) => [`(threw) ${String(error)}`])
    if (/^(CreateTopics|Metadata)/.test(step.title)) learn(replies, names)
    lines.set(
      step.title,
      normal(replies, { ports: [broker.port, broker.controllerPort], dir: broker.dir, topics: names }),
    )
  }
  const nothing = { session, topicIds: new Map<string, string>(), dataDir: broker.dataDir }
  for (const step of FIRST_STEPS) await play(step, nothing)
  const context = await setUp(broker, session)
  for (const [name, id] of context.topicIds) names.set(id, name)
  for (const step of STEPS) await play(step, context)
  session.close()
  return { lines, errors }
}

describe.skipIf(noKafka())(`the same requests to Apache Kafka and to ${TARGET}`, () => {
  let kafka: TestBroker
  let ours: TestBroker
  let expected: Transcript
  let actual: Transcript

  beforeAll(async () => {
    ;[kafka, ours] = await Promise.all([startBroker({ target: 'kafka', properties }), startBroker({ properties })])
    ;[expected, actual] = await Promise.all([transcript(kafka), transcript(ours)])
  })
  afterAll(async () => {
    await kafka?.[Symbol.asyncDispose]()
    await ours?.[Symbol.asyncDispose]()
  })

  it('has a title of its own for each step', () => {
    expect(TITLES.filter((title, i) => TITLES.indexOf(title) !== i)).toEqual([])
  })

  it('knows the steps whose answers differ', () => {
    expect(Object.keys(DIFFERENCES).filter((title) => !TITLES.includes(title))).toEqual([])
  })

  it.each(TITLES)('%s', (title) => {
    expect(JSON.stringify(expected.lines.get(title))).not.toContain('(threw)')
    if (title in DIFFERENCES) expect(actual.lines.get(title)).not.toEqual(expected.lines.get(title))
    else expect(actual.lines.get(title)).toEqual(expected.lines.get(title))
  })

  it.each(Object.keys(DOCUMENTED) as ApiName[])('%s: every error that is documented was asked for', (name) => {
    const [provoked = [], not = {}] = DOCUMENTED[name] ?? []
    const seen = expected.errors.get(name) ?? new Set()
    expect(provoked.filter((error) => !seen.has(error))).toEqual([])
    // A reason why an error can not be had is no longer one when it was had.
    expect((Object.keys(not) as ErrorName[]).filter((error) => seen.has(error))).toEqual([])
  })

  it('ApiVersions: the ranges of every API that is served, and the same refusals', async () => {
    const [at, us] = [new Session(kafka.port), new Session(ours.port)]
    for (const version of [0, 1, 2, 3, 4]) {
      const body = { clientSoftwareName: 'wire', clientSoftwareVersion: '1.0' }
      const [want, got] = [await at.call('ApiVersions', version, body), await us.call('ApiVersions', version, body)]
      const ranges = new Map(want.apiKeys.map((api: { apiKey: number }) => [api.apiKey, api]))
      expect(got.errorCode).toBe(0)
      const shared = got.apiKeys.filter(({ apiKey }: { apiKey: number }) => !TELEMETRY.includes(apiKey))
      expect(shared).toEqual(shared.map((api: { apiKey: number }) => ranges.get(api.apiKey)))
      const needed = [
        0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 19, 20, 21, 22, 23, 32, 33, 35, 37, 44, 60, 61, 75,
      ]
      const served = got.apiKeys.map((api: { apiKey: number }) => api.apiKey)
      expect(needed.filter((key) => !served.includes(key))).toEqual([])
    }
    for (const name of ['', 'bad name!', '-x', 'x'.repeat(300)]) {
      const body = { clientSoftwareName: name, clientSoftwareVersion: '1.0' }
      const [want, got] = [await at.call('ApiVersions', 3, body), await us.call('ApiVersions', 3, body)]
      expect([name, got.errorCode]).toEqual([name, want.errorCode])
    }
    at.close()
    us.close()
  })
})
