import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { silentLogger } from '../../src/io/logger.ts'
import { NodeClock } from '../../src/io/node-clock.ts'
import { NodeNet } from '../../src/io/node-net.ts'
import type { Clock, Logger } from '../../src/io/ports.ts'
import { SharedLimits, type SharedLimitsOptions } from '../../src/network/limits.ts'
import { Listener, type ListenerSettings } from '../../src/network/listener.ts'
import type { ConnectionInfo, ReplySlot } from '../../src/protocol/frame-handler.ts'

interface Request {
  readonly frame: Buffer
  readonly slot: ReplySlot
}

/** A listener whose requests wait until the test answers them. */
class Bench {
  readonly requests: Request[] = []
  readonly shared: SharedLimits
  readonly lines: string[] = []
  listener: Listener = undefined as unknown as Listener
  #arrived: (() => void)[] = []
  readonly #sockets: Socket[] = []
  onFrame: (request: Request) => void = () => {}

  private constructor(shared: SharedLimitsOptions) {
    this.shared = new SharedLimits(shared)
  }

  static async open(
    settings: Partial<ListenerSettings> = {},
    shared: SharedLimitsOptions = {},
    clock: Clock = new NodeClock(),
  ): Promise<Bench> {
    const bench = new Bench(shared)
    const logger: Logger = { ...silentLogger, warn: (_: unknown, line?: string) => bench.lines.push(line ?? '') }
    bench.listener = await Listener.open({
      name: 'PLAINTEXT',
      securityProtocol: 'PLAINTEXT',
      host: '127.0.0.1',
      port: 0,
      handle: (frame, _, slot) => bench.#received({ frame, slot }),
      shared: bench.shared,
      clock,
      logger,
      settings,
    })
    return bench
  }

  #received(request: Request): void {
    this.requests.push(request)
    this.onFrame(request)
    for (const wake of this.#arrived.splice(0)) wake()
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => setImmediate(resolve))
  }

  async request(index: number): Promise<Request> {
    while (this.requests.length <= index) await new Promise<void>((resolve) => this.#arrived.push(resolve))
    return this.requests[index] as Request
  }

  connect(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port: this.listener.port, host: '127.0.0.1', allowHalfOpen: true })
      this.#sockets.push(socket)
      socket.once('error', reject)
      socket.once('connect', () => resolve(socket.on('error', () => {})))
    })
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await this.listener.close(0)
  }
}

function framed(bytes: Buffer | string): Buffer {
  const body = Buffer.from(bytes as string)
  const size = Buffer.alloc(4)
  size.writeInt32BE(body.length)
  return Buffer.concat([size, body])
}

function collected(socket: Socket): { text: () => string; bytes: () => number; ended: Promise<void> } {
  const chunks: Buffer[] = []
  let bytes = 0
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    bytes += chunk.length
  })
  const ended = new Promise<void>((resolve) => {
    socket.once('end', resolve)
    socket.once('close', () => resolve())
  })
  return { text: () => Buffer.concat(chunks).toString(), bytes: () => bytes, ended }
}

let bench: Bench | undefined
afterEach(async () => {
  await bench?.close()
  bench = undefined
})

