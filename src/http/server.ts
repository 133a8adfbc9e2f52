import type { FastifyInstance } from 'fastify'
import { type Exposition, exposition, type Families } from './exposition.ts'
import type { Indoors } from './front-door.ts'
import { openRoom } from './room.ts'

export interface HttpOptions extends Families {
  /** What the node still waits for; empty: clients may come. */
  readonly unready: () => readonly string[]
  /** Adds what else is served; gives what is to be done at the end. */
  readonly more?: (server: FastifyInstance) => Promise<() => Promise<void>>
}

const LIMITS = {
  requestTimeoutMs: 20_000,
  headersTimeoutMs: 10_000,
  keepAliveMs: 30_000,
  maxHeaderBytes: 16 * 1024,
  maxBodyBytes: 1024,
}
const PROMETHEUS_TEXT = 'text/plain; version=0.0.4; charset=utf-8'

/**
 * What those who operate a node ask it by HTTP:
 *
 *     /metrics   Prometheus text
 *     /healthz   200 while the process answers
 *     /readyz    200 when the node takes part in its cluster, else 503 with what it waits for
 */
export async function openHttpServer(options: HttpOptions): Promise<Indoors> {
  let metrics: Promise<Exposition> | undefined
  // The first who asks for metrics waits a moment longer for them, rather than every start.
  const scrape = shared(async () => {
    metrics ??= exposition(options)
    return (await metrics).bytes()
  })
  let closeMore: (() => Promise<void>) | undefined
  const room = await openRoom(LIMITS, async (server) => {
    serve(server, options, scrape)
    closeMore = await options.more?.(server)
  })
  return {
    accept: room.accept,
    close: async () => {
      await closeMore?.()
      await room.close()
      ;(await metrics)?.close()
    },
  }
}

/** Several scrapes at a time get one answer: they can't be made to cost more than one. */
function shared(make: () => Promise<Buffer>): () => Promise<Buffer> {
  let running: Promise<Buffer> | undefined
  return () => {
    running ??= make().finally(() => {
      running = undefined
    })
    return running
  }
}

function serve(server: FastifyInstance, { unready }: HttpOptions, scrape: () => Promise<Buffer>): void {
  server.get('/metrics', async (_request, reply) => reply.type(PROMETHEUS_TEXT).send(await scrape()))
  server.get('/healthz', async () => ({ status: 'alive' }))
  server.get('/readyz', async (_request, reply) => {
    const waitingFor = unready()
    if (waitingFor.length === 0) return { status: 'ready' }
    return reply.code(503).send({ status: 'not ready', waitingFor })
  })
}
