import type { Socket } from 'node:net'
import { ByteReader } from '../../../src/base/bytes.ts'
import { type Api, ApiKey, type ApiName, apiOf, responseHeaderVersion } from '../../../src/protocol/apis.ts'
import { FrameSplitter } from '../../../src/protocol/frame.ts'
import { buildBatch } from '../../../src/record/builder.ts'
import { batches } from '../../../src/record/iterate.ts'
import { type Door, type Keys, open, type Role } from './doors.ts'
import { request } from './frames.ts'

// Requests and answers of any API as plain tables.
type Table = Readonly<Record<string, unknown>>
// biome-ignore lint/suspicious/noExplicitAny: decoded answers of any API, picked apart by hand
type Answer = any

/** One connection that asks and gets its answers in order. */
export class Line {
  readonly socket: Socket
  readonly #splitter = new FrameSplitter(0x7fff_ffff)
  readonly #waiting: ((frame: Buffer | undefined) => void)[] = []
  #correlationId = 0
  #isOver = false

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) =>
      this.#splitter.push(Buffer.from(chunk), (frame) => this.#waiting.shift()?.(frame)),
    )
    socket.on('close', () => {
      this.#isOver = true
      for (const waiter of this.#waiting.splice(0)) waiter(undefined)
    })
  }

  async call(name: ApiName, version: number, body: Table): Promise<Answer> {
    const api = apiOf(ApiKey[name]) as Api
    const id = ++this.#correlationId
    const answer = new Promise<Buffer | undefined>((resolve) => {
      if (this.#isOver) resolve(undefined)
      else this.#waiting.push(resolve)
    })
    this.socket.write(request(api.key, version, api.request.toBuffer(body, version), id))
    const frame = await answer
    if (frame === undefined) throw new Error(`${name}: the connection ended`)
    const reader = new ByteReader(frame)
    if (reader.int32() !== id) throw new Error(`${name}: an answer to something else`)
    if (responseHeaderVersion(api, version) === 1) reader.int8()
    return api.response.decode(reader, version)
  }
}

/** Connected, and logged in where that is asked for. */
export async function enter(door: Door, role: Role, keys: Keys): Promise<Line> {
  const line = new Line(await open(door, role, keys))
  if (!door.isSasl) return line
  await line.call('SaslHandshake', 1, { mechanism: 'PLAIN' })
  const { errorCode } = await line.call('SaslAuthenticate', 2, { authBytes: Buffer.from(`\0${role}\0${role}-secret`) })
  if (errorCode !== 0) throw new Error(`${role} is not let in: ${errorCode}`)
  return line
}

/** A client that writes and reads all the time on one listener, and stumbles over whatever is not as it must be. */
export class Steady {
  readonly #door: Door
  readonly #line: Line
  readonly #topic: string
  #written = 0
  #read = 0
  #slowestMs = 0
  #stopped = false
  #running: Promise<void> = Promise.resolve()

  private constructor(door: Door, line: Line) {
    this.#door = door
    this.#line = line
    this.#topic = `steady-${door.name}`
  }

  static async start(door: Door, keys: Keys): Promise<Steady> {
    const steady = new Steady(door, await enter(door, 'good', keys))
    steady.#running = steady.#run()
    // Told by `stop`.
    steady.#running.catch(() => {})
    return steady
  }

  get seen(): { readonly written: number; readonly read: number; readonly slowestMs: number } {
    return { written: this.#written, read: this.#read, slowestMs: Math.round(this.#slowestMs) }
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const began = performance.now()
      if (this.#door.isController) await this.#ask()
      else await this.#writeAndRead()
      this.#slowestMs = Math.max(this.#slowestMs, performance.now() - began)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  async #ask(): Promise<void> {
    const { errorCode } = await this.#line.call('ApiVersions', 0, {})
    if (errorCode !== 0) throw new Error(`ApiVersions: ${errorCode}`)
    this.#read = ++this.#written
  }

  async #writeAndRead(): Promise<void> {
    const offset = this.#written
    const records = buildBatch({
      records: [{ timestamp: Date.now(), key: null, value: Buffer.from(`record ${offset}`) }],
    })
    const topicData = [{ name: this.#topic, partitionData: [{ index: 0, records }] }]
    const reply = await this.#line.call('Produce', 9, { acks: -1, timeoutMs: 30_000, topicData })
    const { errorCode, baseOffset } = reply.responses[0].partitionResponses[0]
    if (errorCode !== 0 || baseOffset !== offset) throw new Error(`wrote to ${baseOffset}, not ${offset}: ${errorCode}`)
    this.#written += 1
    await this.#readNext()
  }

  async #readNext(): Promise<void> {
    const partitions = [{ partition: 0, fetchOffset: this.#read, partitionMaxBytes: 1_000_000 }]
    const topics = [{ topic: this.#topic, partitions }]
    const asked = { maxWaitMs: 10_000, minBytes: 1, maxBytes: 1_000_000, topics }
    const reply = await this.#line.call('Fetch', 11, asked)
    const { errorCode, records } = reply.responses[0].partitions[0]
    if (errorCode !== 0) throw new Error(`reads nothing: ${errorCode}`)
    for (const batch of batches(records)) {
      for (const { offset, value } of batch.records()) {
        if (offset < this.#read) continue
        if (String(value) !== `record ${this.#read}`) throw new Error(`reads ${value} for record ${this.#read}`)
        this.#read += 1
      }
    }
  }

  /** Rejects where something was not as it must be. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
    this.#line.socket.destroy()
    if (this.#read !== this.#written) throw new Error(`read ${this.#read} of ${this.#written} records`)
  }
}
