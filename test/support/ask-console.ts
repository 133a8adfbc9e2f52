import { request } from 'node:http'

export interface ConsoleAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  /** Of JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
  readonly json: any
}

export interface Asking {
  readonly method?: string
  /** An object is sent as JSON; text as it is. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** One request to a console on this machine, with whatever headers. */
export function askConsole(port: number, path: string, asking: Asking = {}): Promise<ConsoleAnswer> {
  const { body, method = body === undefined ? 'GET' : 'POST', headers = {} } = asking
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
  const sentHeaders = { ...(text !== undefined && { 'content-type': 'application/json' }), ...headers }
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, agent: false, headers: sentHeaders }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('error', reject)
      answer.on('end', () => {
        const all = Buffer.concat(chunks).toString()
        const { statusCode: status = 0, headers: told } = answer
        resolve({ status, headers: told, text: all, json: jsonIn(all) })
      })
    })
    sent.on('error', reject)
    sent.end(text)
  })
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The lines of newline-delimited JSON. */
// biome-ignore lint/suspicious/noExplicitAny: lines of every shape
export function linesOf({ text }: ConsoleAnswer): any[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}
