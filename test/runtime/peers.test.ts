import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { Prng } from '../../src/base/prng.ts'
import { SlabPool } from '../../src/base/slab-pool.ts'
import { Dispatcher } from '../../src/broker/dispatch.ts'
import { type Handler, handler } from '../../src/broker/handler.ts'
import { apiVersionsHandler } from '../../src/broker/handlers/api-versions.ts'
import { silentLogger } from '../../src/io/logger.ts'
import { NodeClock } from '../../src/io/node-clock.ts'
import { NodeNet } from '../../src/io/node-net.ts'
import { NodeRandom } from '../../src/io/node-random.ts'
import type { Net, NetServer, NetSocket } from '../../src/io/ports.ts'
import { SharedLimits } from '../../src/network/limits.ts'
import { Listener } from '../../src/network/listener.ts'
import { ApiKey } from '../../src/protocol/apis.ts'
import { BrokerHeartbeatRequest, BrokerHeartbeatResponse } from '../../src/protocol/messages/broker-heartbeat.ts'
import { FetchRequest, FetchResponse } from '../../src/protocol/messages/fetch.ts'
import { PeerError, Peers } from '../../src/runtime/peers.ts'

const HOST = '127.0.0.1'
const net = new NodeNet()
const clock = new NodeClock()
const open: (() => unknown)[] = []

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

async function listener(served: readonly Handler[], port = 0): Promise<Listener> {
  const handlers: Handler[] = [...served]
  handlers.push(
    apiVersionsHandler({
      apis: () => handlers.map(({ api }) => api),
      features: () => ({ supported: [], finalizedEpoch: -1, finalized: [] }),
    }),
  )
  const dispatcher = new Dispatcher({ handlers, logger: silentLogger, onFatal: () => {} })
  const made = await Listener.open({
    name: 'CONTROLLER',
    securityProtocol: 'PLAINTEXT',
    host: HOST,
    port,
    handle: dispatcher.handle,
    shared: new SharedLimits(),
    clock,
    logger: silentLogger,
    net,
  })
  open.push(() => made.close(0))
  return made
}

function peersOf(world: { net?: Net; maxInFlight?: number; memory?: SlabPool } = {}): Peers {
  const settings = { minBackoffMs: 60_000, maxBackoffMs: 60_000, maxInFlight: world.maxInFlight ?? 100 }
  const { memory } = world
  const random = new NodeRandom()
  const peers = new Peers({ net: world.net ?? net, clock, random, nodeId: 7, settings, ...(memory && { memory }) })
  open.push(() => peers.close())
  return peers
}

/** Answers with the broker epoch that it was asked about, when `let through`. */
function heartbeats(wait: (epoch: number) => Promise<void> = async () => {}): Handler {
  return handler(ApiKey.BrokerHeartbeat, BrokerHeartbeatRequest, BrokerHeartbeatResponse, async ({ brokerEpoch }) => {
    await wait(brokerEpoch)
    return { throttleTimeMs: 0, errorCode: brokerEpoch, isCaughtUp: false, isFenced: false, shouldShutDown: false }
  })
}

const beat = (brokerEpoch: number, timeoutMs = 60_000) => ({
  api: ApiKey.BrokerHeartbeat,
  body: { brokerId: 7, brokerEpoch, currentMetadataOffset: 1, wantFence: false, wantShutDown: false },
  timeoutMs,
})

async function rawServer(accepted: (socket: NetSocket) => void): Promise<NetServer> {
  const sockets: NetSocket[] = []
  const server = await net.listen({
    host: HOST,
    port: 0,
    backlog: 10,
    failed: () => {},
    accepted: (socket) => {
      sockets.push(socket)
      socket.on('error', () => {})
      accepted(socket)
      socket.resume()
    },
  })
  open.push(() => {
    for (const socket of sockets) socket.destroy()
    return server.close()
  })
  return server
}

