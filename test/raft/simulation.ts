import { assert } from '../../src/base/assert.ts'
import { Heap } from '../../src/base/heap.ts'
import { Prng } from '../../src/base/prng.ts'
import type { RaftReply } from '../../src/raft/messages.ts'
import type { OutgoingRequest, Ready } from '../../src/raft/types.ts'
import { endpointsOf, replica, votersOf } from './player.ts'
import { SimChecks } from './sim-checks.ts'
import { SimNode, type SimWorld } from './sim-node.ts'

interface Later {
  readonly atMs: number
  readonly order: number
  readonly action: () => void
}

export interface SimOptions {
  readonly seed: number
  readonly voters: number
  /** They look on, and may be made voters. */
  readonly observers: number
  readonly isStatic: boolean
  readonly faults: number
  readonly trace?: (line: string) => void
}

const FAULT_EVERY_MS = 120
const MAX_EVENTS = 400_000

/** Several machines, a network that loses, delays, reorders and parts, and disks that forget what was not fsynced. */
export class Simulation implements SimWorld {
  nowMs = 1_000_000
  readonly checks = new SimChecks()
  readonly nodes: SimNode[]
  readonly #options: SimOptions
  readonly #random: Prng
  readonly #blocked = new Set<string>()
  readonly #pending = new Map<number, { from: SimNode; incarnation: number; request: OutgoingRequest; to: SimNode }>()
  readonly #heap = new Heap<Later>((a, b) => a.atMs - b.atMs || a.order - b.order)
  #order = 0
  #nextToken = 0
  #isFaulty = true
  #value = 0
  readonly #diskMs: number

  constructor(options: SimOptions) {
    this.#options = options
    this.#random = new Prng(options.seed)
    this.#diskMs = this.below(2) === 0 ? 10 : 150
    const ids = Array.from({ length: options.voters + options.observers }, (_, i) => i + 1)
    const voters = votersOf(ids.slice(0, options.voters))
    this.nodes = ids.map((id) => new SimNode(this, id, voters, options.isStatic))
  }

  below(bound: number): number {
    return this.#random.below(bound)
  }

  /** Some disks are slow all the time, so that much happens before a write is safe. */
  diskDelay(): number {
    return this.below(this.#isFaulty ? this.#diskMs : 10)
  }

  later(delayMs: number, action: () => void): void {
    this.#heap.push({ atMs: this.nowMs + delayMs, order: this.#order++, action })
  }

  check(node: SimNode, ready: Ready): void {
    this.checks.check(node, ready)
    // Where a promise was just made is the best moment to forget it.
    const isPromise = ready.hardState !== undefined || ready.append.length > 0
    if (this.#isFaulty && isPromise && this.below(40) === 0) this.later(this.below(60), () => this.#crash(node))
    if (this.#options.trace && (ready.hardState || ready.truncateTo !== undefined)) {
      this.#trace(
        `${node.id} ${ready.role} ${JSON.stringify(ready.hardState)} end ${node.logical.end.offset} cut ${ready.truncateTo} hw ${ready.committed}`,
      )
    }
  }

  written(node: SimNode): void {
    this.checks.written(node.disk.log)
  }

  #trace(text: string): void {
    this.#options.trace?.(`${this.nowMs} ${text}`)
  }

