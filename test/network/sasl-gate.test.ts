import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { ByteReader } from '../../src/base/bytes.ts'
import type { Clock, Logger } from '../../src/io/ports.ts'
import { ListenerMetrics } from '../../src/metrics/broker-metrics.ts'
import { SaslGate } from '../../src/network/sasl-gate.ts'
import { encodeAnswer } from '../../src/protocol/answer-frame.ts'
import { type Api, ApiKey, apiOf, responseHeaderVersion } from '../../src/protocol/apis.ts'
import type { ConnectionInfo, ReplySlot } from '../../src/protocol/frame-handler.ts'
import { SaslAuthenticateRequest } from '../../src/protocol/messages/sasl-authenticate.ts'
import { SaslHandshakeRequest } from '../../src/protocol/messages/sasl-handshake.ts'
import type { SaslMechanism, SaslStep } from '../../src/security/sasl/mechanism.ts'
import { requestFrame } from '../support/raw-client.ts'

/** Time that a test moves. */
class TestClock implements Clock {
  #now = 1_000_000
  readonly #timers = new Map<object, { atMs: number; run: () => void }>()

  now(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#now
  }

  after(ms: number, run: () => void) {
    const timer = { cancel: () => void this.#timers.delete(timer) }
    this.#timers.set(timer, { atMs: this.#now + ms, run })
    return timer
  }

  get timers(): number {
    return this.#timers.size
  }

  pass(ms: number): void {
    this.#now += ms
    for (const [timer, { atMs, run }] of [...this.#timers]) {
      if (atMs > this.#now) continue
      this.#timers.delete(timer)
      run()
    }
  }
}

const SECRET = 'hunter2'
const REFUSAL = Buffer.from([0, 0, 0, 4, 0, 0, 0, 99])

/** `X`: says who is let in; `wait`: says so later; `more`: asks for another token. */
function spoken(name: 'PLAIN' | 'SCRAM-SHA-256', steps: { later?: (step: SaslStep) => void }): SaslMechanism {
  const outcome = (text: string): SaslStep => {
    if (text === 'bad') return { kind: 'malformed', detail: 'nonsense', user: 'x' }
    if (text === 'more') return { kind: 'challenge', token: Buffer.from('go on') }
    if (text.startsWith('fail')) return { kind: 'failed', message: 'no', detail: 'because', user: 'x' }
    if (!/^[a-z]+(?:@\d+)?$/.test(text)) return { kind: 'failed' }
    const [user = '', left] = text.split('@')
    const expiresAtMs = left === undefined ? {} : { expiresAtMs: 1_000_000 + Number(left) }
    return { kind: 'done', token: Buffer.from('hi'), principal: `User:${user}`, ...expiresAtMs }
  }
  return {
    name,
    start: () => ({
      mechanism: name,
      step: (token) => {
        const text = token.toString()
        if (!text.startsWith('wait ')) return outcome(text)
        return new Promise<SaslStep>((resolve, reject) => {
          steps.later = (step) => (step.kind === 'failed' ? reject(new Error('broken')) : resolve(step))
        })
      },
    }),
  }
}

/** One connection, and what it is told. */
class Bench {
  readonly clock = new TestClock()
  readonly metrics = new ListenerMetrics()
  readonly lines: string[] = []
  /** What the client gets, in order; `passed:` is what reached the dispatcher. */
  readonly seen: string[] = []
  readonly bounds: (number | undefined)[] = []
  readonly steps: { later?: (step: SaslStep) => void } = {}
  readonly gate: SaslGate
  maxReauthMs = 0
  failureDelayMs = 100
  info: ConnectionInfo = {
    id: '1',
    listenerName: 'CLIENTS',
    securityProtocol: 'SASL_PLAINTEXT',
    peerAddress: '127.0.0.1',
    peerPort: 1,
    localAddress: '127.0.0.1',
    localPort: 2,
    principal: 'User:ANONYMOUS',
    tokenAuthenticated: false,
    clientSoftwareName: 'unknown',
    clientSoftwareVersion: 'unknown',
  }

  constructor() {
    const log = (level: string) => (fields: object | string, message?: string) =>
      void this.lines.push(`${level} ${message ?? ''} ${JSON.stringify(fields)}`)
    const logger = { debug: log('debug'), warn: log('warn'), error: log('error') } as unknown as Logger
    const bench = this
    this.gate = new SaslGate({
      mechanisms: () => [spoken('PLAIN', this.steps), spoken('SCRAM-SHA-256', this.steps)],
      maxReceiveBytes: 500,
      get failureDelayMs() {
        return bench.failureDelayMs
      },
      maxReauthMs: () => this.maxReauthMs,
      handle: (frame, _info, slot) => this.#serve(frame, slot),
      refusal: () => [REFUSAL],
      clock: this.clock,
      logger,
      metrics: this.metrics,
    })
    this.connect()
  }

  /** Another connection of the same client. */
  connect(): this {
    this.gate.closed(this.info)
    this.info = { ...this.info, principal: 'User:ANONYMOUS' }
    this.gate.opened(this.info, {
      limitFrames: (bound) => void this.bounds.push(bound?.bytes),
      close: (reason) => void this.seen.push(`cut: ${reason}`),
    })
    return this
  }

  #serve(frame: Buffer, slot: ReplySlot): void {
    const api = apiOf(frame.readInt16BE(0)) as Api
    this.seen.push(`passed: ${api.name}`)
    if (api.key !== ApiKey.ApiVersions) {
      slot.skip()
      return
    }
    const version = frame.readInt16BE(2)
    const answer = { errorCode: version > 4 ? 35 : 0, apiKeys: [] }
    if (version <= 4) slot.answering?.(answer)
    slot.send(encodeAnswer(api, 0, 0, answer))
  }

  #slot(api: Api | undefined, version: number): ReplySlot {
    const answered = (pieces: readonly { readonly length: number }[], last: string): void => {
      const frame = Buffer.concat(pieces as Buffer[])
      this.seen.push(`${api?.name === 'ApiVersions' ? 'versions' : told(api, version, frame)}${last}`)
    }
    return {
      send: (pieces) => answered(pieces, ''),
      sendLast: (pieces) => answered(pieces, ', closed'),
      skip: () => {},
      close: (reason) => void this.seen.push(`closed${reason === undefined ? '' : `: ${reason}`}`),
    }
  }

  ask(key: number, version: number, body: Buffer): this {
    const frame = requestFrame(key, version, 7, body, 'test').subarray(4)
    this.gate.handle(frame, this.info, this.#slot(apiOf(key), version))
    return this
  }

  bare(bytes: Buffer | string): this {
    this.gate.handle(Buffer.from(bytes), this.info, this.#slot(undefined, 0))
    return this
  }

  versions(version = 0): this {
    return this.ask(ApiKey.ApiVersions, version, Buffer.alloc(0))
  }

  handshake(mechanism = 'PLAIN', version = 1): this {
    return this.ask(ApiKey.SaslHandshake, version, SaslHandshakeRequest.toBuffer({ mechanism }, version))
  }

  token(text: string, version = 1): this {
    const authBytes = Buffer.from(text)
    return this.ask(ApiKey.SaslAuthenticate, version, SaslAuthenticateRequest.toBuffer({ authBytes }, version))
  }

  metadata(): this {
    return this.ask(ApiKey.Metadata, 1, Buffer.alloc(4))
  }
}

function told(api: Api | undefined, version: number, frame: Buffer): string {
  if (api === undefined) return `token ${frame.subarray(4).toString()}`
  if (frame.equals(REFUSAL)) return 'refused'
  const reader = new ByteReader(frame, 8)
  if (responseHeaderVersion(api, version) === 1) reader.int8()
  const answer = api.response.decode(reader, version) as Record<string, unknown>
  if (api.key === ApiKey.SaslHandshake) return `handshake ${answer.errorCode} ${answer.mechanisms}`
  const { errorCode, errorMessage, authBytes, sessionLifetimeMs } = answer
  return `authenticate ${errorCode} [${errorMessage}] [${String(authBytes)}] ${sessionLifetimeMs}`
}

let bench: Bench
beforeEach(() => {
  bench = new Bench()
})

const GREETED = 'handshake 0 PLAIN,SCRAM-SHA-256'

describe('a login', () => {
  test('the whole way, and everything passes behind it', () => {
    bench.versions().handshake().token('more').token('alice').metadata()
    expect(bench.seen).toEqual([
      'passed: ApiVersions',
      'versions',
      GREETED,
      'authenticate 0 [] [go on] 0',
      'authenticate 0 [] [hi] 0',
      'passed: Metadata',
    ])
    expect(bench.info.principal).toBe('User:alice')
    expect(bench.bounds).toEqual([500, undefined])
    expect(bench.metrics).toMatchObject({ logins: 1, failedLogins: 0, loginsWithoutReauthentication: 0 })
    expect(bench.clock.timers).toBe(0)
    expect(bench.lines).toEqual([expect.stringContaining('debug login')])
  })

  test('without ApiVersions, and with bare tokens', () => {
    bench.handshake('PLAIN', 0).bare('more').bare('bob').metadata()
    expect(bench.seen).toEqual([GREETED, 'token go on', 'token hi', 'passed: Metadata'])
    expect(bench.metrics.loginsWithoutReauthentication).toBe(1)
  })

  test('what comes while a step is waited for waits too', async () => {
    bench.handshake().token('wait ').token('never looked at').metadata()
    expect(bench.seen).toEqual([GREETED])
    bench.steps.later?.({ kind: 'done', token: Buffer.from('hi'), principal: 'User:late' })
    await new Promise(setImmediate)
    expect(bench.seen).toEqual([GREETED, 'authenticate 0 [] [hi] 0', 'passed: SaslAuthenticate', 'passed: Metadata'])
  })

  test('a step that breaks is a failure, and tells nothing', async () => {
    bench.handshake().token('wait ').metadata()
    bench.steps.later?.({ kind: 'failed' })
    await new Promise(setImmediate)
    bench.clock.pass(100)
    expect(bench.seen).toEqual([
      GREETED,
      'authenticate 58 [Authentication failed during authentication due to invalid credentials with SASL mechanism PLAIN] [] 0, closed',
    ])
    expect(bench.info.principal).toBe('User:ANONYMOUS')
  })

  test('what can not be reckoned with closes at once, and is told nothing', () => {
    bench.handshake().token('bad').token('alice')
    expect(bench.seen).toEqual([GREETED, 'closed'])
    expect(bench.metrics.failedLogins).toBe(1)
    expect(bench.lines).toEqual([expect.stringMatching(/^warn login failed .*"user":"x","reason":"nonsense"/)])
  })

  test('whoever fails in the same way again and again has one line and a count', () => {
    for (let i = 0; i < 100; i += 1) bench.connect().handshake().token('fail')
    expect(bench.lines.filter((line) => line.includes('login failed'))).toHaveLength(1)
    expect(bench.metrics.failedLogins).toBe(100)
    bench.gate.stopped()
    expect(bench.lines.at(-1)).toMatch(/^warn login failed again .*"again":99/)
  })

  test('whoever is gone in the middle of it is nobody', async () => {
    bench.handshake().token('wait ')
    bench.gate.closed(bench.info)
    bench.steps.later?.({ kind: 'done', token: Buffer.from('hi'), principal: 'User:late' })
    await new Promise(setImmediate)
    expect(bench.info.principal).toBe('User:ANONYMOUS')
    expect(bench.gate.size).toBe(0)
    expect(bench.clock.timers).toBe(0)
  })

  test('nobody has longer than half a minute', () => {
    bench.versions().handshake()
    bench.clock.pass(30_000)
    expect(bench.seen.at(-1)).toBe('cut: no login within 30000 ms')
  })
})

describe('what does not fit closes the connection', () => {
  const anything: readonly [string, () => Bench][] = [
    ['a request', () => bench.metadata()],
    ['a request after ApiVersions', () => bench.versions().metadata()],
    ['SaslAuthenticate before the handshake', () => bench.token('alice')],
    ['ApiVersions twice', () => bench.versions().versions()],
    ['a handshake of another version', () => bench.ask(ApiKey.SaslHandshake, 7, Buffer.alloc(10))],
    ['a handshake that is cut off', () => bench.ask(ApiKey.SaslHandshake, 1, Buffer.from([0, 9]))],
    ['no request', () => bench.bare('hello')],
    ['no request after ApiVersions', () => bench.versions().bare('hello')],
    ['no request after the handshake', () => bench.handshake().bare('hello')],
    ['a handshake after the handshake', () => bench.handshake().handshake()],
    ['SaslAuthenticate of another version', () => bench.handshake().ask(ApiKey.SaslAuthenticate, 9, Buffer.alloc(10))],
    ['a request after the handshake', () => bench.handshake().metadata()],
    ['a wrong bare token', () => bench.handshake('PLAIN', 0).bare('fail')],
  ]

  test.each(anything)('%s', (_name, run) => {
    run()
    bench.clock.pass(100)
    expect(bench.seen.at(-1)).toMatch(/closed$/)
    const before = bench.seen.length
    bench.handshake().token('alice').metadata()
    expect(bench.seen.slice(before)).toEqual([])
    expect(bench.info.principal).toBe('User:ANONYMOUS')
    expect(bench.lines).toEqual([expect.stringContaining('warn login failed')])
    expect(bench.metrics.failedLogins).toBe(1)
  })

  test('but ApiVersions is answered again as long as it was an error', () => {
    bench.versions(9).versions(9).versions().handshake()
    expect(bench.seen.at(-1)).toBe(GREETED)
  })

  test('a request in the middle of the tokens is told so first', () => {
    bench.handshake().metadata()
    bench.clock.pass(100)
    expect(bench.seen).toEqual([GREETED, 'refused, closed'])
  })
})

describe('a failed login', () => {
  test('is told after the delay, and written down once without the token', () => {
    bench.handshake().token(SECRET)
    expect(bench.seen).toEqual([GREETED])
    bench.clock.pass(99)
    expect(bench.seen).toEqual([GREETED])
    bench.clock.pass(1)
    expect(bench.seen[1]).toMatch(/^authenticate 58 \[Authentication failed during authentication.*closed$/)
    expect(bench.lines.length).toBe(1)
    expect(bench.lines.join()).not.toContain(SECRET)
  })

  test('has the words of its mechanism; the log has more', () => {
    bench.failureDelayMs = 0
    bench.handshake().token('fail')
    expect(bench.seen[1]).toBe('authenticate 58 [no] [] 0, closed')
    expect(bench.lines[0]).toContain('"mechanism":"PLAIN","user":"x","reason":"no: because"')
  })

  test('a mechanism that is not there: the client is told which are', () => {
    bench.handshake('GSSAPI')
    bench.clock.pass(100)
    expect(bench.seen).toEqual(['handshake 33 PLAIN,SCRAM-SHA-256, closed'])
  })
})

describe('a session (KIP-368)', () => {
  beforeEach(() => {
    bench.maxReauthMs = 10_000
  })

  test('lasts as long as the setting and the credential let it', () => {
    bench.handshake().token('alice')
    expect(bench.seen.at(-1)).toBe('authenticate 0 [] [hi] 10000')
    const short = new Bench()
    short.maxReauthMs = 10_000
    short.handshake().token('alice@4000')
    expect(short.seen.at(-1)).toBe('authenticate 0 [] [hi] 4000')
    const unset = new Bench()
    unset.handshake().token('alice@4000')
    expect(unset.seen.at(-1)).toBe('authenticate 0 [] [hi] 4000')
  })

  test('ends with the first request that comes too late', () => {
    bench.handshake().token('alice')
    bench.clock.pass(10_000)
    bench.metadata()
    bench.clock.pass(1)
    bench.metadata()
    expect(bench.seen.slice(2)).toEqual(['passed: Metadata', 'closed'])
    expect(bench.metrics.expiredSessions).toBe(1)
  })

  test('is renewed by another login, even when it is over', () => {
    bench.handshake().token('alice')
    bench.clock.pass(20_000)
    bench.handshake().token('alice')
    bench.clock.pass(9_000)
    bench.metadata()
    expect(bench.seen.slice(2)).toEqual([GREETED, 'authenticate 0 [] [hi] 10000', 'passed: Metadata'])
    expect(bench.bounds).toEqual([500, undefined, 500, undefined])
    expect(bench.metrics).toMatchObject({ logins: 1, reauthentications: 1 })
  })

  test('is not renewed twice in a second: the handshake is a request like others then', () => {
    bench.handshake().token('alice').handshake().token('alice')
    bench.clock.pass(999)
    bench.handshake()
    expect(bench.seen.at(-1)).toBe('passed: SaslHandshake')
    bench.clock.pass(1)
    bench.handshake()
    expect(bench.seen.at(-1)).toBe(GREETED)
  })

  test('is never renewed where it has no end', () => {
    bench.maxReauthMs = 0
    bench.handshake().token('alice').handshake()
    expect(bench.seen.at(-1)).toBe('passed: SaslHandshake')
  })

  test('stays the same principal', () => {
    bench.handshake().token('alice').handshake().token('bob')
    bench.clock.pass(100)
    const sentence = 'Cannot change principals during re-authentication from User.alice: User.bob'
    expect(bench.seen.at(-1)).toBe(`authenticate 58 [${sentence}] [] 0, closed`)
    expect(bench.metrics.failedReauthentications).toBe(1)
    expect(bench.info.principal).toBe('User:alice')
  })

  test('stays with its mechanism: the next token ends it', () => {
    bench.handshake().token('alice').handshake('SCRAM-SHA-256').token('alice')
    bench.clock.pass(100)
    expect(bench.seen.slice(2)).toEqual([GREETED, 'closed'])
    expect(bench.lines.at(-1)).toContain('is not supported for re-authentication of mechanism')
  })

  test('nothing else passes while it is renewed', () => {
    bench.handshake().token('alice').handshake().metadata()
    bench.clock.pass(100)
    expect(bench.seen.slice(2)).toEqual([GREETED, 'refused, closed'])
  })
})

test('whatever comes in whatever order: nothing passes before a login', () => {
  const move = fc.constantFrom<(on: Bench) => unknown>(
    (on) => on.versions(),
    (on) => on.versions(9),
    (on) => on.handshake(),
    (on) => on.handshake('PLAIN', 0),
    (on) => on.handshake('NONE'),
    (on) => on.token('fail'),
    (on) => on.token('more'),
    (on) => on.token('wait '),
    (on) => on.bare('fail'),
    (on) => on.bare('more'),
    (on) => on.metadata(),
    (on) => on.bare(Buffer.alloc(8)),
    (on) => on.clock.pass(150),
  )
  fc.assert(
    fc.property(fc.array(move, { maxLength: 12 }), (moves) => {
      const on = new Bench()
      for (const make of moves) make(on)
      expect(on.seen.filter((line) => line.startsWith('passed') && line !== 'passed: ApiVersions')).toEqual([])
      expect(on.info.principal).toBe('User:ANONYMOUS')
      on.gate.closed(on.info)
      on.gate.stopped()
      expect(on.clock.timers).toBe(0)
    }),
  )
})
