import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { Script } from 'node:vm'

/**
 * compile-bundle.ts BUNDLE COMPILED: starts a broker twice, on a new directory and on one that is known, and keeps what
 * Node has compiled until then. Everything as src/main.ts does it, because Node takes it for nothing else.
 */

const ID_BYTES = 37
const PATIENCE_MS = 30_000

const [bundle = '', compiled = ''] = process.argv.slice(2).map((path) => resolve(path))

function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const server = createServer()
    server.once('error', failed)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => done(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

/** ApiVersions, version 0, without a client id. */
const QUESTION = Buffer.from('0000000a00120000000000010000', 'hex').fill(0xff, 12)

function isAnswered(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(QUESTION))
    socket.once('data', () => {
      socket.destroy()
      done(true)
    })
    socket.once('error', () => done(false))
    socket.once('close', () => done(false))
  })
}

async function startAndStop(run: (args: string[]) => Promise<number>, directory: string): Promise<void> {
  const [port, controllerPort] = [await freePort(), await freePort()]
  const settings = [
    `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:${port}`,
    `controller.quorum.bootstrap.servers=127.0.0.1:${controllerPort}`,
    `log.dirs=${directory}`,
  ]
  const running = run(['start', ...settings.flatMap((setting) => ['--override', setting])])
  let over = false
  running.finally(() => {
    over = true
  })
  while (!over && !(await isAnswered(port))) await new Promise((done) => setTimeout(done, 10))
  process.emit('SIGTERM')
  const code = await running
  process.removeAllListeners('SIGTERM')
  process.removeAllListeners('SIGINT')
  if (code !== 0) throw new Error(`the broker ended with ${code}`)
}

const timer = setTimeout(() => process.exit(1), PATIENCE_MS)
const directory = mkdtempSync(join(tmpdir(), 'odradek-build-'))
process.on('exit', () => rmSync(directory, { recursive: true, force: true }))
const source = readFileSync(bundle, 'latin1')
const script = new Script(source, { filename: bundle })
const module = { exports: {} as { run: (args: string[]) => Promise<number> } }
script.runInThisContext()(module, createRequire(bundle), bundle, dirname(bundle))
for (let i = 0; i < 2; i += 1) await startAndStop(module.exports.run, join(directory, 'data'))
writeFileSync(compiled, Buffer.concat([Buffer.from(source.slice(0, ID_BYTES)), script.createCachedData()]))
clearTimeout(timer)
process.exit(0)
