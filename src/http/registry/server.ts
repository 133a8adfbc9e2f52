import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from '../../io/ports.ts'
import { RegistryError, storeFailed } from '../../registry/errors.ts'
import type { Registry } from '../../registry/registry.ts'
import type { Indoors } from '../front-door.ts'
import { openRoom } from '../room.ts'
import { type Asked, notFound, Query, readBody } from './asked.ts'
import { withoutContextPath } from './context-paths.ts'
import { basicCredentials, checkBrowser } from './guard.ts'
import { acceptedType, isReadable, OWN_TYPE } from './media-types.ts'
import type { Method, Route, Routes } from './route.ts'
import { SCHEMA_ROUTES } from './schema-routes.ts'
import { SETTINGS_ROUTES } from './settings-routes.ts'
import { RawSchema, SUBJECT_ROUTES } from './subject-routes.ts'

/** Who asks. */
export interface RegistryVisitor {
  readonly peerAddress: string
  /** `User:name` */
  readonly principal: string
}

export interface RegistryServerOptions {
  readonly registry: Registry
  readonly clusterId: string
  readonly version: string
  readonly logger: Logger
  /** Names by which browsers may have come, besides addresses. */
  readonly hosts: readonly string[]
  /** Of the connection: by its certificate, or nobody in particular. */
  readonly visitorOf: (socket: unknown) => RegistryVisitor
  /** Undefined: nobody logs in. */
  readonly logIn: ((user: string, password: string, peerAddress: string) => Promise<string | undefined>) | undefined
  /** On the topic. */
  readonly may: (visitor: RegistryVisitor, access: 'READ' | 'WRITE') => boolean
}

const MAX_HEADER_BYTES = 64 * 1024
const LIMITS = {
  requestTimeoutMs: 30_000,
  headersTimeoutMs: 10_000,
  keepAliveMs: 60_000,
  maxHeaderBytes: MAX_HEADER_BYTES,
  /** A schema must fit into a record, which by default has at most a megabyte; its JSON form is longer. */
  maxBodyBytes: 8 * 1024 * 1024,
}
const ANONYMOUS = 'User:ANONYMOUS'
const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'] as const

/** Confluent's REST interface. */
export function openRegistryServer(options: RegistryServerOptions): Promise<Indoors> {
  return openRoom(LIMITS, (app) => serve(app, options), {
    routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true, maxParamLength: MAX_HEADER_BYTES },
    rewriteUrl: ({ url = '/' }) => withoutContextPath(url),
    frameworkErrors: (_error, _request, reply) => void refuse(reply, new RegistryError(400, 'HTTP 400 Bad Request')),
  })
}

function serve(app: FastifyInstance, options: RegistryServerOptions): void {
  // Bodies are read where it is known what they ought to be.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  const routes: Routes = { ...SUBJECT_ROUTES, ...SCHEMA_ROUTES, ...SETTINGS_ROUTES, ...nodeRoutes(options) }
  for (const [url, methods] of Object.entries(routes)) {
    app.route({
      method: [...METHODS],
      url,
      exposeHeadRoute: false,
      handler: (request, reply) => handle(methods, request, reply, options),
    })
  }
  app.setNotFoundHandler((_request, reply) => refuse(reply, notFound()))
  app.setErrorHandler((error, _request, reply) => refuse(reply, refusalOf(error, options.logger)))
}

async function handle(
  methods: Routes[string],
  request: FastifyRequest,
  reply: FastifyReply,
  options: RegistryServerOptions,
): Promise<unknown> {
  checkBrowser(request.headers, options.hosts)
  const route = methods[(request.method === 'HEAD' ? 'GET' : request.method) as Method]
  if (route === undefined) return refuseMethod(methods, request.method, reply)
  const type = acceptedType(request.headers.accept)
  if (type === undefined) throw new RegistryError(406, 'HTTP 406 Not Acceptable')
  reply.type(type)
  await checkAccess(route, request, options)
  const body = request.body instanceof Buffer ? request.body : Buffer.alloc(0)
  if (body.length > 0 && !isReadable(request.headers['content-type'])) {
    throw new RegistryError(415, 'HTTP 415 Unsupported Media Type')
  }
  const answer = await route.run(asked(request, body, options))
  if (answer === undefined) return reply.code(204).send()
  return reply.send(Buffer.from(answer instanceof RawSchema ? answer.text : JSON.stringify(answer)))
}

