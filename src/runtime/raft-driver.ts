import { assert, unreachable } from '../base/assert.ts'
import { type ErrorName, KafkaError } from '../base/errors.ts'
import type { Clock, Disk, Timer } from '../io/ports.ts'
import type { LeaderHint, RaftReply, RaftRequest, UpgradeKraftVersionReply } from '../raft/messages.ts'
import { encodeQuorumState } from '../raft/quorum-state.ts'
import type { Raft } from '../raft/raft.ts'
import type { OutgoingReply, OutgoingRequest, RaftBatch, RaftEvent, Ready, SnapshotId } from '../raft/types.ts'
import type { Log } from '../storage/log.ts'
import type { MetadataSnapshots } from './metadata-snapshots.ts'
import type { RaftAnswer, RaftMember, ReplyTo } from './raft-answer.ts'

export interface RaftDriverOptions {
  readonly raft: Raft
  readonly log: Log
  readonly disk: Disk
  readonly clock: Clock
  readonly snapshots: MetadataSnapshots
  /** The file that holds term and vote. */
  readonly quorumStatePath: string
  /** Makes an RPC; its outcome is stepped in. */
  readonly send: (request: OutgoingRequest) => void
  /** After every step: role, leader and high watermark as they are now. What is committed is in the file. */
  readonly onReady: (ready: Pick<Ready, 'role' | 'leader' | 'committed'>) => void
  /** A snapshot was downloaded: the log is empty and begins at its end. */
  readonly onSnapshot: (id: SnapshotId) => void
  /** The log or the quorum state could not be written: this driver does nothing any more. */
  readonly onFailed: (error: Error) => void
}

interface Work {
  readonly ready: Ready
  isApplied: boolean
}

interface Waiting {
  readonly resolve: (answer: RaftAnswer) => void
  readonly reject: (error: KafkaError) => void
}

const NO_CHUNKS: readonly Buffer[] = []
const nothing = (): void => {}

/**
 * Does what Raft says must be done: quorum state, truncation, appends, one fsync for all that came meanwhile, then what had
 * to wait for it. Appends go to the log at once where nothing before them is unfinished, so that followers can read what the
 * leader's own disk is still busy with; while an fsync runs, further appends gather for the next one.
 */
export class RaftDriver implements RaftMember {
  readonly #options: RaftDriverOptions
  readonly #waiting = new Map<number, Waiting>()
  #queue: Work[] = []
  #working: Promise<void> | undefined
  #lastWritten: Promise<void> = Promise.resolve()
  #timer: Timer | undefined
  #stopped = false
  #nextToken = 0
  /** Everything below is fsynced. */
  #synced: number

  constructor(options: RaftDriverOptions) {
    this.#options = options
    this.#synced = options.log.logEndOffset
  }

  /** What a restart after a failed write may rely on, and must not cut off: others may count on it. */
  get syncedOffset(): number {
    return this.#synced
  }

  ask<R extends RaftRequest>(request: R): Promise<RaftAnswer<ReplyTo<R>>> {
    return this.#answered((token) => ({ type: 'request', token, request })) as Promise<RaftAnswer<ReplyTo<R>>>
  }

  hint(error: ErrorName): LeaderHint {
    return this.#options.raft.hint(error)
  }

  /** Raft decides at once: the records that it writes stand before whatever is proposed next. */
  upgradeKraftVersion(version: number, validateOnly: boolean): UpgradeKraftVersionReply {
    const token = this.#nextToken++
    let answer: RaftReply | undefined
    const resolve = ({ reply }: RaftAnswer) => {
      answer = reply
    }
    this.#waiting.set(token, { resolve, reject: nothing })
    this.step({ type: 'upgradeKraftVersion', token, version, validateOnly })
    assert(answer?.type === 'upgrade-kraft-version', `an upgrade of kraft.version was answered with ${answer?.type}`)
    return answer
  }

