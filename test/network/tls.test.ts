import { type AddressInfo, createServer, connect as plainConnect, type Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { silentLogger } from '../../src/io/logger.ts'
import { NodeClock } from '../../src/io/node-clock.ts'
import type { Clock, Logger, NetSocket, Timer } from '../../src/io/ports.ts'
import { type ClientAuth, type HandshakeOutcome, serverTls, type TlsContext, tlsContext } from '../../src/io/tls.ts'
import { Handshakes } from '../../src/network/handshakes.ts'
import { SharedLimits } from '../../src/network/limits.ts'
import { Listener } from '../../src/network/listener.ts'
import type { ConnectionInfo, ReplySlot } from '../../src/protocol/frame-handler.ts'
import { subjectOf } from '../../src/security/tls/certificate.ts'
import { hasProgram, missing } from '../support/available.ts'
import { Authority, type Issued } from '../support/certificates.ts'
import { until } from '../support/wait.ts'

const HOST = '127.0.0.1'
const MODERN = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3' } as const

/** Time that passes when it is told to. */
class HeldClock implements Clock {
  readonly #clock = new NodeClock()
  readonly #timers = new Set<{ readonly delayMs: number; readonly run: () => void }>()

  now(): number {
    return this.#clock.now()
  }

  monotonic(): number {
    return this.#clock.monotonic()
  }

  after(delayMs: number, run: () => void): Timer {
    const timer = { delayMs, run }
    this.#timers.add(timer)
    return { cancel: () => this.#timers.delete(timer) }
  }

  pass(ms: number): void {
    for (const timer of [...this.#timers]) if (timer.delayMs === ms && this.#timers.delete(timer)) timer.run()
  }
}

interface Opened {
  readonly listener: Listener
  readonly lines: string[]
  readonly requests: { readonly frame: Buffer; readonly info: ConnectionInfo; readonly slot: ReplySlot }[]
  readonly shared: SharedLimits
  readonly clock: HeldClock
  context: TlsContext
}

describe.skipIf(missing('openssl', hasProgram('openssl')))('a TLS listener', () => {
  let authority: Authority
  let node: Issued
  let alice: Issued
  const listeners: Listener[] = []
  const sockets: Socket[] = []

  beforeAll(() => {
    authority = new Authority()
    node = authority.issue('node')
    alice = authority.issue('alice', { subject: '/O=x/CN=alice' })
  })
  afterAll(() => authority[Symbol.dispose]())
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy()
    await Promise.all(listeners.splice(0).map((listener) => listener.close(0)))
  })

  const contextOf = (issued: Issued): TlsContext =>
    tlsContext({ keys: [issued.keyPem], chains: [issued.chainPem], trusted: [authority.pem] }, MODERN)

  async function open(auth: ClientAuth = 'none', limits: { maxConnections?: number } = {}): Promise<Opened> {
    const lines: string[] = []
    const requests: Opened['requests'] = []
    const clock = new HeldClock()
    const shared = new SharedLimits(limits)
    const logger: Logger = {
      ...silentLogger,
      writes: () => true,
      warn: (_: unknown, line?: string) => lines.push(line ?? ''),
    }
    const holder = { context: contextOf(node) }
    const listener = await Listener.open({
      name: 'SSL',
      securityProtocol: 'SSL',
      host: HOST,
      port: 0,
      handle: (frame, info, slot) => requests.push({ frame, info, slot }),
      shared,
      clock,
      logger,
      tls: {
        ...serverTls(
          () => holder.context,
          () => auth,
        ),
        principalOf: (certificate) => {
          const name = certificate === undefined ? 'ANONYMOUS' : subjectOf(certificate)
          return name.startsWith('CN=nobody') ? undefined : `User:${name}`
        },
      },
    })
    listeners.push(listener)
    return Object.assign(holder, { listener, lines, requests, shared, clock })
  }

  function dial(to: Opened, options: ConnectionOptions = {}): TLSSocket {
    const socket = connect({ host: HOST, port: to.listener.port, ca: authority.pem, ...options })
    socket.on('error', () => {})
    sockets.push(socket)
    return socket
  }

  function plain(to: Opened, bytes?: Buffer): Socket {
    const socket = plainConnect({ host: HOST, port: to.listener.port })
    socket.on('error', () => {})
    socket.on('connect', () => bytes && socket.write(bytes))
    sockets.push(socket)
    return socket.resume()
  }

  const closed = (socket: Socket): Promise<void> =>
    new Promise((resolve) => {
      if (socket.destroyed) resolve()
      socket.resume().on('close', () => resolve())
    })

  function frameOf(body: Buffer): Buffer {
    const frame = Buffer.alloc(4 + body.length)
    frame.writeInt32BE(body.length, 0)
    body.copy(frame, 4)
    return frame
  }

  async function request(to: Opened, socket: Socket, body: Buffer): Promise<Opened['requests'][number]> {
    const before = to.requests.length
    socket.write(frameOf(body))
    await until('the request', () => to.requests.length > before)
    return to.requests[before] as Opened['requests'][number]
  }

  it('takes frames of any size, in pieces of any size, and answers them', async () => {
    const server = await open()
    const client = dial(server)
    const received: Buffer[] = []
    client.on('data', (chunk: Buffer) => received.push(chunk))
    const bodies = [1, 20, 16_383, 16_384, 16_385, 70_000, 300_000, 3_000_000, 5].map((size, i) =>
      Buffer.alloc(size, i + 1),
    )
    const stream = Buffer.concat(bodies.map(frameOf))
    for (let at = 0, step = 1; at < stream.length; at += step, step = Math.min(step * 3, 900_000)) {
      client.write(stream.subarray(at, at + step))
    }
    await until('all frames', () => server.requests.length === bodies.length)
    for (const [i, { frame }] of server.requests.entries()) expect(frame.equals(bodies[i] as Buffer)).toBe(true)
    for (const { slot, frame } of server.requests) slot.send([frameOf(frame)])
    await until('the answers', () => received.reduce((sum, chunk) => sum + chunk.length, 0) === stream.length)
    expect(Buffer.concat(received).equals(stream)).toBe(true)
    expect(server.requests[0]?.info).toMatchObject({
      principal: 'User:ANONYMOUS',
      securityProtocol: 'SSL',
      peerAddress: HOST,
    })
    expect(server.lines).toEqual([])
  })

  it('knows clients by their certificates', async () => {
    const server = await open('required')
    const client = dial(server, { key: alice.keyPem, cert: alice.chainPem })
    expect((await request(server, client, Buffer.from('x'))).info.principal).toBe('User:CN=alice,O=x')
    await closed(dial(server))
    const stranger = new Authority('/CN=Somebody Else')
    const mallory = stranger.issue('mallory')
    await closed(dial(server, { key: mallory.keyPem, cert: mallory.chainPem }))
    stranger[Symbol.dispose]()
    const nobody = authority.issue('nobody')
    await closed(dial(server, { key: nobody.keyPem, cert: nobody.chainPem }))
    expect(server.lines).toEqual([
      expect.stringMatching(/TLS handshake failed: peer did not return a certificate$/),
      expect.stringMatching(/TLS handshake failed: its certificate is not accepted: /),
      expect.stringMatching(/the name in its certificate fits no rule of ssl.principal.mapping.rules$/),
    ])
    expect(server.shared.connections).toBe(1)
    expect(server.requests.length).toBe(1)
  })

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'that requests certificates takes clients without one: %s',
    async (version) => {
      const server = await open('requested')
      const maxVersion = version
      expect((await request(server, dial(server, { maxVersion }), Buffer.from('x'))).info.principal).toBe(
        'User:ANONYMOUS',
      )
      const known = dial(server, { maxVersion, key: alice.keyPem, cert: alice.chainPem })
      expect((await request(server, known, Buffer.from('x'))).info.principal).toBe('User:CN=alice,O=x')
      const stranger = new Authority('/CN=Somebody Else')
      const mallory = stranger.issue('mallory')
      await closed(dial(server, { maxVersion, key: mallory.keyPem, cert: mallory.chainPem }))
      stranger[Symbol.dispose]()
      expect(server.lines.length).toBe(1)
    },
  )

  it('speaks only the protocols and ciphers that it is told to', async () => {
    const server = await open()
    const identity = { keys: [node.keyPem], chains: [node.chainPem] }
    server.context = tlsContext(identity, {
      ...MODERN,
      maxVersion: 'TLSv1.2',
      ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256',
    })
    const old = dial(server)
    await request(server, old, Buffer.from('x'))
    expect([old.getProtocol(), old.getCipher().name]).toEqual(['TLSv1.2', 'ECDHE-ECDSA-AES128-GCM-SHA256'])
    await closed(dial(server, { minVersion: 'TLSv1.3' }))
    server.context = tlsContext(identity, { ...MODERN, minVersion: 'TLSv1.3', ciphers: 'TLS_AES_128_GCM_SHA256' })
    const fresh = dial(server)
    await request(server, fresh, Buffer.from('x'))
    expect([fresh.getProtocol(), fresh.getCipher().name]).toEqual(['TLSv1.3', 'TLS_AES_128_GCM_SHA256'])
    await closed(dial(server, { maxVersion: 'TLSv1.2' }))
    expect(server.lines).toEqual(Array(2).fill(expect.stringMatching(/TLS handshake failed: unsupported protocol$/)))
    // Who was there before goes on.
    await request(server, old, Buffer.from('y'))
  })

  it('sends plaintext and garbage away with one line, and nobody else notices', async () => {
    const server = await open()
    const good = dial(server)
    await request(server, good, Buffer.from('before'))
    const hello = Buffer.from('16030100f5010000f10303', 'hex')
    const nonsense = [
      Buffer.from('00000015001200030000000100036b61660001610231', 'hex'),
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      Buffer.alloc(100_000, 0xff),
      Buffer.concat([hello, Buffer.alloc(300, 0xee)]),
      Buffer.from('15030300020228', 'hex'),
    ]
    await Promise.all(nonsense.map((bytes) => closed(plain(server, bytes))))
    expect(server.lines.length).toBe(nonsense.length)
    expect(server.lines.slice(0, 2)).toEqual(Array(2).fill(expect.stringMatching(/what it sent is no TLS/)))
    // Whoever only looks whether somebody listens is no news.
    const look = plain(server)
    await until('the connection', () => server.shared.connections === 2)
    look.destroy()
    await until('its end', () => server.shared.connections === 1)
    expect(server.lines.length).toBe(nonsense.length)
    await request(server, good, Buffer.from('after'))
  })

  it('is not upset by garbage in the middle of a handshake, or after it', async () => {
    const server = await open('requested')
    const good = dial(server)
    await request(server, good, Buffer.from('before'))
    const hello = await helloOf()
    for (let at = 0; at < hello.length; at += 5) {
      const damaged = Buffer.from(hello)
      damaged[at] = (damaged[at] ?? 0) ^ 0xff
      const stranger = plain(server)
      stranger.on('connect', () => stranger.end(damaged))
    }
    const raw = plainConnect({ host: HOST, port: server.listener.port })
    sockets.push(raw)
    const secured = dial(server, { socket: raw })
    await request(server, secured, Buffer.from('fine'))
    raw.write(Buffer.alloc(1000, 0x17))
    await closed(secured)
    await until('all strangers to be gone', () => server.shared.connections === 1)
    await request(server, good, Buffer.from('after'))
    expect(server.requests.map(({ frame }) => frame.toString())).toEqual(['before', 'fine', 'after'])
  })

  /** The first bytes of a client of TLS. */
  async function helloOf(): Promise<Buffer> {
    const { promise, resolve } = Promise.withResolvers<Buffer>()
    const server = createServer((socket) => socket.once('data', resolve).on('error', () => {})).listen(0, HOST)
    await new Promise((ready) => server.once('listening', ready))
    const { port } = server.address() as AddressInfo
    const client = connect({ host: HOST, port }).on('error', () => {})
    const hello = await promise
    client.destroy()
    server.close()
    return hello
  }

  it('counts handshakes as connections and gives them a time', async () => {
    const server = await open('none', { maxConnections: 2 })
    const stuck = [plain(server), plain(server, Buffer.from('160301', 'hex'))]
    await until('both', () => server.shared.connections === 2)
    const third = dial(server)
    third.write(frameOf(Buffer.from('x')))
    await until('the third to wait', () => third.connecting === false)
    server.clock.pass(30_000)
    await Promise.all(stuck.map(closed))
    await until('the third’s request', () => server.requests.length === 1)
    expect(server.lines).toEqual(Array(2).fill(expect.stringMatching(/TLS handshake took longer than 30000 ms$/)))
    expect(server.shared.connections).toBe(1)
  })

  it('has only so many handshakes at a time, and the oldest have to go', () => {
    const accepted: ((outcome: HandshakeOutcome) => void)[] = []
    const tls = {
      accept: (_: unknown, done: (o: HandshakeOutcome) => void) => accepted.push(done),
      principalOf: () => 'User:x',
    }
    const handshakes = new Handshakes({ tls, clock: new HeldClock(), limitMs: 30_000, most: 3 })
    const ends: string[] = []
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      handshakes.begin(new PassThrough() as unknown as NetSocket, {
        ready: () => ends.push(`${name} ready`),
        failed: (reason) => ends.push(`${name} ${reason}`),
      })
    }
    const refused = 'TLS handshake given up: more than 3 are under way'
    expect(ends.splice(0)).toEqual([`a ${refused}`, `b ${refused}`])
    for (const done of accepted.slice(1, 4))
      done({ socket: new PassThrough() as unknown as NetSocket, certificate: undefined })
    expect(ends.splice(0)).toEqual(['c ready', 'd ready'])
    expect(handshakes.size).toBe(1)
    handshakes.close()
    expect(ends).toEqual(['e undefined'])
  })

  it('holds bounded memory for a client that never reads', async () => {
    const server = await open()
    const client = dial(server)
    client.pause()
    const answer = Buffer.alloc(200_000)
    for (let i = 0; i < 100; i++) client.write(frameOf(Buffer.from('again')))
    let answered = 0
    await until('no more to be started', () => {
      const fresh = server.requests.splice(0)
      for (const { slot } of fresh) slot.send([frameOf(answer)])
      answered += fresh.length
      return fresh.length === 0 && answered > 5
    })
    expect(answered).toBeLessThan(60)
  })
})
