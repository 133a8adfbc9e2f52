import { ByteReader } from '../../src/base/bytes.ts'
import type { Net, NetAddress, NetSocket, Timer } from '../../src/io/ports.ts'
import { apiOf, responseHeaderVersion } from '../../src/protocol/apis.ts'
import { FrameSplitter } from '../../src/protocol/frame.ts'
import type { Message } from '../../src/protocol/schema.ts'
import { requestFrame } from '../support/raw-client.ts'
import type { Timeline } from './scheduler.ts'

export interface Call<Req, ReqIn, Res, ResIn> {
  readonly key: number
  readonly request: Message<Req, ReqIn>
  readonly response: Message<Res, ResIn>
}

/** The answer did not come: whether the request was carried out is not known. */
export class NoAnswer extends Error {}

interface Waiting {
  readonly resolve: (frame: Buffer) => void
  readonly reject: (error: Error) => void
}

/** One connection of a client in the simulation. */
export class SimulatedClient {
  readonly #scheduler: Timeline
  readonly #socket: NetSocket
  readonly #waiting = new Map<number, Waiting>()
  #correlationId = 0
  #isClosed = false

  constructor(scheduler: Timeline, net: Net, address: NetAddress) {
    this.#scheduler = scheduler
    this.#socket = net.connect(address)
    const splitter = new FrameSplitter(0x7fff_ffff)
    this.#socket.on('data', (chunk) => splitter.push(chunk, (frame) => this.#received(frame)))
    this.#socket.on('error', () => {})
    this.#socket.on('end', () => this.close())
    this.#socket.on('close', () => this.close())
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  async call<Req, ReqIn, Res, ResIn>(
    { key, request, response }: Call<Req, ReqIn, Res, ResIn>,
    version: number,
    body: ReqIn,
    timeoutMs = 5000,
  ): Promise<Res> {
    const frame = await this.#exchange(key, version, request.toBuffer(body, version), timeoutMs)
    const reader = new ByteReader(frame)
    reader.int32()
    const api = apiOf(key)
    if (api !== undefined && responseHeaderVersion(api, version) === 1) reader.int8()
    return response.decode(reader, version)
  }

  #exchange(key: number, version: number, body: Buffer, timeoutMs: number): Promise<Buffer> {
    if (this.#isClosed) return Promise.reject(new NoAnswer('closed'))
    const id = ++this.#correlationId
    return new Promise((resolve, reject) => {
      const timer: Timer = this.#scheduler.after(timeoutMs, 'client timeout', () => this.close())
      const done = () => {
        timer.cancel()
        this.#waiting.delete(id)
      }
      this.#waiting.set(id, {
        resolve: (frame) => {
          done()
          resolve(frame)
        },
        reject: (error) => {
          done()
          reject(error)
        },
      })
      this.#socket.write(requestFrame(key, version, id, body, 'simulated'))
    })
  }

  #received(frame: Buffer): void {
    this.#waiting.get(frame.readInt32BE(0))?.resolve(frame)
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#socket.destroy()
    for (const waiting of [...this.#waiting.values()]) waiting.reject(new NoAnswer('the connection closed'))
  }
}
