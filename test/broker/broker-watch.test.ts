import { EventEmitter } from 'node:events'
import { describe, expect, test } from 'vitest'
import type { Uuid } from '../../src/base/ids.ts'
import { BrokerWatch } from '../../src/broker/broker-watch.ts'
import type { RequestContext } from '../../src/broker/handler.ts'
import { silentLogger } from '../../src/io/logger.ts'
import type { Net, NetAddress, NetSocket } from '../../src/io/ports.ts'
import { MetadataImage } from '../../src/metadata/image.ts'
import { metadataRecord } from '../../src/metadata/records.ts'
import { type Api, ApiKey, apiOf } from '../../src/protocol/apis.ts'
import type { ConnectionInfo } from '../../src/protocol/frame-handler.ts'
import { ManualClock } from '../storage/support.ts'

const OWN = 1
const INCARNATION = 'dLUgqPLaSQCMtLkVNRbf7g' as Uuid

/** A controller on node 1 with brokers 2 and 3; whether one takes a connection is for the test to say. */
class Bench {
  readonly clock = new ManualClock()
  readonly image = new MetadataImage('c')
  readonly lost: { brokerId: number; brokerEpoch: number }[] = []
  readonly probed: NetAddress[] = []
  /** By port: the error that a connection gets; undefined: it is taken. */
  readonly refusing = new Map<number, string>()
  readonly watch: BrokerWatch
  isActive = true

  constructor() {
    for (const id of [OWN, 2, 3]) this.register(id, 10 + id)
    const controller = {
      image: this.image,
      isActive: true,
      submit: async (command: unknown) => {
        this.lost.push(command as (typeof this.lost)[number])
      },
    }
    Object.defineProperty(controller, 'isActive', { get: () => this.isActive })
    const net = { connect: (address: NetAddress) => this.#connect(address) } as unknown as Net
    this.watch = new BrokerWatch({
      nodeId: OWN,
      controller: controller as unknown as ConstructorParameters<typeof BrokerWatch>[0]['controller'],
      net,
      clock: this.clock,
      logger: silentLogger,
      listenerName: 'INTERNAL',
    })
  }

  register(
    brokerId: number,
    brokerEpoch: number,
    state: { fenced?: boolean; inControlledShutdown?: boolean } = {},
  ): void {
    const endPoints = [
      { name: 'EXTERNAL', host: 'e', port: 1000 + brokerId, securityProtocol: 0 },
      { name: 'INTERNAL', host: 'i', port: 2000 + brokerId, securityProtocol: 0 },
    ]
    const base = { brokerId, brokerEpoch, endPoints, incarnationId: INCARNATION, features: [], rack: null, logDirs: [] }
    const data = { ...base, fenced: false, inControlledShutdown: false, ...state }
    this.image.replay(metadataRecord('RegisterBrokerRecord', data))
  }

  #connect(address: NetAddress): NetSocket {
    this.probed.push(address)
    const socket = new EventEmitter()
    const error = this.refusing.get(address.port)
    queueMicrotask(() => {
      if (error === undefined) socket.emit('connect')
      else socket.emit('error', Object.assign(new Error(error), { code: error }))
    })
    return Object.assign(socket, { destroy: () => socket }) as unknown as NetSocket
  }

  beat(brokerId: number, brokerEpoch: number, connection: ConnectionInfo): void {
    const heartbeats = { api: apiOf(ApiKey.BrokerHeartbeat) as Api, handle: () => ({}) }
    void this.watch.watching(heartbeats).handle({ brokerId, brokerEpoch }, { connection } as RequestContext)
  }

  async pass(ms: number): Promise<void> {
    for (let turn = 0; turn < 10; turn++) await Promise.resolve()
    this.clock.advance(ms)
    for (let turn = 0; turn < 10; turn++) await Promise.resolve()
  }
}

const connectionOf = (id: string) => ({ id }) as ConnectionInfo

/** The connection that broker 2 was heard by is gone. */
function abandoned(): Bench {
  const bench = new Bench()
  const connection = connectionOf('a')
  bench.beat(2, 12, connection)
  bench.watch.connectionClosed(connection)
  return bench
}

describe('a broker whose connection breaks', () => {
  test.each(['ECONNREFUSED', 'EHOSTUNREACH', 'ENOTFOUND'])('is lost where its address says %s', async (code) => {
    const bench = new Bench()
    const connection = connectionOf('a')
    bench.beat(2, 12, connection)
    bench.refusing.set(2002, code)
    bench.watch.connectionClosed(connection)
    await bench.pass(0)
    expect(bench.probed).toEqual([{ host: 'i', port: 2002 }])
    expect(bench.lost).toEqual([{ type: 'brokerLost', brokerId: 2, brokerEpoch: 12 }])
  })

  test('is looked for some more times where it still takes connections, then left to its session', async () => {
    const bench = abandoned()
    for (let turn = 0; turn < 6; turn++) await bench.pass(500)
    expect([bench.probed.length, bench.lost.length]).toEqual([5, 0])
    bench.refusing.set(2002, 'ECONNREFUSED')
    await bench.pass(60_000)
    expect(bench.lost).toEqual([])
  })

  test('is lost when it dies a moment later', async () => {
    const bench = abandoned()
    await bench.pass(0)
    bench.refusing.set(2002, 'ECONNREFUSED')
    await bench.pass(50)
    expect(bench.lost).toHaveLength(1)
  })

  test('is not looked for when it is heard by another connection', async () => {
    const bench = abandoned()
    await bench.pass(0)
    bench.beat(2, 12, connectionOf('b'))
    await bench.pass(1_000)
    expect(bench.probed).toHaveLength(1)
  })

  test.each([
    ['a host that is only silent', (bench: Bench) => bench.refusing.set(2002, 'ETIMEDOUT')],
    ['a broker that leaves in order', (bench: Bench) => bench.register(2, 12, { inControlledShutdown: true })],
    ['a broker that is fenced', (bench: Bench) => bench.register(2, 12, { fenced: true })],
    ['a broker that registered anew', (bench: Bench) => bench.register(2, 99)],
    ['a controller that is not active', (bench: Bench) => Object.assign(bench, { isActive: false })],
    ['a controller that stops', (bench: Bench) => bench.watch.close()],
  ])('means nothing: %s', async (_, change) => {
    const bench = new Bench()
    const connection = connectionOf('a')
    bench.beat(2, 12, connection)
    bench.refusing.set(2002, 'ECONNREFUSED')
    change(bench)
    bench.watch.connectionClosed(connection)
    await bench.pass(5_000)
    expect(bench.lost).toEqual([])
  })
})

test('a controller that was just elected looks after every other broker', async () => {
  const bench = new Bench()
  bench.refusing.set(2003, 'ECONNREFUSED').set(2001, 'ECONNREFUSED')
  bench.watch.elected()
  await bench.pass(0)
  expect(bench.probed.map(({ port }) => port)).toEqual([2002, 2003])
  expect(bench.lost).toEqual([{ type: 'brokerLost', brokerId: 3, brokerEpoch: 13 }])
})
