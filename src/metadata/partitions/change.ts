import type { DirectoryId, TopicId } from '../../base/ids.ts'
import { NO_LEADER, type PartitionImage } from '../image.ts'
import { type MetadataRecordInput, type MetadataRecordOf, metadataRecord } from '../records.ts'

const RECOVERING = 1

/** `preferred` takes the first replica where it may lead; `unclean` would rather lose records than have no leader. */
export type Election = 'online' | 'preferred' | 'unclean'

/** What a partition shall become; what is left out stays. */
export interface PartitionTarget {
  readonly isr?: readonly number[]
  readonly replicas?: readonly number[]
  readonly removing?: readonly number[]
  readonly adding?: readonly number[]
  readonly leaderRecoveryState?: number
  /** Directories of replicas that change. */
  readonly directories?: ReadonlyMap<number, DirectoryId>
  /** Brokers that lost unflushed records: they are no eligible leaders any more. */
  readonly uncleanShutdown?: readonly number[]
}

export interface PartitionRules {
  readonly election: Election
  /** Active, with the directory of this replica online. */
  readonly mayLead: (broker: number, partition: PartitionImage) => boolean
  readonly minIsr: number
  readonly elrEnabled: boolean
  readonly recordVersion: number
  /** Until metadata.version 3.6-IV0 brokers had to be told of a smaller ISR by a new leader epoch (KAFKA-15021). */
  readonly epochBumpOnShrink: boolean
  /** Where a replica without a known directory is put. */
  readonly defaultDirectory: (broker: number) => DirectoryId
}

interface Plan {
  isr: readonly number[]
  replicas: readonly number[]
  removing: readonly number[]
  adding: readonly number[]
  elr: readonly number[]
}

type Change = {
  -readonly [N in keyof MetadataRecordInput<'PartitionChangeRecord'>]: MetadataRecordInput<'PartitionChangeRecord'>[N]
}

/**
 * The record that brings a partition to its target, with a leader elected where the present one can't stay, and with the
 * eligible leader replicas of KIP-966 kept; undefined where nothing changes.
 */
export function partitionChange(
  topicId: TopicId,
  before: PartitionImage,
  target: PartitionTarget,
  rules: PartitionRules,
): MetadataRecordOf<'PartitionChangeRecord'> | undefined {
  const plan: Plan = {
    isr: target.isr ?? before.isr,
    replicas: target.replicas ?? before.replicas,
    removing: target.removing ?? before.removingReplicas,
    adding: target.adding ?? before.addingReplicas,
    elr: before.elr,
  }
  completeReassignment(plan)
  if (rules.elrEnabled) plan.elr = eligibleAfter(before, plan, target.uncleanShutdown ?? [], rules.minIsr)
  const change: Change = { topicId, partitionId: before.partition }
  elect(change, before, plan, rules)
  bumpLeaderEpochForLostReplicas(change, before, plan)
  const uncleanElection = change.isr !== undefined
  const elr = uncleanElection || !rules.elrEnabled ? [] : plan.elr
  if (!same(elr, before.elr)) change.eligibleLeaderReplicas = elr
  if (!uncleanElection && (plan.isr.length > 0 || rules.elrEnabled) && !same(plan.isr, before.isr))
    change.isr = plan.isr
  if (rules.epochBumpOnShrink) bumpLeaderEpochForSmallerIsr(change, before)
  if (rules.elrEnabled) rememberLastLeader(change, before)
  assignReplicas(change, before, plan, target, rules)
  const recovery = target.leaderRecoveryState ?? before.leaderRecoveryState
  if (recovery !== before.leaderRecoveryState) change.leaderRecoveryState = recovery
  if (Object.keys(change).length === 2) return undefined
  return metadataRecord('PartitionChangeRecord', change, rules.recordVersion)
}

/**
 * A reassignment is done when the new replicas are in sync; where it leaves fewer replicas than there were, when all that
 * stay are.
 */
function completeReassignment(plan: Plan): void {
  const { removing, adding } = plan
  if (removing.length === 0 && adding.length === 0) return
  const stays = (replica: number) => !removing.includes(replica)
  const isr = plan.isr.filter(stays)
  const replicas = plan.replicas.filter(stays)
  if (removing.length > 0 && (isr.length === 0 || replicas.length === 0)) return
  const needed = adding.length < removing.length ? [...adding, ...replicas] : adding
  if (!needed.every((replica) => isr.includes(replica))) return
  plan.isr = isr
  plan.replicas = replicas
  plan.removing = []
  plan.adding = []
}

