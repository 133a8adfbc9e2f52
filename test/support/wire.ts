import net from 'node:net'

/** A request as it goes on the wire, with a version-1 header; `body` begins after the header. */
export function frame(
  apiKey: number,
  version: number,
  correlationId: number,
  body: Uint8Array,
  flexibleHeader = false,
): Buffer {
  const client = Buffer.from('wire')
  const header = Buffer.alloc(10 + client.length + (flexibleHeader ? 1 : 0))
  header.writeInt16BE(apiKey, 0)
  header.writeInt16BE(version, 2)
  header.writeInt32BE(correlationId, 4)
  header.writeInt16BE(client.length, 8)
  client.copy(header, 10)
  const size = Buffer.alloc(4)
  size.writeInt32BE(header.length + body.length)
  return Buffer.concat([size, header, body])
}

/** A bare socket that speaks frames. It reads nothing before it is asked to when `paused`. */
export class Wire {
  readonly socket: net.Socket
  #bytes: Buffer = Buffer.alloc(0)
  #ended = false
  #wake: (() => void) | undefined

  private constructor(socket: net.Socket, paused: boolean) {
    this.socket = socket
    socket.on('error', () => {})
    const over = () => {
      this.#ended = true
      this.#wake?.()
    }
    socket.on('close', over)
    socket.on('end', over)
    if (!paused) this.read()
  }

  static connect(port: number, options: { paused?: boolean; allowHalfOpen?: boolean } = {}): Promise<Wire> {
    return new Promise((resolve, reject) => {
      const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: options.allowHalfOpen ?? false })
      socket.once('error', reject)
      socket.once('connect', () => {
        socket.off('error', reject)
        socket.setNoDelay(true)
        resolve(new Wire(socket, options.paused ?? false))
      })
    })
  }

  read(): void {
    this.socket.on('data', (chunk: Buffer) => {
      this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk])
      this.#wake?.()
    })
  }

  write(bytes: Uint8Array): void {
    this.socket.write(bytes)
  }

  /** The next response without its length, or undefined when the peer closed or the time is over. */
  async response(timeoutMs = 60_000): Promise<Buffer | undefined> {
    const end = performance.now() + timeoutMs
    for (;;) {
      if (this.#bytes.length >= 4) {
        const size = this.#bytes.readInt32BE(0)
        if (this.#bytes.length >= 4 + size) {
          const body = this.#bytes.subarray(4, 4 + size)
          this.#bytes = this.#bytes.subarray(4 + size)
          return body
        }
      }
      if (this.#ended || performance.now() > end) return undefined
      await this.#change(end)
    }
  }

  /** Whether the peer closed the connection within the time. */
  async closed(timeoutMs = 60_000): Promise<boolean> {
    const end = performance.now() + timeoutMs
    while (!this.#ended && performance.now() < end) await this.#change(end)
    return this.#ended
  }

  #change(end: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(1, end - performance.now()))
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  close(): void {
    this.socket.destroy()
  }
}

/** Whether a broker answers Metadata with at least one broker that is itself; false while it is starting. */
export async function answers(port: number): Promise<boolean> {
  const wire = await Wire.connect(port).catch(() => undefined)
  if (wire === undefined) return false
  try {
    wire.write(frame(3, 1, 7, Buffer.from([0, 0, 0, 0])))
    const body = await wire.response(5_000)
    return body !== undefined && body.length >= 8 && body.readInt32BE(0) === 7 && body.readInt32BE(4) > 0
  } finally {
    wire.close()
  }
}
