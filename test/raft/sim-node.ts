import type { RaftReply } from '../../src/raft/messages.ts'
import { Raft } from '../../src/raft/raft.ts'
import type {
  Envelope,
  OutgoingRequest,
  QuorumRecord,
  RaftEvent,
  Ready,
  SnapshotChunk,
  Voters,
} from '../../src/raft/types.ts'
import { endpointsOf, replica } from './player.ts'
import { SimDisk, SimLog } from './sim-log.ts'

/** What a node needs of the world around it. */
export interface SimWorld {
  readonly nowMs: number
  below(bound: number): number
  diskDelay(): number
  later(delayMs: number, action: () => void): void
  send(from: SimNode, request: OutgoingRequest): void
  answer(from: SimNode, token: number, reply: RaftReply): void
  check(node: SimNode, ready: Ready): void
  /** Its log file has changed. */
  written(node: SimNode): void
}

/** A machine on a simulated disk, with what the driver does: writes in order, one fsync for what has gathered, then what waited. */
export class SimNode {
  readonly id: number
  readonly disk = new SimDisk()
  /** The log as the machine sees it: what it asked to be written is in it at once. */
  logical = new SimLog({ offset: 0, epoch: 0 }, [])
  raft: Raft | undefined
  /** Of this process; what was begun in another one is void. */
  incarnation = 0
  readonly #world: SimWorld
  readonly #voters: Voters
  readonly #isStatic: boolean
  #queue: Ready[] = []
  #isWriting = false
  #download: { bytes: Buffer[] } | undefined
  #ticksWithoutTime = 0
  readonly #onCrash: (() => void)[] = []

  constructor(world: SimWorld, id: number, voters: Voters, isStatic: boolean) {
    this.id = id
    this.#world = world
    this.#voters = voters
    this.#isStatic = isStatic
  }

  start(): void {
    this.incarnation++
    const { disk, id } = this
    const log = disk.log
    this.logical = log
    this.#queue = []
    this.#isWriting = false
    this.#download = undefined
    const below = (bound: number) => this.#world.below(bound)
    this.raft = new Raft({
      self: replica(id),
      voters: { voters: this.#voters, kraftVersion: this.#isStatic ? 0 : 1, fromBootstrap: !this.#isStatic },
      quorumRecords: this.#said(),
      hardState: disk.hardState,
      logEnd: log.end,
      epochs: log.epochs,
      log: {
        get startOffset() {
          return disk.log.start.offset
        },
        get earliestSnapshot() {
          return disk.snapshots[0]?.id
        },
        get latestSnapshot() {
          return disk.snapshots.at(-1)?.id
        },
        snapshotSize: ({ endOffset, epoch }) =>
          disk.snapshots.find((one) => one.id.endOffset === endOffset && one.id.epoch === epoch)?.bytes.length,
      },
      endpoints: endpointsOf(id),
      bootstrapServers: [1, 2, 3].map((server) => ({ host: `node-${server}`, port: 9093 })),
      electionTimeoutMs: 1000,
      fetchTimeoutMs: 2000,
      fetchMaxBytes: 400,
      snapshotMaxBytes: 150,
      random: below,
    })
    this.step({ type: 'start' })
  }

  onCrash(action: () => void): void {
    this.#onCrash.push(action)
    if (this.#onCrash.length > 100) this.#onCrash.shift()
  }

  crash(): void {
    for (const action of this.#onCrash.splice(0)) action()
    this.raft = undefined
    this.incarnation++
    this.disk.crash((bound) => this.#world.below(bound))
    this.logical = this.disk.log
  }

  step(event: RaftEvent): void {
    const { raft } = this
    if (!raft) return
    const { nowMs } = this.#world
    raft.step(event, nowMs)
    const ready = raft.ready()
    if (ready.truncateTo !== undefined) this.logical = this.logical.truncateTo(ready.truncateTo)
    for (const { bytes } of ready.append) this.logical = this.logical.append(bytes)
    this.#world.check(this, ready)
    if (ready.committed !== undefined) this.#checkVoters(raft)
    this.#take(ready)
    this.#schedule(raft)
  }

  /** Who votes is what the log and the snapshots say, however it came about. */
  #checkVoters(raft: Raft): void {
    const voters = this.#said().findLast((record) => record.voters !== undefined)?.voters
    const expected = this.#isStatic ? this.#voters : (voters ?? this.#voters)
    const ids = (list: Voters) => list.map(({ voterId }) => voterId).join()
    if (ids(expected) !== ids(raft.voters.voters)) {
      throw new Error(`node ${this.id} takes ${ids(raft.voters.voters)} for voters, its log says ${ids(expected)}`)
    }
  }

  #said(): QuorumRecord[] {
    const latest = this.disk.snapshots.at(-1)
    const fromSnapshot = latest ? [{ ...latest.quorum, offset: latest.id.endOffset - 1 }] : []
    const after = latest?.id.endOffset ?? 0
    const fromLog = this.logical.batches.flatMap(({ said }) => said).filter(({ offset }) => offset >= after)
    return [...fromSnapshot, ...fromLog]
  }

  #schedule(raft: Raft): void {
    const deadline = raft.deadlineMs()
    if (!Number.isFinite(deadline)) return
    const { incarnation } = this
    const delay = Math.max(0, deadline - this.#world.nowMs)
    this.#ticksWithoutTime = delay === 0 ? this.#ticksWithoutTime + 1 : 0
    if (this.#ticksWithoutTime > 200)
      throw new Error(`node ${this.id} asks to be called again and again as ${raft.role}`)
    this.#world.later(delay, () => {
      if (this.incarnation === incarnation && this.raft?.deadlineMs() === deadline) this.step({ type: 'tick' })
    })
  }

  #take(ready: Ready): void {
    // What reads the log goes after what is still to be written.
    const isReading = (envelope: Envelope) =>
      envelope.kind === 'reply' && envelope.reply.type === 'fetch' && envelope.reply.read !== undefined
    const isWaiting = (envelope: Envelope) =>
      isReading(envelope) && (this.#queue.length > 0 || this.#isWriting || ready.append.length > 0)
    for (const envelope of ready.sendNow) if (!isWaiting(envelope)) this.#send(envelope)
    this.#queue.push({ ...ready, sendNow: ready.sendNow.filter(isWaiting) })
    if (!this.#isWriting) this.#write()
  }

  #write(): void {
    const work = this.#queue
    this.#queue = []
    const isWork = work.some(
      ({ hardState, truncateTo, append, snapshotChunks, sendNow, sendAfterSync }) =>
        hardState ||
        truncateTo !== undefined ||
        append.length + snapshotChunks.length + sendNow.length + sendAfterSync.length > 0,
    )
    if (!isWork) return
    this.#isWriting = true
    this.#after(work.some(({ hardState }) => hardState) ? 1 + this.#world.diskDelay() : 0, () => this.#apply(work))
  }

  #apply(work: readonly Ready[]): void {
    const { disk } = this
    const hardState = work.findLast((ready) => ready.hardState !== undefined)?.hardState
    if (hardState) disk.hardState = hardState
    const events: RaftEvent[] = []
    for (const { truncateTo, append, sendNow, snapshotChunks } of work) {
      if (truncateTo !== undefined) disk.log = disk.log.truncateTo(truncateTo)
      for (const { bytes } of append) disk.log = disk.log.append(bytes)
      if (append.length > 0) this.#world.written(this)
      for (const envelope of sendNow) this.#send(envelope)
      for (const chunk of snapshotChunks) events.push(...this.#chunk(chunk))
    }
    const { log } = disk
    const isDirty = log !== disk.durable
    this.#after(isDirty ? this.#world.diskDelay() : 0, () => {
      disk.sync(log)
      for (const { sendAfterSync } of work) for (const envelope of sendAfterSync) this.#send(envelope)
      if (isDirty)
        events.push({ type: 'synced', endOffset: log.end.offset, truncations: work.at(-1)?.truncations ?? 0 })
      this.#isWriting = false
      for (const event of events) {
        if (event.type === 'snapshotInstalled') this.logical = log
        this.step(event)
      }
      if (!this.#isWriting) this.#write()
    })
  }

