import { soundBatches } from './control-batches.ts'
import type { FetchReply, FetchSnapshotReply, RaftReply } from './messages.ts'
import type { Raft } from './raft.ts'
import { MAX_FETCH_WAIT_MS } from './settings.ts'
import type { OutgoingRequest, QuorumRecord, SnapshotId, Target } from './types.ts'

interface Download {
  readonly id: SnapshotId
  position: number
}

/**
 * How a node that does not lead keeps up: one request at a time, to the leader, or to anybody as long as the leader is not known or
 * does not answer. The offset that is asked for tells the leader what is durable here, so a voter asks only after fsync.
 */
export class Fetching {
  readonly #raft: Raft
  #download: Download | undefined
  /** Downloaded; the driver puts it in the place of the log. */
  #installing: SnapshotId | undefined
  #bootstrapTurn = -1

  constructor(raft: Raft) {
    this.#raft = raft
  }

  get isInstalling(): boolean {
    return this.#installing !== undefined
  }

  poll(leader: Target | undefined): void {
    if (this.#installing) return
    const { requests, nowMs } = this.#raft
    // Somebody else who does not answer must not keep this node from its leader.
    if (leader && requests.isReady(leader, nowMs)) {
      if (!this.#isAsking(leader)) this.#ask(leader)
    } else if (!requests.isInFlight('fetch', 'fetch-snapshot')) {
      const anybody = this.#nextBootstrap(leader)
      if (anybody) this.#raft.request(anybody, this.#fetch(), this.#when())
    }
  }

  /** When somebody may be asked again. */
  deadlineMs(leader: Target | undefined): number {
    if (this.#installing) return Number.POSITIVE_INFINITY
    const { requests } = this.#raft
    const isAsking = requests.isInFlight('fetch', 'fetch-snapshot')
    const targets = isAsking ? [] : this.#bootstrap(leader)
    if (leader && !this.#isAsking(leader)) targets.push(leader)
    return Math.min(Number.POSITIVE_INFINITY, ...targets.map((to) => requests.backoffUntilMs(to)))
  }

  #isAsking(leader: Target): boolean {
    const { requests } = this.#raft
    return requests.isInFlightTo(leader, 'fetch') || requests.isInFlightTo(leader, 'fetch-snapshot')
  }

  #ask(leader: Target): void {
    const raft = this.#raft
    if (!this.#download) {
      raft.request(leader, this.#fetch(), this.#when())
      return
    }
    const { id: snapshotId, position } = this.#download
    const { self: replica, epoch, options } = raft
    const request = {
      type: 'fetch-snapshot',
      replica,
      epoch,
      snapshotId,
      position,
      maxBytes: options.snapshotMaxBytes,
    } as const
    raft.request(leader, request, 'now')
  }

  #fetch() {
    const { self: replica, epoch, logEnd, highWatermark, options } = this.#raft
    return {
      type: 'fetch',
      replica,
      epoch,
      offset: logEnd.offset,
      lastFetchedEpoch: logEnd.epoch,
      highWatermark: highWatermark ?? -1,
      maxWaitMs: MAX_FETCH_WAIT_MS,
      maxBytes: options.fetchMaxBytes,
    } as const
  }

  /** Nobody counts on the log of a node that can never vote. */
  #when(): 'now' | 'afterSync' {
    return this.#raft.isVoter || this.#raft.options.canVote ? 'afterSync' : 'now'
  }

  #bootstrap(except: Target | undefined): Target[] {
    const { options, voters } = this.#raft
    const configured = options.bootstrapServers.map(({ host, port }) => ({ id: undefined, host, port }))
    const known = () => voters.ids.flatMap((id) => this.#raft.voterTarget(id) ?? [])
    const isNot = (to: Target, other: Target | undefined) => other?.host !== to.host || other.port !== to.port
    const own = this.#raft.target(this.#raft.self.id, options.endpoints)
    return (configured.length > 0 ? configured : known()).filter(
      (to) => to.id !== this.#raft.self.id && isNot(to, own) && isNot(to, except),
    )
  }

  /** One after the other, beginning anywhere. */
  #nextBootstrap(except: Target | undefined): Target | undefined {
    const { requests, nowMs, options } = this.#raft
    const ready = this.#bootstrap(except).filter((to) => requests.isReady(to, nowMs))
    if (ready.length === 0) return undefined
    if (this.#bootstrapTurn < 0) this.#bootstrapTurn = options.random(ready.length)
    return ready[this.#bootstrapTurn++ % ready.length]
  }

  /** An answer of this epoch's leader, or an error of somebody. True: the leader lives. */
  reply(request: OutgoingRequest, reply: RaftReply): boolean {
    if (reply.type === 'fetch') {
      if (reply.error !== 'NONE' || this.#installing) return false
      // What was said of another log than this is now would cut or add in the wrong place.
      if (!this.#isOfThisLog(request)) return true
      if (!this.#fetched(reply)) this.#raft.requests.failed(request.to, this.#raft.nowMs)
      return true
    }
    if (reply.type !== 'fetch-snapshot' || !this.#download) return false
    if (!this.#snapshotFetched(this.#download, reply)) this.#raft.requests.failed(request.to, this.#raft.nowMs)
    return reply.error === 'NONE' || reply.error === 'SNAPSHOT_NOT_FOUND' || reply.error === 'POSITION_OUT_OF_RANGE'
  }

  #isOfThisLog({ request }: OutgoingRequest): boolean {
    const { offset, epoch } = this.#raft.logEnd
    return request.type === 'fetch' && request.offset === offset && request.lastFetchedEpoch === epoch
  }

  /** False: it brought nothing where it should have, and so would the next. */
  #fetched(reply: FetchReply): boolean {
    const raft = this.#raft
    const { diverging, snapshotId, records } = reply
    if (diverging) return this.#truncate(diverging)
    if (snapshotId) {
      if (snapshotId.epoch < 0 || snapshotId.endOffset <= 0) return false
      this.#download = { id: snapshotId, position: 0 }
      return true
    }
    if (records.length > 0) {
      const { batch, spans, quorumRecords } = soundBatches(records, raft.logEnd, raft.epoch)
      if (!batch) return false
      raft.append(batch, spans)
      raft.history.add(quorumRecords)
    }
    if (reply.highWatermark >= 0) raft.committed(Math.min(reply.highWatermark, raft.logEnd.offset))
    return true
  }

  /** Only what both have in common stays. */
  #truncate(diverging: { readonly epoch: number; readonly endOffset: number }): boolean {
    const raft = this.#raft
    const before = raft.logEnd.offset
    const own = raft.epochs.endOf(diverging.epoch)
    const common = own.epoch === diverging.epoch ? Math.min(own.offset, diverging.endOffset) : own.offset
    const to = diverging.epoch <= 0 ? Math.min(before, diverging.endOffset) : Math.min(before, common)
    if (to >= before || to < 0) return false
    raft.truncateTo(to)
    return true
  }

  #snapshotFetched(download: Download, reply: FetchSnapshotReply): boolean {
    const { error, snapshotId, size, position, bytes } = reply
    if (error !== 'NONE') {
      // The leader has a newer one by now, or another file: it says so when it is asked for records.
      this.#download = undefined
      return error === 'SNAPSHOT_NOT_FOUND'
    }
    const { id } = download
    const isExpected =
      snapshotId.endOffset === id.endOffset && snapshotId.epoch === id.epoch && position === download.position
    const end = position + bytes.length
    if (!isExpected || bytes.length === 0 || end > size) {
      this.#download = undefined
      return false
    }
    const isLast = end === size
    this.#raft.snapshotChunk({ id, position, bytes, isLast })
    download.position = end
    if (isLast) {
      this.#download = undefined
      this.#installing = id
    }
    return true
  }

  installed(id: SnapshotId, record: Omit<QuorumRecord, 'offset'>): void {
    if (this.#installing?.endOffset !== id.endOffset) return
    this.#installing = undefined
    this.#raft.restartLog(id, { ...record, offset: id.endOffset - 1 })
  }

  refused(id: SnapshotId): void {
    if (this.#installing?.endOffset === id.endOffset) this.#installing = undefined
  }

  /** Another leader may have other snapshots. What is complete stays: it is committed whoever leads. */
  forgetDownload(): void {
    this.#download = undefined
  }
}
