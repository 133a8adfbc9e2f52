import { ByteReader } from '../../../src/base/bytes.ts'
import {
  type Api,
  ApiKey,
  type ApiName,
  apiOf,
  requestHeaderVersion,
  responseHeaderVersion,
} from '../../../src/protocol/apis.ts'
import { RequestHeader, ResponseHeader } from '../../../src/protocol/messages/headers.ts'
import { Wire } from '../../support/wire.ts'

// Requests are written as plain tables here, so their types are looser than the codecs'.
export type Body = Readonly<Record<string, unknown>>
// biome-ignore lint/suspicious/noExplicitAny: decoded responses of any API, picked apart by hand-written steps
export type Reply = any
export type Request = readonly [ApiName, number, Body]

export function api(name: ApiName): Api {
  const found = apiOf(ApiKey[name])
  if (found === undefined) throw new Error(`no api ${name}`)
  return found
}

/** One client connection that sends any request at any version and gives back what the decoder makes of the answer. */
export class Session {
  readonly port: number
  readonly #told: (name: ApiName, reply: Reply) => void
  readonly #clientId: string
  #wire: Wire | undefined
  #correlation = 0

  /** `told` sees every answer. */
  constructor(port: number, told: (name: ApiName, reply: Reply) => void = () => {}, clientId = 'wire') {
    this.port = port
    this.#told = told
    this.#clientId = clientId
  }

  /** One more connection to the same broker. */
  another(): Session {
    return new Session(this.port, this.#told, this.#clientId)
  }

  /** `(closed)` where the broker closed the connection instead, `(silent)` where nothing came. */
  async call(name: ApiName, version: number, body: Body): Promise<Reply> {
    return (await this.pipelined([[name, version, body]]))[0]
  }

  /** All of them before the first answer is read; the answers are in the order of the requests. */
  async pipelined(requests: readonly Request[]): Promise<Reply[]> {
    this.#wire ??= await Wire.connect(this.port)
    const wire = this.#wire
    const first = this.#correlation + 1
    wire.write(Buffer.concat(requests.map((request) => this.#framed(request))))
    const replies: Reply[] = []
    for (const [i, request] of requests.entries()) replies.push(await this.#answer(wire, request, first + i))
    return replies
  }

  #framed([name, version, body]: Request): Buffer {
    const entry = api(name)
    this.#correlation += 1
    const header = RequestHeader.toBuffer(
      {
        requestApiKey: entry.key,
        requestApiVersion: version,
        correlationId: this.#correlation,
        clientId: this.#clientId,
      },
      requestHeaderVersion(entry, version),
    )
    const payload = entry.request.toBuffer(body, version)
    const size = Buffer.alloc(4)
    size.writeInt32BE(header.length + payload.length)
    return Buffer.concat([size, header, payload])
  }

  async #answer(wire: Wire, [name, version]: Request, correlation: number): Promise<Reply> {
    const entry = api(name)
    const answer = await wire.response(5_000)
    if (answer === undefined) {
      const closed = await wire.closed(10)
      this.close()
      return closed ? '(closed)' : '(silent)'
    }
    const reader = new ByteReader(answer)
    const head = ResponseHeader.decode(reader, responseHeaderVersion(entry, version))
    if (head.correlationId !== correlation) return `(correlation id ${head.correlationId})`
    const value = entry.response.decode(reader, version)
    this.#told(name, value)
    return reader.remaining === 0 ? value : { ...(value as object), bytesLeftOver: reader.remaining }
  }

  close(): void {
    this.#wire?.close()
    this.#wire = undefined
  }
}
