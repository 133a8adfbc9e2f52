import { createServer, type Server } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BrokerConfig } from '../../src/config/broker-config.ts'
import { BUILT_IN_PROPERTIES } from '../../src/config/built-in.ts'
import { silentLogger } from '../../src/io/logger.ts'
import { NodeClock } from '../../src/io/node-clock.ts'
import { NodeRandom } from '../../src/io/node-random.ts'
import { buildBatch } from '../../src/record/builder.ts'
import { TraceExporter } from '../../src/runtime/trace-exporter.ts'
import type { TracedRequest } from '../../src/telemetry/spans.ts'
import { OneNode } from '../support/one-node.ts'
import { until } from '../support/wait.ts'

const ENDPOINT = 'odradek.otlp.traces.endpoint'
const RATIO = 'odradek.otlp.traces.sampling.ratio'

interface Attribute {
  readonly key: string
  readonly value: { readonly stringValue?: string; readonly intValue?: string }
}

interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly Attribute[]
}

interface Told {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] }
    readonly scopeSpans: readonly { readonly scope: { readonly name: string }; readonly spans: readonly Span[] }[]
  }[]
}

/** A collector that takes OTLP/HTTP as JSON. */
class Collector {
  readonly told: Told[] = []
  readonly paths = new Set<string>()
  /** Undefined: it never answers. */
  status: number | undefined = 200
  asked = 0
  readonly #server: Server

