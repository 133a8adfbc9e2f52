import { unreachable } from '../base/assert.ts'
import type { Uuid } from '../base/ids.ts'
import type { Decision, Machine, Token } from '../base/machine.ts'
import type { ShareSnapshotValueData } from '../protocol/stored/share-state-records.ts'
import { combineBatches } from './combine.ts'
import { RedundantOffsets } from './redundant.ts'
import type {
  ReadState,
  ShareStateCommand,
  ShareStateReplies,
  ShareStateReply,
  StateFailure,
  WriteState,
} from './state-commands.ts'
import {
  type ShareKey,
  type ShareStateRecord,
  type SnapshotRecord,
  shareKeyText,
  type UpdateRecord,
} from './state-records.ts'
import type { StateBatch } from './window.ts'

export interface ShareStateSettings {
  /** share.coordinator.snapshot.update.records.per.snapshot */
  readonly updatesPerSnapshot: number
  /** share.coordinator.cold.partition.snapshot.interval.ms */
  readonly coldSnapshotIntervalMs: number
}

/** How many partitions a topic has; undefined: there is no such topic. */
export type PartitionCountOf = (topicId: Uuid) => number | undefined

interface ShareState {
  readonly key: ShareKey
  readonly snapshotEpoch: number
  readonly stateEpoch: number
  readonly leaderEpoch: number
  readonly startOffset: number
  readonly deliveryCompleteCount: number
  readonly stateBatches: readonly StateBatch[]
  readonly createTimestamp: number
  readonly writeTimestamp: number
  /** Updates since the last snapshot. */
  readonly updates: number
  /** The highest that were ever seen: they fence those before them. */
  readonly fencedBelowLeader: number
  readonly fencedBelowState: number
}

type Outcome = { readonly reply: ShareStateReply; readonly records?: readonly ShareStateRecord[] }

const DONE: Outcome = { reply: { error: 'NONE' } }
/** Snapshots of partitions nobody writes to that one tick makes. */
const COLD_AT_ONCE = 100

/** The states of share groups' partitions that live in one partition of `__share_group_state`. */
export class ShareStateMachine implements Machine<ShareStateCommand, ShareStateRecord, ShareStateReply> {
  readonly #settings: ShareStateSettings
  readonly #partitionCount: PartitionCountOf
  readonly #states = new Map<string, ShareState>()
  readonly #redundant = new RedundantOffsets()
  #coldAtMs = Number.POSITIVE_INFINITY
  /** Those that the running look for cold partitions has still to see. */
  #unseen: string[] = []

  constructor(settings: ShareStateSettings, partitionCount: PartitionCountOf) {
    this.#settings = settings
    this.#partitionCount = partitionCount
  }

  handle(command: ShareStateCommand, token: Token, nowMs: number): Decision<ShareStateRecord, ShareStateReply> {
    const { reply, records = [] } = this.#decide(command, nowMs)
    return { records, replies: [{ to: token, reply }] }
  }

  deadlineMs(): number {
    return this.#coldAtMs
  }

