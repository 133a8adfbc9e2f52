import net from 'node:net'

/**
 * Below the range from which the system takes ports for outgoing connections, so that a broker can come back on its old port.
 * Whoever asks takes the port later than that: each of the processes that run tests at the same time has a share of its own.
 */
const COUNT = process.env.TEST_PORTS === undefined ? 10_000 : 1_000
const FIRST = Number(process.env.TEST_PORTS ?? 22_000)
const SHARE = 100
const WORKERS = 8
const share = (process.ppid * WORKERS + Number(process.env.VITEST_POOL_ID ?? 0)) % (COUNT / SHARE)
const ports = Array.from({ length: SHARE }, (_, i) => FIRST + share * SHARE + i)
let next = Math.floor(Math.random() * SHARE)

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

/** One that nobody listens on, and that was not given lately. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < SHARE; tries += 1) {
    const port = ports[next++ % SHARE]
    if (port !== undefined && (await isFree(port))) return port
  }
  throw new Error(`no free port in ${ports.at(0)}–${ports.at(-1)}`)
}
