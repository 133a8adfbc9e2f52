import { describe, expect, it } from 'vitest'
import { refusalOf } from '../../src/http/console/explain.ts'
import { shellWord } from '../../src/http/console/shell-commands.ts'
import { Insight } from '../../src/insight/insight.ts'
import { type ConnectionInfo, Used } from '../../src/protocol/frame-handler.ts'

const PLAIN = { bootstrap: 'localhost:9092', isSecured: false }
const SECURED = { ...PLAIN, isSecured: true }

function connection(changes: Partial<ConnectionInfo> = {}): ConnectionInfo {
  return {
    id: 'c1',
    listenerName: 'PLAINTEXT',
    securityProtocol: 'PLAINTEXT',
    peerAddress: '10.0.0.9',
    peerPort: 4000,
    localAddress: '10.0.0.1',
    localPort: 9092,
    principal: 'User:ANONYMOUS',
    tokenAuthenticated: false,
    clientSoftwareName: 'unknown',
    clientSoftwareVersion: 'unknown',
    use: { openedMs: 0, lastMs: 0, clientId: 'app', kinds: Used.METADATA, requests: 2, bytesIn: 0, bytesOut: 0 },
    ...changes,
  }
}

function explained(reason: string) {
  const insight = new Insight(() => 1)
  insight.refused(connection(), reason)
  const [entry] = insight.refusals.entries()
  if (entry === undefined) throw new Error('nothing was noted')
  return refusalOf(entry, PLAIN)
}

describe('why somebody was refused', () => {
  it.each([
    ['a TLS handshake came, and this listener speaks plaintext (security.protocol of the client?)', 'tls-on-plain'],
    ['TLS handshake failed: what it sent is no TLS (does the client speak plaintext?)', 'plain-on-tls'],
    ['TLS handshake failed: its certificate is not accepted: it has none', 'tls-handshake'],
    [
      `frame size ${Buffer.from('GET ').readInt32BE()} is larger than socket.request.max.bytes 104857600`,
      'http-on-kafka',
    ],
    ['frame size 200000000 is larger than socket.request.max.bytes 104857600', 'oversized-frame'],
    ['no version 0 of API key 0 (Produce)', 'unsupported-version'],
    ['unknown API key 999', 'unknown-api'],
    ['API key 52 (Vote) v0 is not served here', 'unknown-api'],
    ['too many connections from 10.0.0.9 (max.connections.per.ip)', 'too-many-connections'],
    ['no login within 30000 ms', 'login-missing'],
    ['Fetch v12 of client "x" can\'t be read: array of 9 elements in 3 bytes', 'malformed-request'],
    ['something new', 'other'],
  ])('%s', (reason, kind) => {
    const refusal = explained(reason)
    expect(refusal).toMatchObject({ kind, address: '10.0.0.9', clientId: 'app', listener: 'PLAINTEXT', detail: reason })
    expect(refusal.fix).not.toBe('')
  })

  it('is kept once for the same, and for so many at most', () => {
    let nowMs = 1
    const insight = new Insight(() => nowMs++)
    for (let i = 0; i < 3; i++) insight.refused(connection(), 'same')
    expect(insight.refusals.entries()).toMatchObject([{ times: 3, firstMs: 3, lastMs: 5 }])
    for (let i = 0; i < 2_000; i++) insight.refused(connection(), `other ${i}`)
    const entries = insight.refusals.entries()
    expect(entries.length).toBe(500)
    expect(entries[0]?.fact).toMatchObject({ reason: 'other 1999' })
  })

  it('takes the names that strangers choose for text', () => {
    expect(shellWord("a'; rm -rf /; '")).toBe(`'a'\\''; rm -rf /; '\\'''`)
    const insight = new Insight(() => 1)
    const asked = { principal: 'User:$(x)', host: '10.0.0.9', operation: 3, resourceType: 2, name: '`t`', api: 'Fetch' }
    insight.denied(asked)
    const [entry] = insight.refusals.entries()
    const refusal = entry && refusalOf(entry, PLAIN)
    expect(refusal?.commands).toEqual([
      "kafka-acls.sh --bootstrap-server localhost:9092 --add --allow-principal 'User:$(x)' --operation Read --topic '`t`'",
      "odradek acls add --principal 'User:$(x)' --operation read --topic '`t`' --bootstrap-server localhost:9092",
    ])
  })
})

