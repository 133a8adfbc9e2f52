import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { TARGET } from '../support/broker.ts'
import { freePort } from '../support/ports.ts'
import { until } from '../support/wait.ts'
import { answers } from '../support/wire.ts'
import { type ComposeFile, parseCompose, type Service } from './compose-file.ts'
import { Container, type Fragility } from './container.ts'
import { Forwarder } from './forwarder.ts'
import { discard, imageOf, type Runnable, scratchDirectory } from './images.ts'
import { isStopped, Network } from './network.ts'
import { resized } from './resized.ts'
import { ClusterView } from './view.ts'

const NODES_IN_FILE = 3
const FILE = fileURLToPath(new URL('../../docker-compose.yml', import.meta.url))

export interface UpOptions extends Fragility {
  readonly target?: typeof TARGET
  /** How many nodes there are: those of the file, and more like its first. An even number has one controller less. */
  readonly nodes?: number
  /** Put over the environment of every service. */
  readonly environment?: Readonly<Record<string, string>>
}

/** The services of the project's compose file, running: `docker compose up` without Docker. */
export class Compose {
  readonly target: typeof TARGET
  readonly network: Network
  readonly #file: ComposeFile
  readonly #scratch: string
  readonly #image: Runnable
  readonly #options: UpOptions
  readonly #containers = new Map<string, Container>()
  readonly #forwarders: Forwarder[] = []

  private constructor(file: ComposeFile, scratch: string, options: UpOptions) {
    this.target = options.target ?? TARGET
    this.#file = file
    this.#scratch = scratch
    this.#options = options
    this.#image = imageOf(this.target, scratch)
    this.network = new Network()
  }

  /** Published ports are free ones of this machine, so that several runs don't meet. */
  static async create(options: UpOptions = {}): Promise<Compose> {
    const variables: Record<string, string> = {}
    const nodes = options.nodes ?? 3
    const free = await differentPorts(nodes + 2 * NODES_IN_FILE)
    const ports = free.slice(0, nodes)
    for (const [i, port] of ports.entries()) variables[`KAFKA_${i + 1}_PORT`] = String(port)
    for (let i = 0; i < NODES_IN_FILE; i += 1) {
      variables[`KAFKA_${i + 1}_CONSOLE_PORT`] = String(free[nodes + 2 * i])
      variables[`KAFKA_${i + 1}_REGISTRY_PORT`] = String(free[nodes + 2 * i + 1])
    }
    const file = resized(parseCompose(readFileSync(FILE, 'utf8'), variables), ports)
    const compose = new Compose(file, scratchDirectory(), options)
    try {
      for (const service of compose.#file.services) await compose.#add(service)
    } catch (error) {
      await compose.down()
      throw error
    }
    return compose
  }

  static async up(options: UpOptions = {}): Promise<Compose> {
    const compose = await Compose.create(options)
    try {
      await compose.start()
    } catch (error) {
      await compose.down()
      throw error
    }
    return compose
  }

  /** Starts all containers at once and waits until all are well. */
  async start(): Promise<void> {
    for (const container of this.containers) container.start()
    for (const container of this.containers) await this.ready(container.name)
  }

  async #add(service: Service): Promise<Container> {
    const environment = { ...service.environment, ...this.#options.environment }
    const container = new Container(
      { ...service, environment },
      this.#image,
      this.network,
      this.#scratch,
      this.#options,
    )
    this.#containers.set(service.name, container)
    for (const { published, target } of service.ports) {
      this.#forwarders.push(await Forwarder.listen(published, container.host.address, target))
    }
    return container
  }

  get containers(): readonly Container[] {
    return [...this.#containers.values()]
  }

  container(name: string): Container {
    const found = this.#containers.get(name)
    if (found === undefined) throw new Error(`there is no container ${name}`)
    return found
  }

  get ids(): number[] {
    return this.containers.map(({ service }) => Number(service.environment.KAFKA_NODE_ID)).sort((a, b) => a - b)
  }

  /** By the node id that its environment has. */
  node(id: number): Container {
    const found = this.containers.find(({ service }) => service.environment.KAFKA_NODE_ID === String(id))
    if (found === undefined) throw new Error(`there is no node ${id}`)
    return found
  }

  /** One more service, made from the first one of the file; `environment` says how it differs. */
  async extend(name: string, environment: Readonly<Record<string, string>>): Promise<Container> {
    const [first] = this.#file.services
    if (first === undefined) throw new Error('the compose file has no services')
    const port = await freePort()
    const { KAFKA_ADVERTISED_LISTENERS: _, ...common } = first.environment
    const advertised = `INTERNAL://${name}:19092,EXTERNAL://localhost:${port}`
    return this.#add({
      ...first,
      name,
      hostname: name,
      ports: [{ published: port, target: 9092 }],
      volumes: [{ source: name, target: '/var/lib/kafka/data' }],
      environment: { ...common, KAFKA_ADVERTISED_LISTENERS: advertised, ...environment },
    })
  }

  /** What clients on this machine connect to. */
  get bootstrap(): string {
    return this.containers.map((container) => `localhost:${publishedPort(container)}`).join(',')
  }

  async ready(name: string, timeoutMs = 120_000): Promise<void> {
    const container = this.container(name)
    const well = async () => {
      // An end before the first answer ends the waiting as well.
      if (!container.running) return true
      // The health check is a process of its own: not before it can succeed.
      return (await answers(publishedPort(container))) && (await container.healthy())
    }
    await until(`${name} to be healthy`, well, timeoutMs).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${container.output.slice(-5_000)}`)
    })
    if (!container.running) throw new Error(`${name} ended at once:\n${container.output.slice(-5_000)}`)
  }

  /** Starts it again and waits until it answers. */
  async restart(name: string, timeoutMs = 120_000): Promise<void> {
    this.container(name).start()
    await this.ready(name, timeoutMs)
  }

  async down(): Promise<void> {
    for (const forwarder of this.#forwarders.splice(0)) await forwarder.close()
    await Promise.all(this.containers.map((container) => container.remove()))
    this.network.remove()
    discard(this.#scratch)
  }

  /** What the cluster says of itself, by any node that is at work. */
  get view(): ClusterView {
    return new ClusterView(() =>
      this.containers.filter((each) => each.running && !isStopped(each.pid)).map((each) => publishedPort(each)),
    )
  }

  /** The log directory of a node, on this machine. */
  logDir(container: Container): string {
    return container.path(container.service.environment.KAFKA_LOG_DIRS ?? '/var/lib/kafka/data')
  }

  files(id: number, topic: string, partition: number): string {
    return join(this.logDir(this.node(id)), `${topic}-${partition}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down()
  }
}

/** Where a port of the container is on this machine; Kafka's where no other is asked for. */
export function publishedPort({ name, service: { ports } }: Container, target = ports[0]?.target): number {
  const found = ports.find((port) => port.target === target)
  if (found === undefined) throw new Error(`${name} does not publish the port ${target}`)
  return found.published
}

async function differentPorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  while (ports.size < count) ports.add(await freePort())
  return [...ports]
}
