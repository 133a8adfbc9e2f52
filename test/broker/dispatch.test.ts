import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { InvariantError } from '../../src/base/assert.ts'
import { ErrorCode, KafkaError } from '../../src/base/errors.ts'
import { Dispatcher } from '../../src/broker/dispatch.ts'
import { CLOSE_CONNECTION, type Handler, handler, NO_REPLY } from '../../src/broker/handler.ts'
import { silentLogger } from '../../src/io/logger.ts'
import { APIS, ApiKey } from '../../src/protocol/apis.ts'
import type { ConnectionInfo, ReplySlot } from '../../src/protocol/frame-handler.ts'
import { HeartbeatRequest, HeartbeatResponse } from '../../src/protocol/messages/heartbeat.ts'
import { DataPlane } from '../support/data-plane.ts'
import { RawClient, requestFrame } from '../support/raw-client.ts'

const CONNECTION = { id: 'c', listenerName: 'PLAINTEXT', clientSoftwareName: '' } as unknown as ConnectionInfo

type Outcome = { readonly sent: Buffer } | { readonly closed: string | undefined } | 'skipped'

function ask(dispatcher: Dispatcher, frame: Buffer): Promise<Outcome> {
  return new Promise((resolve) => {
    const slot: ReplySlot = {
      send: (chunks, release) => {
        release?.()
        resolve({ sent: Buffer.concat(chunks as Buffer[]) })
      },
      skip: () => resolve('skipped'),
      close: (closed) => resolve({ closed }),
    }
    dispatcher.handle(frame, CONNECTION, slot)
  })
}

function heartbeat(handle: () => unknown): { readonly dispatcher: Dispatcher; readonly fatal: Error[] } {
  const fatal: Error[] = []
  const served = handler(ApiKey.Heartbeat, HeartbeatRequest, HeartbeatResponse, handle as never)
  const dispatcher = new Dispatcher({ handlers: [served], logger: silentLogger, onFatal: (error) => fatal.push(error) })
  return { dispatcher, fatal }
}

function heartbeatFrame(version: number): Buffer {
  const body = HeartbeatRequest.toBuffer({ groupId: 'g', generationId: 1, memberId: 'm' }, version)
  return requestFrame(ApiKey.Heartbeat, version, 9, body, null).subarray(4)
}

describe('Dispatcher', () => {
  it.each([0, 4])('frames the answer with the header of v%i', async (version) => {
    const { dispatcher } = heartbeat(() => ({ throttleTimeMs: 0, errorCode: 27 }))
    const outcome = (await ask(dispatcher, heartbeatFrame(version))) as { sent: Buffer }
    const body = HeartbeatResponse.toBuffer({ throttleTimeMs: 0, errorCode: 27 }, version)
    const header = Buffer.from([0, 0, 0, 9, ...(version === 4 ? [0] : [])])
    const size = Buffer.from([0, 0, 0, header.length + body.length])
    expect(outcome.sent).toEqual(Buffer.concat([size, header, body]))
  })

  it.each<[string, () => unknown, number]>([
    [
      'a throw',
      () => {
        throw new TypeError('bug')
      },
      ErrorCode.UNKNOWN_SERVER_ERROR,
    ],
    ['a rejection', () => Promise.reject(new TypeError('bug')), ErrorCode.UNKNOWN_SERVER_ERROR],
    [
      'a KafkaError',
      () => {
        throw new KafkaError('NOT_COORDINATOR')
      },
      ErrorCode.NOT_COORDINATOR,
    ],
  ])("answers %s of a handler in the response's own shape", async (_, handle, code) => {
    const { dispatcher, fatal } = heartbeat(handle)
    const outcome = (await ask(dispatcher, heartbeatFrame(3))) as { sent: Buffer }
    expect(HeartbeatResponse.fromBuffer(outcome.sent.subarray(8), 3).errorCode).toBe(code)
    expect(fatal).toEqual([])
  })

  it.each<[string, () => unknown]>([
    [
      'thrown',
      () => {
        throw new InvariantError('broken')
      },
    ],
    ['rejected', () => Promise.reject(new InvariantError('broken'))],
  ])('stops the node where a broken invariant is %s', async (_, handle) => {
    const { dispatcher, fatal } = heartbeat(handle)
    expect(await ask(dispatcher, heartbeatFrame(3))).toHaveProperty('closed')
    expect(fatal).toEqual([expect.any(InvariantError)])
  })

  it('sends nothing, or closes, where the handler says so', async () => {
    expect(await ask(heartbeat(() => NO_REPLY).dispatcher, heartbeatFrame(3))).toBe('skipped')
    expect(await ask(heartbeat(async () => CLOSE_CONNECTION).dispatcher, heartbeatFrame(3))).toEqual({
      closed: undefined,
    })
  })

  it('closes with one sentence for what it can not serve', async () => {
    const { dispatcher } = heartbeat(() => NO_REPLY)
    const closed = async (frame: Buffer) => (await ask(dispatcher, frame)) as { closed: string }
    expect(await closed(requestFrame(999, 0, 1, Buffer.alloc(0), 'c').subarray(4))).toEqual({
      closed: 'unknown API key 999',
    })
    expect((await closed(heartbeatFrame(3).fill(99, 3, 4))).closed).toBe('no version 99 of API key 12 (Heartbeat)')
    expect((await closed(requestFrame(0, 9, 1, Buffer.alloc(0), 'c').subarray(4))).closed).toContain('not served here')
    expect((await closed(heartbeatFrame(3).subarray(0, 14))).closed).toContain("can't be read")
    expect((await closed(Buffer.alloc(3))).closed).toContain('has no header')
  })

  it('hides the version that is still unstable', async () => {
    const unstable = APIS.find((api) => api.latestVersionUnstable)
    if (unstable === undefined) throw new Error('no API has an unstable version')
    const served: Handler = { api: unstable, handle: () => NO_REPLY }
    const dispatcher = new Dispatcher({ handlers: [served], logger: silentLogger, onFatal: () => {} })
    const frame = requestFrame(unstable.key, unstable.request.versions.max, 1, Buffer.alloc(100), 'c').subarray(4)
    expect(await ask(dispatcher, frame)).toMatchObject({ closed: expect.stringContaining('no version') })
  })
})

