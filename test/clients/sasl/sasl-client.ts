import { connect, type Socket } from 'node:net'
import { ByteReader } from '../../../src/base/bytes.ts'
import { type Api, apiOf, responseHeaderVersion } from '../../../src/protocol/apis.ts'
import { FrameSplitter } from '../../../src/protocol/frame.ts'
import { requestFrame } from '../../support/raw-client.ts'

/** How much of an answer is kept: all of it, that there was one, or what of a token does not change from login to login. */
export type Shown = 'all' | 'seen' | 'token'

/** Writes down what comes back for each thing that it sends. */
export class SaslClient {
  readonly transcript: string[] = []
  readonly #socket: Socket
  readonly #frames: Buffer[] = []
  readonly #splitter = new FrameSplitter(0x7fff_ffff)
  #correlationId = 0
  #isOver = false
  #wake: (() => void) | undefined

  constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.#splitter.push(Buffer.from(chunk), (frame) => this.#frames.push(frame))
      this.#wake?.()
    })
    socket.on('error', () => this.#over())
    socket.on('end', () => this.#over())
    socket.on('close', () => this.#over())
  }

  static open(port: number): Promise<SaslClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1' })
      socket.once('error', reject)
      socket.once('connect', () => resolve(new SaslClient(socket)))
    })
  }

  /** A request; its answer, or undefined where the connection ended. `padding` makes the client's name so much longer. */
  async ask(
    key: number,
    version: number,
    body: Buffer,
    shown: Shown = 'all',
    padding = 0,
  ): Promise<Buffer | undefined> {
    if (this.#isOver) return undefined
    const api = apiOf(key) as Api
    const id = ++this.#correlationId
    const name = padding === 0 ? 'raw' : 'r'.repeat(Math.min(padding, 30_000))
    const frame = requestFrame(key, version, id, body, name)
    this.#socket.write(padding <= 30_000 ? frame : padded(frame, padding))
    const answer = await this.#answer()
    this.transcript.push(`${api.name} v${version}: ${show(api, version, answer, shown)}`)
    return answer
  }

  /** A frame with nothing around the bytes. */
  async bare(bytes: Buffer): Promise<void> {
    if (this.#isOver) return
    const size = Buffer.alloc(4)
    size.writeInt32BE(bytes.length)
    this.#socket.write(Buffer.concat([size, bytes]))
    const answer = await this.#answer()
    this.transcript.push(`bare: ${answer === undefined ? 'closed' : answer.toString('hex')}`)
  }

  /** The size of a frame that never comes. */
  async size(bytes: number): Promise<void> {
    const size = Buffer.alloc(4)
    size.writeInt32BE(bytes)
    this.#socket.write(size)
    this.transcript.push(`size ${bytes}: ${(await this.#answer()) === undefined ? 'closed' : 'an answer'}`)
  }

  async #answer(): Promise<Buffer | undefined> {
    while (this.#frames.length === 0 && !this.#isOver) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    return this.#frames.shift()
  }

  #over(): void {
    this.#isOver = true
    this.#wake?.()
  }

  close(): void {
    this.#socket.destroy()
  }
}

/** Bytes behind a request's body are no concern of ours here: the frame is only larger than a login's may be. */
function padded(frame: Buffer, bytes: number): Buffer {
  const whole = Buffer.concat([frame, Buffer.alloc(bytes)])
  whole.writeInt32BE(whole.length - 4)
  return whole
}

function show(api: Api, version: number, answer: Buffer | undefined, shown: Shown): string {
  if (answer === undefined) return 'closed'
  if (shown === 'seen') return 'answered'
  const reader = new ByteReader(answer)
  reader.int32()
  const served = api.response.supports(version) ? version : 0
  if (responseHeaderVersion(api, served) === 1) reader.int8()
  const value = api.response.decode(reader, served) as Record<string, unknown>
  if (api.name === 'ApiVersions') return JSON.stringify({ errorCode: value.errorCode })
  if (Array.isArray(value.mechanisms)) value.mechanisms.sort()
  return JSON.stringify(value, (key, field) => (key === 'authBytes' ? textOf(field, shown) : field))
}

/** Nonces, salts and signatures are new each time. */
function textOf(field: { readonly data?: readonly number[] }, shown: Shown): string {
  const text = Buffer.from(field.data ?? []).toString()
  return shown === 'token' ? text.replace(/([rsv])=[^,]*/g, '$1=…') : text
}
