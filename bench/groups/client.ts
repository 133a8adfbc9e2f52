import { setTimeout as delay } from 'node:timers/promises'
import { ApiKey, type ApiName, apiOf } from '../../src/protocol/apis.ts'
import { startBroker, type Target, type TestBroker } from '../../test/support/broker.ts'
import { usage } from '../../test/support/process.ts'
import { RawClient } from '../../test/support/raw-client.ts'
import { KAFKA_JVM } from '../measure.ts'

// biome-ignore lint/suspicious/noExplicitAny: answers of any API
export type Reply = any

/** One connection; the same light client for both brokers, so that what differs is the broker. */
export class Client {
  readonly #raw: RawClient

  private constructor(raw: RawClient) {
    this.#raw = raw
  }

  static async to(port: number): Promise<Client> {
    return new Client(await RawClient.connect(port))
  }

  call(name: ApiName, version: number, body: object): Promise<Reply> {
    const api = apiOf(ApiKey[name])
    if (api === undefined) throw new Error(`no api ${name}`)
    return this.#raw.call({ key: api.key, request: api.request, response: api.response }, version, body)
  }

  close(): void {
    this.#raw.close()
  }
}

export function start(target: Target, properties: Readonly<Record<string, string>>): Promise<TestBroker> {
  return startBroker({ target, jvmOptions: KAFKA_JVM, properties })
}

export const seconds = (since: number): number => (performance.now() - since) / 1_000
export const mebibytes = (broker: TestBroker): number => usage(broker.pid).residentBytes / 1_048_576

export interface Spent {
  readonly seconds: number
  readonly cpuSeconds: number
  /** The most that was resident. */
  readonly mebibytes: number
}

export async function spent(broker: TestBroker, work: () => Promise<unknown>): Promise<Spent> {
  const before = usage(broker.pid).cpuSeconds
  const begun = performance.now()
  let [isOver, most] = [false, mebibytes(broker)]
  const watching = (async () => {
    while (!isOver) {
      most = Math.max(most, mebibytes(broker))
      await delay(100)
    }
  })()
  await work()
  const took = seconds(begun)
  isOver = true
  await watching
  return {
    seconds: took,
    cpuSeconds: usage(broker.pid).cpuSeconds - before,
    mebibytes: Math.max(most, mebibytes(broker)),
  }
}

/** A topic that everybody can use at once. */
export async function createTopic(port: number, name: string, numPartitions: number, configs: object[] = []) {
  const client = await Client.to(port)
  const topics = [{ name, numPartitions, replicationFactor: 1, assignments: [], configs }]
  await client.call('CreateTopics', 7, { topics, timeoutMs: 60_000, validateOnly: false })
  for (;;) {
    const { topics: known } = await client.call('Metadata', 12, { topics: [{ name }], allowAutoTopicCreation: false })
    const [topic] = known
    if (topic.errorCode === 0 && topic.partitions.every(({ errorCode }: Reply) => errorCode === 0)) {
      client.close()
      return topic.topicId as string
    }
    await delay(20)
  }
}

/** Asks until the coordinators of all groups answer. */
export async function coordinators(client: Client): Promise<void> {
  for (let key = 0; key < 200; ) {
    const found = await client.call('FindCoordinator', 4, { keyType: 0, coordinatorKeys: [String(key)] })
    const fetched = await client.call('OffsetFetch', 7, { groupId: String(key), topics: null, requireStable: false })
    if (found.coordinators[0].errorCode === 0 && fetched.errorCode === 0) key += 1
    else await delay(50)
  }
}
