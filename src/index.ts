import { resolve } from 'node:path'
import { z } from 'zod'
import { formatDirectories } from './cli/format-directories.ts'
import { BrokerConfig } from './config/broker-config.ts'
import { BUILT_IN_PROPERTIES } from './config/built-in.ts'
import { refuseUnsupported } from './config/unsupported.ts'
import { createLogger, silentLogger } from './io/logger.ts'
import { MemoryDisk } from './io/memory-disk.ts'
import { NodeDisk } from './io/node-disk.ts'
import { NodeRandom } from './io/node-random.ts'
import type { Disk, Logger } from './io/ports.ts'
import { randomUuid } from './io/random-uuid.ts'
import { defaultFeatureLevels, LATEST_METADATA_VERSION } from './metadata/features.ts'
import { startNode } from './node.ts'
import { readMetaProperties } from './storage/meta-properties.ts'

export type { Logger } from './io/ports.ts'

export interface BrokerOptions {
  /** Where the records live: gone with the broker (`'memory'`, the default), or in a directory that is kept. */
  readonly storage?: 'memory' | { readonly directory: string }
  /** The port on 127.0.0.1; 0 or nothing: any free one. */
  readonly port?: number
  /** Any of Kafka's broker configs by name, over the built-in ones. */
  readonly config?: Readonly<Record<string, string | number | boolean>>
  /** Nothing is logged where this is not given; `'info'`, `'debug'`…: JSON lines on standard output. */
  readonly log?: Logger | (typeof LOG_LEVELS)[number]
}

export interface Broker extends AsyncDisposable {
  /** `host:port`, as clients take it. */
  readonly bootstrapServers: string
  readonly host: string
  readonly port: number
  readonly clusterId: string
  /** Settles when the broker has stopped: rejects where something broke it. */
  readonly closed: Promise<void>
  /** Stops cleanly: what was acknowledged is on the disk. */
  close(): Promise<void>
}

const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const

/** JavaScript callers have no compiler that would tell them of a misspelt option. */
const OPTIONS = z.strictObject({
  storage: z.union([z.literal('memory'), z.strictObject({ directory: z.string().min(1) })]).optional(),
  port: z.int().min(0).max(65535).optional(),
  config: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  log: z
    .union([z.enum(LOG_LEVELS), z.custom<Logger>((value) => typeof value === 'object' && value !== null)])
    .optional(),
})

const HOST = '127.0.0.1'
const MEMORY_DIRECTORY = '/odradek'

/**
 * Runs a whole broker in this process: the one that the command line starts, on its own port.
 *
 * @throws Error with a sentence that says what to do, where a config is refused, the port is taken or the directory is in use
 */
export async function startBroker(options: BrokerOptions = {}): Promise<Broker> {
  const checked = OPTIONS.safeParse(options)
  if (!checked.success) throw new TypeError(`Correct the options of startBroker: ${z.prettifyError(checked.error)}`)
  const storage = options.storage ?? 'memory'
  const disk = storage === 'memory' ? new MemoryDisk() : new NodeDisk()
  const directory = storage === 'memory' ? MEMORY_DIRECTORY : resolve(storage.directory)
  const config = configOf(options, directory)
  format(config, disk)
  const node = await startNode(config, { logger: loggerOf(options.log), disk })
  const port = node.listeners[0]?.port ?? 0
  const close = () => node.close()
  return {
    bootstrapServers: `${HOST}:${port}`,
    host: HOST,
    port,
    clusterId: node.clusterId,
    closed: node.closed,
    close,
    [Symbol.asyncDispose]: close,
  }
}

function configOf({ port = 0, config = {} }: BrokerOptions, directory: string): BrokerConfig {
  const overrides = new Map([
    ['listeners', `PLAINTEXT://${HOST}:${port},CONTROLLER://${HOST}:0`],
    ['controller.quorum.bootstrap.servers', `${HOST}:9093`],
    ['log.dirs', directory],
    // A test should not wait for members that will never come.
    ['group.initial.rebalance.delay.ms', '0'],
    ...Object.entries(config).map(([name, value]) => [name, String(value)] as const),
  ])
  const made = new BrokerConfig({ file: BUILT_IN_PROPERTIES, overrides })
  refuseUnsupported(made)
  return made
}

/** A new directory becomes a cluster of one; one that was used before keeps its identity. */
function format(config: BrokerConfig, disk: Disk): void {
  const known = readMetaProperties(disk.blocking, config.metadataLogDir)
  if (known !== undefined) return
  const random = new NodeRandom()
  const features = defaultFeatureLevels(LATEST_METADATA_VERSION)
  const plan = { config, clusterId: randomUuid(random), quorum: { kind: 'standalone' }, features } as const
  const world = { disk: disk.blocking, random, nowMs: Date.now(), say: () => {} }
  formatDirectories({ ...plan, ignoreFormatted: true }, world)
}

function loggerOf(log: BrokerOptions['log']): Logger {
  if (log === undefined) return silentLogger
  return typeof log === 'string' ? createLogger({ level: log }) : log
}
