import type { FastifyInstance } from 'fastify'
import { type Exposition, exposition, type Families } from './exposition.ts'

export interface HttpOptions extends Families {
  readonly listeners: readonly { readonly host: string; readonly port: number }[]
  /** What the node still waits for; empty: clients may come. */
  readonly unready: () => readonly string[]
}

export interface HttpServer {
  /** As they were bound. */
  readonly addresses: readonly { readonly host: string; readonly port: number }[]
  close(): Promise<void>
}

/** How long a scrape may take to be read. */
const REQUEST_TIMEOUT_MS = 10_000
const MAX_BODY_BYTES = 1024
const PROMETHEUS_TEXT = 'text/plain; version=0.0.4; charset=utf-8'

/**
 * What those who operate a node ask it by HTTP:
 *
 *     /metrics   Prometheus text
 *     /healthz   200 while the process answers
 *     /readyz    200 when the node takes part in its cluster, else 503 with what it waits for
 *
 * Rejects with the system's error where an address can't be bound.
 */
export async function openHttpServer(options: HttpOptions): Promise<HttpServer> {
  const { fastify } = await import('fastify')
  const servers: FastifyInstance[] = []
  let metrics: Promise<Exposition> | undefined
  const close = async () => {
    await Promise.all(servers.map((server) => server.close()))
    ;(await metrics)?.close()
  }
  // The first who asks for metrics waits a moment longer for them, rather than every start.
  const scrape = shared(async () => {
    metrics ??= exposition(options)
    return (await metrics).text()
  })
  try {
    const addresses = []
    for (const { host, port } of options.listeners) {
      const server = fastify({
        logger: false,
        bodyLimit: MAX_BODY_BYTES,
        forceCloseConnections: true,
        requestTimeout: REQUEST_TIMEOUT_MS,
      })
      servers.push(server)
      serve(server, options, scrape)
      await server.listen({ host: host === '' ? '::' : host, port })
      addresses.push({ host, port: portOf(server) ?? port })
    }
    return { addresses, close }
  } catch (error) {
    await close()
    throw error
  }
}

function portOf(server: FastifyInstance): number | undefined {
  const [address] = server.addresses()
  return typeof address === 'object' ? address.port : undefined
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
