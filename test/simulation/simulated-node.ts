import { formatDirectories } from '../../src/cli/format-directories.ts'
import { BrokerConfig } from '../../src/config/broker-config.ts'
import { BUILT_IN_PROPERTIES } from '../../src/config/built-in.ts'
import { silentLogger } from '../../src/io/logger.ts'
import { MemoryDisk } from '../../src/io/memory-disk.ts'
import type { Logger, Timer } from '../../src/io/ports.ts'
import { defaultFeatureLevels, LATEST_METADATA_VERSION } from '../../src/metadata/features.ts'
import { type RunningNode, startNode } from '../../src/node.ts'
import { Life, SeededRandom, SimulatedClock } from './machine-room.ts'
import type { Scheduler } from './scheduler.ts'
import { diskFor } from './simulated-disk.ts'
import type { SimulatedNet } from './simulated-net.ts'
import { type Inside, lookInside } from './window.ts'

export interface NodeSettings {
  readonly id: number
  readonly isBroker: boolean
  readonly properties: ReadonlyMap<string, string>
  readonly clusterId: string
  readonly seed: number
  readonly logger?: Logger
}

/** After which a node that gave up is started again. */
const SUPERVISED_MS = 1000

/** One machine: its disk outlives the lives of the node on it. */
export class SimulatedNode {
  readonly id: number
  readonly host: string
  readonly isBroker: boolean
  readonly disk: MemoryDisk
  /** The wall clock's error, in this life and the next. */
  skewMs = 0
  /** Slows every fsync. */
  syncMs = 1
  node: RunningNode | undefined
  readonly #settings: NodeSettings
  readonly #scheduler: Scheduler
  readonly #net: SimulatedNet
  #life: Life | undefined
  #clock: SimulatedClock | undefined
  #lives = 0
  /** What broke a life that nobody ended. */
  failure: Error | undefined
  /** In this life its disk failed it: a directory may be offline. */
  isHarmed = false
  /** Of the present life. */
  inside: Inside | undefined

  constructor(settings: NodeSettings, scheduler: Scheduler, net: SimulatedNet) {
    this.id = settings.id
    this.isBroker = settings.isBroker
    this.host = `node-${settings.id}`
    this.#settings = settings
    this.#scheduler = scheduler
    this.#net = net
    this.disk = this.#newDisk()
  }

  get isRunning(): boolean {
    return this.#life !== undefined
  }

  #newDisk(): MemoryDisk {
    return new MemoryDisk({
      nowMs: () => this.#scheduler.wallMs,
      crashable: true,
      faults: {
        delay: (operation) =>
          operation === 'sync'
            ? new Promise((resolve) => this.#scheduler.after(this.syncMs, 'sync', () => resolve()))
            : undefined,
      },
    })
  }

  get config(): BrokerConfig {
    const overrides = new Map([['node.id', String(this.id)], ['log.dirs', '/data'], ...this.#settings.properties])
    return new BrokerConfig({ file: BUILT_IN_PROPERTIES, overrides })
  }

  format(): void {
    const { config } = this
    const isAlone = config.quorumVoters.length === 0
    const quorum = isAlone ? ({ kind: 'standalone' } as const) : ({ kind: 'elsewhere' } as const)
    const features = defaultFeatureLevels(LATEST_METADATA_VERSION)
    const random = new SeededRandom(this.#settings.seed + 7)
    const world = { disk: this.disk.blocking, random, nowMs: this.#scheduler.wallMs, say: () => {} }
    const { clusterId } = this.#settings
    formatDirectories({ config, clusterId, quorum, features, ignoreFormatted: true }, world)
  }

  start(): void {
    if (this.#life !== undefined) return
    const life = new Life()
    this.#life = life
    this.#lives++
    const clock = new SimulatedClock(this.#scheduler, life, this.host)
    clock.skewMs = this.skewMs
    this.#clock = clock
    const random = new SeededRandom(this.#settings.seed * 1000 + this.#lives)
    const logger = this.#settings.logger ?? silentLogger
    const net = this.#net.of(this.host, life)
    const broke = (error: Error) => {
      if (life.isOver) return
      this.failure ??= error
      // Whoever watches over a node starts it again.
      this.#scheduler.after(SUPERVISED_MS, `supervise ${this.id}`, () => {
        if (life.isOver) return
        this.kill()
        this.start()
      })
    }
    const inside: Inside = { metadata: undefined, replicas: undefined }
    this.inside = inside
    const options = { logger, disk: diskFor(life, this.disk), clock, random, net }
    lookInside(inside, () => startNode(this.config, options)).then((node) => {
      if (life.isOver) return
      this.node = node
      node.closed.catch(broke)
    }, broke)
  }

  /** Stops cleanly, or is killed where that takes too long. False: somebody else ended its life meanwhile. */
  async stops(limit: (run: () => void) => Timer): Promise<boolean> {
    const { node } = this
    const life = this.#life
    if (node === undefined || life === undefined) return false
    const { promise: tooLong, resolve } = Promise.withResolvers<void>()
    const timer = limit(resolve)
    await Promise.race([node.close().catch(() => {}), tooLong])
    timer.cancel()
    if (life.isOver) return false
    this.kill()
    return true
  }

  setSkew(ms: number): void {
    this.skewMs = ms
    if (this.#clock !== undefined) this.#clock.skewMs = ms
  }

  /** kill -9: what was written is there, synced or not. */
  kill(): void {
    this.#end()
    this.disk.release()
  }

  /** The power fails: of what was not synced, `keep` bytes of each file happen to be there. */
  powerFails(keep: (unsynced: number) => number): void {
    this.#end()
    this.disk.crash((_path, unsynced) => keep(unsynced))
  }

  /** The disk with the data is replaced by an empty one, which is formatted anew. */
  losesData(): void {
    this.kill()
    void this.disk.removeTree('/data')
    this.format()
  }

  #end(): void {
    this.#life?.end()
    this.#life = undefined
    this.#clock = undefined
    this.node = undefined
    this.inside = undefined
    this.failure = undefined
    this.isHarmed = this.disk.faults.fail !== undefined || this.disk.faults.capacity !== undefined
    this.#net.processDied(this.host)
  }
}