describe('Listener', () => {
  it('starts requests in order and sends answers in the order of requests', async () => {
    bench = await Bench.open()
    const socket = await bench.connect()
    const answers = collected(socket)
    socket.write(Buffer.concat([framed('one'), framed('two'), framed('three')]))
    await bench.request(2)
    expect(bench.requests.map(({ frame }) => frame.toString())).toEqual(['one', 'two', 'three'])
    bench.requests[2]?.slot.send([Buffer.from('3')])
    bench.requests[0]?.slot.send([Buffer.from('1'), Buffer.from('!')])
    await bench.until(() => answers.text() === '1!')
    bench.requests[1]?.slot.skip()
    await bench.until(() => answers.text() === '1!3')
  })

  it('reads large frames whole, small ones around them too', async () => {
    bench = await Bench.open()
    const socket = await bench.connect()
    const large = Buffer.alloc(3_000_000, 'abcdefg')
    socket.write(Buffer.concat([framed('x'), framed(large), framed('y'), framed(large.subarray(1)), framed('z')]))
    await bench.request(4)
    expect(bench.requests[1]?.frame.equals(large)).toBe(true)
    expect(bench.requests[3]?.frame.equals(large.subarray(1))).toBe(true)
    expect([0, 2, 4].map((i) => bench?.requests[i]?.frame.toString())).toEqual(['x', 'y', 'z'])
  })

  it('closes with one line where a size is too large, after the answers before it', async () => {
    bench = await Bench.open({ maxFrameBytes: 100 })
    const socket = await bench.connect()
    const answers = collected(socket)
    socket.write(Buffer.concat([framed('ok'), framed(Buffer.alloc(101))]))
    const { slot } = await bench.request(0)
    slot.send([Buffer.from('answer')])
    await answers.ended
    expect(answers.text()).toBe('answer')
    expect(bench.lines).toEqual([expect.stringContaining('frame size 101 is larger than socket.request.max.bytes 100')])
    await bench.until(() => bench?.listener.connectionCount === 0)
  })

  it('gives no answer after the one that closes', async () => {
    bench = await Bench.open()
    const socket = await bench.connect()
    const answers = collected(socket)
    socket.write(Buffer.concat([framed('1'), framed('2'), framed('3')]))
    await bench.request(2)
    const released: number[] = []
    bench.requests[2]?.slot.send([Buffer.from('c')], () => released.push(3))
    bench.requests[1]?.slot.close('because')
    bench.requests[0]?.slot.send([Buffer.from('a')], () => released.push(1))
    await answers.ended
    expect(answers.text()).toBe('a')
    expect(released.sort()).toEqual([1, 3])
    expect(bench.lines).toEqual(['closed connection: because'])
    expect(bench.shared.unsent.used).toBe(0)
    expect(bench.shared.inFlight.used).toBe(0)
  })

  it('answers a client that has ended its side', async () => {
    bench = await Bench.open()
    const socket = await bench.connect()
    const answers = collected(socket)
    socket.end(framed('last'))
    const { slot } = await bench.request(0)
    slot.send([Buffer.from('answer')])
    await answers.ended
    expect(answers.text()).toBe('answer')
  })

  it('starts no more requests than its bound, and goes on when one is answered', async () => {
    bench = await Bench.open({ maxInFlight: 3 })
    const socket = await bench.connect()
    collected(socket)
    for (let i = 0; i < 50; i++) socket.write(framed(`${i}`))
    for (let i = 0; i < 50; i++) {
      const { slot, frame } = await bench.request(i)
      expect(frame.toString()).toBe(`${i}`)
      expect(bench.requests.length - i).toBeLessThanOrEqual(3)
      slot.send([Buffer.from('.')])
    }
  })

  it('holds bounded memory for a client that never reads', async () => {
    const settings = { maxUnsentBytes: 1_000_000 }
    bench = await Bench.open(settings)
    const answer = Buffer.alloc(300_000)
    let released = 0
    bench.onFrame = ({ slot }) => slot.send([answer], () => released++)
    const socket = await bench.connect()
    socket.pause()
    const request = framed(Buffer.alloc(60_000))
    let written = 0
    const pump = () => {
      while (written < 400) {
        written++
        if (!socket.write(request)) return void socket.once('drain', pump)
      }
    }
    pump()
    // Until the kernel's buffers are full too, and nothing moves any more.
    let before = -1
    for (let still = 0; still < 50; ) {
      await new Promise<void>((resolve) => setImmediate(resolve))
      still = bench.requests.length === before ? still + 1 : 0
      before = bench.requests.length
    }
    expect(bench.requests.length).toBeLessThan(400)
    expect(bench.shared.unsent.used).toBeLessThanOrEqual(settings.maxUnsentBytes + answer.length)
    const other = await bench.connect()
    const answers = collected(other)
    other.write(framed('someone else'))
    await bench.until(() => answers.bytes() === answer.length)
    const late = collected(socket)
    socket.resume()
    await bench.until(() => late.bytes() === 400 * answer.length)
    await bench.until(() => released === 401)
    expect(bench.shared.unsent.used).toBe(0)
  })

  it('shares its bound of bytes under way among connections, each of which may have one request', async () => {
    bench = await Bench.open({}, { maxInFlightBytes: 1000 })
    const [one, two] = [await bench.connect(), await bench.connect()]
    one.write(framed(Buffer.alloc(2000)))
    await bench.request(0)
    two.write(Buffer.concat([framed('a'), framed('b')]))
    await bench.request(1)
    expect(bench.requests).toHaveLength(2)
    bench.requests[0]?.slot.skip()
    await bench.request(2)
    expect(bench.requests[2]?.frame.toString()).toBe('b')
  })

  it('closes what comes from one address beyond max.connections.per.ip', async () => {
    bench = await Bench.open({}, { maxConnectionsPerIp: 1, perIpOverrides: new Map([['127.0.0.1', 2]]) })
    const first = await bench.connect()
    await bench.connect()
    const third = await bench.connect()
    await collected(third).ended
    expect(bench.lines).toEqual([expect.stringContaining('max.connections.per.ip')])
    first.destroy()
    await bench.until(() => bench?.listener.connectionCount === 1)
    const fourth = await bench.connect()
    fourth.write(framed('hello'))
    expect((await bench.request(0)).frame.toString()).toBe('hello')
  })

  it('lets a client wait while max.connections is reached', async () => {
    bench = await Bench.open({}, { maxConnections: 1 })
    const first = await bench.connect()
    await bench.until(() => bench?.listener.connectionCount === 1)
    const second = await bench.connect()
    second.write(framed('second'))
    first.destroy()
    expect((await bench.request(0)).frame.toString()).toBe('second')
  })

  it('closes idle connections, not those that wait for an answer', async () => {
    let now = 0
    const due: (() => void)[] = []
    const clock: Clock = {
      now: () => now,
      monotonic: () => now,
      after: (_, run) => {
        due.push(run)
        return { cancel: () => {} }
      },
    }
    bench = await Bench.open({ maxIdleMs: 1000 }, {}, clock)
    const idle = await bench.connect()
    const busy = await bench.connect()
    busy.write(framed('wait'))
    await bench.request(0)
    await bench.until(() => bench?.listener.connectionCount === 2)
    now = 900
    due.shift()?.()
    expect(bench.listener.connectionCount).toBe(2)
    now = 1100
    due.shift()?.()
    await collected(idle).ended
    expect(bench.listener.connectionCount).toBe(1)
  })

  it('forgets what a client that went away still waited for', async () => {
    let now = 0
    const due: (() => void)[] = []
    const clock: Clock = {
      now: () => now,
      monotonic: () => now,
      after: (_, run) => {
        due.push(run)
        return { cancel: () => {} }
      },
    }
    bench = await Bench.open({}, {}, clock)
    const [reset, ended] = [await bench.connect(), await bench.connect()]
    reset.write(framed('a'))
    const first = await bench.request(0)
    ended.end(framed('b'))
    const second = await bench.request(1)
    const abandoned: string[] = []
    first.slot.onAbandoned?.(() => abandoned.push('reset'))
    second.slot.onAbandoned?.(() => abandoned.push('ended'))
    reset.resetAndDestroy()
    await bench.until(() => abandoned.length === 1)
    expect(abandoned).toEqual(['reset'])
    first.slot.send([Buffer.from('too late')])
    expect(bench.shared.inFlight.used).toBe(1)
    await new Promise<void>((resolve) => setImmediate(resolve))
    now = 31_000
    due.shift()?.()
    expect(abandoned).toEqual(['reset', 'ended'])
    expect(bench.shared.inFlight.used).toBe(0)
    expect(bench.listener.connectionCount).toBe(0)
  })

  it('finishes what is under way before it closes', async () => {
    bench = await Bench.open()
    const socket = await bench.connect()
    const answers = collected(socket)
    socket.write(framed('last'))
    const { slot } = await bench.request(0)
    const closed = bench.listener.close(60_000)
    slot.send([Buffer.from('answer')])
    await closed
    await answers.ended
    expect(answers.text()).toBe('answer')
  })

  it('shows addresses of IPv4 as such on a socket of both kinds', async () => {
    const tcp = new NodeNet()
    const mapped = { localAddress: { value: '::ffff:192.0.2.7' }, remoteAddress: { value: '::ffff:192.0.2.8' } }
    const seen = Promise.withResolvers<ConnectionInfo>()
    const listener = await Listener.open({
      name: 'PLAINTEXT',
      securityProtocol: 'PLAINTEXT',
      host: '127.0.0.1',
      port: 0,
      handle: (_, connection) => seen.resolve(connection),
      shared: new SharedLimits({}),
      clock: new NodeClock(),
      logger: silentLogger,
      net: {
        connect: (address) => tcp.connect(address),
        listen: (options) =>
          tcp.listen({ ...options, accepted: (socket) => options.accepted(Object.defineProperties(socket, mapped)) }),
      },
    })
    const socket = connect({ port: listener.port, host: '127.0.0.1' })
    socket.write(framed('hello'))
    expect(await seen.promise).toMatchObject({ localAddress: '192.0.2.7', peerAddress: '192.0.2.8' })
    socket.destroy()
    await listener.close(0)
  })

  it('rejects where the port is taken', async () => {
    bench = await Bench.open()
    const { port } = bench.listener
    const again = Listener.open({
      name: 'OTHER',
      securityProtocol: 'PLAINTEXT',
      host: '127.0.0.1',
      port,
      handle: () => {},
      shared: bench.shared,
      clock: new NodeClock(),
      logger: silentLogger,
    })
    await expect(again).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })
})
