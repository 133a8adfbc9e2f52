import { createServer, type Server, type Socket } from 'node:net'

/** Whoever serves what comes in. */
export interface Indoors {
  /** A connection that is not read yet. */
  accept(socket: Socket): void
  close(): Promise<void>
}

export interface FrontDoorListener {
  readonly host: string
  readonly port: number
  /** Where it can't be bound the node goes on without it. */
  readonly isOptional?: boolean
  /** Where connections come with TLS: `ready` is called with those whose handshake went well, all others are closed. */
  readonly secure?: ((socket: Socket, ready: (secured: Socket) => void) => void) | undefined
}

export interface FrontDoorOptions {
  readonly listeners: readonly FrontDoorListener[]
  /** Called once, with the first connection. */
  readonly open: () => Promise<Indoors>
  /** An optional listener could not be bound. */
  readonly unbound: (listener: FrontDoorListener, error: NodeJS.ErrnoException) => void
  readonly failed: (error: unknown) => void
}

/** As it was bound. */
export interface HttpAddress {
  readonly host: string
  readonly port: number
  readonly isTls: boolean
}

export interface HttpServer {
  readonly addresses: readonly HttpAddress[]
  close(): Promise<void>
}

/** Connections that may wait while what serves them is being loaded, and be open at all. */
const MOST_CONNECTIONS = 1_000

/**
 * Ports and nothing behind them: what serves HTTP is loaded when somebody comes, because most nodes are never asked.
 * Rejects with the system's error where an address can't be bound.
 */
export async function openFrontDoor(options: FrontDoorOptions): Promise<HttpServer> {
  const { listeners, open, unbound, failed } = options
  const servers: Server[] = []
  const sockets = new Set<Socket>()
  let indoors: Promise<Indoors> | undefined
  const came = (socket: Socket, { secure }: FrontDoorListener): void => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    indoors ??= open()
    indoors.then(
      (inside) => {
        if (socket.destroyed) return
        if (secure === undefined) inside.accept(socket)
        else secure(socket, inside.accept)
      },
      (error) => {
        indoors = undefined
        socket.destroy()
        failed(error)
      },
    )
  }
  const close = async () => {
    const closed = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())))
    await indoors?.then(
      (inside) => inside.close(),
      () => {},
    )
    for (const socket of sockets) socket.destroy()
    await Promise.all(closed)
  }
  const addresses = []
  try {
    for (const listener of listeners) {
      const server = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => came(socket, listener))
      server.maxConnections = MOST_CONNECTIONS
      try {
        const port = await bound(server, listener)
        addresses.push({ host: listener.host, port, isTls: listener.secure !== undefined })
        servers.push(server)
      } catch (error) {
        if (listener.isOptional !== true) throw error
        unbound(listener, error as NodeJS.ErrnoException)
      }
    }
    return { addresses, close }
  } catch (error) {
    await close()
    throw error
  }
}

function bound(server: Server, { host, port }: FrontDoorListener): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(host === '' ? { port } : { host, port }, () => {
      server.off('error', reject)
      server.on('error', () => {})
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}
