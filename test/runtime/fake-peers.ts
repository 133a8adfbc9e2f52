import { ByteReader, ByteWriter } from '../../src/base/bytes.ts'
import type { Handler } from '../../src/broker/handler.ts'
import { quorumHandlers } from '../../src/broker/handlers/quorum/quorum-handlers.ts'
import type { Clock, NetAddress } from '../../src/io/ports.ts'
import { ApiKey, apiOf, type CallKey, type Calls, servedVersions } from '../../src/protocol/apis.ts'
import type { MetadataNode } from '../../src/runtime/metadata-node.ts'
import { type PeerCall, type PeerClient, type PeerDirectory, PeerError } from '../../src/runtime/peer-types.ts'

interface Target {
  readonly handlers: ReadonlyMap<number, Handler>
  readonly waiting: Set<(error: PeerError) => void>
}

/** A network in memory between nodes at `host:port`, with real bytes of every request and answer. */
export class FakeNetwork {
  readonly #clock: Clock
  readonly #nodes = new Map<string, Target>()
  /** `from>to` by port: what is sent is lost. */
  readonly cut = new Set<string>()
  /** Requests served, by API key. */
  readonly served = new Map<number, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  attach(port: number, node: MetadataNode, clusterId = node.clusterId): void {
    const handlers = quorumHandlers({ clusterId, quorum: node, metadata: node })
    this.#nodes.set(`localhost:${port}`, {
      handlers: new Map(handlers.map((handler) => [handler.api.key, handler])),
      waiting: new Set(),
    })
  }

  /** The process is gone: its connections break, new ones are refused. */
  detach(port: number): void {
    const key = `localhost:${port}`
    const target = this.#nodes.get(key)
    this.#nodes.delete(key)
    for (const reject of target?.waiting ?? []) reject(new PeerError('disconnected', 'it is gone'))
  }

  peers(fromPort: number): PeerDirectory {
    return { to: (address) => this.#client(fromPort, address) }
  }

  #client(fromPort: number, address: NetAddress): PeerClient {
    return {
      address,
      isConnected: true,
      request: (call) => this.#request(fromPort, address, call),
      retryNow: () => {},
      onClosed: () => () => {},
      close: () => {},
    }
  }

  #request<K extends CallKey>(
    from: number,
    { host, port }: NetAddress,
    call: PeerCall<K>,
  ): Promise<Calls[K]['response']> {
    const target = this.#nodes.get(`${host}:${port}`)
    if (target === undefined) return Promise.reject(new PeerError('unreachable', `nobody is at ${host}:${port}`))
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(call.timeoutMs, () => fail(new PeerError('timeout', 'no answer')))
      const fail = (error: Error) => {
        target.waiting.delete(fail)
        timer.cancel()
        reject(error)
      }
      target.waiting.add(fail)
      if (this.cut.has(`${from}>${port}`)) return
      this.#serve(target, port, call).then((answer) => {
        if (!target.waiting.has(fail) || this.cut.has(`${port}>${from}`)) return
        target.waiting.delete(fail)
        timer.cancel()
        resolve(answer as Calls[K]['response'])
      }, fail)
    })
  }

  async #serve<K extends CallKey>(target: Target, port: number, call: PeerCall<K>): Promise<unknown> {
    const api = apiOf(call.api)
    if (api === undefined) throw new Error(`no API ${call.api}`)
    this.served.set(api.key, (this.served.get(api.key) ?? 0) + 1)
    if (api.key === ApiKey.ApiVersions) return apiVersions()
    const handler = target.handlers.get(api.key)
    const version = Math.min(servedVersions(api).max, call.maxVersion ?? 99)
    if (handler === undefined || version < (call.minVersion ?? 0)) throw new PeerError('unsupported', api.name)
    const body = typeof call.body === 'function' ? call.body(version) : call.body
    const request = api.request.decode(
      new ByteReader(encoded((writer) => api.request.encode(writer, body, version))),
      version,
    )
    const answer = await handler.handle(request, {
      api,
      apiVersion: version,
      correlationId: 1,
      clientId: 'test',
      connection: connection(port),
    })
    return api.response.decode(
      new ByteReader(encoded((writer) => api.response.encode(writer, answer, version))),
      version,
    )
  }
}

function encoded(write: (writer: ByteWriter) => void): Buffer {
  const writer = new ByteWriter()
  write(writer)
  return Buffer.concat(writer.chunks())
}

function apiVersions(): Calls[typeof ApiKey.ApiVersions]['response'] {
  return {
    errorCode: 0,
    apiKeys: [],
    throttleTimeMs: 0,
    supportedFeatures: [{ name: 'kraft.version', minVersion: 0, maxVersion: 1 }],
    finalizedFeaturesEpoch: -1,
    finalizedFeatures: [],
    zkMigrationReady: false,
  }
}

function connection(localPort: number) {
  return {
    id: 'test',
    listenerName: 'CONTROLLER',
    securityProtocol: 'PLAINTEXT',
    peerAddress: '127.0.0.1',
    peerPort: 1,
    localAddress: '127.0.0.1',
    localPort,
    principal: 'User:ANONYMOUS',
    tokenAuthenticated: false,
    clientSoftwareName: '',
    clientSoftwareVersion: '',
  }
}
