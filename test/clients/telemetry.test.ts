import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Uuid, uuidFromBytes, ZERO_UUID } from '../../src/base/ids.ts'
import { ApiKey } from '../../src/protocol/apis.ts'
import {
  GetTelemetrySubscriptionsRequest,
  GetTelemetrySubscriptionsResponse,
} from '../../src/protocol/messages/get-telemetry-subscriptions.ts'
import {
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from '../../src/protocol/messages/incremental-alter-configs.ts'
import { PushTelemetryRequest, PushTelemetryResponse } from '../../src/protocol/messages/push-telemetry.ts'
import { compress } from '../../src/record/compress.ts'
import { COMPRESSIONS } from '../../src/record/header.ts'
import { startBroker, type TestBroker } from '../support/broker.ts'
import { compiled, noKafka } from '../support/kafka.ts'
import { gauge, metricsData, numberPoint } from '../support/otlp.ts'
import { freePort } from '../support/ports.ts'
import { noPython, PYTHON } from '../support/python.ts'
import { RawClient } from '../support/raw-client.ts'
import { Running } from '../support/running.ts'
import { Tools } from '../support/tools.ts'
import { until } from '../support/wait.ts'

const GET = {
  key: ApiKey.GetTelemetrySubscriptions,
  request: GetTelemetrySubscriptionsRequest,
  response: GetTelemetrySubscriptionsResponse,
}
const PUSH = { key: ApiKey.PushTelemetry, request: PushTelemetryRequest, response: PushTelemetryResponse }
const ALTER = {
  key: ApiKey.IncrementalAlterConfigs,
  request: IncrementalAlterConfigsRequest,
  response: IncrementalAlterConfigsResponse,
}
const CLIENT_METRICS = 16
const EVERYTHING = ['--alter', '--name', 'everything', '--interval', '100', '--metrics', '*']
const MAX_BYTES = 65_536
const MINUTE = 60_000

const idOf = (number: number): Uuid => uuidFromBytes(Buffer.alloc(16, number))
const METRICS = metricsData([gauge('org.apache.kafka.producer.queue.time', numberPoint(1.5, { topic: 't' }))])

/** One client of one broker, on a connection of its own. */
class Client {
  readonly #client: RawClient
  readonly #name: string
  readonly #id: Uuid
  #subscriptionId = 0

  private constructor(client: RawClient, name: string, id: Uuid) {
    this.#client = client
    this.#name = name
    this.#id = id
  }

  static async of(broker: TestBroker, id: number, name = 'wanted'): Promise<Client> {
    return new Client(await RawClient.connect(broker.port), name, idOf(id))
  }

  async get(id = this.#id) {
    const answer = await this.#client.call(GET, 0, { clientInstanceId: id }, this.#name)
    this.#subscriptionId = answer.subscriptionId
    return answer
  }

  async push(
    more: { id?: Uuid; subscriptionId?: number; terminating?: boolean; codec?: number; metrics?: Buffer } = {},
  ) {
    const { errorCode } = await this.#client.call(
      PUSH,
      0,
      {
        clientInstanceId: more.id ?? this.#id,
        subscriptionId: more.subscriptionId ?? this.#subscriptionId,
        terminating: more.terminating ?? false,
        compressionType: more.codec ?? 0,
        metrics: more.metrics ?? METRICS,
      },
      this.#name,
    )
    return errorCode
  }

  close(): void {
    this.#client.close()
  }
}

/** Sets a subscription, and waits until the broker goes by it. */
async function subscribe(broker: TestBroker, name: string, configs: Record<string, string>): Promise<void> {
  const client = await RawClient.connect(broker.port)
  const entries = Object.entries(configs).map(([key, value]) => ({ name: key, configOperation: 0, value }))
  const resources = [{ resourceType: CLIENT_METRICS, resourceName: name, configs: entries }]
  const { responses } = await client.call(ALTER, 1, { resources, validateOnly: false })
  expect(responses.map(({ errorCode }) => errorCode)).toEqual([0])
  await until(`${broker.target} to know the subscription ${name}`, async () => {
    const { pushIntervalMs } = await client.call(GET, 0, { clientInstanceId: ZERO_UUID }, 'wanted')
    return pushIntervalMs === Number(configs['interval.ms'])
  })
  client.close()
}

