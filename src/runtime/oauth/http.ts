import { type ClientRequest, type IncomingMessage, request as plainRequest } from 'node:http'
import { request as secureRequest } from 'node:https'

export interface HttpCall {
  readonly url: URL
  readonly method: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** For all of it, so that a server that drips can't hold anybody up. */
  readonly timeoutMs: number
  /** PEM; left out: whom the platform trusts. */
  readonly trusted?: readonly string[]
}

export interface HttpAnswer {
  readonly status: number
  readonly text: string
}

/** Key sets and tokens are far smaller. */
const MAX_BYTES = 1 << 20

/** Where it is, without what may be secret in it. */
export function shownUrl({ protocol, host, pathname }: URL): string {
  return `${protocol}//${host}${pathname}`
}

/** One request over a connection of its own; redirects are not followed. Rejects where there is no whole answer in time. */
export async function httpExchange(call: HttpCall): Promise<HttpAnswer> {
  const answer = await answerTo(call)
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BYTES) throw new Error(`an answer of more than ${MAX_BYTES} bytes`)
    chunks.push(chunk)
  }
  return { status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }
}

function answerTo({ url, method, headers, body, timeoutMs, trusted }: HttpCall): Promise<IncomingMessage> {
  const signal = AbortSignal.timeout(timeoutMs)
  const options = { method, headers: { ...headers }, agent: false as const, signal }
  return new Promise((resolve, reject) => {
    const made: ClientRequest =
      url.protocol === 'https:'
        ? secureRequest(url, { ...options, ...(trusted !== undefined && { ca: [...trusted] }) })
        : plainRequest(url, options)
    const failed = (error: Error): void => {
      reject(signal.aborted ? new Error(`no whole answer within ${timeoutMs} ms`) : error)
    }
    made.on('error', failed).on('response', resolve)
    made.end(body)
  })
}
