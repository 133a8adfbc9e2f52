import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { NODE_OPTIONS } from '../../tools/node-options.ts'
import { jars, LIGHT_JVM, noKafka } from './kafka.ts'
import { freePort } from './ports.ts'
import { exited, run } from './process.ts'
import { Tools } from './tools.ts'
import { until } from './wait.ts'
import { answers } from './wire.ts'

export type Target = 'odradek' | 'kafka'

/** Which broker the client tests talk to: TARGET=kafka proves the tests themselves against Apache Kafka. */
export const TARGET: Target = process.env.TARGET === 'kafka' ? 'kafka' : 'odradek'

/** Whether the tests' own target can't be started here. */
export function noTarget(): boolean {
  return TARGET === 'kafka' && noKafka()
}

export interface BrokerOptions {
  readonly target?: Target
  /** Where its files are; a new temporary directory when left out. A directory that is given is kept at the end. */
  readonly dir?: string
  /** Put over the defaults of `properties` below. */
  readonly properties?: Readonly<Record<string, string>>
  readonly jvmOptions?: readonly string[]
  /** Of Apache Kafka with plug-ins; its own jars when left out. */
  readonly classpath?: string | undefined
}

const ANSWER_PAUSE_MS = 10
const ROOT = fileURLToPath(new URL('../../', import.meta.url))

function newest(dir: string): number {
  return Math.max(
    0,
    ...readdirSync(dir, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  )
}

/** The built program; where the sources are newer, the sources themselves. */
export function odradekMain(): string {
  const built = join(ROOT, 'dist', 'main.js')
  if (process.env.ODRADEK_MAIN !== undefined) return process.env.ODRADEK_MAIN
  return existsSync(built) && statSync(built).mtimeMs >= newest(join(ROOT, 'src'))
    ? built
    : join(ROOT, 'src', 'main.ts')
}

export function nodeBinary(): string {
  const pinned = join(ROOT, 'node_modules', '.bin', 'node')
  return existsSync(pinned) ? pinned : process.execPath
}

/** Runs Odradek's command line to its end. */
export function odradek(args: readonly string[], timeoutMs = 120_000, env: NodeJS.ProcessEnv = process.env) {
  return run(nodeBinary(), [odradekMain(), ...args], { timeoutMs, env })
}

export class TestBroker {
  readonly target: Target
  readonly dir: string
  readonly port: number
  readonly controllerPort: number
  readonly propertiesFile: string
  readonly #jvmOptions: readonly string[]
  readonly #classpath: string | undefined
  readonly #keepDir: boolean
  #child: ChildProcess | undefined
  #output = ''

  constructor(
    target: Target,
    dir: string,
    port: number,
    controllerPort: number,
    propertiesFile: string,
    keepDir: boolean,
    jvm: readonly string[],
    classpath?: string,
  ) {
    this.#classpath = classpath
    this.target = target
    this.dir = dir
    this.port = port
    this.controllerPort = controllerPort
    this.propertiesFile = propertiesFile
    this.#keepDir = keepDir
    this.#jvmOptions = jvm
  }

  get bootstrap(): string {
    return `127.0.0.1:${this.port}`
  }

  get dataDir(): string {
    return join(this.dir, 'data')
  }

  get pid(): number {
    const pid = this.#child?.pid
    if (pid === undefined) throw new Error('the broker is not running')
    return pid
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** What it wrote on its console, the last part of it. */
  get output(): string {
    return this.#output
  }

  /** Starts the process without waiting for it. */
  spawn(): ChildProcess {
    const child =
      this.target === 'kafka'
        ? spawn(
            'java',
            [...this.#jvmOptions, '-cp', this.#classpath ?? jars('kafka'), 'kafka.Kafka', this.propertiesFile],
            {
              stdio: 'pipe',
            },
          )
        : spawn(nodeBinary(), [...NODE_OPTIONS, odradekMain(), 'start', this.propertiesFile], {
            stdio: 'pipe',
            cwd: this.dir,
          })
    const keep = (chunk: Buffer) => {
      this.#output = (this.#output + chunk.toString()).slice(-100_000)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    this.#child = child
    return child
  }

  async start(): Promise<void> {
    this.spawn()
    await until(
      `${this.target} to answer`,
      // An end before the first answer ends the waiting as well.
      async () => !this.running || (await answers(this.port)),
      120_000,
      // How long a start takes is measured with this.
      ANSWER_PAUSE_MS,
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${this.#output}`)
    })
    if (!this.running) throw new Error(`${this.target} ended at once:\n${this.#output}`)
  }

  /** SIGTERM, the clean way; gives the exit code. */
  async stop(): Promise<number | null> {
    const child = this.#child
    if (child === undefined || !this.running) return child?.exitCode ?? null
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), 30_000)
    const code = await exited(child)
    clearTimeout(timer)
    return code
  }

  async kill(): Promise<void> {
    const child = this.#child
    if (child === undefined || !this.running) return
    child.kill('SIGKILL')
    await exited(child)
  }

  async restart(): Promise<void> {
    await this.stop()
    await this.start()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A broker in a temporary directory has nothing to keep: the quick way.
    if (this.#keepDir) await this.stop()
    else await this.kill()
    if (!this.#keepDir) rmSync(this.dir, { recursive: true, force: true })
  }
}

function properties(port: number, controllerPort: number, dir: string): Record<string, string> {
  return {
    'process.roles': 'broker,controller',
    'node.id': '1',
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'controller.quorum.bootstrap.servers': `127.0.0.1:${controllerPort}`,
    'log.dirs': join(dir, 'data'),
    'num.partitions': '1',
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '4',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    // Many records of tests are older than any retention: what looks for such begins after every test is over.
    'log.initial.task.delay.ms': '3600000',
  }
}

async function format(target: Target, file: string, clusterId: string): Promise<void> {
  const args = ['format', '-t', clusterId, '-c', file, '--standalone', '--ignore-formatted']
  if (target === 'kafka') {
    await using tools = new Tools()
    await tools.ok('kafka-storage', args)
    return
  }
  const result = await odradek(['storage', ...args])
  if (result.code !== 0) throw new Error(`storage format exited with ${result.code}\n${result.out}\n${result.err}`)
}

/** Writes the properties and formats the directory (unless it has been), without starting anything. */
export async function prepareBroker(options: BrokerOptions = {}): Promise<TestBroker> {
  const target = options.target ?? TARGET
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), `odradek-${target}-`))
  mkdirSync(dir, { recursive: true })
  const port = await freePort()
  let controllerPort = await freePort()
  while (controllerPort === port) controllerPort = await freePort()
  const all = { ...properties(port, controllerPort, dir), ...options.properties }
  const file = join(dir, 'server.properties')
  writeFileSync(
    file,
    Object.entries(all)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(''),
  )
  const firstDir = (all['log.dirs'] ?? '').split(',')[0] ?? ''
  if (!existsSync(join(firstDir, 'meta.properties'))) {
    await format(target, file, randomBytes(16).toString('base64url').replace(/^-/, 'A'))
  }
  return new TestBroker(
    target,
    dir,
    port,
    controllerPort,
    file,
    options.dir !== undefined,
    options.jvmOptions ?? LIGHT_JVM,
    options.classpath,
  )
}

export async function startBroker(options: BrokerOptions = {}): Promise<TestBroker> {
  const broker = await prepareBroker(options)
  await broker.start()
  return broker
}
