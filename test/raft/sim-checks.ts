import { assert } from '../../src/base/assert.ts'
import type { Ready } from '../../src/raft/types.ts'
import type { SimLog, Stored } from './sim-log.ts'
import type { SimNode } from './sim-node.ts'

/** What must hold whatever happens. */
export class SimChecks {
  readonly leaders = new Map<number, number>()
  /** Batches by base offset, in order: what some node knows to be committed. */
  readonly committed: Stored[] = []
  readonly #committedByBase = new Map<number, Stored>()
  /** Every batch there ever was, by place and epoch, and what was before it. */
  readonly #written = new Map<string, { bytes: Buffer; before: string }>()
  readonly #watermarks = new Map<SimNode, { incarnation: number; offset: number }>()
  readonly #leading = new Map<SimNode, number>()

  get end(): number {
    return this.committed.at(-1)?.end ?? 0
  }

  check(node: SimNode, ready: Ready): void {
    const { raft } = node
    if (!raft) return
    const { epoch } = raft
    if (ready.role === 'leader') this.#checkLeader(node, epoch)
    assert(raft.logEnd.offset === node.logical.end.offset, `node ${node.id} has lost count of its log`)
    assert(raft.logEnd.epoch === node.logical.end.epoch, `node ${node.id} has lost the epoch of its log`)
    assert(raft.syncedOffset <= raft.logEnd.offset, `node ${node.id} has more on disk than in its log`)
    if (ready.committed !== undefined) this.#checkCommitted(node, ready.committed)
  }

  #checkLeader(node: SimNode, epoch: number): void {
    const other = this.leaders.get(epoch) ?? node.id
    assert(other === node.id, `nodes ${other} and ${node.id} both lead epoch ${epoch}`)
    this.leaders.set(epoch, node.id)
    if (this.#leading.get(node) === epoch) return
    this.#leading.set(node, epoch)
    const { start, batches } = node.logical
    const own = new Map(batches.map((batch) => [batch.base, batch]))
    for (const batch of this.committed) {
      if (batch.end <= start.offset) continue
      const mine = own.get(batch.base)
      assert(
        mine?.epoch === batch.epoch,
        `node ${node.id} leads epoch ${epoch} without committed ${batch.base}@${batch.epoch}`,
      )
    }
  }

  /** The same place and epoch is the same batch with the same past, once anybody can have seen it: it is in a log file. */
  written({ start, batches }: SimLog): void {
    for (let i = Math.max(0, batches.length - 8); i < batches.length; i++) {
      const batch = batches[i]
      if (!batch) continue
      const { offset, epoch } = i === 0 ? start : { offset: batches[i - 1]?.end, epoch: batches[i - 1]?.epoch }
      const before = `${offset}@${epoch}`
      const key = `${batch.base}@${batch.epoch}`
      const known = this.#written.get(key)
      if (!known) this.#written.set(key, { bytes: batch.bytes, before })
      else {
        assert(known.bytes.equals(batch.bytes), `two batches at ${key}`)
        assert(known.before === before, `${key} follows ${known.before} and ${before}`)
      }
    }
  }

  #checkCommitted(node: SimNode, offset: number): void {
    const known = this.#watermarks.get(node)
    const before = known?.incarnation === node.incarnation ? known.offset : 0
    assert(offset >= before, `the watermark of node ${node.id} fell from ${before} to ${offset}`)
    if (offset === before) return
    this.#watermarks.set(node, { incarnation: node.incarnation, offset })
    assert(offset <= node.logical.end.offset, `node ${node.id} commits ${offset} behind its log`)
    for (const batch of node.logical.batches) {
      if (batch.base < before || batch.base >= offset) continue
      assert(batch.end <= offset, `node ${node.id} commits half a batch`)
      const other = this.#committedByBase.get(batch.base)
      if (other) assert(other.bytes.equals(batch.bytes), `node ${node.id} committed another batch at ${batch.base}`)
      else {
        assert(batch.base === this.end, `committed ${batch.base} behind ${this.end}`)
        this.committed.push(batch)
        this.#committedByBase.set(batch.base, batch)
      }
    }
  }
}
