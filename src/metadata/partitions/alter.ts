import type { ErrorName } from '../../base/errors.ts'
import { brokerInEpoch } from '../cluster/epochs.ts'
import type { MetadataImage, PartitionImage, TopicImage } from '../image.ts'
import type { Outcome } from '../manager.ts'
import type { AlterPartition, IsrMember, IsrProposal, IsrResult, PartitionCommands } from './commands.ts'
import { PartitionDraft } from './draft.ts'
import type { LeaderDefaults } from './rules.ts'

const RECOVERED = 0
const RECOVERING = 1

/** Leaders say who is in sync (KIP-497); a reassignment ends where the new replicas are. */
export function alterPartition(
  { brokerId, brokerEpoch, topics }: AlterPartition,
  image: MetadataImage,
  defaults: LeaderDefaults,
): Outcome<PartitionCommands['alterPartition']['reply']> {
  brokerInEpoch(image, brokerId, brokerEpoch)
  const draft = new PartitionDraft(image, defaults)
  const reply = topics.map(({ topicId, partitions }) => {
    const topic = image.topicById(topicId)
    const results = partitions.map((proposal) => {
      if (topic === undefined) return refused(proposal, 'UNKNOWN_TOPIC_ID')
      return propose(draft, image, brokerId, topic, proposal)
    })
    return { topicId, partitions: results }
  })
  return { records: draft.records, reply }
}

function propose(
  draft: PartitionDraft,
  image: MetadataImage,
  brokerId: number,
  topic: TopicImage,
  proposal: IsrProposal,
): IsrResult {
  const before = draft.partition(topic, proposal.partition)
  if (before === undefined) return refused(proposal, 'UNKNOWN_TOPIC_OR_PARTITION')
  const error = reasonAgainst(proposal, before, brokerId, image)
  if (error !== undefined) return refused(proposal, error)
  const { leaderRecoveryState } = proposal
  const isr = proposal.isr.map((member) => member.brokerId)
  const after = draft.change(topic, before, { isr, leaderRecoveryState }) ?? before
  // A reassignment that ends here may take the leader's own replica away: it learns that, though the change is made.
  if (after.leader !== brokerId) return refused(proposal, 'NEW_LEADER_ELECTED')
  return {
    partition: proposal.partition,
    error: 'NONE',
    leader: after.leader,
    leaderEpoch: after.leaderEpoch,
    isr: after.isr,
    leaderRecoveryState: after.leaderRecoveryState,
    partitionEpoch: after.partitionEpoch,
  }
}

function refused({ partition }: IsrProposal, error: ErrorName): IsrResult {
  return { partition, error, leader: 0, leaderEpoch: 0, isr: [], leaderRecoveryState: 0, partitionEpoch: 0 }
}

function reasonAgainst(
  proposal: IsrProposal,
  before: PartitionImage,
  brokerId: number,
  image: MetadataImage,
): ErrorName | undefined {
  // Who knows more than this controller was told it by a newer one.
  if (proposal.leaderEpoch > before.leaderEpoch) return 'NOT_CONTROLLER'
  if (proposal.partitionEpoch > before.partitionEpoch) return 'NOT_CONTROLLER'
  if (proposal.leaderEpoch < before.leaderEpoch) return 'FENCED_LEADER_EPOCH'
  if (brokerId !== before.leader) return 'INVALID_REQUEST'
  if (proposal.partitionEpoch < before.partitionEpoch) return 'INVALID_UPDATE_VERSION'
  if (!isPossibleIsr(proposal, before)) return 'INVALID_REQUEST'
  return proposal.isr.every((member) => isEligible(member, image)) ? undefined : 'INELIGIBLE_REPLICA'
}

function isPossibleIsr({ isr, leaderRecoveryState }: IsrProposal, before: PartitionImage): boolean {
  const members = new Set(isr.map(({ brokerId }) => brokerId))
  if (members.size !== isr.length || !members.has(before.leader)) return false
  if (![...members].every((member) => before.replicas.includes(member))) return false
  if (leaderRecoveryState === RECOVERED) return true
  return leaderRecoveryState === RECOVERING && isr.length === 1 && before.leaderRecoveryState === RECOVERING
}

/** Alive, staying, and the process that the leader saw in sync: another one may have come back with less. */
function isEligible({ brokerId, brokerEpoch }: IsrMember, image: MetadataImage): boolean {
  return image.isActive(brokerId) && (brokerEpoch === -1 || image.broker(brokerId)?.epoch === brokerEpoch)
}
