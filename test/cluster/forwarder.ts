import net from 'node:net'

/** A published port: what connects to it on this machine reaches a port of a container. */
export class Forwarder {
  readonly port: number
  readonly #server: net.Server
  readonly #sockets = new Set<net.Socket>()

  private constructor(server: net.Server, port: number) {
    this.#server = server
    this.port = port
  }

  static listen(port: number, host: string, target: number): Promise<Forwarder> {
    return new Promise((resolve, reject) => {
      const server = net.createServer({ noDelay: true })
      const forwarder = new Forwarder(server, port)
      server.once('error', reject)
      server.on('connection', (inner) => forwarder.#join(inner, net.connect({ host, port: target, noDelay: true })))
      server.listen(port, '127.0.0.1', () => resolve(forwarder))
    })
  }

  #join(inner: net.Socket, outer: net.Socket): void {
    for (const socket of [inner, outer]) {
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        this.#sockets.delete(socket)
        inner.destroy()
        outer.destroy()
      })
    }
    inner.pipe(outer)
    outer.pipe(inner)
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
