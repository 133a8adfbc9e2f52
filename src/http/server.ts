import { createServer } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { type Exposition, exposition, type Families } from './exposition.ts'
import type { Indoors } from './front-door.ts'

export interface HttpOptions extends Families {
  /** What the node still waits for; empty: clients may come. */
  readonly unready: () => readonly string[]
  /** Adds what else is served; gives what is to be done at the end. */
  readonly more?: (server: FastifyInstance) => Promise<() => Promise<void>>
}

/** How long a request may take to be there, and a connection to say nothing between two. */
const REQUEST_TIMEOUT_MS = 20_000
const HEADERS_TIMEOUT_MS = 10_000
const KEEP_ALIVE_MS = 30_000
const CHECK_MS = 2_000
const MAX_HEADER_BYTES = 16 * 1024
const MAX_BODY_BYTES = 1024
const PROMETHEUS_TEXT = 'text/plain; version=0.0.4; charset=utf-8'

/**
 * What those who operate a node ask it by HTTP:
 *
 *     /metrics   Prometheus text
 *     /healthz   200 while the process answers
 *     /readyz    200 when the node takes part in its cluster, else 503 with what it waits for
 */
export async function openHttpServer(options: HttpOptions): Promise<Indoors> {
  const { fastify } = await import('fastify')
  const settings = {
    requestTimeout: REQUEST_TIMEOUT_MS,
    headersTimeout: HEADERS_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: CHECK_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
  }
  const server = fastify({
    logger: false,
    bodyLimit: MAX_BODY_BYTES,
    forceCloseConnections: true,
    serverFactory: (handler) => createServer(settings, handler),
  })
  let metrics: Promise<Exposition> | undefined
  // The first who asks for metrics waits a moment longer for them, rather than every start.
  const scrape = shared(async () => {
    metrics ??= exposition(options)
    return (await metrics).text()
  })
  serve(server, options, scrape)
  const closeMore = await options.more?.(server)
  await server.ready()
  // It listens nowhere itself, but minds its time limits as if it did.
  server.server.emit('listening')
  return {
    accept: (socket) => {
      server.server.emit('connection', socket)
      socket.resume()
    },
    close: async () => {
      await closeMore?.()
      server.server.closeAllConnections()
      server.server.close(() => {})
      await server.close()
      ;(await metrics)?.close()
    },
  }
}

/** Several scrapes at a time get one answer: they can't be made to cost more than one. */
function shared(make: () => Promise<string>): () => Promise<string> {
  let running: Promise<string> | undefined
  return () => {
    running ??= make().finally(() => {
      running = undefined
    })
    return running
  }
}

function serve(server: FastifyInstance, { unready }: HttpOptions, scrape: () => Promise<string>): void {
  server.get('/metrics', async (_request, reply) => reply.type(PROMETHEUS_TEXT).send(await scrape()))
  server.get('/healthz', async () => ({ status: 'alive' }))
  server.get('/readyz', async (_request, reply) => {
    const waitingFor = unready()
    if (waitingFor.length === 0) return { status: 'ready' }
    return reply.code(503).send({ status: 'not ready', waitingFor })
  })
}
