import { EpochGroup } from '../epoch-group.ts'
import type { ConfiguredTopology } from './configure.ts'
import {
  isReconciledTo,
  newMember,
  type StreamsMember,
  withAssignment,
  withMetadata,
  withoutAssignment,
} from './member.ts'
import type { TaskOwners } from './reconcile.ts'
import { groupTombstone, memberTombstone, type StreamsRecord } from './records.ts'
import { TaskProcesses } from './task-processes.ts'
import { NO_TASKS, type Tasks } from './tasks.ts'
import { Topology } from './topology.ts'

export type StreamsGroupState = 'Empty' | 'NotReady' | 'Assigning' | 'Reconciling' | 'Stable'

/**
 * A group of the streams protocol (KIP-1071). It is what its records say: `replay` is the only mutator, except of what is
 * soft (what the topology needs of the topics, endpoints' epoch, who asked to shut down), which a load begins anew.
 *
 * The first member brings the topology → the topics it needs are looked at → the group epoch grows with whatever changes →
 * tasks are assigned for that epoch → each member goes towards its target, and is given a task only when it is free.
 */
export class StreamsGroup extends EpochGroup<StreamsMember, Tasks> {
  readonly kind = 'streams'
  /** The topology that the topics were found to allow; -1: they do not. */
  validatedTopologyEpoch = 0
  topology: Topology | undefined
  assignmentConfigs: ReadonlyMap<string, string> = new Map()
  /** Soft. */
  configured: ConfiguredTopology | undefined
  /** Grows whenever a member with an endpoint is given or loses tasks. Soft. */
  endpointEpoch = 0
  /** Soft. */
  shutdownRequestedBy: string | undefined
  readonly #processes = new TaskProcesses()

  get state(): StreamsGroupState {
    if (this.isEmpty) return 'Empty'
    if (this.topology?.epoch !== this.validatedTopologyEpoch) return 'NotReady'
    if (this.groupEpoch > this.assignmentEpoch) return 'Assigning'
    for (const member of this.members.values()) {
      if (!isReconciledTo(member, this.assignmentEpoch)) return 'Reconciling'
    }
    return 'Stable'
  }

  get owners(): TaskOwners {
    return this.#processes
  }

  isSubscribedTo(topic: string): boolean {
    return !this.isEmpty && this.topology !== undefined && this.topology.readers.has(topic)
  }

  targetOf(memberId: string): Tasks {
    return this.targets.get(memberId) ?? NO_TASKS
  }

  /** The first who asks is the one that all are told of. */
  requestShutdown(memberId: string): void {
    this.shutdownRequestedBy ??= memberId
  }

  /** false: the group is gone. */
  replay(record: StreamsRecord): boolean {
    switch (record.about) {
      case 'epoch':
        if (record.value === null) return false
        this.replayEpoch(record.value)
        this.validatedTopologyEpoch = record.value.validatedTopologyEpoch
        this.assignmentConfigs = new Map(record.value.lastAssignmentConfigs?.map(({ key, value }) => [key, value]))
        break
      case 'topology':
        this.topology = record.value === null ? undefined : new Topology(record.value)
        break
      case 'member':
        if (record.value === null) this.#update(record.memberId, undefined)
        else this.#update(record.memberId, withMetadata(this.#memberOrNew(record.memberId), record.value))
        break
      case 'targetEpoch':
        this.replayTargetEpoch(record.value)
        break
      case 'target':
        this.#replayTarget(record)
        break
      case 'current':
        this.#replayCurrent(record)
        break
    }
    if (this.isEmpty) this.shutdownRequestedBy = undefined
    return true
  }

  #replayTarget({ memberId, value }: Extract<StreamsRecord, { about: 'target' }>): void {
    if (value === null) {
      this.targets.delete(memberId)
      return
    }
    this.targets.set(memberId, {
      active: setsOf(value.activeTasks),
      standby: setsOf(value.standbyTasks),
      warmup: setsOf(value.warmupTasks),
    })
  }

  #replayCurrent({ memberId, value }: Extract<StreamsRecord, { about: 'current' }>): void {
    if (value !== null) {
      this.#update(memberId, withAssignment(this.#memberOrNew(memberId), value))
      return
    }
    const member = this.members.get(memberId)
    if (member) this.#update(memberId, withoutAssignment(member))
  }

  #memberOrNew(memberId: string): StreamsMember {
    return this.members.get(memberId) ?? newMember(memberId)
  }

  #update(memberId: string, after: StreamsMember | undefined): void {
    const before = this.members.get(memberId)
    if (before) this.#processes.remove(before)
    if (after === undefined) {
      this.members.delete(memberId)
    } else {
      this.members.set(memberId, after)
      this.#processes.add(after)
    }
  }

  /** In Kafka's order. */
  tombstones(): StreamsRecord[] {
    const { groupId } = this
    const ids = [...this.members.keys()]
    return [
      ...ids.map((memberId) => memberTombstone(groupId, 'current', memberId)),
      ...ids.map((memberId) => memberTombstone(groupId, 'target', memberId)),
      groupTombstone(groupId, 'targetEpoch'),
      ...ids.map((memberId) => memberTombstone(groupId, 'member', memberId)),
      groupTombstone(groupId, 'epoch'),
      groupTombstone(groupId, 'topology'),
    ]
  }

  /** The replicated state, to compare two of the same group. */
  dump(): unknown {
    const { groupId, groupEpoch, metadataHash, validatedTopologyEpoch, assignmentEpoch, assignmentTimestamp } = this
    const epochs = { groupEpoch, metadataHash, validatedTopologyEpoch, assignmentEpoch, assignmentTimestamp }
    const { members, targets, assignmentConfigs } = this
    return { groupId, ...epochs, topology: this.topology?.value, members, targets, assignmentConfigs }
  }
}

function setsOf(ids: readonly { readonly subtopologyId: string; readonly partitions: readonly number[] }[]) {
  return new Map(ids.map(({ subtopologyId, partitions }) => [subtopologyId, new Set(partitions)]))
}