/** Whatever a client may do wrong, and what it is told: the same steps on any broker. */
const STEPS: Record<string, (broker: TestBroker) => Promise<unknown>> = {
  'a subscription by client id, and what is told of it': async (broker) => {
    const one = await Client.of(broker, 1)
    return [await one.get(), await (await Client.of(broker, 2, 'another')).get()]
  },
  'a new id for who has none': async (broker) => {
    const answer = await (await Client.of(broker, 1)).get(ZERO_UUID)
    return [answer.errorCode, answer.clientInstanceId !== ZERO_UUID, answer.requestedMetrics]
  },
  'asking too often': async (broker) => {
    const one = await Client.of(broker, 3)
    return [
      (await one.get()).errorCode,
      await one.get(),
      await one.push(),
      await one.push(),
      (await one.get()).errorCode,
    ]
  },
  'another subscription id, and asking again at once': async (broker) => {
    const one = await Client.of(broker, 4)
    const { subscriptionId } = await one.get()
    return [await one.push({ subscriptionId: subscriptionId + 1 }), (await one.get()).errorCode, await one.push()]
  },
  'a push without asking before': async (broker) => {
    const one = await Client.of(broker, 5)
    return [await one.push({ subscriptionId: 1 }), (await one.get()).errorCode]
  },
  'codecs that there are not': async (broker) => {
    const answers = []
    // Each has a name of its own: Kafka forgets a name some time after its connection closed, whoever bears it by then.
    for (const [at, codec] of [5, 127, -1].entries()) {
      const one = await Client.of(broker, 60 + at)
      await one.get()
      answers.push(await one.push({ codec }), (await one.get()).errorCode)
      one.close()
    }
    return answers
  },
  'too many bytes': async (broker) => {
    const one = await Client.of(broker, 7)
    await one.get()
    return [await one.push({ metrics: Buffer.alloc(MAX_BYTES + 1) }), (await one.get()).errorCode]
  },
  'as many bytes as there may be, which are no metrics': async (broker) => {
    const one = await Client.of(broker, 8)
    await one.get()
    return [await one.push({ metrics: Buffer.alloc(MAX_BYTES) }), (await one.get()).errorCode]
  },
  'bytes that no codec reads': async (broker) => {
    const answers = []
    for (const codec of [1, 2, 3, 4]) {
      const one = await Client.of(broker, 10 + codec)
      await one.get()
      answers.push(await one.push({ codec, metrics: Buffer.from('these are no compressed bytes') }))
    }
    return answers
  },
  'more bytes than allowed in few': async (broker) => {
    const answers = []
    for (const codec of [1, 2, 3, 4]) {
      const one = await Client.of(broker, 20 + codec)
      await one.get()
      const metrics = compress(COMPRESSIONS[codec] ?? 'none', Buffer.alloc(3 * MAX_BYTES))
      answers.push(await one.push({ codec, metrics }))
    }
    return answers
  },
  'metrics by every codec': async (broker) => {
    const answers = []
    for (const [codec, compression] of COMPRESSIONS.entries()) {
      const one = await Client.of(broker, 30 + codec)
      await one.get()
      answers.push(await one.push({ codec, metrics: compress(compression, METRICS) }))
    }
    return answers
  },
  'no metrics': async (broker) => {
    const one = await Client.of(broker, 40)
    await one.get()
    return one.push({ metrics: Buffer.alloc(0) })
  },
  'messages that are cut off, or of no type': async (broker) => {
    const answers = []
    const broken = [METRICS.subarray(0, 20), Buffer.from([0x0a]), Buffer.from([0x07]), Buffer.from([0x02, 0x01])]
    for (const [at, metrics] of broken.entries()) {
      const one = await Client.of(broker, 50 + at)
      await one.get()
      answers.push(await one.push({ metrics }))
    }
    return answers
  },
  'a push after the last one': async (broker) => {
    const one = await Client.of(broker, 60)
    await one.get()
    return [
      await one.push(),
      await one.push({ terminating: true }),
      await one.push({ terminating: true }),
      await one.push(),
      await one.push(),
    ]
  },
  'ids that stand for none': async (broker) => {
    const one = await Client.of(broker, 70)
    return [await one.push({ id: ZERO_UUID }), await one.push({ id: 'AAAAAAAAAAAAAAAAAAAAAQ' as Uuid })]
  },
  'a subscription that changes': async (broker) => {
    const one = await Client.of(broker, 80)
    const before = await one.get()
    await subscribe(broker, 'more', { 'interval.ms': '200000', metrics: 'b.,a.,org.apache.kafka.consumer.,zz' })
    const stale = await one.push()
    return [before, stale, await one.get(), await one.push()]
  },
  'one that wants everything': async (broker) => {
    await subscribe(broker, 'everything', { 'interval.ms': '100000', metrics: '*' })
    return (await Client.of(broker, 81)).get()
  },
}

