import type { Socket } from 'node:net'
import { hostname } from 'node:os'
import type { HttpListener } from '../config/http-listeners.ts'
import { type FrontDoorOptions, type HttpServer, openFrontDoor } from '../http/front-door.ts'
import { areaOf } from '../io/log-levels.ts'
import { CloseLog } from '../network/close-log.ts'
import { Handshakes } from '../network/handshakes.ts'
import type { World } from './world.ts'

export interface Doors extends Omit<FrontDoorOptions, 'listeners'> {
  /** Those with TLS have the settings of `listener.name.<endpoint>.ssl.…`, and else the node's. */
  readonly endpoint: string
  /** The config that names the listeners: told with what keeps one from being bound. */
  readonly setting: string
  readonly listeners: readonly HttpListener[]
  /** A connection with TLS is about to be served; who its certificate says that it is. */
  readonly came?: (socket: Socket, principal: string) => void
}

const HANDSHAKE_MS = 10_000

/** Binds what a node serves by HTTP. Rejects where an address can't be bound, or the certificate is no good. */
export function openDoors(world: World, doors: Doors): Promise<HttpServer> {
  return bindDoors(world, doors).catch((error) => {
    throw error instanceof Error && 'syscall' in error ? Object.assign(error, { setting: doors.setting }) : error
  })
}

async function bindDoors(world: World, doors: Doors): Promise<HttpServer> {
  const { endpoint, listeners } = doors
  const hasTls = listeners.some(({ isTls }) => isTls)
  const tls = hasTls ? world.tls.listener(endpoint, 'SSL') : undefined
  if (tls === undefined) return openFrontDoor({ ...doors, listeners })
  const { clock, logger } = world
  const handshakes = new Handshakes({ tls, clock, limitMs: HANDSHAKE_MS })
  const closeLog = new CloseLog(clock, areaOf(logger, 'network'))
  const secure = (socket: Socket, ready: (secured: Socket) => void): void => {
    const host = (socket.remoteAddress ?? '').replace(/^::ffff:/, '')
    handshakes.begin(socket, {
      ready: (secured, principal) => {
        doors.came?.(secured as Socket, principal)
        ready(secured as Socket)
      },
      failed: (reason) => {
        if (reason !== undefined) closeLog.closed(`${hostname()}-${host}-${endpoint.toLowerCase()}`, host, reason)
      },
    })
    socket.resume()
  }
  const server = await openFrontDoor({
    ...doors,
    listeners: listeners.map((listener) => ({ ...listener, ...(listener.isTls && { secure }) })),
  })
  return {
    addresses: server.addresses,
    close: async () => {
      handshakes.close()
      await server.close()
      closeLog.flush()
    },
  }
}
