import net from 'node:net'

/** Below the range from which the system takes ports for outgoing connections, so that a broker can come back on its old port. */
const FIRST = Number(process.env.TEST_PORTS ?? 22_000)
const COUNT = 1_000

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 200; tries += 1) {
    const port = FIRST + Math.floor(Math.random() * COUNT)
    if (await isFree(port)) return port
  }
  throw new Error(`no free port in ${FIRST}–${FIRST + COUNT}`)
}