  tick(nowMs: number): Decision<ShareStateRecord, ShareStateReply> {
    if (nowMs < this.#coldAtMs) return { records: [], replies: [] }
    if (this.#unseen.length === 0) this.#unseen = this.#isAllCold() ? [] : [...this.#states.keys()]
    const records = this.#unseen.splice(0, COLD_AT_ONCE).flatMap((key) => this.#coldSnapshot(key, nowMs))
    if (this.#unseen.length === 0) this.#coldAtMs = nowMs + this.#settings.coldSnapshotIntervalMs
    return { records, replies: [] }
  }

  loaded(nowMs: number): void {
    this.#coldAtMs = nowMs + this.#settings.coldSnapshotIntervalMs
  }

  clockMoved(byMs: number): void {
    this.#coldAtMs += byMs
  }

  replay(record: ShareStateRecord, offset: number): void {
    if (record.type === 'snapshot') this.#replaySnapshot(record, offset)
    else this.#replayUpdate(record)
  }

  /** The replicated state, in one order. */
  dump(): unknown {
    return [...this.#states].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, state]) => state)
  }

  #decide(command: ShareStateCommand, nowMs: number): Outcome {
    switch (command.type) {
      case 'initialize':
      case 'read':
      case 'readSummary':
      case 'write':
      case 'delete': {
        const failure = this.#failure(command)
        return failure ? { reply: failure } : this.#carryOut(command, nowMs)
      }
      case 'topicsDeleted': {
        const gone = new Set(command.topicIds)
        const keys = [...this.#states.values()].map(({ key }) => key).filter(({ topicId }) => gone.has(topicId))
        return { reply: null, records: keys.map(tombstone) }
      }
      case 'findRedundant':
        return { reply: { offset: this.#redundant.offset } }
      default:
        return unreachable(command)
    }
  }

  #failure(command: Extract<ShareStateCommand, { readonly key: ShareKey }>): StateFailure | undefined {
    const { key } = command
    if (key.partition < 0) return invalid('The partition id cannot be a negative number.')
    const state = this.#states.get(shareKeyText(key))
    const isRead = command.type === 'read'
    if ((isRead || command.type === 'write') && state === undefined) {
      return invalid(`${isRead ? 'Read' : 'Write'} operation on uninitialized share partition not allowed.`)
    }
    if ((isRead || command.type === 'write') && command.leaderEpoch !== -1) {
      if (state && state.fencedBelowLeader > command.leaderEpoch) return { error: 'FENCED_LEADER_EPOCH', message: null }
    }
    if ((command.type === 'write' || command.type === 'initialize') && command.stateEpoch !== -1) {
      if (state && state.fencedBelowState > command.stateEpoch) return { error: 'FENCED_STATE_EPOCH', message: null }
    }
    const isKnown = key.partition < (this.#partitionCount(key.topicId) ?? 0)
    return isKnown ? undefined : { error: 'UNKNOWN_TOPIC_OR_PARTITION', message: null }
  }

  #carryOut(command: Extract<ShareStateCommand, { readonly key: ShareKey }>, nowMs: number): Outcome {
    const { key } = command
    const state = this.#states.get(shareKeyText(key))
    switch (command.type) {
      case 'initialize': {
        const { stateEpoch, startOffset } = command
        const value = {
          snapshotEpoch: state ? state.snapshotEpoch + 1 : 0,
          stateEpoch,
          leaderEpoch: 0,
          startOffset,
          deliveryCompleteCount: startOffset === -1 ? -1 : 0,
          createTimestamp: nowMs,
          writeTimestamp: nowMs,
          stateBatches: [],
        }
        return { ...DONE, records: [{ type: 'snapshot', key, value }] }
      }
      case 'read':
        return this.#read(command, state as ShareState, nowMs)
      case 'readSummary':
        return { reply: summaryOf(state) }
      case 'write':
        return { ...DONE, records: [this.#writeRecord(state as ShareState, command, state?.leaderEpoch ?? 0, nowMs)] }
      case 'delete':
        return state ? { ...DONE, records: [tombstone(key)] } : DONE
      default:
        return unreachable(command)
    }
  }

  /** A leader that reads for the first time fences those before it: that is stored. */
  #read({ key, leaderEpoch }: ReadState, state: ShareState, nowMs: number): Outcome {
    const { startOffset, stateEpoch, stateBatches, deliveryCompleteCount } = state
    const reply: ShareStateReplies['read'] = { error: 'NONE', stateEpoch, startOffset, stateBatches }
    if (leaderEpoch === -1 || state.fencedBelowLeader === leaderEpoch) return { reply }
    const write = { key, startOffset, deliveryCompleteCount, stateBatches: [] }
    return { reply, records: [this.#writeRecord(state, write, leaderEpoch, nowMs)] }
  }

  #writeRecord(
    state: ShareState,
    write: Pick<WriteState, 'key' | 'startOffset' | 'deliveryCompleteCount' | 'stateBatches'>,
    leaderEpoch: number,
    nowMs: number,
  ): ShareStateRecord {
    const { key, deliveryCompleteCount } = write
    const { snapshotEpoch } = state
    if (state.updates < this.#settings.updatesPerSnapshot) {
      const stateBatches = combineBatches(write.stateBatches, write.startOffset)
      const { startOffset } = write
      const value = { snapshotEpoch, leaderEpoch, startOffset, deliveryCompleteCount, stateBatches }
      return { type: 'update', key, value }
    }
    const startOffset = write.startOffset === -1 ? state.startOffset : write.startOffset
    const stateBatches = combineBatches([...state.stateBatches, ...write.stateBatches], startOffset)
    const changes = { leaderEpoch, startOffset, deliveryCompleteCount, createTimestamp: nowMs, stateBatches }
    return nextSnapshot(state, nowMs, changes)
  }

  #isAllCold(): boolean {
    for (const { createTimestamp, writeTimestamp } of this.#states.values()) {
      if (createTimestamp === writeTimestamp) return false
    }
    return true
  }

  #coldSnapshot(text: string, nowMs: number): ShareStateRecord[] {
    const state = this.#states.get(text)
    if (!state || nowMs - state.writeTimestamp < this.#settings.coldSnapshotIntervalMs) return []
    return [nextSnapshot(state, nowMs, {})]
  }

  #replaySnapshot({ key, value }: SnapshotRecord, offset: number): void {
    const text = shareKeyText(key)
    const before = this.#states.get(text)
    if (value === null) {
      this.#states.delete(text)
    } else {
      const updates = before?.updates ?? 0
      this.#states.set(text, {
        key,
        ...value,
        updates: updates >= this.#settings.updatesPerSnapshot ? 0 : updates,
        fencedBelowLeader: Math.max(before?.fencedBelowLeader ?? value.leaderEpoch, value.leaderEpoch),
        fencedBelowState: Math.max(before?.fencedBelowState ?? value.stateEpoch, value.stateEpoch),
      })
    }
    this.#redundant.snapshot(text, offset, value === null)
  }

  #replayUpdate({ key, value }: UpdateRecord): void {
    const text = shareKeyText(key)
    const before = this.#states.get(text)
    const startOffset = value.startOffset === -1 && before ? before.startOffset : value.startOffset
    this.#states.set(text, {
      key,
      snapshotEpoch: before?.snapshotEpoch ?? value.snapshotEpoch,
      stateEpoch: before?.stateEpoch ?? 0,
      leaderEpoch: value.leaderEpoch === -1 && before ? before.leaderEpoch : value.leaderEpoch,
      startOffset,
      deliveryCompleteCount: value.deliveryCompleteCount,
      stateBatches: combineBatches([...(before?.stateBatches ?? []), ...value.stateBatches], startOffset),
      createTimestamp: before?.createTimestamp ?? 0,
      writeTimestamp: before?.writeTimestamp ?? 0,
      updates: (before?.updates ?? 0) + 1,
      fencedBelowLeader: Math.max(before?.fencedBelowLeader ?? value.leaderEpoch, value.leaderEpoch),
      fencedBelowState: before?.fencedBelowState ?? -1,
    })
  }
}

