import { request as ask, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { ClientTls } from '../../io/tls.ts'
import { type ForwardedAnswer, type ForwardedRequest, NotForwarded } from '../../registry/ports.ts'

export interface ForwardAddress {
  readonly host: string
  readonly port: number
  readonly tls: ClientTls | undefined
}

const CONNECT_MS = 5_000
const ANSWER_MS = 40_000
const MAX_ANSWER_BYTES = 16 * 1024 * 1024

/** Asks another broker's registry as its client asked this one's. Rejects with `NotForwarded`. */
export async function forwardTo(address: ForwardAddress, request: ForwardedRequest): Promise<ForwardedAnswer> {
  const socket = await connected(address).catch((error: Error) => {
    throw new NotForwarded(error.message, false, error)
  })
  try {
    return await exchange(address, socket, request)
  } catch (error) {
    throw new NotForwarded(error instanceof Error ? error.message : String(error), true, error)
  } finally {
    socket.destroy()
  }
}

function connected({ host, port, tls }: ForwardAddress): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true })
    const failed = (error: Error): void => {
      socket.destroy()
      reject(error)
    }
    socket.setTimeout(CONNECT_MS, () => failed(new Error(`${host}:${port} did not answer within ${CONNECT_MS} ms`)))
    socket.on('error', failed)
    socket.once('connect', () => {
      if (tls === undefined) {
        socket.setTimeout(0)
        resolve(socket)
        return
      }
      tls.secure(socket, host, (outcome) => {
        socket.setTimeout(0)
        if ('socket' in outcome) resolve(outcome.socket as Socket)
        else failed(outcome.failure.error ?? new Error(`the TLS handshake failed: ${outcome.failure.reason ?? ''}`))
      })
    })
  })
}

function exchange(
  { host, port }: ForwardAddress,
  socket: Socket,
  { method, path, body, authorization }: ForwardedRequest,
): Promise<ForwardedAnswer> {
  const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
  return new Promise((resolve, reject) => {
    const request = ask({
      host,
      port,
      method,
      path,
      createConnection: () => socket,
      timeout: ANSWER_MS,
      headers: {
        accept: 'application/json',
        connection: 'close',
        // Confluent's way of saying that a request must not be passed on again.
        'x-forward': 'true',
        ...(bytes && { 'content-type': 'application/json', 'content-length': bytes.length }),
        ...(authorization !== undefined && { authorization }),
      },
    })
    request.on('timeout', () => request.destroy(new Error(`${host}:${port} did not answer within ${ANSWER_MS} ms`)))
    request.on('error', reject)
    request.on('response', (response) => read(response).then(resolve, reject))
    request.end(bytes)
  })
}

async function read(response: IncomingMessage): Promise<ForwardedAnswer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_ANSWER_BYTES) throw new Error('the answer is too large')
    chunks.push(chunk)
  }
  const text = Buffer.concat(chunks).toString('utf8')
  return { status: response.statusCode ?? 0, body: text === '' ? undefined : JSON.parse(text) }
}
