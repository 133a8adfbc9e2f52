import { connect, type TLSSocket } from 'node:tls'
import { afterAll, describe, expect, test } from 'vitest'
import { createLogger } from '../../../src/io/logger.ts'
import { MemoryDisk } from '../../../src/io/memory-disk.ts'
import type { Logger } from '../../../src/io/ports.ts'
import { hasProgram, missing } from '../../support/available.ts'
import { Authority, pemSettings } from '../../support/certificates.ts'
import { NodeCluster } from '../../support/node-cluster.ts'
import { OneNode } from '../../support/one-node.ts'
import { until } from '../../support/wait.ts'

const BROKER = 4
const LISTENERS = 'PLAINTEXT://127.0.0.1:0,SSL://127.0.0.1:0,CONTROLLER://127.0.0.1:0'

function loggerTo(lines: string[]): Logger {
  return createLogger({ destination: { write: (line: string) => void lines.push(line) } })
}

describe.skipIf(missing('openssl', hasProgram('openssl')))('a node with TLS', () => {
  const authority = new Authority()
  const opened: TLSSocket[] = []
  afterAll(() => {
    for (const socket of opened) socket.destroy()
    authority[Symbol.dispose]()
  })

  function portOf(node: OneNode): number {
    return node.node.listeners.find(({ name }) => name === 'SSL')?.port ?? 0
  }

  /** The serial number of the certificate that the node shows. */
  function dial(port: number, more: object = {}): Promise<{ readonly socket: TLSSocket; readonly serial: string }> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', ca: authority.pem, ...more })
      opened.push(socket)
      socket.on('error', reject)
      socket.on('secureConnect', () => resolve({ socket, serial: socket.getPeerCertificate().serialNumber }))
    })
  }

  const serialOf = async (node: OneNode): Promise<string> => (await dial(portOf(node))).serial

  test('takes other certificates while it runs: from other settings, and from the same file', async () => {
    const [first, second, third] = [1, 2, 3].map(() => authority.issue('node'))
    if (!first || !second || !third) throw new Error('nobody issued them')
    const other = authority.issue('other')
    let written = 0
    const disk = new MemoryDisk({ nowMs: () => ++written })
    const write = (path: string, issued = first) => disk.blocking.writeFile(path, issued.keyPem + issued.chainPem)
    disk.blocking.makeDirectory('/tls')
    write('/tls/a.pem')
    write('/tls/b.pem', second)
    write('/tls/other.pem', other)
    const lines: string[] = []
    const overrides = {
      listeners: LISTENERS,
      'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL',
      'listener.name.ssl.ssl.keystore.type': 'PEM',
      'listener.name.ssl.ssl.keystore.location': '/tls/a.pem',
    }
    await using node = await OneNode.start({ disk, overrides, logger: loggerTo(lines) })
    const before = await dial(portOf(node))
    const location = 'listener.name.ssl.ssl.keystore.location'
    expect(await node.alter(BROKER, '1', { [location]: '/tls/b.pem' })).toEqual([0, null])
    await until('the second certificate', async () => (await serialOf(node)) !== before.serial)
    const now = await serialOf(node)
    // Written anew in the same place: any change of this broker's configs makes it look.
    write('/tls/b.pem', third)
    expect(await node.alter(BROKER, '1', { [location]: '/tls/b.pem' })).toEqual([0, null])
    await until('the third certificate', async () => (await serialOf(node)) !== now)
    const last = await serialOf(node)

    const [code, message] = await node.alter(BROKER, '1', { [location]: '/tls/other.pem' })
    expect(code).toBe(42)
    expect(message).toContain('Keystore DistinguishedName does not match')
    expect(await node.alter(BROKER, '1', { [location]: '/tls/none.pem' })).toMatchObject({ 0: 42 })
    expect(await node.alter(BROKER, '', { [location]: '/tls/a.pem' })).toMatchObject({ 0: 42 })
    expect(await node.alter(BROKER, '1', { 'ssl.keystore.location': '/tls/a.pem' })).toMatchObject({ 0: 42 })
    expect(await node.describe(BROKER, '1', location)).toMatchObject({ value: '/tls/b.pem' })
    expect(await serialOf(node)).toBe(last)

    // Nobody said anything: it is found out all the same, and what can't be taken is told once.
    write('/tls/b.pem', other)
    await until('a line', () => lines.some((line) => line.includes('keeps its keys and certificates')))
    write('/tls/b.pem')
    await until('the first certificate', async () => (await serialOf(node)) === before.serial)
    expect(before.socket.destroyed).toBe(false)
    expect(lines.join('')).not.toContain('PRIVATE KEY')
  })

  test('refuses to start without a key, with one sentence', async () => {
    const map = 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL'
    const base = { listeners: LISTENERS, 'listener.security.protocol.map': map }
    const start = (more: Record<string, string>) => OneNode.start({ overrides: { ...base, ...more } })
    const node = authority.issue('node')
    const good = pemSettings(authority, node)
    await expect(start({})).rejects.toThrow(/^Set ssl.keystore.location and ssl.keystore.password/)
    await expect(start({ ...good, 'ssl.enabled.protocols': 'TLSv1.1' })).rejects.toThrow(/^Add TLSv1.2 or TLSv1.3/)
    await expect(start({ ...good, 'ssl.cipher.suites': 'TLS_NO_SUCH' })).rejects.toThrow(/^Take TLS_NO_SUCH out/)
    await expect(start({ ...good, 'ssl.principal.mapping.rules': 'nonsense' })).rejects.toThrow(
      /^Correct ssl.principal/,
    )
    const stranger = new Authority('/CN=Somebody Else')
    const alone = { ...good, 'ssl.truststore.certificates': stranger.pem, 'inter.broker.listener.name': 'SSL' }
    await expect(start(alone)).rejects.toThrow(/trusts the node's own certificate/)
    stranger[Symbol.dispose]()
  })

  test('three of them speak TLS with each other, each with its own certificate', async () => {
    const roles = { 1: 'broker,controller', 2: 'broker,controller', 3: 'broker,controller' }
    const overrides = {
      'listener.security.protocol.map': 'CONTROLLER:SSL,PLAINTEXT:SSL',
      'ssl.client.auth': 'required',
      'ssl.principal.mapping.rules': 'RULE:^CN=([^,]*).*$/$1/',
      ...pemSettings(authority, authority.issue('node')),
    }
    const cluster = await NodeCluster.make({ roles, overrides })
    try {
      await cluster.start()
      const me = authority.issue('me')
      const { brokerPort } = cluster.node(1)
      const { Kafka } = await import('kafkajs')
      const ssl = { ca: authority.pem, key: me.keyPem, cert: me.chainPem }
      const kafka = new Kafka({ brokers: [`127.0.0.1:${brokerPort}`], ssl, logLevel: 0 })
      const admin = kafka.admin()
      await admin.connect()
      await admin.createTopics({ topics: [{ topic: 't', numPartitions: 6, replicationFactor: 3 }] })
      const producer = kafka.producer()
      await producer.connect()
      const messages = Array.from({ length: 200 }, (_, i) => ({ value: Buffer.alloc(i * 100, i) }))
      await producer.send({ topic: 't', acks: -1, messages })
      await until('all copies to be in sync', async () => {
        const { topics } = await admin.fetchTopicMetadata({ topics: ['t'] })
        return topics[0]?.partitions.every(({ isr }) => isr.length === 3) ?? false
      })
      await producer.send({ topic: 't', acks: -1, messages })
      const offsets = await admin.fetchTopicOffsets('t')
      expect(offsets.reduce((sum, { high }) => sum + Number(high), 0)).toBe(400)
      const image = await admin.describeCluster()
      expect(image.brokers.length).toBe(3)
      await producer.disconnect()
      await admin.disconnect()
      const handshakes = cluster.node(1).log.filter((line) => line.includes('TLS'))
      expect(handshakes).toEqual([])
    } finally {
      cluster.close()
    }
  })
})