/**
 * While the ISR is below min.insync.replicas, those that leave it stay eligible unless they may have lost records. (Kafka
 * also keeps those that are no replicas any more. One that is made a replica again begins empty: it must not lead.)
 */
function eligibleAfter(before: PartitionImage, plan: Plan, unclean: readonly number[], minIsr: number): number[] {
  if (plan.isr.length >= minIsr) return []
  const out = (replica: number) => !plan.isr.includes(replica) && !unclean.includes(replica)
  return [...new Set([...before.elr, ...before.isr])]
    .filter((replica) => out(replica) && plan.replicas.includes(replica))
    .sort(ascending)
}

function ascending(a: number, b: number): number {
  return a - b
}

function elect(change: Change, before: PartitionImage, plan: Plan, rules: PartitionRules): void {
  const { leader, unclean } = winner(before, plan, rules)
  if (leader === before.leader) return
  change.leader = leader
  if (plan.elr.includes(leader)) {
    plan.isr = [leader]
    plan.elr = plan.elr.filter((replica) => replica !== leader)
  }
  if (!unclean) return
  // Records may be lost: the ISR is the new leader alone, which brokers learn from the recovery state.
  change.isr = [leader]
  if (before.leaderRecoveryState !== RECOVERING) change.leaderRecoveryState = RECOVERING
}

function winner(before: PartitionImage, plan: Plan, rules: PartitionRules): { leader: number; unclean: boolean } {
  const { isr, elr } = plan
  const mayLead = (replica: number) => rules.mayLead(replica, before)
  const valid = (replica: number) =>
    (isr.includes(replica) || (isr.length === 0 && elr.includes(replica))) && mayLead(replica)
  const preferred = plan.replicas[0] ?? NO_LEADER
  if (rules.election === 'preferred' && valid(preferred)) return { leader: preferred, unclean: false }
  if (valid(before.leader)) return { leader: before.leader, unclean: false }
  const online = plan.replicas.find(valid)
  if (online !== undefined) return { leader: online, unclean: false }
  const lastKnown = before.lastKnownElr[0]
  const nobodyLeft = isr.length === 0 && elr.length === 0
  if (rules.elrEnabled && nobodyLeft && lastKnown !== undefined && before.lastKnownElr.length === 1) {
    // Its log is the longest there is, however it stopped.
    if (mayLead(lastKnown)) return { leader: lastKnown, unclean: true }
  }
  if (rules.election === 'unclean') {
    const any = plan.replicas.find(mayLead)
    if (any !== undefined) return { leader: any, unclean: true }
  }
  return { leader: NO_LEADER, unclean: false }
}

/** Followers of a replica that was taken away must learn it through a new leader epoch. */
function bumpLeaderEpochForLostReplicas(change: Change, before: PartitionImage, plan: Plan): void {
  if (change.leader !== undefined) return
  if (!before.replicas.every((replica) => plan.replicas.includes(replica))) change.leader = before.leader
}

function bumpLeaderEpochForSmallerIsr(change: Change, before: PartitionImage): void {
  const { isr } = change
  if (change.leader !== undefined || isr === undefined || isr === null) return
  if (!before.isr.every((replica) => isr.includes(replica))) change.leader = before.leader
}

/** lastKnownElr holds the last leader of a partition that has none. */
function rememberLastLeader(change: Change, before: PartitionImage): void {
  const { leader } = change
  if (leader === undefined) return
  if (leader === NO_LEADER && before.lastKnownElr.length === 0) change.lastKnownElr = [before.leader]
  else if (leader >= 0 && before.lastKnownElr.length > 0) change.lastKnownElr = []
}

function assignReplicas(
  change: Change,
  before: PartitionImage,
  plan: Plan,
  target: PartitionTarget,
  rules: PartitionRules,
): void {
  if (rules.recordVersion >= 1) {
    const directories = plan.replicas.map(
      (replica) =>
        target.directories?.get(replica) ??
        before.directories[before.replicas.indexOf(replica)] ??
        rules.defaultDirectory(replica),
    )
    if (!same(directories, before.directories)) change.directories = directories
  }
  if (!same(plan.replicas, before.replicas)) change.replicas = plan.replicas
  if (!same(plan.removing, before.removingReplicas)) change.removingReplicas = plan.removing
  if (!same(plan.adding, before.addingReplicas)) change.addingReplicas = plan.adding
}

function same<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i])
}
