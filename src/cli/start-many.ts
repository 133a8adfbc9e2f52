import { type ChildProcess, spawn } from 'node:child_process'
import { hostname } from 'node:os'
import { createInterface } from 'node:readline'
import type { BrokerConfig } from '../config/broker-config.ts'
import type { Logger } from '../io/ports.ts'
import { directoriesOf } from './format-directories.ts'
import { formatTogether } from './format-together.ts'
import { loadConfig, parseOverrides } from './load-config.ts'
import { openOutput } from './output.ts'
import { UserError } from './user-error.ts'

interface NodeOfFile {
  readonly file: string
  readonly config: BrokerConfig
}

/** How a process ended: an exit code, or the signal that ended it. */
type End = number | NodeJS.Signals

/**
 * Runs one process for each file: one event loop keeps one core busy, so a host with many cores runs several nodes. They
 * start and stop together; the end of one that nobody asked for ends all.
 */
export async function startMany(files: readonly string[], overrides: readonly string[]): Promise<void> {
  const nodes = files.map((file) => ({ file, config: loadConfig(file, parseOverrides(overrides)) }))
  checkApart(nodes)
  const { logger, write } = await openOutput()
  formatTogether(
    nodes.map(({ config }) => config),
    (line) => logger.info(line),
  )
  const processes = new Processes(logger, write)
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      logger.info(`${signal}: stopping all nodes`)
      processes.stop(signal)
    })
  }
  for (const node of nodes) processes.start(node, overrides)
  if (!(await processes.ended())) process.exitCode = 1
}

function checkApart(nodes: readonly NodeOfFile[]): void {
  const byId = new Map<number, string>()
  const byDirectory = new Map<string, string>()
  for (const { file, config } of nodes) {
    const twin = byId.get(config.nodeId)
    if (twin !== undefined) {
      throw new UserError(`Give each node its own node.id: ${twin} and ${file} both have ${config.nodeId}.`)
    }
    byId.set(config.nodeId, file)
    for (const dir of directoriesOf(config)) {
      const other = byDirectory.get(dir)
      if (other !== undefined)
        throw new UserError(`Give each node its own log.dirs: ${other} and ${file} share ${dir}.`)
      byDirectory.set(dir, file)
    }
  }
}

class Processes {
  readonly #logger: Logger
  readonly #write: (line: string) => void
  readonly #children = new Set<ChildProcess>()
  readonly #ends: Promise<End>[] = []
  #isStopping = false

  constructor(logger: Logger, write: (line: string) => void) {
    this.#logger = logger
    this.#write = write
  }

  start(node: NodeOfFile, overrides: readonly string[]): void {
    const given = [...overrides, ...rackOf(node.config)].flatMap((override) => ['--override', override])
    const args = [...process.execArgv, process.argv[1] ?? '', 'start', node.file, ...given]
    // In a session of its own, a Ctrl-C reaches it only once, from here; the channel tells it when this process is gone.
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], detached: true })
    this.#children.add(child)
    const { nodeId } = node.config
    if (child.stdout) createInterface(child.stdout).on('line', (line) => this.#write(`${labelled(line, nodeId)}\n`))
    if (child.stderr) createInterface(child.stderr).on('line', (line) => console.error(`node ${nodeId}: ${line}`))
    this.#ends.push(
      new Promise((resolve) => {
        const ended = (end: End, what: string): void => {
          this.#children.delete(child)
          this.#ended(node, what)
          resolve(end)
        }
        child.once('error', (error) => ended(1, `could not be started (${error.message})`))
        // Not before its last lines are out.
        child.once('close', (code, signal) => ended(code ?? signal ?? 1, endOf(code, signal)))
      }),
    )
  }

  #ended({ file, config }: NodeOfFile, what: string): void {
    if (this.#isStopping) return
    const others = this.#children.size > 0 ? ', so all others are stopped' : ''
    this.#logger.error(`node ${config.nodeId} (${file}) ${what}${others}`)
    this.stop('SIGTERM')
  }

  stop(signal: NodeJS.Signals): void {
    this.#isStopping = true
    for (const child of this.#children) child.kill(signal)
  }

  /** Whether all ended well, because they were told to. */
  async ended(): Promise<boolean> {
    const ends = await Promise.all(this.#ends)
    return ends.every((end) => end === 0)
  }
}

function endOf(code: number | null, signal: NodeJS.Signals | null): string {
  return signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`
}

/** Nodes that share a host are lost together: copies belong on other hosts first. */
function rackOf(config: BrokerConfig): string[] {
  return config.isBroker && config.get('broker.rack') === null ? [`broker.rack=${hostname()}`] : []
}

function labelled(line: string, nodeId: number): string {
  return line.startsWith('{"') ? `{"node":${nodeId},${line.slice(1)}` : `node ${nodeId}: ${line}`
}
