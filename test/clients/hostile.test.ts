import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { noTarget, startBroker, type TestBroker } from '../support/broker.ts'
import { usage } from '../support/process.ts'
import { until } from '../support/wait.ts'
import { answers, frame, Wire } from '../support/wire.ts'
import { batch } from './differential/data.ts'
import { Session } from './differential/session.ts'

const LIMIT = 1_000_000
const METADATA = frame(3, 1, 7, Buffer.from([0, 0, 0, 0]))

/** A frame of any bytes whose length field says `size`. */
function raw(size: number, body: Uint8Array): Buffer {
  const head = Buffer.alloc(4)
  head.writeInt32BE(size)
  return Buffer.concat([head, body])
}

describe.skipIf(noTarget())('hostile peers', () => {
  let broker: TestBroker
  let good: Session

  beforeAll(async () => {
    broker = await startBroker({ properties: { 'socket.request.max.bytes': String(LIMIT) } })
    good = new Session(broker.port)
    const topics = ['calm', 'large'].map((name) => ({
      name,
      numPartitions: 1,
      replicationFactor: 1,
      assignments: [],
      configs: [],
    }))
    await good.call('CreateTopics', 7, { topics, timeoutMs: 10_000, validateOnly: false })
    await until('the topic', async () => (await produce('calm', batch(1))) === 0)
  })
  afterAll(async () => {
    good?.close()
    await broker?.[Symbol.asyncDispose]()
  })

  async function produce(name: string, records: Buffer): Promise<number> {
    const topicData = [{ name, partitionData: [{ index: 0, records }] }]
    const reply = await good.call('Produce', 9, { acks: -1, timeoutMs: 5_000, topicData })
    return reply.responses[0].partitionResponses[0].errorCode
  }

  /** The client alongside, on a connection that was open before. */
  async function undisturbed(): Promise<void> {
    expect(await produce('calm', batch(1))).toBe(0)
    expect(broker.running).toBe(true)
  }

  async function isClosedAfter(bytes: Uint8Array): Promise<void> {
    const wire = await Wire.connect(broker.port)
    wire.write(bytes)
    expect(await wire.closed()).toBe(true)
    await undisturbed()
  }

  it.each([
    ['text that is not Kafka', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
    ['a TLS greeting', Buffer.from('1603010200010001fc0303', 'hex')],
    ['a negative length', raw(-1, Buffer.alloc(10))],
    ['the most negative length', raw(-0x8000_0000, Buffer.alloc(0))],
    ['more than socket.request.max.bytes', raw(LIMIT + 1, Buffer.alloc(100))],
    ['the largest length', raw(0x7fff_ffff, Buffer.alloc(100))],
    ['a frame of no bytes', raw(0, Buffer.alloc(0))],
    ['half a header', raw(5, Buffer.from([0, 3, 0, 1, 0]))],
    ['an unknown api key', frame(9_999, 0, 1, Buffer.alloc(8))],
    ['a negative api key', frame(-1, 0, 1, Buffer.alloc(8))],
    ['an unknown version', frame(3, 77, 1, Buffer.alloc(8))],
    ['a negative version', frame(3, -1, 1, Buffer.alloc(8))],
    ['Produce v0, which is listed but not served', frame(0, 0, 1, Buffer.alloc(20))],
    ['a body that ends too early', frame(1, 4, 1, Buffer.alloc(7))],
    ['an array longer than the bytes', frame(3, 1, 1, Buffer.from([0x7f, 0xff, 0xff, 0xff]))],
    ['a string longer than the bytes', frame(3, 1, 1, Buffer.from([0, 0, 0, 1, 0x7f, 0xff]))],
    ['a controller api on the listener of clients', frame(52, 0, 1, Buffer.alloc(20), true)],
  ])('closes the connection after %s', async (_, bytes) => {
    await isClosedAfter(bytes)
  })

  it('takes a frame that comes byte by byte', async () => {
    const wire = await Wire.connect(broker.port)
    for (const byte of METADATA) {
      wire.write(Buffer.from([byte]))
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect((await wire.response())?.readInt32BE(0)).toBe(7)
    wire.close()
  })

  it('answers requests that came in one piece, in their order', async () => {
    const wire = await Wire.connect(broker.port)
    wire.write(Buffer.concat([1, 2, 3, 4, 5].map((id) => frame(3, 1, id, Buffer.from([0, 0, 0, 0])))))
    for (const id of [1, 2, 3, 4, 5]) expect((await wire.response())?.readInt32BE(0)).toBe(id)
    wire.close()
  })

  it('is not held up by frames that never end', async () => {
    const slow = await Promise.all(Array.from({ length: 50 }, () => Wire.connect(broker.port)))
    for (const wire of slow) wire.write(raw(LIMIT, Buffer.alloc(10)))
    await undisturbed()
    for (const wire of slow) wire.close()
  })

  it.each([5, 99])('answers ApiVersions v%i with error 35 and the ranges, as version 0', async (version) => {
    const wire = await Wire.connect(broker.port)
    wire.write(frame(18, version, 42, Buffer.from([2, 0x61, 2, 0x31, 0]), true))
    const body = await wire.response()
    expect(body?.readInt32BE(0)).toBe(42)
    expect(body?.readInt16BE(4)).toBe(35)
    const count = body?.readInt32BE(6) ?? 0
    expect(count).toBeGreaterThan(0)
    // Version 0 ends with the array: no throttle time, no tags.
    expect(body?.length).toBe(10 + count * 6)
    wire.write(METADATA)
    expect((await wire.response())?.readInt32BE(0)).toBe(7)
    wire.close()
  })

  it('answers a peer that closed its sending half, or lets it go', async () => {
    const wire = await Wire.connect(broker.port, { allowHalfOpen: true })
    wire.write(METADATA)
    wire.socket.end()
    await wire.response()
    expect(await wire.closed()).toBe(true)
    await undisturbed()
    wire.close()
  })

  it('survives peers that go away in the middle of everything', async () => {
    const wires = await Promise.all(Array.from({ length: 100 }, () => Wire.connect(broker.port)))
    wires.forEach((wire, i) => {
      wire.write(i % 2 === 0 ? METADATA : METADATA.subarray(0, 9))
      if (i % 3 === 0) wire.socket.resetAndDestroy()
      else wire.close()
    })
    await undisturbed()
  })

  it('keeps 2,000 idle connections at little cost', async () => {
    const before = usage(broker.pid).residentBytes
    const idle: Wire[] = []
    try {
      for (let i = 0; i < 20; i += 1) {
        idle.push(...(await Promise.all(Array.from({ length: 100 }, () => Wire.connect(broker.port)))))
      }
      await undisturbed()
      expect(await answers(broker.port)).toBe(true)
      expect(usage(broker.pid).residentBytes - before).toBeLessThan(120_000_000)
    } finally {
      for (const wire of idle) wire.close()
    }
    await undisturbed()
  })

  it('holds no more than a bound for a peer that asks and never reads', async () => {
    const big = batch(1, { records: [{ timestamp: 1_700_000_000_000, key: null, value: Buffer.alloc(900_000, 1) }] })
    for (let i = 0; i < 10; i += 1) expect(await produce('large', big)).toBe(0)
    const before = usage(broker.pid).residentBytes
    const wires = await Promise.all(Array.from({ length: 8 }, () => Wire.connect(broker.port, { paused: true })))
    const topics = Buffer.concat([Buffer.from([0, 0, 0, 1, 0, 5]), Buffer.from('large'), Buffer.from([0, 0, 0, 1])])
    const partition = Buffer.alloc(16)
    partition.writeInt32BE(50_000_000, 12)
    const fetchHead = Buffer.alloc(17)
    fetchHead.writeInt32BE(-1, 0)
    fetchHead.writeInt32BE(1, 8)
    fetchHead.writeInt32BE(50_000_000, 12)
    // 100 answers of 9 MB for each of 8 peers: 7 GB, were they all kept.
    for (const wire of wires) {
      for (let i = 0; i < 100; i += 1) wire.write(frame(1, 4, i, Buffer.concat([fetchHead, topics, partition])))
    }
    for (let i = 0; i < 20; i += 1) await undisturbed()
    expect(usage(broker.pid).residentBytes - before).toBeLessThan(600_000_000)
    for (const wire of wires) wire.close()
    await undisturbed()
  })
})
