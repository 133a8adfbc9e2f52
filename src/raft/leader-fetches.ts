import { fetchError, leaderOnlyError, noRecords } from './answers.ts'
import type { FetchReply, FetchRequest, FetchSnapshotRequest } from './messages.ts'
import type { Raft } from './raft.ts'
import type { Replicas } from './replicas.ts'
import type { Token } from './types.ts'
import { sameReplica } from './voters.ts'

interface Parked {
  readonly token: Token
  readonly request: FetchRequest
  readonly untilMs: number
}

/** Answers fetches of followers and observers; one that would bring nothing waits for something to say. */
export class LeaderFetches {
  readonly #raft: Raft
  readonly #replicas: Replicas
  /** The high watermark of this leader's epoch; undefined: nothing of it is committed yet. */
  readonly #highWatermark: () => number | undefined
  #parked: Parked[] = []

  constructor(raft: Raft, replicas: Replicas, highWatermark: () => number | undefined) {
    this.#raft = raft
    this.#replicas = replicas
    this.#highWatermark = highWatermark
  }

  get deadlineMs(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...this.#parked.map(({ untilMs }) => untilMs))
  }

  fetch(token: Token, request: FetchRequest): void {
    const raft = this.#raft
    // Who asks anew has given up what it asked before.
    this.#release(({ request: { replica } }) => replica.id >= 0 && sameReplica(replica, request.replica))
    const error = fetchError(raft, request) ?? leaderOnlyError(raft, request.epoch)
    if (error !== 'NONE') {
      raft.reply(token, { ...noRecords(raft), ...raft.hint(error) })
      return
    }
    const place = this.#place(request)
    if (place) {
      raft.reply(token, {
        ...noRecords(raft),
        ...place,
        ...raft.hint('NONE'),
        highWatermark: this.#highWatermark() ?? -1,
      })
      return
    }
    if (request.replica.id >= 0) this.#replicas.fetched(request.replica, request.offset)
    const untilMs = request.maxWaitMs === 0 ? raft.nowMs : raft.nowMs + request.maxWaitMs
    this.#parked.push({ token, request, untilMs })
  }

  /** Logs differ, or what is asked for is only in a snapshot any more; undefined: it goes on from there. */
  #place({ offset, lastFetchedEpoch }: FetchRequest): Pick<FetchReply, 'diverging' | 'snapshotId'> | undefined {
    const { epochs, options } = this.#raft
    const { startOffset, earliestSnapshot: earliest, latestSnapshot: latest } = options.log
    // An empty log is filled faster from a snapshot than from segments.
    if (offset === 0 && latest && latest.endOffset > 0) return { diverging: undefined, snapshotId: latest }
    if (offset === 0 && startOffset === 0) return undefined
    if (earliest && latest) {
      const isBehindStart = offset < startOffset || lastFetchedEpoch < earliest.epoch
      const isOther = offset === startOffset && startOffset !== 0 && lastFetchedEpoch !== earliest.epoch
      if (isBehindStart || isOther) return { diverging: undefined, snapshotId: latest }
    }
    const end = epochs.endOf(lastFetchedEpoch)
    if (end.epoch === lastFetchedEpoch && offset <= end.offset) return undefined
    return { diverging: { epoch: end.epoch, endOffset: end.offset }, snapshotId: undefined }
  }

  /** Answers everybody for whom there are records or a higher watermark, and who has waited long enough. */
  poll(): void {
    const { logEnd, nowMs } = this.#raft
    const highWatermark = this.#highWatermark() ?? -1
    this.#release(({ request, untilMs }) => {
      const knows = request.highWatermark ?? Number.POSITIVE_INFINITY
      return nowMs >= untilMs || logEnd.offset > request.offset || highWatermark > knows
    })
  }

  #release(isDue: (parked: Parked) => boolean): void {
    const due = this.#parked.filter(isDue)
    if (due.length === 0) return
    this.#parked = this.#parked.filter((parked) => !due.includes(parked))
    for (const { token, request } of due) {
      const { offset: fromOffset, maxBytes } = request
      const upTo = this.#raft.logEnd.offset
      this.#raft.reply(token, {
        ...noRecords(this.#raft),
        ...this.#raft.hint('NONE'),
        highWatermark: this.#highWatermark() ?? -1,
        read: upTo > fromOffset ? { fromOffset, upTo, maxBytes } : undefined,
      })
    }
  }

  /** This node leads no more: everybody looks for somebody else at once. */
  refuseAll(): void {
    for (const { token, request } of this.#parked) {
      const error = request.epoch < this.#raft.epoch ? 'FENCED_LEADER_EPOCH' : 'NOT_LEADER_OR_FOLLOWER'
      this.#raft.reply(token, { ...noRecords(this.#raft), ...this.#raft.hint(error) })
    }
    this.#parked = []
  }

  snapshot(token: Token, request: FetchSnapshotRequest): void {
    const raft = this.#raft
    const { snapshotId, position, maxBytes, replica } = request
    const size = snapshotId.endOffset > 0 ? raft.options.log.snapshotSize(snapshotId) : undefined
    let error = leaderOnlyError(raft, request.epoch)
    if (error === 'NONE' && size === undefined) error = 'SNAPSHOT_NOT_FOUND'
    if (error === 'NONE' && (position < 0 || position >= (size ?? 0))) error = 'POSITION_OUT_OF_RANGE'
    const isGood = error === 'NONE' && size !== undefined
    if (isGood) this.#replicas.heardFrom(replica)
    raft.reply(token, {
      type: 'fetch-snapshot',
      ...raft.hint(error),
      snapshotId: isGood ? snapshotId : { endOffset: 0, epoch: 0 },
      size: isGood ? size : 0,
      position: isGood ? position : 0,
      length: isGood ? Math.max(0, Math.min(maxBytes, size - position)) : 0,
      bytes: Buffer.alloc(0),
    })
  }
}
