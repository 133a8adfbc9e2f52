import { assert } from '../../src/base/assert.ts'
import { quorumRecordsOf } from '../../src/raft/control-batches.ts'
import type { EpochStart, HardState, LogEnd, QuorumRecord, SnapshotId } from '../../src/raft/types.ts'
import { lastOffset, leaderEpoch } from '../../src/record/header.ts'
import { batches } from '../../src/record/iterate.ts'

export interface Stored {
  readonly base: number
  readonly end: number
  readonly epoch: number
  readonly bytes: Buffer
  readonly said: readonly QuorumRecord[]
}

/** Whole batches from a start on. Never changed: who writes makes another one. */
export class SimLog {
  readonly start: LogEnd
  readonly batches: readonly Stored[]

  constructor(start: LogEnd, stored: readonly Stored[]) {
    this.start = start
    this.batches = stored
  }

  get end(): LogEnd {
    const last = this.batches.at(-1)
    return last ? { offset: last.end, epoch: last.epoch } : this.start
  }

  append(bytes: Buffer): SimLog {
    const added: Stored[] = []
    let { offset } = this.end
    for (const batch of batches(Buffer.from(bytes))) {
      const { buffer, at } = batch
      const base = Number(buffer.readBigInt64BE(at))
      assert(base === offset, `a batch at ${base} behind ${offset}`)
      offset = lastOffset(buffer, at) + 1
      const said = quorumRecordsOf(batch)
      added.push({ base, end: offset, epoch: leaderEpoch(buffer, at), bytes: Buffer.from(batch.bytes), said })
    }
    return new SimLog(this.start, [...this.batches, ...added])
  }

  truncateTo(offset: number): SimLog {
    const kept = this.batches.filter(({ base }) => base < offset)
    assert(
      (kept.at(-1)?.end ?? this.start.offset) === offset || offset <= this.start.offset,
      `${offset} is within a batch`,
    )
    return new SimLog(this.start, kept)
  }

  /** Everything before a snapshot goes. */
  startAt(id: SnapshotId): SimLog {
    return new SimLog(
      { offset: id.endOffset, epoch: id.epoch },
      this.batches.filter(({ base }) => base >= id.endOffset),
    )
  }

  read(from: number, upTo: number, maxBytes: number): Buffer {
    const read: Buffer[] = []
    let size = 0
    for (const { base, end, bytes } of this.batches) {
      if (base < from || end > upTo) continue
      if (read.length > 0 && size + bytes.length > maxBytes) break
      read.push(bytes)
      size += bytes.length
    }
    return Buffer.concat(read)
  }

  get epochs(): EpochStart[] {
    const found: EpochStart[] = []
    for (const { base, epoch } of this.batches) {
      if (found.at(-1)?.epoch !== epoch) found.push({ epoch, startOffset: base })
    }
    return found
  }

  /** How much both have in common, in batches. */
  commonWith(other: SimLog): number {
    const at = this.batches.findIndex(
      (batch, i) => other.batches[i]?.base !== batch.base || other.batches[i].epoch !== batch.epoch,
    )
    return at < 0 ? this.batches.length : at
  }
}

export interface SimSnapshot {
  readonly id: SnapshotId
  readonly bytes: Buffer
  readonly quorum: Omit<QuorumRecord, 'offset'>
}

/** What a machine's disk holds; `log` may be ahead of what an fsync has made safe. */
export class SimDisk {
  hardState: HardState | undefined
  log = new SimLog({ offset: 0, epoch: 0 }, [])
  durable = this.log
  snapshots: SimSnapshot[] = []

  sync(log: SimLog): void {
    this.durable = log
  }

  /** The power goes: of what was not fsynced, some or all or nothing is there. */
  crash(below: (bound: number) => number): void {
    if (this.log === this.durable) return
    const common = this.durable.start.offset === this.log.start.offset ? this.log.commonWith(this.durable) : -1
    const isKept = common >= 0 && below(2) === 0
    const kept = common + below(this.log.batches.length - common + 1)
    this.log = isKept ? new SimLog(this.log.start, this.log.batches.slice(0, kept)) : this.durable
    this.durable = this.log
  }
}