describe('what helps somebody who was refused', () => {
  function told(what: (insight: Insight) => void, target = PLAIN) {
    const insight = new Insight(() => 1)
    what(insight)
    const [entry] = insight.refusals.entries()
    if (entry === undefined) throw new Error('nothing was noted')
    return refusalOf(entry, target)
  }
  const asked = { principal: 'User:bob', host: '10.0.0.9', operation: 8, resourceType: 2, name: 't', api: 'Metadata' }

  it('is a command with a login where the listener asks for one', () => {
    const { commands, fix } = told((insight) => insight.denied(asked), SECURED)
    expect(commands).toEqual([
      'kafka-acls.sh --bootstrap-server localhost:9092 --command-config client.properties --add --allow-principal User:bob --operation Describe --topic t',
      'odradek acls add --principal User:bob --operation describe --topic t --bootstrap-server localhost:9092 -c client.properties',
    ])
    expect(fix).toMatch(/Write or Read.*client\.properties/)
  })

  it.each([
    ['wrong password', 'Compare the password, or set a new one', 0],
    ['no such user of this mechanism', 'add the user with SCRAM-SHA-512', 1],
  ])('at a login: %s', (why, fix, commands) => {
    const reason = `Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-512: ${why}`
    const refusal = told((insight) =>
      insight.loginFailed(connection(), { reason, mechanism: 'SCRAM-SHA-512', user: 'bob' }),
    )
    expect(refusal.message).toBe(`The login of "bob" by SCRAM-SHA-512 was refused: ${why}.`)
    expect(refusal.fix).toContain(fix)
    expect(refusal.commands).toHaveLength(commands)
  })

  it('is the size that a topic would have to take', () => {
    const reason =
      'The record batch size in the append to t-0 is 50120 bytes which exceeds the maximum configured value of 10000).'
    expect(told((insight) => insight.tooLarge(connection(), 't', reason))).toMatchObject({
      kind: 'message-too-large',
      message: 'A batch of 50,120 bytes for the topic "t" was refused: at most 10,000 are taken.',
      commands: [
        'kafka-configs.sh --bootstrap-server localhost:9092 --alter --entity-type topics --entity-name t --add-config max.message.bytes=50120',
        'odradek configs set topic t max.message.bytes=50120 --bootstrap-server localhost:9092',
      ],
    })
  })

  it('is its quota, with the newest delay', () => {
    const refusal = told((insight) => {
      insight.throttled(connection(), 'producer_byte_rate', 20)
      insight.throttled(connection(), 'producer_byte_rate', 1_250.5)
    })
    expect(refusal).toMatchObject({ kind: 'throttled', times: 2, detail: 'producer_byte_rate: 1250.5 ms' })
    expect(refusal.message).toMatch(/^User:ANONYMOUS \(app\) wrote more bytes .* 1,251 ms later\.$/)
  })
})

describe('a client that never comes where it was sent', () => {
  const TOLD = { host: 'localhost', port: 9092 }
  const noted = (insight: Insight) => insight.refusals.entries().map(({ fact }) => fact.type)

  it('is noticed when it has waited', () => {
    let nowMs = 0
    const insight = new Insight(() => nowMs)
    insight.tells(() => TOLD)
    const client = connection()
    insight.opened(client)
    insight.look(client)
    expect(noted(insight)).toEqual([])
    nowMs = 20_000
    insight.look(client)
    const [entry] = insight.refusals.entries()
    const refusal = entry && refusalOf(entry, PLAIN)
    expect(refusal).toMatchObject({ kind: 'unreachable-listener', address: '10.0.0.9' })
    expect(refusal?.message).toContain('localhost:9092')
    expect(refusal?.fix).toContain('advertised.listeners=PLAINTEXT://10.0.0.1:9092')
  })

  it.each([
    ['it came', (insight: Insight) => insight.opened(connection({ id: 'c2' })), connection()],
    [
      'it asked for more',
      () => {},
      connection({ use: { ...connection().use, kinds: 3 } as NonNullable<ConnectionInfo['use']> }),
    ],
    ['it is here already', () => {}, connection({ peerAddress: '127.0.0.1' })],
  ])('is none where %s', (_, then, client) => {
    let nowMs = 0
    const insight = new Insight(() => nowMs)
    insight.tells(() => TOLD)
    insight.opened(client)
    then(insight)
    nowMs = 20_000
    insight.closed(client)
    expect(noted(insight)).toEqual([])
  })
})

describe('the history of in-sync replicas', () => {
  it('is a ring', () => {
    const insight = new Insight(() => 1)
    const partition = { partition: 0, leader: 1, isr: [1, 2] } as never
    for (let i = 0; i < 2_100; i++) insight.isr.note([{ topic: `t${i}`, before: partition, after: partition }])
    const entries = insight.isr.entries()
    expect([entries.length, entries[0]?.topic, entries.at(-1)?.topic]).toEqual([2_000, 't2099', 't100'])
  })
})
