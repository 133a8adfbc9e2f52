import { connect, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import { createLogger } from '../../src/io/logger.ts'
import { buildBatch } from '../../src/record/builder.ts'
import { updateCrc } from '../../src/record/header.ts'
import { Session } from '../clients/differential/session.ts'
import { OneNode } from '../support/one-node.ts'
import { until } from '../support/wait.ts'
import { frame } from '../support/wire.ts'

const METADATA = frame(3, 1, 7, Buffer.from([0, 0, 0, 0]))
const sockets: Peer[] = []

/** A bare connection that has asked for metadata. */
interface Peer {
  readonly socket: Socket
  state: 'waiting' | 'answered' | 'closed'
}

function peer(port: number, localAddress = '127.0.0.1', first: Uint8Array = METADATA): Peer {
  const socket = connect({ port, host: '127.0.0.1', localAddress })
  const made: Peer = { socket, state: 'waiting' }
  socket.on('error', () => {})
  socket.on('close', () => {
    made.state = 'closed'
  })
  socket.on('data', () => {
    made.state = 'answered'
  })
  socket.write(first)
  sockets.push(made)
  return made
}

const states = (peers: readonly Peer[]): string => peers.map(({ state }) => state).join(' ')
const count = (peers: readonly Peer[], state: Peer['state']): number => {
  return peers.filter((each) => each.state === state).length
}

afterEach(() => {
  for (const { socket } of sockets.splice(0)) socket.destroy()
})

const TWO_LISTENERS = {
  listeners: 'PLAINTEXT://127.0.0.1:0,OTHER://127.0.0.1:0,CONTROLLER://127.0.0.1:0',
  'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,OTHER:PLAINTEXT,CONTROLLER:PLAINTEXT',
}

function portOf(node: OneNode, name: string): number {
  const found = node.node.listeners.find((listener) => listener.name === name)
  if (found === undefined) throw new Error(`no listener ${name}`)
  return found.port
}

describe('connections', () => {
  test('from one address are no more than max.connections.per.ip, or its override', async () => {
    await using node = await OneNode.start({
      overrides: { 'max.connections.per.ip': '2', 'max.connections.per.ip.overrides': '127.0.0.3:3,127.0.0.4:0' },
    })
    const from = (address: string) => Array.from({ length: 5 }, () => peer(node.port, address))
    const [plain, more, none] = [from('127.0.0.2'), from('127.0.0.3'), from('127.0.0.4')]
    await until('each to be let in or not', async () => sockets.every(({ state }) => state !== 'waiting'))
    expect([count(plain, 'answered'), count(more, 'answered'), count(none, 'answered')]).toEqual([2, 3, 0])
    plain.find(({ state }) => state === 'answered')?.socket.destroy()
    await until('room for another', async () => {
      const another = peer(node.port, '127.0.0.2')
      await until('its end', async () => another.state !== 'waiting')
      return another.state === 'answered'
    })
  })

  test('of one listener are no more than its max.connections; the other goes on', async () => {
    const overrides = { ...TWO_LISTENERS, 'listener.name.other.max.connections': '2' }
    await using node = await OneNode.start({ overrides })
    const full = [1, 2, 3].map(() => peer(portOf(node, 'OTHER')))
    const free = [1, 2, 3].map(() => peer(node.port))
    await until('those with room', async () => count(full, 'answered') === 2 && count(free, 'answered') === 3)
    expect(count(full, 'waiting')).toBe(1)
    full.find(({ state }) => state === 'answered')?.socket.destroy()
    await until('the third', async () => count(full, 'waiting') === 0)
    expect(count(full, 'answered')).toBe(2)
  })

  test('are no more than max.connections, but other brokers get in', async () => {
    const overrides = { ...TWO_LISTENERS, 'max.connections': '3', 'inter.broker.listener.name': 'PLAINTEXT' }
    await using node = await OneNode.start({ overrides })
    const clients = [1, 2, 3, 4].map(() => peer(portOf(node, 'OTHER')))
    await until('three clients', async () => count(clients, 'answered') === 3)
    const brokers = [1, 2].map(() => peer(node.port))
    await until('the brokers', async () => count(brokers, 'answered') === 2)
    expect(count(clients, 'waiting')).toBe(1)
  })

  test('come no faster than max.connection.creation.rate of the broker and of a listener', async () => {
    const rates = { 'max.connection.creation.rate': '1000', 'listener.name.other.max.connection.creation.rate': '10' }
    const windows = { 'quota.window.num': '2', 'quota.window.size.seconds': '1' }
    await using node = await OneNode.start({ overrides: { ...TWO_LISTENERS, ...rates, ...windows } })
    const begun = performance.now()
    const slow = Array.from({ length: 30 }, () => peer(portOf(node, 'OTHER')))
    const fast = Array.from({ length: 30 }, () => peer(node.port))
    await until('the fast listener', async () => count(fast, 'answered') === 30)
    await until('all', async () => count(slow, 'answered') === 30)
    // Thirty at ten a second, of which two seconds' worth may come at once.
    expect(performance.now() - begun).toBeGreaterThan(900)
  })

  test('of an address with a connection_creation_rate are closed beyond it', async () => {
    await using node = await OneNode.start({ overrides: { 'quota.window.num': '2' } })
    const entity = [{ entityType: 'ip', entityName: '127.0.0.5' }]
    const ops = [{ key: 'connection_creation_rate', value: 3, remove: false }]
    await node.call('AlterClientQuotas', 1, { entries: [{ entity, ops }], validateOnly: false })
    let limited: Peer[] = []
    await until('the quota to count', async () => {
      limited = Array.from({ length: 20 }, () => peer(node.port, '127.0.0.5'))
      await until('each', async () => limited.every(({ state }) => state !== 'waiting'))
      return count(limited, 'closed') > 0
    })
    const others = Array.from({ length: 20 }, () => peer(node.port, '127.0.0.6'))
    await until('others', async () => count(others, 'answered') === 20)
  })

  test('that say nothing whole are closed after connections.max.idle.ms, and nobody waits for them', async () => {
    await using node = await OneNode.start({ overrides: { 'connections.max.idle.ms': '300' } })
    const half = METADATA.subarray(0, 9)
    const huge = Buffer.from([5, 0, 0, 0, 0, 3])
    const slow = [...Array(100).keys()].map((n) => peer(node.port, '127.0.0.1', n % 2 === 0 ? half : huge))
    const quick = peer(node.port)
    await until('an answer', async () => quick.state === 'answered')
    await until('the slow to be closed', async () => slow.every(({ state }) => state === 'closed'))
    expect(states(slow)).not.toContain('answered')
  })
})

const SASL = {
  listeners: 'PLAINTEXT://127.0.0.1:0,SASL://127.0.0.1:0,CONTROLLER://127.0.0.1:0',
  'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,SASL:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT',
  'sasl.enabled.mechanisms': 'PLAIN',
  'listener.name.sasl.plain.sasl.jaas.config':
    'org.apache.kafka.common.security.plain.PlainLoginModule required user_alice="a-secret" user_bob="b-secret";',
}

async function loggedIn(port: number, user: string, password: string): Promise<Session> {
  const session = new Session(port)
  const { errorCode } = await session.call('SaslHandshake', 1, { mechanism: 'PLAIN' })
  expect(errorCode).toBe(0)
  const authBytes = Buffer.from(`\0${user}\0${password}`)
  expect(await session.call('SaslAuthenticate', 2, { authBytes })).toMatchObject({ errorCode: 0 })
  return session
}

function produce(topic: string, records: Buffer) {
  return {
    transactionalId: null,
    acks: 1,
    timeoutMs: 30_000,
    topicData: [{ name: topic, partitionData: [{ index: 0, records }] }],
  }
}

describe('clients that log in', () => {
  test('have the quotas of their users', async () => {
    await using node = await OneNode.start({ overrides: SASL })
    const entity = [{ entityType: 'user', entityName: 'alice' }]
    const ops = [{ key: 'producer_byte_rate', value: 1000, remove: false }]
    await node.call('AlterClientQuotas', 1, { entries: [{ entity, ops }], validateOnly: false })
    await node.createTopic('t')
    const port = portOf(node, 'SASL')
    const [alice, bob] = [await loggedIn(port, 'alice', 'a-secret'), await loggedIn(port, 'bob', 'b-secret')]
    const records = buildBatch({ records: [{ timestamp: Date.now(), key: null, value: Buffer.alloc(50_000) }] })
    expect((await bob.call('Produce', 9, produce('t', records))).throttleTimeMs).toBe(0)
    expect((await alice.call('Produce', 9, produce('t', records))).throttleTimeMs).toBeGreaterThan(0)
    expect((await bob.call('Produce', 9, produce('t', records))).throttleTimeMs).toBe(0)
    for (const session of [alice, bob]) session.close()
  })

  test('may send large requests only when they have', async () => {
    const lines: { msg: string; reason?: string }[] = []
    const logger = createLogger({ destination: { write: (text) => lines.push(JSON.parse(text)) } })
    await using node = await OneNode.start({ overrides: { ...SASL, 'sasl.server.max.receive.size': '2000' }, logger })
    const port = portOf(node, 'SASL')
    const large = frame(3, 1, 7, Buffer.concat([Buffer.from([0, 0, 0, 1, 0x7f, 0xff]), Buffer.alloc(0x7fff, 'x')]))
    const early = peer(port, '127.0.0.1', large)
    await until('its end', async () => early.state === 'closed')
    expect(JSON.stringify(lines)).toContain('sasl.server.max.receive.size')
    const session = await loggedIn(port, 'alice', 'a-secret')
    const topics = Array.from({ length: 500 }, (_, n) => ({ name: `no-such-topic-${n}` }))
    const answer = await session.call('Metadata', 9, { topics, allowAutoTopicCreation: false })
    expect(answer.topics).toHaveLength(500)
    session.close()
    expect(JSON.stringify(lines)).not.toMatch(/[ab]-secret/)
  })
})

test('a batch that unpacks to more than there is room for is refused, and others go on', {
  timeout: 60_000,
}, async () => {
  await using node = await OneNode.start()
  await node.createTopic('bombed')
  const MB = 1_048_576
  const batch = buildBatch({
    records: [{ timestamp: Date.now(), key: null, value: Buffer.alloc(MB) }],
    compression: 'gzip',
  })
  // One piece of gzip after another, each of a kilobyte that becomes a megabyte.
  const more = Array.from({ length: 300 }, () => gzipSync(Buffer.alloc(MB)))
  const bomb = Buffer.concat([batch, ...more])
  bomb.writeInt32BE(bomb.length - 12, 8)
  updateCrc(bomb, 0)
  expect(bomb.length).toBeLessThan(MB)
  const answer = await node.call('Produce', 9, produce('bombed', bomb))
  expect(answer.responses[0].partitionResponses[0].errorCode).toBeGreaterThan(0)
  const sound = await node.call('Produce', 9, produce('bombed', batch))
  expect(sound.responses[0].partitionResponses[0]).toMatchObject({ errorCode: 0, baseOffset: 0 })
})
