import type { BrokerConfig } from '../config/broker-config.ts'
import { jaasFileOf } from '../config/own-configs.ts'
import { refuseUnsupported } from '../config/unsupported.ts'
import { withoutEffect } from '../config/without-effect.ts'
import type { Logger } from '../io/ports.ts'
import { loadConfig, parseOverrides } from './load-config.ts'
import { openLogger } from './output.ts'
import { prepareDirectories } from './prepare-directories.ts'
import { packageVersion } from './version.ts'

export interface RunningNode {
  readonly listeners: readonly { readonly name: string; readonly host: string; readonly port: number }[]
  /** Where the console is served. */
  readonly http: readonly { readonly host: string; readonly port: number; readonly isTls: boolean }[]
  /** Settles when the node has stopped: rejects where something broke it. */
  readonly closed: Promise<void>
  close(): Promise<void>
}

/** Runs a node of a properties file until it is told to stop. */
export async function start(file: string | undefined, overrides: readonly string[]): Promise<void> {
  const config = loadConfig(file, parseOverrides(overrides))
  await serve(config, (say) => prepareDirectories(config, file, say))
}

/** Runs a node, once its directories are prepared, until it is told to stop. */
export async function serve(
  config: BrokerConfig,
  prepare: (say: (line: string) => void) => void,
  level?: string,
): Promise<void> {
  refuseUnsupported(config)
  const logger = await openLogger(level)
  for (const warning of config.warnings) logger.warn(warning)
  const unread = withoutEffect(config)
  if (unread !== undefined) logger.warn(unread)
  prepare((line) => logger.info(line))
  const signal = stopOnSignals(logger)
  const { NodeStopped, startNode } = await import('../node.ts')
  const jaasFile = jaasFileOf(config.given, process.env)
  try {
    const node: RunningNode = await startNode(config, { logger, signal, ...(jaasFile !== undefined && { jaasFile }) })
    logger.info(greeting(config, node))
    await node.closed
  } catch (error) {
    // A start that was given up because somebody asked for it did not fail.
    if (!(error instanceof NodeStopped)) throw error
  }
}

/**
 * Aborted by the first SIGTERM or SIGINT; the second ends the process at once. Also by the end of the process that runs this
 * one beside others.
 */
function stopOnSignals(logger: Logger): AbortSignal {
  const stop = new AbortController()
  if (process.channel) process.once('disconnect', () => stop.abort())
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(1)
      logger.info(`${signal}: shutting down`)
      stop.abort()
    })
  }
  return stop.signal
}

function greeting(config: BrokerConfig, node: RunningNode): string {
  const own = new Set(config.brokerListeners.map((listener) => listener.name))
  const addresses = node.listeners.filter((l) => own.has(l.name)).map((l) => `${reachable(l.host)}:${l.port}`)
  const [first] = addresses
  const version = `Odradek ${packageVersion()}`
  if (first === undefined) return `${version} is ready as controller ${config.nodeId}.`
  const hint = `kafka-topics.sh --bootstrap-server ${first} --create --topic hello`
  const [web] = node.http
  const console = web && `Console: ${web.isTls ? 'https' : 'http'}://${reachable(web.host)}:${web.port}. `
  return `${version} is ready on ${addresses.join(', ')}. ${console ?? ''}Try: ${hint}`
}

/** An address that a client on this machine can use for one that means every interface. */
function reachable(host: string): string {
  if (host === '' || host === '0.0.0.0' || host === '::') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}