describe('a peer client', () => {
  test('has each of many requests answered by its answer', async () => {
    const { port } = await listener([heartbeats()])
    const client = peersOf().to({ host: HOST, port }, 'test')
    const answers = await Promise.all(Array.from({ length: 50 }, (_, epoch) => client.request(beat(epoch))))
    expect(answers.map(({ errorCode }) => errorCode)).toEqual(Array.from({ length: 50 }, (_, epoch) => epoch))
    expect(client.isConnected).toBe(true)
  })

  test('sends further requests while the first one waits', async () => {
    const seen: number[] = []
    const all = Promise.withResolvers<void>()
    const { port } = await listener([
      heartbeats((epoch) => {
        seen.push(epoch)
        if (seen.length === 3) all.resolve()
        return all.promise
      }),
    ])
    const client = peersOf().to({ host: HOST, port }, 'test')
    await Promise.all([1, 2, 3].map((epoch) => client.request(beat(epoch))))
    expect(seen).toEqual([1, 2, 3])
  })

  test('takes large answers', async () => {
    const records = Buffer.alloc(3_000_000, 7)
    const { port } = await listener([
      handler(ApiKey.Fetch, FetchRequest, FetchResponse, () => ({
        throttleTimeMs: 0,
        errorCode: 0,
        responses: [
          {
            topic: 't',
            partitions: [{ partitionIndex: 0, errorCode: 0, highWatermark: 1, abortedTransactions: null, records }],
          },
        ],
      })),
    ])
    const client = peersOf().to({ host: HOST, port }, 'test')
    const body = { replicaId: -1, maxWaitMs: 0, minBytes: 0, isolationLevel: 0, topics: [] }
    const answers = await Promise.all(
      [1, 2, 3].map(() => client.request({ api: ApiKey.Fetch, body, timeoutMs: 60_000, maxVersion: 12 })),
    )
    for (const { responses } of answers) expect(responses[0]?.partitions[0]?.records?.equals(records)).toBe(true)
  })

  test('puts leased answers into the memory of the node, which serves again when they are released', async () => {
    const records = Buffer.alloc(300_000, 7)
    const partition = { partitionIndex: 0, errorCode: 0, highWatermark: 1, abortedTransactions: null, records }
    const fetches = handler(ApiKey.Fetch, FetchRequest, FetchResponse, () => ({
      throttleTimeMs: 0,
      errorCode: 0,
      responses: [{ topic: 't', partitions: [partition] }],
    }))
    const { port } = await listener([fetches])
    const memory = new SlabPool()
    const client = peersOf({ memory }).to({ host: HOST, port }, 'test')
    const body = { replicaId: -1, maxWaitMs: 0, minBytes: 0, isolationLevel: 0, topics: [] }
    const buffers = new Set<ArrayBufferLike>()
    for (let count = 0; count < 100; count++) {
      const leased: Buffer[] = []
      const lease = (frame: Buffer): void => void leased.push(frame)
      const call = { api: ApiKey.Fetch, body, timeoutMs: 60_000, maxVersion: 12 } as const
      const { responses } = await client.request({ ...call, lease })
      const got = responses[0]?.partitions[0]?.records
      expect(got?.equals(records)).toBe(true)
      expect(got?.buffer).toBe(leased[0]?.buffer)
      for (const frame of leased) {
        buffers.add(frame.buffer)
        memory.release(frame)
      }
    }
    expect(buffers.size).toBeLessThan(5)
  })

  test('builds the body for the version that both sides speak', async () => {
    const { port } = await listener([heartbeats()])
    const client = peersOf().to({ host: HOST, port }, 'test')
    const asked: number[] = []
    const body = (version: number) => {
      asked.push(version)
      return beat(version).body
    }
    await client.request({ ...beat(0), body })
    await client.request({ ...beat(0), body, maxVersion: 0 })
    expect(asked).toEqual([BrokerHeartbeatRequest.versions.max, 0])
    await expect(client.request({ ...beat(0), minVersion: 99 })).rejects.toMatchObject({ kind: 'unsupported' })
  })

  test('says at once that nobody is there, until it may try again', async () => {
    const gone = await listener([])
    await gone.close(0)
    const { port } = gone
    const client = peersOf().to({ host: HOST, port }, 'test')
    await expect(client.request(beat(1))).rejects.toMatchObject({ kind: 'unreachable' })
    await listener([heartbeats()], port)
    await expect(client.request(beat(1))).rejects.toMatchObject({ kind: 'unreachable' })
    client.retryNow()
    expect((await client.request(beat(2))).errorCode).toBe(2)
  })

  test('does not wait for who is gone, for whatever purpose it was asked', async () => {
    const { port } = await listener([heartbeats((epoch) => (epoch === 1 ? new Promise(() => {}) : Promise.resolve()))])
    const elsewhere = await listener([heartbeats()])
    const peers = peersOf()
    const other = peers.to({ host: HOST, port: elsewhere.port }, 'test')
    await other.request(beat(3))
    const waiting = ['one', 'another'].map((purpose) => peers.to({ host: HOST, port }, purpose).request(beat(1)))
    peers.hangUp({ host: HOST, port })
    for (const each of waiting) await expect(each).rejects.toBeInstanceOf(PeerError)
    expect(other.isConnected).toBe(true)
    expect((await peers.to({ host: HOST, port }, 'one').request(beat(2))).errorCode).toBe(2)
  })

  test('tells when the connection breaks, and makes another for the next request', async () => {
    const never = new Promise<void>(() => {})
    const arrived = Promise.withResolvers<void>()
    const first = await listener([
      heartbeats(() => {
        arrived.resolve()
        return never
      }),
    ])
    const client = peersOf().to({ host: HOST, port: first.port }, 'test')
    let closed = 0
    client.onClosed(() => closed++)
    const asked = expect(client.request(beat(1))).rejects.toMatchObject({ kind: 'disconnected' })
    await arrived.promise
    await first.close(0)
    await asked
    expect(closed).toBe(1)
    await listener([heartbeats()], first.port)
    expect((await client.request(beat(2))).errorCode).toBe(2)
  })

  test('gives up what is not answered in time, and the connection with it', async () => {
    const silent = (epoch: number) => (epoch === 0 ? Promise.resolve() : new Promise<void>(() => {}))
    const { port } = await listener([heartbeats(silent)])
    const client = peersOf().to({ host: HOST, port }, 'test')
    // Connected: else a busy machine has not sent the next ones in time.
    await client.request(beat(0))
    const patient = expect(client.request(beat(1))).rejects.toMatchObject({ kind: 'disconnected' })
    await expect(client.request(beat(2, 50))).rejects.toMatchObject({ kind: 'timeout' })
    await patient
    expect(client.isConnected).toBe(false)
  })

  test('gives up a peer that accepts and says nothing', async () => {
    const { port } = await rawServer(() => {})
    const client = peersOf().to({ host: HOST, port }, 'test')
    await expect(client.request(beat(1, 50))).rejects.toMatchObject({ kind: 'unreachable' })
  })

  test('takes a bounded number of requests', async () => {
    const { port } = await listener([heartbeats(() => new Promise<void>(() => {}))])
    const client = peersOf({ maxInFlight: 2 }).to({ host: HOST, port }, 'test')
    const waiting = [1, 2].map((epoch) => client.request(beat(epoch)).catch(({ kind }) => kind))
    await expect(client.request(beat(3))).rejects.toMatchObject({ kind: 'busy' })
    client.close()
    for (const kind of await Promise.all(waiting)) expect(['disconnected', 'unreachable']).toContain(kind)
  })

  test('asks an older peer for its versions in the version that it knows', async () => {
    const { port } = await rawServer((socket) => {
      socket.on('data', (request) => {
        const [version, correlation] = [request.readInt16BE(6), request.readInt32BE(8)]
        // ApiVersions v0: error, then one range: ApiVersions 0–2, or BrokerHeartbeat v0 when asked in v2.
        const key = version === 2 ? ApiKey.BrokerHeartbeat : ApiKey.ApiVersions
        const size = version === 2 ? 24 : 20
        const answer = Buffer.alloc(size)
        answer.writeInt32BE(size - 4, 0)
        answer.writeInt32BE(correlation, 4)
        answer.writeInt16BE(version === 2 ? 0 : 35, 8)
        answer.writeInt32BE(1, 10)
        answer.writeInt16BE(key, 14)
        answer.writeInt16BE(version === 2 ? 0 : 2, 18)
        socket.write(answer)
      })
    })
    const client = peersOf().to({ host: HOST, port }, 'test')
    const versions: number[] = []
    const body = (version: number) => {
      versions.push(version)
      throw new Error('enough')
    }
    await expect(client.request({ ...beat(1), body })).rejects.toThrow('enough')
    expect(versions).toEqual([0])
  })

  test('closes a connection that answers with garbage', async () => {
    let garbage: Buffer = Buffer.alloc(0)
    const { port } = await rawServer((socket) => {
      socket.on('data', () => {
        socket.write(garbage)
        socket.end()
      })
    })
    const valid = apiVersionsFrame()
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.nat(), fc.boolean(), async (bytes, seed, isFramed) => {
        garbage = isFramed ? framed(damage(valid, new Prng(seed))) : Buffer.from(bytes)
        const client = peersOf().to({ host: HOST, port }, `test-${seed}`)
        const error = await client.request(beat(1)).then(
          () => undefined,
          (reason) => reason,
        )
        expect(error?.name).toBe('PeerError')
        expect(['unreachable', 'disconnected', 'unsupported']).toContain(error.kind)
        client.close()
      }),
      { numRuns: 60 },
    )
  })
})

function apiVersionsFrame(): Buffer {
  const frame = Buffer.alloc(16)
  frame.writeInt16BE(0, 4)
  frame.writeInt32BE(1, 6)
  return frame
}

function framed(bytes: Buffer): Buffer {
  const size = Buffer.alloc(4)
  size.writeInt32BE(bytes.length)
  return Buffer.concat([size, bytes])
}

function damage(bytes: Buffer, prng: Prng): Buffer {
  const copy = Buffer.from(bytes.subarray(0, prng.below(bytes.length + 1)))
  if (copy.length > 0) copy[prng.below(copy.length)] = prng.below(256)
  return copy
}