  #chunk({ id, position, bytes, isLast }: SnapshotChunk): RaftEvent[] {
    if (position === 0 || !this.#download) this.#download = { bytes: [] }
    this.#download.bytes.push(Buffer.from(bytes))
    if (!isLast) return []
    const all = Buffer.concat(this.#download.bytes)
    this.#download = undefined
    if (this.#world.below(10) === 0) return [{ type: 'snapshotRefused', id }]
    const quorum = JSON.parse(all.toString().trim()) as Omit<QuorumRecord, 'offset'>
    this.disk.snapshots = [{ id, bytes: all, quorum }]
    this.disk.log = new SimLog({ offset: id.endOffset, epoch: id.epoch }, [])
    return [{ type: 'snapshotInstalled', id, records: quorum }]
  }

  /** Everything that is committed goes into a snapshot; the log before one of them may go. */
  takeSnapshot(): void {
    const { raft, disk } = this
    const committed = raft?.highWatermark
    const last = disk.durable.batches.findLast(({ end }) => end <= (committed ?? 0))
    if (!raft || !last || last.end <= (disk.snapshots.at(-1)?.id.endOffset ?? 0) || this.#isWriting) return
    const source = raft.voterSource(last.end)
    const quorum = { kraftVersion: source.kraftVersion, voters: source.voters }
    const bytes = Buffer.from(JSON.stringify(quorum).padEnd(400, ' '))
    disk.snapshots.push({ id: { endOffset: last.end, epoch: last.epoch }, bytes, quorum })
    if (this.#world.below(2) === 0 || this.#queue.length > 0) return
    const kept = disk.snapshots.slice(-2)
    const [oldest] = kept
    if (!oldest || disk.log !== disk.durable || this.logical !== disk.log) return
    disk.snapshots = kept
    disk.log = disk.log.startAt(oldest.id)
    disk.durable = disk.log
    this.logical = disk.log
  }

  #send(envelope: Envelope): void {
    if (envelope.kind === 'request') {
      this.#world.send(this, envelope)
      return
    }
    const { reply, token } = envelope
    if (reply.type === 'fetch' && reply.read) {
      const { fromOffset, upTo, maxBytes } = reply.read
      this.#world.answer(this, token, {
        ...reply,
        read: undefined,
        records: this.disk.log.read(fromOffset, upTo, maxBytes),
      })
    } else if (reply.type === 'fetch-snapshot' && reply.length > 0) {
      const { endOffset } = reply.snapshotId
      const file = this.disk.snapshots.find(({ id }) => id.endOffset === endOffset)
      const bytes = file?.bytes.subarray(reply.position, reply.position + reply.length) ?? Buffer.alloc(0)
      this.#world.answer(this, token, { ...reply, bytes })
    } else this.#world.answer(this, token, reply)
  }

  #after(delayMs: number, action: () => void): void {
    const { incarnation } = this
    this.#world.later(delayMs, () => {
      if (this.incarnation === incarnation) action()
    })
  }
}
