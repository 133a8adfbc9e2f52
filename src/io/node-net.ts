import { connect, createServer, type Server } from 'node:net'
import type { Net, NetAddress, NetListen, NetServer, NetSocket } from './ports.ts'

/** TCP. */
export class NodeNet implements Net {
  listen({ host, port, backlog, accepted, failed }: NetListen): Promise<NetServer> {
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, accepted)
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(host === '' ? { port, backlog } : { host, port, backlog }, () => {
        server.removeListener('error', reject)
        server.on('error', failed)
        resolve(serverOf(server))
      })
    })
  }

  connect({ host, port }: NetAddress): NetSocket {
    const socket = connect({ host, port, allowHalfOpen: true })
    socket.pause()
    return socket
  }
}

function serverOf(server: Server): NetServer {
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
