import { createServer, type Server } from 'node:http'
import type { FastifyInstance, FastifyServerOptions } from 'fastify'
import type { Indoors } from './front-door.ts'

export interface RoomLimits {
  /** How long a request may take to be there. */
  readonly requestTimeoutMs: number
  readonly headersTimeoutMs: number
  /** How long a connection may say nothing between two. */
  readonly keepAliveMs: number
  readonly maxHeaderBytes: number
  readonly maxBodyBytes: number
}

const CHECK_MS = 2_000

/** Serves connections that were accepted elsewhere, by the routes that `furnish` adds. */
export async function openRoom(
  { requestTimeoutMs, headersTimeoutMs, keepAliveMs, maxHeaderBytes, maxBodyBytes }: RoomLimits,
  furnish: (app: FastifyInstance) => Promise<void> | void,
  options: FastifyServerOptions = {},
): Promise<Indoors> {
  const { fastify } = await import('fastify')
  const settings = {
    requestTimeout: requestTimeoutMs,
    headersTimeout: headersTimeoutMs,
    keepAliveTimeout: keepAliveMs,
    connectionsCheckingInterval: CHECK_MS,
    maxHeaderSize: maxHeaderBytes,
  }
  const app: FastifyInstance = fastify({
    ...options,
    logger: false,
    bodyLimit: maxBodyBytes,
    forceCloseConnections: true,
    serverFactory: (handler) => createServer(settings, handler) as Server,
  })
  await furnish(app)
  await app.ready()
  // It listens nowhere itself, but minds its time limits as if it did.
  app.server.emit('listening')
  return {
    accept: (socket) => {
      app.server.emit('connection', socket)
      socket.resume()
    },
    close: async () => {
      app.server.closeAllConnections()
      app.server.close(() => {})
      await app.close()
    },
  }
}