function asked({ params, headers, url }: FastifyRequest, body: Buffer, { registry }: RegistryServerOptions): Asked {
  const parts = params as Readonly<Record<string, string>>
  const at = url.indexOf('?')
  return {
    registry,
    caller: { authorization: headers.authorization, isForwarded: headers['x-forward'] === 'true' },
    query: new Query(new URLSearchParams(at < 0 ? '' : url.slice(at + 1))),
    part: (name) => parts[name] ?? '',
    body: (shape) => readBody(body, shape),
  }
}

async function checkAccess(route: Route, request: FastifyRequest, options: RegistryServerOptions): Promise<void> {
  if (route.access === 'none') return
  const connection = options.visitorOf(request.raw.socket)
  const visitor = await loggedIn(connection, request.headers.authorization, options)
  if (options.may(visitor, route.access)) return
  const [operation, name] = route.access === 'READ' ? ['Read', 'read'] : ['Write', 'write']
  throw new RegistryError(
    40301,
    `${visitor.principal} may not ${name} the registry: it takes ${operation} on the topic _schemas`,
  )
}

async function loggedIn(
  visitor: RegistryVisitor,
  header: string | undefined,
  { logIn }: RegistryServerOptions,
): Promise<RegistryVisitor> {
  // A certificate says who somebody is as well as a password.
  const isKnown = visitor.principal !== ANONYMOUS
  if (logIn === undefined || (isKnown && header === undefined)) return visitor
  const credentials = basicCredentials(header)
  const { peerAddress } = visitor
  const principal = credentials && (await logIn(credentials.user, credentials.password, peerAddress))
  if (principal === undefined) throw new RegistryError(401, 'HTTP 401 Unauthorized')
  return { peerAddress, principal }
}

function refuseMethod(methods: Routes[string], method: string, reply: FastifyReply): unknown {
  const allowed = [...Object.keys(methods), ...('GET' in methods ? ['HEAD'] : []), 'OPTIONS'].join(',')
  reply.header('allow', allowed)
  if (method === 'OPTIONS') return reply.code(204).send()
  return refuse(reply, new RegistryError(405, 'HTTP 405 Method Not Allowed'))
}

function refuse(reply: FastifyReply, { status, code, message }: RegistryError): unknown {
  if (status === 401) reply.header('www-authenticate', 'Basic realm="schema-registry"')
  const given = reply.getHeader('content-type')
  return reply
    .code(status)
    .type(typeof given === 'string' ? given : OWN_TYPE)
    .send(Buffer.from(JSON.stringify({ error_code: code, message })))
}

function refusalOf(error: unknown, logger: Logger): RegistryError {
  if (error instanceof RegistryError) return error
  const { statusCode, message } = error as { readonly statusCode?: number; readonly message?: string }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new RegistryError(statusCode, message ?? `HTTP ${statusCode}`)
  }
  logger.error({ err: error }, 'a request to the schema registry failed')
  return storeFailed('The registry failed: see the log of the broker')
}

function nodeRoutes({ clusterId, version }: RegistryServerOptions): Routes {
  const open = (answer: object): Route => ({ access: 'none', run: async () => answer })
  const scope = { path: [], clusters: { 'kafka-cluster': clusterId, 'schema-registry-cluster': 'schema-registry' } }
  return {
    '/': { GET: open({}), POST: open({}) },
    '/v1/metadata/id': { GET: open({ id: '', scope }) },
    '/v1/metadata/deployment': { GET: open({ attributes: [] }) },
    '/v1/metadata/version': { GET: open({ version, commitId: 'odradek' }) },
  }
}