  constructor() {
    this.#server = createServer((request, response) => {
      this.asked++
      this.paths.add(`${request.method} ${request.url} ${request.headers['content-type']}`)
      const parts: Buffer[] = []
      request.on('data', (part) => parts.push(part))
      request.on('end', () => {
        if (this.status === undefined) return
        if (this.status === 200) this.told.push(JSON.parse(Buffer.concat(parts).toString()))
        response.writeHead(this.status, { 'content-type': 'application/json' }).end('{}')
      })
    })
  }

  get spans(): Span[] {
    return this.told.flatMap(({ resourceSpans }) =>
      resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
    )
  }

  open(): Promise<string> {
    return new Promise((resolve) => {
      this.#server.listen(0, '127.0.0.1', () => {
        const address = this.#server.address()
        resolve(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`)
      })
    })
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

const attribute = (attributes: readonly Attribute[], name: string) => {
  const { stringValue, intValue } = attributes.find(({ key }) => key === name)?.value ?? {}
  return stringValue ?? intValue
}

describe('traces', () => {
  let collector: Collector
  let url: string

  beforeEach(async () => {
    collector = new Collector()
    url = await collector.open()
  })

  afterEach(() => collector.close())

  async function produce(one: OneNode): Promise<void> {
    const record = { timestamp: Date.now(), key: null, value: Buffer.from('v'), headers: [] }
    const records = buildBatch({ baseOffset: 0, records: [record] } as never)
    const topicData = [{ name: 't', partitionData: [{ index: 0, records }] }]
    const { responses } = await one.call('Produce', 9, { transactionalId: null, acks: -1, timeoutMs: 5_000, topicData })
    expect(responses[0].partitionResponses[0].errorCode).toBe(0)
  }

  it('have a span for a request, and in it one for each of its phases', async () => {
    await using one = await OneNode.start({ overrides: { [ENDPOINT]: url } })
    await one.createTopic('t')
    await produce(one)
    const whole = await until('the collector to be told', () => collector.spans.find(({ name }) => name === 'Produce'))
    expect(collector.paths).toEqual(new Set(['POST /v1/traces application/json']))
    const attributes = collector.told[0]?.resourceSpans[0]?.resource.attributes ?? []
    expect(attribute(attributes, 'service.name')).toBe('odradek')
    expect(attribute(attributes, 'service.instance.id')).toBe('1')
    expect(attribute(whole.attributes, 'rpc.method')).toBe('Produce')
    expect(attribute(whole.attributes, 'kafka.api.version')).toBe('9')
    expect(attribute(whole.attributes, 'messaging.client.id')).toBe('wire')
    expect(attribute(whole.attributes, 'odradek.request')).toMatch(/#\d+$/)
    expect(whole.kind).toBe(2)
    expect(whole.traceId).toMatch(/^[0-9a-f]{32}$/)
    const parts = collector.spans.filter(({ parentSpanId }) => parentSpanId === whole.spanId)
    expect(parts.map(({ name }) => name)).toEqual(expect.arrayContaining(['local', 'remote']))
    let endNano = BigInt(whole.startTimeUnixNano)
    for (const part of parts) {
      expect(part.traceId).toBe(whole.traceId)
      expect(part.spanId).toMatch(/^[0-9a-f]{16}$/)
      // One begins where another ends.
      expect(BigInt(part.startTimeUnixNano)).toBe(endNano)
      endNano = BigInt(part.endTimeUnixNano)
    }
    expect(endNano).toBe(BigInt(whole.endTimeUnixNano))
    const ids = collector.spans.map(({ spanId }) => spanId)
    expect(new Set(ids).size).toBe(ids.length)
    expect(Math.abs(Number(BigInt(whole.endTimeUnixNano) / 1_000_000n) - Date.now())).toBeLessThan(60_000)
  })

  it('are told at the latest when the node stops', async () => {
    const one = await OneNode.start({ overrides: { [ENDPOINT]: `${url}/elsewhere` } })
    await one.createTopic('t')
    await produce(one)
    await one[Symbol.asyncDispose]()
    expect(collector.spans.map(({ name }) => name)).toContain('Produce')
    expect([...collector.paths]).toEqual(['POST /elsewhere application/json'])
  })

  it('are of a part of the requests, as configured', async () => {
    const one = await OneNode.start({ overrides: { [ENDPOINT]: url, [RATIO]: '0.000001' } })
    await one.createTopic('t')
    await produce(one)
    await one[Symbol.asyncDispose]()
    expect(collector.spans.length).toBeLessThan(10)
  })

  describe('for a collector that', () => {
    const lines: string[] = []
    const logger = { ...silentLogger, warn: (fields: object | string) => void lines.push(JSON.stringify(fields)) }
    let exporter: TraceExporter

    beforeEach(() => {
      lines.length = 0
      const teller = { nodeId: 1, clusterId: 'c', version: '0' }
      exporter = new TraceExporter({ endpoint: url, teller, clock: new NodeClock(), random: new NodeRandom(), logger })
    })

    const add = (count: number) => {
      for (let at = 0; at < count; at++) exporter.add(REQUEST)
    }

    it('is too slow are dropped, and somebody is told', async () => {
      collector.status = undefined
      add(2_500)
      expect(exporter.dropped).toBe(500)
      expect(lines).toHaveLength(1)
      await until('the collector to be asked', () => collector.asked === 1)
      await exporter.close()
      expect(collector.asked).toBe(1)
    })

    it('refuses them are dropped, and the next are tried', async () => {
      collector.status = 503
      add(1)
      await until('the collector to be asked', () => exporter.dropped === 1)
      expect(lines[0]).toContain('it answered 503')
      collector.status = 200
      add(1)
      await until('the collector to be told', () => collector.spans.length > 0)
      expect(exporter.dropped).toBe(1)
      await exporter.close()
    })

    it('is not there are dropped', async () => {
      collector.close()
      add(1)
      await until('the exporter to try', () => exporter.dropped === 1)
      expect(lines).toHaveLength(1)
      await exporter.close()
    })
  })
})

const REQUEST: TracedRequest = {
  api: 'Fetch',
  apiVersion: 1,
  clientId: null,
  id: 'c#1',
  listenerName: 'PLAINTEXT',
  peerAddress: '127.0.0.1',
  peerPort: 1,
  bytes: 1,
  throttleMs: 0,
  arrivedMs: 1,
  beganMs: 2,
  workedMs: 3,
  answeredMs: 3,
  leftMs: 3,
  sentMs: 4,
}

describe('odradek.otlp.traces', () => {
  const of = (...given: [string, string][]) =>
    new BrokerConfig({ file: BUILT_IN_PROPERTIES, overrides: new Map(given) }).traces

  it('are off by default', () => {
    expect(of()).toBeUndefined()
    expect(of([RATIO, '0.5'])).toBeUndefined()
    expect(of([ENDPOINT, 'http://localhost:4318'], [RATIO, '0'])).toBeUndefined()
  })

  it('have an endpoint and a ratio', () => {
    expect(of([ENDPOINT, 'http://localhost:4318'])).toEqual({ endpoint: 'http://localhost:4318/v1/traces', ratio: 1 })
    const own = { endpoint: 'https://c/own', ratio: 0.25 }
    expect(of([ENDPOINT, 'https://c/own'], [RATIO, '0.25'])).toEqual(own)
  })

  it('stop the node where they can not be understood', () => {
    for (const wrong of ['localhost:4318', 'ftp://c/', 'nowhere', 'http://a:b@c/']) {
      expect(() => of([ENDPOINT, wrong])).toThrow(ENDPOINT)
    }
    for (const wrong of ['1.5', '-1', 'all', '0x1', '.']) expect(() => of([RATIO, wrong])).toThrow(RATIO)
  })
})
