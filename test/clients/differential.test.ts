import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startBroker, TARGET, type TestBroker } from '../support/broker.ts'
import { noKafka } from '../support/kafka.ts'
import { normal } from './differential/normal.ts'
import { STEPS, setUp } from './differential/script.ts'
import { Session } from './differential/session.ts'
import { ZERO_ID } from './differential/step.ts'

/** Learns the ids that answers themselves give away, before anything later can delete the topics. */
function learn(value: unknown, names: Map<string, string>): void {
  if (value === null || typeof value !== 'object' || Buffer.isBuffer(value)) return
  const { name, topicId } = value as Record<string, unknown>
  if (typeof name === 'string' && name !== '' && typeof topicId === 'string' && topicId !== ZERO_ID)
    names.set(topicId, name)
  for (const inner of Object.values(value)) learn(inner, names)
}

async function transcript(broker: TestBroker): Promise<Map<string, unknown>> {
  const context = await setUp(broker)
  const names = new Map<string, string>([...context.topicIds].map(([name, id]) => [id, name]))
  const lines = new Map<string, unknown>()
  for (const step of STEPS) {
    const replies = await step.run(context).catch((error: unknown) => [`(threw) ${String(error)}`])
    if (/^(CreateTopics|Metadata)/.test(step.title)) learn(replies, names)
    lines.set(
      step.title,
      normal(replies, { ports: [broker.port, broker.controllerPort], dir: broker.dir, topics: names }),
    )
  }
  context.session.close()
  return lines
}

describe.skipIf(noKafka())(`the same requests to Apache Kafka and to ${TARGET}`, () => {
  let kafka: TestBroker
  let ours: TestBroker
  let expected: Map<string, unknown>
  let actual: Map<string, unknown>

  beforeAll(async () => {
    ;[kafka, ours] = await Promise.all([startBroker({ target: 'kafka' }), startBroker()])
    ;[expected, actual] = await Promise.all([transcript(kafka), transcript(ours)])
  }, 240_000)
  afterAll(async () => {
    await kafka?.[Symbol.asyncDispose]()
    await ours?.[Symbol.asyncDispose]()
  })

  it('has a title of its own for each step', () => {
    const titles = STEPS.map((step) => step.title)
    expect(titles.filter((title, i) => titles.indexOf(title) !== i)).toEqual([])
  })

  it.each(STEPS.map((step) => step.title))('%s', (title) => {
    expect(JSON.stringify(expected.get(title))).not.toContain('(threw)')
    expect(actual.get(title)).toEqual(expected.get(title))
  })

  it('ApiVersions: the ranges of every API that is served, and the same refusals', async () => {
    const [at, us] = [new Session(kafka.port), new Session(ours.port)]
    for (const version of [0, 1, 2, 3, 4]) {
      const body = { clientSoftwareName: 'wire', clientSoftwareVersion: '1.0' }
      const [want, got] = [await at.call('ApiVersions', version, body), await us.call('ApiVersions', version, body)]
      const ranges = new Map(want.apiKeys.map((api: { apiKey: number }) => [api.apiKey, api]))
      expect(got.errorCode).toBe(0)
      expect(got.apiKeys).toEqual(got.apiKeys.map((api: { apiKey: number }) => ranges.get(api.apiKey)))
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