  #delay(): number {
    return this.#isFaulty && this.below(20) === 0 ? this.below(400) : 1 + this.below(8)
  }

  #isCut(from: SimNode, to: SimNode): boolean {
    return this.#blocked.has(`${from.id}>${to.id}`) || (this.#isFaulty && this.below(40) === 0)
  }

  send(from: SimNode, request: OutgoingRequest): void {
    const { incarnation } = from
    const to = this.nodes.find(({ id }) => request.to.host === `node-${id}`)
    const fail = (reason: 'timeout' | 'unreachable', delayMs: number) =>
      this.later(delayMs, () => {
        if (from.incarnation === incarnation) from.step({ type: 'requestFailed', id: request.id, reason })
      })
    if (!to) throw new Error(`nobody is at ${request.to.host}`)
    if (this.#isCut(from, to)) {
      fail('timeout', request.timeoutMs)
      return
    }
    this.later(this.#delay(), () => {
      if (!to.raft) {
        fail('unreachable', 1)
        return
      }
      this.#brokenOff(from, to, request)
      fail('timeout', request.timeoutMs)
      const token = this.#nextToken++
      this.#pending.set(token, { from, incarnation, request, to })
      if (request.request.type === 'api-versions') {
        this.answer(to, token, {
          type: 'api-versions',
          error: 'NONE',
          kraftVersion: { minSupportedVersion: 0, maxSupportedVersion: 1 },
        })
      } else to.step({ type: 'request', token, request: request.request })
    })
  }

  /** A process that dies takes its connections with it: who waits for its answer learns that at once. */
  #brokenOff(from: SimNode, to: SimNode, request: OutgoingRequest): void {
    const sender = from.incarnation
    to.onCrash(() => {
      this.later(1 + this.below(5), () => {
        if (from.incarnation === sender) from.step({ type: 'requestFailed', id: request.id, reason: 'disconnected' })
      })
    })
  }

  answer(to: SimNode, token: number, reply: RaftReply): void {
    const pending = this.#pending.get(token)
    this.#pending.delete(token)
    if (!pending || this.#isCut(to, pending.from)) return
    const { from, incarnation, request } = pending
    this.later(this.#delay(), () => {
      if (from.incarnation === incarnation) from.step({ type: 'reply', id: request.id, reply })
    })
  }

  #crash(node: SimNode): void {
    if (!this.#isFaulty || !node.raft) return
    this.#trace(`crash ${node.id}`)
    node.crash()
    if (this.below(2) === 0) for (const one of this.nodes) one.step({ type: 'leaderUnreachable', leaderId: node.id })
  }

  /** All at once: only what every disk holds is left. */
  #powerLoss(): void {
    for (const node of this.nodes) this.#crash(node)
    for (const node of this.nodes) if (this.below(4) > 0) node.start()
  }

  #fault(): void {
    const node = this.nodes[this.below(this.nodes.length)]
    const other = this.nodes[this.below(this.nodes.length)]
    if (!node || !other) return
    switch (this.below(15)) {
      case 0:
      case 1:
        this.#trace(`crash ${node.id}`)
        if (node.raft) node.crash()
        if (this.below(2) === 0)
          for (const one of this.nodes) one.step({ type: 'leaderUnreachable', leaderId: node.id })
        break
      case 2:
      case 3:
      case 4:
        for (const one of this.nodes) if (!one.raft && this.below(4) > 0) one.start()
        break
      case 5:
        this.#blocked.add(`${node.id}>${other.id}`)
        break
      case 6:
        for (const one of this.nodes) {
          this.#blocked.add(`${node.id}>${one.id}`)
          this.#blocked.add(`${one.id}>${node.id}`)
        }
        break
      case 7:
      case 8:
        this.#blocked.clear()
        break
      case 9:
        node.takeSnapshot()
        break
      case 10:
        if (this.below(3) === 0) node.step({ type: 'resign' })
        break
      case 11:
      case 12:
        this.#changeVoters(other.id)
        break
      case 14:
        if (this.below(2) === 0) this.#powerLoss()
        break
      case 13:
        if (other.raft) node.step({ type: 'leaderUnreachable', leaderId: other.id })
        break
    }
  }

  #changeVoters(id: number): void {
    const leader = this.nodes.find(({ raft }) => raft?.role === 'leader')
    if (!leader?.raft || this.#options.observers === 0) return
    const token = this.#nextToken++
    const isVoter = leader.raft.voters.ids.includes(id)
    if (isVoter && leader.raft.voters.ids.length <= 2) return
    this.#trace(`${isVoter ? 'remove' : 'add'} ${id} at ${leader.id}`)
    if (isVoter) leader.step({ type: 'request', token, request: { type: 'remove-voter', voter: replica(id) } })
    else {
      const request = {
        type: 'add-voter',
        voter: replica(id),
        endpoints: endpointsOf(id),
        timeoutMs: 1000,
        ackWhenCommitted: true,
      } as const
      leader.step({ type: 'request', token, request })
    }
  }

  #propose(): void {
    for (const node of this.nodes) {
      if (node.raft?.role !== 'leader' || this.below(3) === 0) continue
      const values = Array.from({ length: 1 + this.below(3) }, () => Buffer.from(`value ${this.#value++}`))
      node.step({ type: 'propose', values })
    }
  }

  #run(untilMs: number): void {
    for (let events = 0; ; events++) {
      assert(events < MAX_EVENTS, 'too much happens')
      const next = this.#heap.peek()
      if (!next || next.atMs > untilMs) break
      this.#heap.pop()
      this.nowMs = Math.max(this.nowMs, next.atMs)
      next.action()
    }
    this.nowMs = untilMs
  }

  /** Faults, then peace: a leader must be found, everybody must have everything, and nothing may be lost. */
  run(): void {
    for (const node of this.nodes) node.start()
    for (let i = 0; i < this.#options.faults; i++) {
      this.#run(this.nowMs + this.below(FAULT_EVERY_MS * 2))
      this.#propose()
      if (this.below(3) === 0) this.#fault()
    }
    this.#isFaulty = false
    this.#blocked.clear()
    for (const node of this.nodes) if (!node.raft) node.start()
    const healed = () => this.nodes.every((node) => this.#isWhole(node))
    for (let i = 0; i < 60 && !(i > 10 && healed()); i++) {
      this.#run(this.nowMs + 500)
      if (i === 10) this.#propose()
    }
    assert(healed(), this.#picture())
  }

  /** In peace, kills whoever leads and says how long it takes until another one has committed something. */
  failover(): number {
    this.#isFaulty = false
    for (const node of this.nodes) node.start()
    this.#run(this.nowMs + 5000 + this.below(500))
    const [leader] = this.#leaders()
    assert(leader !== undefined, this.#picture())
    const committed = this.checks.end
    const killedMs = this.nowMs
    leader.crash()
    while (this.checks.end === committed) {
      assert(this.nowMs < killedMs + 10_000, this.#picture())
      this.#run(this.nowMs + 1)
    }
    return this.nowMs - killedMs
  }

  #isWhole({ raft, logical }: SimNode): boolean {
    const { end } = this.checks
    return (
      raft?.highWatermark === end && logical.end.offset === end && raft.leaderId >= 0 && this.#leaders().length === 1
    )
  }

  #leaders(): SimNode[] {
    return this.nodes.filter(({ raft }) => raft?.role === 'leader')
  }

  #picture(): string {
    const lines = this.nodes.map(
      ({ id, raft, logical }) =>
        `${id} ${raft?.role} epoch ${raft?.epoch} leader ${raft?.leaderId} end ${logical.end.offset} hw ${raft?.highWatermark} voters ${raft?.voters.ids}`,
    )
    return [`not healed, committed ${this.checks.end}`, ...lines].join('\n')
  }
}
