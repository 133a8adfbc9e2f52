import type { DirectoryId, TopicId } from '../base/ids.ts'
import { elrEnabled, metadataVersionOf, partitionRecordVersion } from './features.ts'
import { ConfigResource, type MetadataImage, NO_LEADER, type PartitionImage, type TopicImage } from './image.ts'
import { type MetadataRecordInput, type MetadataRecordOf, metadataRecord } from './records.ts'

const NO_LEADER_CHANGE = -2
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
  /** Active brokers, with a directory of the partition that is online. */
  readonly mayLead: (broker: number) => boolean
  readonly minIsr: number
  readonly elrEnabled: boolean
  readonly recordVersion: number
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
  if (rules.elrEnabled) rememberLastLeader(change, before)
  assignReplicas(change, before, plan, target, rules)
  const recovery = target.leaderRecoveryState ?? before.leaderRecoveryState
  if (recovery !== before.leaderRecoveryState) change.leaderRecoveryState = recovery
  if (Object.keys(change).length === 2) return undefined
  return metadataRecord('PartitionChangeRecord', change, rules.recordVersion)
}

/** A reassignment is done when every replica that is to stay is in sync. */
function completeReassignment(plan: Plan): void {
  if (plan.removing.length === 0 && plan.adding.length === 0) return
  const stays = (replica: number) => !plan.removing.includes(replica)
  const isr = plan.isr.filter(stays)
  const replicas = plan.replicas.filter(stays)
  if (plan.removing.length > 0 && (isr.length === 0 || replicas.length === 0)) return
  if (!replicas.every((replica) => isr.includes(replica))) return
  plan.isr = isr
  plan.replicas = replicas
  plan.removing = []
  plan.adding = []
}

/** While the ISR is below min.insync.replicas, those that leave it stay eligible unless they may have lost records. */
function eligibleAfter(before: PartitionImage, plan: Plan, unclean: readonly number[], minIsr: number): number[] {
  if (plan.isr.length >= minIsr) return []
  const candidates = new Set([...before.elr, ...before.isr])
  return [...candidates].filter((replica) => !plan.isr.includes(replica) && !unclean.includes(replica)).sort(ascending)
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
  const valid = (replica: number) =>
    (isr.includes(replica) || (isr.length === 0 && elr.includes(replica))) && rules.mayLead(replica)
  const preferred = plan.replicas[0] ?? NO_LEADER
  if (rules.election === 'preferred' && valid(preferred)) return { leader: preferred, unclean: false }
  if (valid(before.leader)) return { leader: before.leader, unclean: false }
  const online = plan.replicas.find(valid)
  if (online !== undefined) return { leader: online, unclean: false }
  const lastKnown = before.lastKnownElr[0]
  const nobodyLeft = isr.length === 0 && elr.length === 0
  if (rules.elrEnabled && nobodyLeft && lastKnown !== undefined && before.lastKnownElr.length === 1) {
    // Its log is the longest there is, however it stopped.
    if (rules.mayLead(lastKnown)) return { leader: lastKnown, unclean: true }
  }
  if (rules.election === 'unclean') {
    const any = plan.replicas.find(rules.mayLead)
    if (any !== undefined) return { leader: any, unclean: true }
  }
  return { leader: NO_LEADER, unclean: false }
}

/** Followers of a replica that was taken away must learn it through a new leader epoch. */
function bumpLeaderEpochForLostReplicas(change: Change, before: PartitionImage, plan: Plan): void {
  if (change.leader !== undefined) return
  if (!before.replicas.every((replica) => plan.replicas.includes(replica))) change.leader = before.leader
}