  #answered(eventOf: (token: number) => RaftEvent): Promise<RaftAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#stopped) {
        reject(unavailable())
        return
      }
      const token = this.#nextToken++
      this.#waiting.set(token, { resolve, reject })
      this.step(eventOf(token))
    })
  }

  step(event: RaftEvent): void {
    if (this.#stopped) return
    const { raft, clock } = this.#options
    // Deadlines don't move when somebody sets the clock.
    raft.step(event, clock.monotonic(), clock.now())
    this.#take(raft.ready())
    this.#schedule()
  }

  #take(ready: Ready): void {
    const isWork =
      ready.hardState !== undefined ||
      ready.truncateTo !== undefined ||
      ready.append.length + ready.snapshotChunks.length + ready.sendAfterSync.length > 0
    const work: Work = { ready, isApplied: false }
    const behind = this.#queue.some(({ isApplied }) => !isApplied)
    if (!behind && canApplyAtOnce(ready)) this.#guard(() => this.#apply(work))
    if (isWork || !work.isApplied) this.#queue.push(work)
    for (const envelope of ready.sendNow) {
      if (envelope.kind === 'request') this.#options.send(envelope)
      else if (work.isApplied || !readsLog(envelope)) this.#answer(envelope)
    }
    if (this.#queue.length > 0) this.#working ??= this.#work()
    if (!this.#stopped) this.#report(ready)
  }

  #report({ role, leader, committed }: Ready): void {
    const { log, onReady } = this.#options
    // Followers may be faster than this node's own disk.
    const safe = committed === undefined ? undefined : Math.min(committed, log.writtenEndOffset)
    if (safe !== undefined) log.updateHighWatermark(safe)
    onReady({ role, leader, committed: safe })
  }

  /** In the synchronous part of a step there is nobody to throw at. */
  #guard(run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    if (this.#stopped) return
    this.stop()
    queueMicrotask(() => this.#options.onFailed(error instanceof Error ? error : new Error(String(error))))
  }

  async #work(): Promise<void> {
    try {
      // What else this turn of the event loop proposes shares the fsync.
      await Promise.resolve()
      while (this.#queue.length > 0 && !this.#stopped) await this.#persist([...this.#queue])
    } catch (error) {
      this.#fail(error)
    } finally {
      this.#working = undefined
    }
  }

  async #persist(batch: readonly Work[]): Promise<void> {
    const { raft, log, disk, quorumStatePath } = this.#options
    const hardState = batch.findLast(({ ready }) => ready.hardState !== undefined)?.ready.hardState
    if (hardState) await disk.replaceFile(quorumStatePath, encodeQuorumState(hardState, raft.voterSource()))
    for (const work of batch) if (!work.isApplied) await this.#applySlowly(work)
    if (this.#stopped) return
    const endOffset = log.logEndOffset
    const isDirty = batch.some(({ ready }) => ready.truncateTo !== undefined || ready.append.length > 0)
    if (isDirty) await log.flush()
    this.#queue.splice(0, batch.length)
    for (const { ready } of batch) {
      for (const envelope of ready.sendAfterSync) {
        if (envelope.kind === 'request') this.#options.send(envelope)
        else this.#answer(envelope)
      }
    }
    if (!isDirty || this.#stopped) return
    this.#synced = Math.min(endOffset, log.logEndOffset)
    const truncations = batch.at(-1)?.ready.truncations ?? 0
    this.step({ type: 'synced', endOffset, truncations })
  }

  #apply(work: Work): void {
    for (const batch of work.ready.append) this.#append(batch)
    work.isApplied = true
  }

  async #applySlowly(work: Work): Promise<void> {
    const { log, snapshots, onSnapshot } = this.#options
    const { truncateTo, snapshotChunks, sendNow } = work.ready
    if (truncateTo !== undefined) {
      await log.truncateTo(truncateTo)
      this.#synced = Math.min(this.#synced, truncateTo)
    }
    this.#apply(work)
    for (const envelope of sendNow) if (envelope.kind === 'reply' && readsLog(envelope)) this.#answer(envelope)
    for (const { id, position, bytes, isLast } of snapshotChunks) {
      await snapshots.writePart(id, position, bytes)
      if (!isLast) continue
      const parsed = await snapshots.finishPart(id)
      if (parsed === undefined) {
        this.step({ type: 'snapshotRefused', id })
        continue
      }
      await log.truncateFullyAndStartAt(id.endOffset)
      this.#synced = id.endOffset
      const { kraftVersion, voters } = parsed
      onSnapshot(id)
      this.step({ type: 'snapshotInstalled', id, records: { kraftVersion, voters } })
    }
  }

  #append({ origin, bytes, epoch, baseOffset, lastOffset }: RaftBatch): void {
    const { log, clock, raft } = this.#options
    const isOwn = origin === 'leader'
    const info = log.append({
      records: bytes,
      origin: isOwn ? 'raft-leader' : 'replication',
      leaderEpoch: isOwn ? epoch : raft.epoch,
      nowMs: clock.now(),
    })
    this.#lastWritten = info.written
    assert(
      info.firstOffset === baseOffset && info.lastOffset === lastOffset,
      `the log gave ${info.firstOffset}–${info.lastOffset} to ${origin} batches of ${baseOffset}–${lastOffset}`,
    )
  }

  #answer({ token, reply }: OutgoingReply): void {
    const waiting = this.#waiting.get(token)
    assert(waiting !== undefined, `nobody waits for reply ${token}`)
    this.#waiting.delete(token)
    if (!readsLog({ reply }) && !(reply.type === 'fetch-snapshot' && reply.length > 0)) {
      waiting.resolve({ reply, chunks: NO_CHUNKS, release: nothing })
      return
    }
    this.#read(reply).then(waiting.resolve, (error: unknown) => {
      waiting.reject(error instanceof KafkaError ? error : unavailable())
    })
  }

  async #read(reply: RaftReply): Promise<RaftAnswer> {
    const { log, snapshots } = this.#options
    if (reply.type === 'fetch-snapshot') {
      const bytes = await snapshots.readPart(reply.snapshotId, reply.position, reply.length)
      return { reply, chunks: [bytes], release: nothing }
    }
    if (reply.type !== 'fetch' || reply.read === undefined) return unreachable(reply as never)
    const { fromOffset, upTo, maxBytes } = reply.read
    if (log.writtenEndOffset < upTo) await this.#lastWritten
    const { chunks, release } = await log.read(fromOffset, { maxBytes, upTo, minOneBatch: true })
    return { reply, chunks, release }
  }

  #schedule(): void {
    this.#timer?.cancel()
    const { raft, clock } = this.#options
    const deadline = raft.deadlineMs()
    if (this.#stopped || !Number.isFinite(deadline)) return
    this.#timer = clock.after(Math.max(0, deadline - clock.monotonic()), () => this.step({ type: 'tick' }))
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
    this.#queue = []
    for (const { reject } of this.#waiting.values()) reject(unavailable())
    this.#waiting.clear()
  }

  /** Everything proposed so far is durable, or the driver has failed. */
  async idle(): Promise<void> {
    while (this.#working) await this.#working
  }
}

function canApplyAtOnce({ hardState, truncateTo, snapshotChunks }: Ready): boolean {
  return hardState === undefined && truncateTo === undefined && snapshotChunks.length === 0
}

function readsLog({ reply }: { readonly reply: RaftReply }): boolean {
  return reply.type === 'fetch' && reply.read !== undefined
}

function unavailable(): KafkaError {
  return new KafkaError('BROKER_NOT_AVAILABLE', 'This node takes no part in the metadata quorum at present')
}
