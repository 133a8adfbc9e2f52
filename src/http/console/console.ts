import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { KafkaError } from '../../base/errors.ts'
import { errorAnswer, HttpError } from './errors.ts'
import { checkHost, checkOrigin, PAGE_HEADERS, SANDBOX_POLICY } from './guard.ts'
import type { ConsoleNode } from './node.ts'
import { Download, type RouteDefinition, Streamed } from './route.ts'
import { groupRoutes } from './routes/groups.ts'
import { insightRoutes } from './routes/insight.ts'
import { messageRoutes } from './routes/messages.ts'
import { overviewRoutes } from './routes/overview.ts'
import { schemaRoutes } from './routes/schemas.ts'
import { sessionRoutes } from './routes/session.ts'
import { settingRoutes } from './routes/settings.ts'
import { topicRoutes } from './routes/topics.ts'
import { transactionRoutes } from './routes/transactions.ts'
import { encodingFor, type StaticFile, staticFiles } from './static-files.ts'
import { type Visitor, Visitors } from './visitors.ts'

const MAX_BODY_BYTES = 1024 * 1024
const MOST_REQUESTS = 128
const MOST_STREAMS = 32
const INDEX = '/index.html'
const YEAR_S = 31_536_000
const SESSION_S = 12 * 3600

/** The console: its API under /api/, its pages everywhere else. */
export async function serveConsole(server: FastifyInstance, node: ConsoleNode): Promise<() => Promise<void>> {
  const console = new Console(node)
  await server.register(async (scope) => console.serve(scope))
  return async () => console.close()
}

const ROUTES: readonly RouteDefinition[] = [
  ...overviewRoutes,
  ...topicRoutes,
  ...messageRoutes,
  ...groupRoutes,
  ...settingRoutes,
  ...transactionRoutes,
  ...schemaRoutes,
  ...insightRoutes,
]

class Console {
  readonly #node: ConsoleNode
  readonly #visitors: Visitors
  readonly #files: ReadonlyMap<string, StaticFile>
  readonly #cookie: string
  #requests = 0
  #streams = 0

  constructor(node: ConsoleNode) {
    this.#node = node
    this.#visitors = new Visitors(node)
    this.#files = staticFiles(node.files)
    // Cookies are of a host, not of its ports: several brokers may be on one.
    this.#cookie = `odradek-${node.nodeId}-${node.clusterId.slice(0, 8).replace(/[^\w-]/g, '')}`
  }

  close(): void {
    this.#visitors.close()
  }

