import type { OffsetCommitValueData } from '../protocol/stored/group-records.ts'
import { NO_PRODUCER_ID, type OffsetRecord } from './records.ts'

export interface CommittedOffset extends OffsetCommitValueData {
  /** Where its record is: of a plain and a transactional commit the later record wins (KAFKA-14751). */
  readonly recordOffset: number
}

/** group → topic → partition → offset. Inner maps are removed when they become empty. */
type OffsetTable = Map<string, Map<string, Map<number, CommittedOffset>>>

/** Committed offsets and those of transactions that have not ended. Changed by `replay` only. */
export class OffsetStore {
  readonly #committed: OffsetTable = new Map()
  readonly #pending = new Map<number, OffsetTable>()
  readonly #openTransactions = new Map<string, Set<number>>()

  groups(): Iterable<string> {
    return new Set([...this.#committed.keys(), ...this.#openTransactions.keys()])
  }

  ofGroup(groupId: string): ReadonlyMap<string, ReadonlyMap<number, CommittedOffset>> | undefined {
    return this.#committed.get(groupId)
  }

  get(groupId: string, topic: string, partition: number): CommittedOffset | undefined {
    return get(this.#committed, groupId, topic, partition)
  }

  hasOpenTransactions(groupId: string): boolean {
    return this.#openTransactions.has(groupId)
  }

  isPending(groupId: string, topic: string, partition: number): boolean {
    for (const producerId of this.#openTransactions.get(groupId) ?? []) {
      if (get(this.#pending.get(producerId), groupId, topic, partition)) return true
    }
    return false
  }

  has(groupId: string, topic: string, partition: number): boolean {
    return this.get(groupId, topic, partition) !== undefined || this.isPending(groupId, topic, partition)
  }

  /** Every partition of a group that has a committed or a pending offset, once. */
  *partitionsOf(groupId: string): Iterable<{ readonly topic: string; readonly partition: number }> {
    for (const [topic, partitions] of this.#committed.get(groupId) ?? []) {
      for (const partition of partitions.keys()) yield { topic, partition }
    }
    const seen = new Set<string>()
    for (const producerId of this.#openTransactions.get(groupId) ?? []) {
      for (const [topic, partitions] of this.#pending.get(producerId)?.get(groupId) ?? []) {
        for (const partition of partitions.keys()) {
          const key = `${partition}:${topic}`
          if (seen.has(key) || this.get(groupId, topic, partition)) continue
          seen.add(key)
          yield { topic, partition }
        }
      }
    }
  }

  replay(record: OffsetRecord, recordOffset: number): void {
    const { groupId, topic, partition, producerId, value } = record
    if (value === null) {
      remove(this.#committed, groupId, topic, partition)
      for (const open of this.#openTransactions.get(groupId) ?? []) {
        const table = this.#pending.get(open)
        if (table) remove(table, groupId, topic, partition)
      }
      return
    }
    const committed: CommittedOffset = { ...value, recordOffset }
    if (producerId === NO_PRODUCER_ID) {
      put(this.#committed, groupId, topic, partition, committed)
      return
    }
    put(
      child(this.#pending, producerId, () => new Map()),
      groupId,
      topic,
      partition,
      committed,
    )
    child(this.#openTransactions, groupId, () => new Set<number>()).add(producerId)
  }

  replayTransactionEnd(producerId: number, committed: boolean): void {
    const table = this.#pending.get(producerId)
    if (table === undefined) return
    this.#pending.delete(producerId)
    for (const [groupId, open] of [...this.#openTransactions]) {
      open.delete(producerId)
      if (open.size === 0) this.#openTransactions.delete(groupId)
    }
    if (!committed) return
    for (const [groupId, topics] of table) {
      for (const [topic, partitions] of topics) {
        for (const [partition, offset] of partitions) {
          const present = this.get(groupId, topic, partition)
          if (present && present.recordOffset > offset.recordOffset) continue
          put(this.#committed, groupId, topic, partition, offset)
        }
      }
    }
  }

  /** Everything, in one order, to compare two stores. */
  dump(): unknown {
    return [...this.#committed]
      .sort(byKey)
      .map(([groupId, topics]) => [
        groupId,
        [...topics].sort(byKey).map(([topic, partitions]) => [topic, [...partitions].sort(([a], [b]) => a - b)]),
      ])
  }
}

function byKey(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return a[0] < b[0] ? -1 : 1
}

function child<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key)
  if (value === undefined) {
    value = make()
    map.set(key, value)
  }
  return value
}

function get(table: OffsetTable | undefined, groupId: string, topic: string, partition: number) {
  return table?.get(groupId)?.get(topic)?.get(partition)
}

function put(table: OffsetTable, groupId: string, topic: string, partition: number, offset: CommittedOffset): void {
  const topics = child(table, groupId, () => new Map<string, Map<number, CommittedOffset>>())
  child(topics, topic, () => new Map<number, CommittedOffset>()).set(partition, offset)
}

function remove(table: OffsetTable, groupId: string, topic: string, partition: number): void {
  const topics = table.get(groupId)
  const partitions = topics?.get(topic)
  if (topics === undefined || partitions === undefined) return
  partitions.delete(partition)
  if (partitions.size === 0) topics.delete(topic)
  if (topics.size === 0) table.delete(groupId)
}
