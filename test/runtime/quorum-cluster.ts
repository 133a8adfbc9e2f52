import type { Uuid } from '../../src/base/ids.ts'
import type { Clock } from '../../src/io/ports.ts'
import { randomUuid } from '../../src/io/random-uuid.ts'
import type { FormatVoter } from '../../src/metadata/bootstrap.ts'
import type { MetadataNode } from '../../src/runtime/metadata-node.ts'
import type { PeerClient, PeerDirectory } from '../../src/runtime/peer-types.ts'
import { writeMetaProperties } from '../../src/storage/meta-properties.ts'
import { ManualClock, SeededRandom } from '../storage/support.ts'
import { FakeNetwork } from './fake-peers.ts'
import { CLUSTER_ID, MemoryDisk, type Running, type StartOptions, start } from './metadata-support.ts'

const FIRST_PORT = 9093

export interface Member {
  readonly id: number
  readonly port: number
  readonly directoryId: Uuid
  readonly disk: MemoryDisk
  running: Running | undefined
  life: Life | undefined
}

/** What a process has of the world: after its end no timer of it fires and nothing it sent is answered. */
class Life {
  readonly clock: Clock
  readonly peers: PeerDirectory
  hasEnded = false

  constructor(clock: Clock, peers: PeerDirectory) {
    this.clock = {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      after: (delayMs, run) => clock.after(delayMs, () => this.hasEnded || run()),
    }
    this.peers = { to: (address, purpose) => this.#client(peers.to(address, purpose)) }
  }

  #client(client: PeerClient): PeerClient {
    const request: PeerClient['request'] = (call) =>
      new Promise((resolve, reject) => {
        if (this.hasEnded) return
        client.request(call).then(
          (answer) => this.hasEnded || resolve(answer),
          (error) => this.hasEnded || reject(error),
        )
      })
    return { ...client, request }
  }
}

/** Several metadata nodes on memory disks under one clock that the test moves. */
export class QuorumCluster {
  readonly clock = new ManualClock()
  readonly network = new FakeNetwork(this.clock)
  readonly members = new Map<number, Member>()
  readonly #options: Partial<StartOptions>
  #voters: readonly FormatVoter[] = []
  #seed = 0

  constructor(options: Partial<StartOptions> = {}) {
    this.#options = options
  }

  /** A dynamic quorum of these nodes, all formatted and running. */
  static async of(ids: readonly number[], options: Partial<StartOptions> = {}): Promise<QuorumCluster> {
    const cluster = new QuorumCluster(options)
    const members = ids.map((id) => cluster.member(id))
    cluster.#voters = members.map(({ id, directoryId, port }) => ({
      id,
      directoryId,
      listener: 'CONTROLLER',
      host: 'localhost',
      port,
    }))
    for (const id of ids) await cluster.start(id)
    return cluster
  }

  member(id: number): Member {
    const known = this.members.get(id)
    if (known) return known
    const directoryId = randomUuid(new SeededRandom(id + 77))
    const disk = new MemoryDisk({ crashable: true })
    disk.blocking.makeDirectory('/data')
    writeMetaProperties(disk.blocking, '/data', { clusterId: CLUSTER_ID, nodeId: id, directoryId })
    const member: Member = { id, port: FIRST_PORT + id, directoryId, disk, running: undefined, life: undefined }
    this.members.set(id, member)
    return member
  }

  async start(id: number, options: Partial<StartOptions> = {}): Promise<MetadataNode> {
    const member = this.member(id)
    const endpoint = { name: 'CONTROLLER', host: 'localhost', port: member.port }
    const isFirstVoter = this.#voters.some((voter) => voter.id === id)
    const life = new Life(this.clock, this.network.peers(member.port))
    member.life = life
    const running = await start({
      disk: member.disk,
      nodeId: id,
      clock: life.clock,
      random: new SeededRandom(++this.#seed + id * 1000),
      peers: life.peers,
      catchUp: false,
      formatVoters: isFirstVoter ? this.#voters : undefined,
      controllerEndpoints: [endpoint],
      bootstrapServers: this.#voters.map(({ host, port }) => ({ host, port })),
      ...this.#options,
      ...options,
    })
    member.running = running
    this.network.attach(member.port, running.node)
    return running.node
  }

  node(id: number): MetadataNode {
    const running = this.members.get(id)?.running
    if (!running) throw new Error(`node ${id} does not run`)
    return running.node
  }

  get nodes(): MetadataNode[] {
    return [...this.members.values()].flatMap(({ running }) => (running ? [running.node] : []))
  }

  get active(): MetadataNode | undefined {
    return this.nodes.find((node) => node.isActive)
  }

  /** The process ends at once, and the machine forgets what was not fsynced. */
  kill(id: number): void {
    const member = this.member(id)
    if (member.life) member.life.hasEnded = true
    this.network.detach(member.port)
    member.disk.crash()
    member.running = undefined
  }

  async stop(id: number): Promise<void> {
    const member = this.member(id)
    await this.finish(Promise.resolve(member.running?.stop()))
    this.network.detach(member.port)
    member.running = undefined
  }

  /** Lets time pass in small steps until the condition holds; fails after so many simulated ms. */
  async until(holds: () => boolean | undefined, limitMs = 20_000): Promise<number> {
    const from = this.clock.now()
    while (!holds()) {
      if (this.clock.now() - from > limitMs) throw new Error(`not within ${limitMs} simulated ms: ${holds.toString()}`)
      await this.pass(5)
    }
    return this.clock.now() - from
  }

  async pass(ms: number): Promise<void> {
    for (let i = 0; i < 3; i++) await turn()
    this.clock.advance(ms)
    for (let i = 0; i < 3; i++) await turn()
  }

  async leader(): Promise<MetadataNode> {
    await this.until(() => this.active !== undefined)
    return this.active as MetadataNode
  }

  /** What was begun ends, while time passes. */
  async finish<T>(work: Promise<T>, limitMs?: number): Promise<T> {
    let isDone = false
    const done = work.finally(() => {
      isDone = true
    })
    done.catch(() => {})
    await this.until(() => isDone, limitMs)
    return done
  }

  /** All nodes that run have the same image, up to the same offset. */
  async converged(limitMs?: number): Promise<void> {
    await this.until(() => new Set(this.nodes.map(({ image }) => image.offset)).size === 1, limitMs)
  }

  async close(): Promise<void> {
    await this.finish(Promise.all(this.nodes.map((node) => node.close())))
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