describe('any bytes', () => {
  let plane: DataPlane
  beforeAll(async () => {
    plane = await DataPlane.start()
    plane.createTopic('t', 2)
  })
  afterAll(() => plane.stop())

  const keys = [0, 1, 2, 18, 21, 22, 23, 35, 61]

  it('given to the dispatcher end in an answer or a closed connection', async () => {
    const noise = fc.uint8Array({ maxLength: 200 })
    const header = fc.record({ key: fc.constantFrom(...keys), version: fc.integer({ min: -1, max: 20 }), body: noise })
    await fc.assert(
      fc.asyncProperty(fc.oneof(noise, header), async (input) => {
        const frame =
          input instanceof Uint8Array
            ? Buffer.from(input)
            : requestFrame(input.key, 3, 1, Buffer.from(input.body), 'c').subarray(4)
        if (!(input instanceof Uint8Array)) frame.writeInt16BE(input.version, 2)
        await ask(plane.dispatcher, frame)
        expect(plane.fatal).toEqual([])
      }),
      { numRuns: 2000 },
    )
  })

  it('in a good request end in an answer or a closed connection', async () => {
    const good = keys.flatMap((key) => {
      const api = APIS.find((candidate) => candidate.key === key)
      if (api === undefined) return []
      const { min, max } = api.request.versions
      return Array.from({ length: max - min + 1 }, (_, i) => ({ key, version: min + i }))
    })
    const flips = fc.array(fc.record({ at: fc.nat(), byte: fc.nat(255) }), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...good), flips, async ({ key, version }, changes) => {
        const frame = requestFrame(key, version, 1, plausible(key, version), 'c').subarray(4)
        // Not the wait: a test should not hang on a long poll.
        for (const { at, byte } of changes) frame[8 + (at % (frame.length - 8))] = byte
        if (key !== 1) await ask(plane.dispatcher, frame)
        else void ask(plane.dispatcher, frame)
        expect(plane.fatal).toEqual([])
      }),
      { numRuns: 2000 },
    )
  })

  it('on a socket disturb nobody else', async () => {
    const good = await RawClient.connect(plane.port)
    for (const bytes of [
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      Buffer.alloc(64, 0xff),
      Buffer.from([0, 0, 0, 2, 1, 2]),
    ]) {
      const bad = await RawClient.connect(plane.port)
      bad.socket.write(bytes)
      await bad.ended()
      bad.close()
    }
    const id = good.send(18, 0, Buffer.alloc(0))
    const frame = await good.frame()
    expect(frame?.readInt32BE(0)).toBe(id)
    good.close()
  })
})

/** A body that decodes, made of the defaults of its fields and of the partitions of topic t. */
function plausible(key: number, version: number): Buffer {
  const api = APIS.find((candidate) => candidate.key === key)
  const partitions = [
    { partition: 0, index: 0, partitionIndex: 0, records: Buffer.alloc(80, 1), timestamp: -1, offset: 0 },
  ]
  const topics = [{ topic: 't', name: 't', partitions, partitionData: partitions, partitionIndexes: [0] }]
  const ints = [{ topic: 't', partitions: [0, 1] }]
  const value = {
    topics: key === 35 ? ints : topics,
    topicData: topics,
    clientSoftwareName: 'x',
    clientSoftwareVersion: '1',
    acks: -1,
  }
  return (api?.request.toBuffer(value, version) as Buffer) ?? Buffer.alloc(0)
}