  serve(scope: FastifyInstance): void {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('application/json', { parseAs: 'string' }, scope.getDefaultJsonParser('error', 'error'))
    scope.addHook('onRequest', async (request, reply) => {
      reply.headers(PAGE_HEADERS)
      checkHost(request.headers, this.#node.hosts())
      if (!isApi(request.url)) return
      reply.header('cache-control', 'no-store')
      checkOrigin(request)
    })
    scope.setErrorHandler((error, request, reply) => this.#failed(error, request, reply))
    for (const definition of ROUTES) this.#serveRoute(scope, definition)
    const { session, login, logout } = sessionRoutes(this.#node, this.#visitors)
    scope.get('/api/session', async (request) => session(this.#cookieOf(request)))
    scope.post('/api/login', { bodyLimit: MAX_BODY_BYTES }, async (request, reply) => {
      const { cookie, answer } = await login(request.body, request.ip, this.#cookieOf(request))
      reply.header('set-cookie', this.#setCookie(request, cookie, SESSION_S))
      return answer
    })
    scope.post('/api/logout', async (request, reply) => {
      reply.header('set-cookie', this.#setCookie(request, '', 0))
      return logout(request.body, this.#cookieOf(request))
    })
    scope.get('/*', async (request, reply) => this.#page(request, reply))
    scope.setNotFoundHandler(() => {
      throw notFound()
    })
  }

  #serveRoute(scope: FastifyInstance, definition: RouteDefinition): void {
    const [method = '', url = ''] = definition.name.split(' ')
    scope.route({
      method,
      url,
      bodyLimit: definition.maxBodyBytes ?? MAX_BODY_BYTES,
      handler: (request, reply) => this.#answer(definition, request, reply),
    })
  }

  async #answer(definition: RouteDefinition, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    if (this.#requests >= MOST_REQUESTS) throw new HttpError(429, 'TOO_MANY', 'Too many requests at a time.')
    this.#requests++
    const gone = new AbortController()
    reply.raw.once('close', () => gone.abort())
    let visitor: Visitor | undefined
    try {
      visitor = await this.#visitors.visitor(this.#cookieOf(request))
      const query = definition.query?.parse(request.query)
      const body = definition.body?.parse(request.body ?? undefined)
      visitor.look.sampler.asked()
      const { topic = '' } = request.params as { readonly topic?: string }
      const asked = { query, body, topic, visitor, client: visitor.client, node: this.#node, signal: gone.signal }
      const answer = await definition.answer(asked as never)
      if (request.method === 'POST') visitor.look.changed()
      return this.#send(answer, reply, visitor)
    } catch (error) {
      // The session of a visitor whose credentials are no more ends with them.
      if (visitor !== undefined && error instanceof KafkaError && error.error === 'SASL_AUTHENTICATION_FAILED') {
        this.#visitors.expel(visitor)
        throw new HttpError(401, 'LOGIN_REQUIRED', 'The broker takes this login no more: log in again.')
      }
      throw error
    } finally {
      this.#requests--
    }
  }

  #send(answer: unknown, reply: FastifyReply, visitor: Visitor): unknown {
    if (answer instanceof Download) {
      return reply
        .type('application/octet-stream')
        .header('content-disposition', `attachment; filename="${answer.name.replace(/[^\w.-]/g, '_')}"`)
        .header('content-security-policy', "default-src 'none'; sandbox")
        .send(answer.bytes)
    }
    if (!(answer instanceof Streamed)) return answer
    if (this.#streams >= MOST_STREAMS) {
      answer.lines.destroy()
      throw new HttpError(429, 'TOO_MANY', `Only ${MOST_STREAMS} readings are possible at a time: end another one.`)
    }
    this.#streams++
    visitor.streams++
    answer.lines.once('close', () => {
      this.#streams--
      visitor.streams--
    })
    return reply.type('application/x-ndjson; charset=utf-8').header('x-accel-buffering', 'no').send(answer.lines)
  }

  #failed(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const { status, answer, isOurs } = errorAnswer(error)
    if (isOurs)
      this.#node.logger.error({ err: error, url: request.url.slice(0, 200) }, 'a request to the console failed')
    reply.code(status).type('application/json; charset=utf-8').send(answer)
  }

  async #page(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const path = pathOf(request.url)
    if (isApi(path)) throw notFound()
    const file = this.#files.get(path) ?? (path.startsWith('/assets/') ? undefined : this.#files.get(INDEX))
    if (file === undefined) {
      if (this.#files.size > 0) throw notFound()
      throw new HttpError(503, 'NOT_HERE', 'The console was not built: run npm run build.')
    }
    const { type, etag, bytes, isImmutable, isSandbox } = file
    reply.header('etag', etag).header('vary', 'accept-encoding')
    reply.header('cache-control', isImmutable ? `public, max-age=${YEAR_S}, immutable` : 'no-cache')
    if (isSandbox) reply.headers({ 'content-security-policy': SANDBOX_POLICY, 'x-frame-options': 'SAMEORIGIN' })
    if (request.headers['if-none-match']?.includes(etag)) return reply.code(304).send()
    const encoding = encodingFor(request.headers['accept-encoding'] as string | undefined, type, bytes.length)
    if (encoding !== undefined) reply.header('content-encoding', encoding)
    return reply.type(type).send(encoding === undefined ? bytes : await file.compressed(encoding))
  }

  /** Of its own name where it came by TLS: no page or answer without TLS can set or overwrite one that begins so. */
  #cookieName({ protocol }: FastifyRequest): string {
    return protocol === 'https' ? `__Host-${this.#cookie}` : this.#cookie
  }

  #setCookie(request: FastifyRequest, value: string, maxAgeS: number): string {
    const secure = request.protocol === 'https' ? '; Secure' : ''
    return `${this.#cookieName(request)}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAgeS}${secure}`
  }

  #cookieOf(request: FastifyRequest): string | undefined {
    const wanted = this.#cookieName(request)
    for (const pair of (request.headers.cookie ?? '').split(';')) {
      const [name, value] = pair.trim().split('=')
      if (name === wanted && value) return value
    }
    return undefined
  }
}

function notFound(): HttpError {
  return new HttpError(404, 'NOT_FOUND', 'There is nothing here.')
}

function isApi(path: string): boolean {
  return path === '/api' || path.startsWith('/api/') || path.startsWith('/api?')
}

function pathOf(url: string): string {
  const end = url.indexOf('?')
  const path = end < 0 ? url : url.slice(0, end)
  return path === '/' ? INDEX : path
}