describe.skipIf(noKafka())('client telemetry', { timeout: 2 * MINUTE }, () => {
  let odradek: TestBroker
  let kafka: TestBroker
  let http: number

  beforeAll(async () => {
    http = await freePort()
    const properties = { 'telemetry.max.bytes': String(MAX_BYTES) }
    const receiver = { ...properties, 'metric.reporters': 'TelemetryReceiver' }
    const classpath = compiled([new URL('./java/TelemetryReceiver.java', import.meta.url)], 'kafka')
    ;[odradek, kafka] = await Promise.all([
      startBroker({
        target: 'odradek',
        properties: { ...properties, 'odradek.http.listeners': `http://127.0.0.1:${http}` },
      }),
      startBroker({ target: 'kafka', properties: receiver, classpath }),
    ])
    const wanted = { 'interval.ms': '250000', metrics: 'org.apache.kafka.producer.', match: 'client_id=want.*' }
    await Promise.all([odradek, kafka].map((broker) => subscribe(broker, 'wanted', wanted)))
  }, 3 * MINUTE)

  afterAll(async () => {
    await odradek?.[Symbol.asyncDispose]()
    await kafka?.[Symbol.asyncDispose]()
  })

  for (const [name, step] of Object.entries(STEPS)) {
    it(`is answered as by Apache Kafka: ${name}`, async () => {
      const [ours, theirs] = await Promise.all([step(odradek), step(kafka)])
      expect(ours).toEqual(theirs)
    })
  }

  it('of a stock Java client lands in the metrics of the broker', async () => {
    await using tools = new Tools()
    const to = ['--bootstrap-server', odradek.bootstrap]
    await tools.ok('kafka-topics', [...to, '--create', '--topic', 'told'])
    await tools.ok('kafka-client-metrics', [...to, ...EVERYTHING])
    const metrics = await until('the metrics of a producer', async () => {
      await tools.ok('kafka-console-producer', [...to, '--topic', 'told'], { stdin: 'one\ntwo\n' })
      const text = await (await fetch(`http://127.0.0.1:${http}/metrics`)).text()
      return text.includes('org_apache_kafka_producer_record_send_total') && text
    })
    const line = metrics
      .split('\n')
      .find((each) => each.startsWith('org_apache_kafka_producer_connection_creation_total{'))
    expect(line).toContain('client_software_name="apache-kafka-java"')
    expect(line).toContain('client_id="console-producer"')
  })

  it.skipIf(noPython())('of librdkafka too', async () => {
    await using tools = new Tools()
    const to = ['--bootstrap-server', odradek.bootstrap]
    await tools.ok('kafka-client-metrics', [...to, ...EVERYTHING])
    const script = fileURLToPath(new URL('./python/telemetry.py', import.meta.url))
    await using _client = new Running(PYTHON, [script, odradek.bootstrap, 'told'])
    const line = await until('the metrics of librdkafka', async () => {
      const text = await (await fetch(`http://127.0.0.1:${http}/metrics`)).text()
      return text.split('\n').find((each) => each.includes('client_id="librdkafka-client"'))
    })
    expect(line).toMatch(/^org_apache_kafka_producer_/)
    expect(line).toContain('client_software_name="confluent-kafka-python"')
  })
})