/** lastKnownElr holds the last leader of a partition that has none. */
function rememberLastLeader(change: Change, before: PartitionImage): void {
  const [lastKnown] = before.lastKnownElr
  const leader = change.leader ?? NO_LEADER_CHANGE
  if (change.isr?.length === 0 && (before.lastKnownElr.length !== 1 || lastKnown !== before.leader)) {
    change.lastKnownElr = [before.leader]
  } else if (before.lastKnownElr.length > 0 && (leader >= 0 || (before.leader !== NO_LEADER && leader !== NO_LEADER))) {
    change.lastKnownElr = []
  }
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

/** The broker settings that decide about leaders where no dynamic config says otherwise. */
export interface LeaderDefaults {
  /** min.insync.replicas */
  readonly minInsyncReplicas: number
  /** unclean.leader.election.enable */
  readonly uncleanLeaderElection: boolean
}

/** A topic's config over the cluster's dynamic default; undefined: neither is set. */
function effectiveConfig(image: MetadataImage, topic: string, name: string): string | undefined {
  return image.configs(ConfigResource.TOPIC, topic).get(name) ?? image.configs(ConfigResource.BROKER, '').get(name)
}

export interface BrokersMoving {
  /** Leaves every ISR and leads nothing. */
  readonly remove?: number
  /** May lead although it is still fenced in the image. */
  readonly add?: number
  /** Leaves every ISR and ELR. */
  readonly unclean?: number
}

/** The changes that partitions undergo when brokers come, go or lose records. */
export function* leaderAndIsrChanges(
  image: MetadataImage,
  moving: BrokersMoving,
  defaults: LeaderDefaults,
  affected: (partition: PartitionImage) => boolean,
): IterableIterator<MetadataRecordOf<'PartitionChangeRecord'>> {
  const mayLead = (broker: number) =>
    broker !== moving.remove && broker !== moving.unclean && (broker === moving.add || image.isActive(broker))
  for (const topic of image.topics.values()) {
    let rules: PartitionRules | undefined
    for (const partition of topic.partitions) {
      if (!affected(partition)) continue
      rules ??= rulesFor(image, topic, mayLead, defaults)
      const isr = partition.isr.filter((replica) => replica !== moving.remove && replica !== moving.unclean)
      const target: PartitionTarget = { isr, uncleanShutdown: moving.unclean === undefined ? [] : [moving.unclean] }
      const record = partitionChange(topic.id, partition, target, withOnlineDirectories(image, partition, rules))
      if (record) yield record
    }
  }
}

export function rulesFor(
  image: MetadataImage,
  topic: TopicImage,
  mayLead: (broker: number) => boolean,
  defaults: LeaderDefaults,
): PartitionRules {
  const unclean = effectiveConfig(image, topic.name, 'unclean.leader.election.enable')
  const minIsr = Number(effectiveConfig(image, topic.name, 'min.insync.replicas') ?? defaults.minInsyncReplicas)
  return {
    election: (unclean === undefined ? defaults.uncleanLeaderElection : unclean === 'true') ? 'unclean' : 'online',
    mayLead,
    minIsr: Math.min(minIsr, topic.partitions[0]?.replicas.length ?? minIsr),
    elrEnabled: elrEnabled(image),
    recordVersion: partitionRecordVersion(metadataVersionOf(image)),
    defaultDirectory: (broker) => image.broker(broker)?.directories[0] ?? UNASSIGNED,
  }
}

const UNASSIGNED = 'AAAAAAAAAAAAAAAAAAAAAA' as DirectoryId
const LOST = 'AAAAAAAAAAAAAAAAAAAAAQ' as DirectoryId
const MIGRATING = 'AAAAAAAAAAAAAAAAAAAAAg' as DirectoryId

/** A replica whose directory its broker does not have online can't lead. */
function withOnlineDirectories(image: MetadataImage, partition: PartitionImage, rules: PartitionRules): PartitionRules {
  const mayLead = (replica: number) => {
    if (!rules.mayLead(replica)) return false
    const directory = partition.directories[partition.replicas.indexOf(replica)]
    const broker = image.broker(replica)
    if (directory === undefined || broker === undefined || directory === LOST) return false
    if (directory === UNASSIGNED || directory === MIGRATING || broker.directories.length === 0) return true
    return broker.directories.includes(directory)
  }
  return { ...rules, mayLead }
}
