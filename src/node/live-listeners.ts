import { brokerListenersOf } from '../config/dynamic-listeners.ts'
import type { ListenerConfig } from '../config/listeners.ts'
import { type BoundListener, bindAll, type OpenListeners, openerOf } from './listeners.ts'

/** How long clients of a listener that goes may take to fetch their last answers. */
const CLOSE_GRACE_MS = 1_000

/**
 * A broker's listeners while it runs: what `listeners` gains is opened, what it loses is closed (KIP-226). As with Kafka a
 * listener whose address alone changes stays where it is, and the cluster keeps what it was told at the start.
 */
export class LiveListeners {
  readonly #options: Omit<OpenListeners, 'listeners'>
  readonly #open: (listener: ListenerConfig) => Promise<BoundListener>
  #bound: readonly BoundListener[] = []
  /** Changes happen one after another. */
  #work: Promise<void> = Promise.resolve()
  #closed = false

  constructor(options: Omit<OpenListeners, 'listeners'>) {
    this.#options = options
    this.#open = openerOf({ ...options, listeners: () => this.#wanted() ?? options.config.brokerListeners })
  }

  get bound(): readonly BoundListener[] {
    return this.#bound
  }

  /** Binds those of the file. */
  async start(): Promise<void> {
    this.#bound = await bindAll(this.#options.config.brokerListeners, this.#open)
  }

  /** Does from now on as the metadata says. */
  follow(): void {
    this.#options.effective.follow(() => {
      this.#work = this.#work.then(() => this.#change())
    })
  }

  async #change(): Promise<void> {
    const wanted = this.#wanted()
    if (wanted === undefined || this.#closed) return
    const names = new Set(wanted.map(({ name }) => name))
    const gone = this.#bound.filter(({ config }) => !names.has(config.name))
    this.#bound = this.#bound.filter((each) => !gone.includes(each))
    await Promise.all(gone.map((each) => this.#drop(each)))
    for (const listener of wanted) {
      if (!this.#bound.some(({ config }) => config.name === listener.name)) await this.#add(listener)
    }
  }

  async #add(listener: ListenerConfig): Promise<void> {
    const { logger } = this.#options
    const { name, host, port } = listener
    try {
      const opened = await this.#open(listener)
      if (this.#closed) {
        await opened.listener.close(0)
        return
      }
      this.#bound = [...this.#bound, opened]
      logger.info({ listener: name, host, port: opened.listener.port }, 'a listener was added')
    } catch (error) {
      logger.error({ err: error, listener: name, host, port }, 'a listener could not be added')
    }
  }

  async #drop({ config, listener }: BoundListener): Promise<void> {
    await listener.close(CLOSE_GRACE_MS)
    this.#options.logger.info({ listener: config.name }, 'a listener was removed')
  }

  /** undefined: what the metadata says can't be, so nothing changes. */
  #wanted(): readonly ListenerConfig[] | undefined {
    const { effective, logger } = this.#options
    try {
      return brokerListenersOf(effective.layers)
    } catch (error) {
      logger.error({ err: error }, 'the listeners that were set can not be')
      return undefined
    }
  }

  async close(graceMs: number): Promise<void> {
    this.#closed = true
    await Promise.all(this.#bound.map(({ listener }) => listener.close(graceMs)))
  }
}
