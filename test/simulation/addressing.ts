import type { Net } from '../../src/io/ports.ts'
import { ApiKey } from '../../src/protocol/apis.ts'
import { MetadataRequest, MetadataResponse } from '../../src/protocol/messages/metadata.ts'
import { type Call, NoAnswer, SimulatedClient } from './client.ts'
import type { Timeline } from './scheduler.ts'

const METADATA = { key: ApiKey.Metadata, request: MetadataRequest, response: MetadataResponse }
const METADATA_VERSION = 12

/** How a client finds its way: connections to brokers by address, and who leads what as it was last told. */
export class Addressing {
  readonly scheduler: Timeline
  readonly #net: Net
  readonly #bootstrap: readonly string[]
  /** How long to wait for an answer where nothing else is said. */
  readonly #timeoutMs: number | undefined
  readonly #clients = new Map<string, SimulatedClient>()
  readonly #addresses = new Map<number, string>()
  readonly #leaders = new Map<string, number>()
  #next = 0

  constructor(scheduler: Timeline, net: Net, bootstrap: readonly string[], timeoutMs?: number) {
    this.#timeoutMs = timeoutMs
    this.scheduler = scheduler
    this.#net = net
    this.#bootstrap = bootstrap
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.scheduler.after(ms, 'client sleeps', () => resolve()))
  }

  #at(address: string): SimulatedClient {
    let client = this.#clients.get(address)
    if (client === undefined || client.isClosed) {
      const [host = '', port] = address.split(':')
      client = new SimulatedClient(this.scheduler, this.#net, { host, port: Number(port) })
      this.#clients.set(address, client)
    }
    return client
  }

  /** Any broker: each in turn. */
  any<Req, ReqIn, Res, ResIn>(call: Call<Req, ReqIn, Res, ResIn>, version: number, body: ReqIn): Promise<Res> {
    const address = this.#bootstrap[this.#next++ % this.#bootstrap.length] ?? ''
    return this.#at(address).call(call, version, body, this.#timeoutMs)
  }

  broker<Req, ReqIn, Res, ResIn>(
    id: number,
    call: Call<Req, ReqIn, Res, ResIn>,
    version: number,
    body: ReqIn,
    timeoutMs?: number,
  ): Promise<Res> {
    const address = this.#addresses.get(id)
    if (address === undefined) return Promise.reject(new NoAnswer(`no address of broker ${id} is known`))
    return this.#at(address).call(call, version, body, timeoutMs ?? this.#timeoutMs)
  }

  knows(id: number, host: string, port: number): void {
    this.#addresses.set(id, `${host}:${port}`)
  }

  async refresh(topics: readonly string[]): Promise<void> {
    const body = { topics: topics.map((name) => ({ name })), allowAutoTopicCreation: false }
    const answer = await this.any(METADATA, METADATA_VERSION, body)
    for (const { nodeId, host, port } of answer.brokers) this.knows(nodeId, host, port)
    for (const { name, partitions } of answer.topics) {
      for (const { partitionIndex, leaderId, errorCode } of partitions) {
        if (errorCode === 0) this.#leaders.set(`${name}-${partitionIndex}`, leaderId)
        else this.#leaders.delete(`${name}-${partitionIndex}`)
      }
    }
  }

  /** The leader of a partition; asked for where it is not known. */
  async leader(topic: string, partition: number): Promise<number | undefined> {
    const key = `${topic}-${partition}`
    if (!this.#leaders.has(key)) await this.refresh([topic])
    return this.#leaders.get(key)
  }

  forgetLeader(topic: string, partition: number): void {
    this.#leaders.delete(`${topic}-${partition}`)
  }
}
