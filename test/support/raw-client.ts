import { connect, type Socket } from 'node:net'
import { ByteReader, ByteWriter } from '../../src/base/bytes.ts'
import { type Api, type ApiKey, apiOf, requestHeaderVersion, responseHeaderVersion } from '../../src/protocol/apis.ts'
import { FrameSplitter } from '../../src/protocol/frame.ts'
import { RequestHeader } from '../../src/protocol/messages/headers.ts'
import type { Message } from '../../src/protocol/schema.ts'

/** Speaks the protocol by our own codecs and nothing else: what a test sends is what goes out. */
export class RawClient {
  readonly socket: Socket
  readonly frames: Buffer[] = []
  readonly #splitter = new FrameSplitter(0x7fff_ffff)
  #waiting: ((frame: Buffer | undefined) => void)[] = []
  #correlationId = 0
  #over = false

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => this.#splitter.push(chunk, (frame) => this.#received(frame)))
    const over = () => {
      this.#over = true
      for (const waiter of this.#waiting.splice(0)) waiter(undefined)
    }
    socket.on('error', () => {})
    socket.on('end', over)
    socket.on('close', over)
  }

  static connect(port: number): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
      socket.once('error', reject)
      socket.once('connect', () => resolve(new RawClient(socket)))
    })
  }

  /** Sends a request and gives its answer; rejects where the connection ends before it. */
  async call<Req, ReqIn, Res, ResIn>(
    pair: { readonly key: number; readonly request: Message<Req, ReqIn>; readonly response: Message<Res, ResIn> },
    version: number,
    body: ReqIn,
    clientId: string | null = 'raw',
  ): Promise<Res> {
    const id = this.send(pair.key, version, pair.request.toBuffer(body, version), clientId)
    return this.answer(pair.key, version, pair.response, id)
  }

  /** Sends a frame; the correlation id it has. */
  send(
    key: (typeof ApiKey)[keyof typeof ApiKey] | number,
    version: number,
    body: Buffer,
    clientId: string | null = 'raw',
  ): number {
    const id = ++this.#correlationId
    this.socket.write(requestFrame(key, version, id, body, clientId))
    return id
  }

  async answer<Res, ResIn>(key: number, version: number, response: Message<Res, ResIn>, id: number): Promise<Res> {
    const frame = await this.frame()
    if (frame === undefined) throw new Error('the connection ended before the answer')
    const reader = new ByteReader(frame)
    const correlationId = reader.int32()
    if (correlationId !== id) throw new Error(`answer to ${correlationId}, ${id} expected`)
    if (responseHeaderVersion(apiOf(key) as Api, version) === 1) reader.int8()
    const value = response.decode(reader, version)
    if (reader.remaining !== 0) throw new Error(`${reader.remaining} bytes left behind the answer`)
    return value
  }

  /** The next answer without its size; undefined: the connection ended. */
  frame(): Promise<Buffer | undefined> {
    const next = this.frames.shift()
    if (next !== undefined || this.#over) return Promise.resolve(next)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  #received(frame: Buffer): void {
    const waiter = this.#waiting.shift()
    if (waiter === undefined) this.frames.push(frame)
    else waiter(frame)
  }

  /** Resolves when the other side ended the connection. */
  async ended(): Promise<void> {
    while ((await this.frame()) !== undefined) {}
  }

  close(): void {
    this.socket.destroy()
  }
}

export function requestFrame(key: number, version: number, id: number, body: Buffer, clientId: string | null): Buffer {
  const writer = new ByteWriter()
  writer.int32(0)
  const api = apiOf(key)
  const header = { requestApiKey: key, requestApiVersion: version, correlationId: id, clientId }
  RequestHeader.encode(writer, header, api === undefined ? 1 : requestHeaderVersion(api, version))
  writer.bytes(body)
  writer.patchInt32(0, writer.length - 4)
  return writer.toBuffer()
}