function nextSnapshot(
  state: ShareState,
  writeTimestamp: number,
  changes: Partial<ShareSnapshotValueData>,
): SnapshotRecord {
  const { key, stateEpoch, leaderEpoch, startOffset, deliveryCompleteCount, createTimestamp } = state
  const value = {
    snapshotEpoch: state.snapshotEpoch + 1,
    stateEpoch,
    leaderEpoch,
    startOffset,
    deliveryCompleteCount,
    createTimestamp,
    writeTimestamp,
    stateBatches: [...state.stateBatches],
    ...changes,
  }
  return { type: 'snapshot', key, value }
}

function summaryOf(state: ShareState | undefined): ShareStateReplies['readSummary'] {
  if (state === undefined) {
    return { error: 'NONE', startOffset: -1, deliveryCompleteCount: -1, leaderEpoch: 0, stateEpoch: 0 }
  }
  const { startOffset, deliveryCompleteCount, leaderEpoch, stateEpoch } = state
  return { error: 'NONE', startOffset, deliveryCompleteCount, leaderEpoch, stateEpoch }
}

function tombstone(key: ShareKey): ShareStateRecord {
  return { type: 'snapshot', key, value: null }
}

function invalid(message: string): StateFailure {
  return { error: 'INVALID_REQUEST', message }
}
