import type { ErrorAnswer, Route, Routes, Session } from '../../http/console/api.ts'
import { store } from './store.ts'

/** The names after colons in a route's path. */
type Places<Path extends string> = Path extends `${infer _Before}:${infer Name}/${infer Rest}`
  ? Name | Places<Rest>
  : Path extends `${infer _Before}:${infer Name}`
    ? Name
    : never

type PlacesIn<R extends Route> = { readonly [name in Places<R>]: string }
type QueryOf<R extends Route> = Routes[R] extends { readonly query: infer Query }
  ? object extends Query
    ? { readonly query?: Query }
    : { readonly query: Query }
  : unknown
type BodyOf<R extends Route> = Routes[R] extends { readonly body: infer Body } ? { readonly body: Body } : unknown

/** What a route wants: its places in the path by name, `query` and `body` as its type says. */
export type Request<R extends Route> = PlacesIn<R> & QueryOf<R> & BodyOf<R>
export type Answer<R extends Route> = Routes[R] extends { readonly answer: infer A } ? A : never
export type StreamLine<R extends Route> = Routes[R] extends { readonly stream: infer Line } ? Line : never
export type GetRoute = Extract<Route, `GET ${string}`>

/** What the broker said no with, or `UNREACHABLE` where nobody answered. Everything that `call` rejects with is one, or an abort. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly fix: string | undefined
  /** By the path of the field. */
  readonly fields: ReadonlyMap<string, string>

  constructor(status: number, { code, message, fix, fields }: ErrorAnswer['error']) {
    super(message)
    this.status = status
    this.code = code
    this.fix = fix
    this.fields = new Map(fields?.map((field) => [field.path, field.message]))
  }
}

/** Undefined until it was asked for. */
export const session = store<Session | undefined>(undefined)
/** The newest request had no answer at all. */
export const unreachable = store(false)

/** Asks the broker: `await call('GET /api/topics/:topic', { topic: 'orders' })`. */
export async function call<R extends Route>(route: R, request: Request<R>, signal?: AbortSignal): Promise<Answer<R>> {
  const response = await send(route, request, signal)
  return (await response.json()) as Answer<R>
}

/** Lines of a stream, as they come; ends when the broker does, rejects as `call`. Abort it by `signal`. */
export async function* stream<R extends Route>(
  route: R,
  request: Request<R>,
  signal: AbortSignal,
): AsyncGenerator<StreamLine<R>> {
  const { body } = await send(route, request, signal)
  if (body === null) return
  const decoder = new TextDecoder()
  let rest = ''
  // By its reader, because not every browser iterates over streams.
  const reader = body.getReader()
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      const lines = (rest + decoder.decode(chunk.value, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) if (line !== '') yield JSON.parse(line) as StreamLine<R>
    }
    if (rest !== '') yield JSON.parse(rest) as StreamLine<R>
  } finally {
    reader.cancel().catch(() => {})
  }
}

/** The address of a GET route, for links that save what it answers. */
export function addressOf<R extends Route>(route: R, request: Request<R>): string {
  const [, pattern = ''] = route.split(' ')
  const given: Readonly<Record<string, unknown>> = { ...request }
  const path = pattern.replace(/:(\w+)/g, (_colon, name) => encodeURIComponent(String(given[name])))
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries((given.query ?? {}) as Readonly<Record<string, unknown>>)) {
    if (value !== undefined) query.set(name, String(value))
  }
  return query.size === 0 ? path : `${path}?${query}`
}

async function send<R extends Route>(route: R, request: Request<R>, signal?: AbortSignal): Promise<Response> {
  const [method = 'GET'] = route.split(' ')
  const isPost = method === 'POST'
  let response: Response
  try {
    response = await fetch(addressOf(route, request), {
      method,
      credentials: 'same-origin',
      headers: { accept: 'application/json', ...(isPost && { 'content-type': 'application/json' }) },
      ...(isPost && { body: JSON.stringify((request as { readonly body?: unknown }).body ?? {}) }),
      ...(signal !== undefined && { signal }),
    })
  } catch (error) {
    if (signal?.aborted) throw error
    unreachable.set(true)
    throw new ApiError(0, { code: 'UNREACHABLE', message: 'The broker that serves this console does not answer.' })
  }
  unreachable.set(false)
  if (response.ok) return response
  throw noteLogin(await errorOf(response))
}

async function errorOf(response: Response): Promise<ApiError> {
  const answer = (await response.json().catch(() => undefined)) as ErrorAnswer | undefined
  if (answer?.error !== undefined) return new ApiError(response.status, answer.error)
  return new ApiError(response.status, {
    code: 'INTERNAL',
    message: `The broker answered with status ${response.status} and did not say why.`,
  })
}

/** Whoever is told to log in is shown the login, whatever was asked. */
function noteLogin(error: ApiError): ApiError {
  const known = session.get()
  if (error.status === 401 && known?.principal !== undefined) session.set({ ...known, principal: undefined })
  return error
}

/** Words for anything that was thrown. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError'
}
