import type { ErrorName } from '../../base/errors.ts'
import type { MetadataImage, TopicImage } from '../image.ts'
import { NO_LEADER, type PartitionImage } from '../image-types.ts'
import type { Outcome } from '../manager.ts'
import type { PartitionSet } from '../partition-index.ts'
import type { MetadataRecord } from '../records.ts'
import { checkRecordCount } from '../topics/limits.ts'
import type { ElectionType, ElectLeaders, PartitionResult, TopicResults } from './commands.ts'
import { PartitionDraft } from './draft.ts'
import { type LeaderDefaults, uncleanElectionAllowed } from './rules.ts'

/** More of them wait for the next round, so that other work is not held up. */
const MAX_ELECTIONS_PER_ROUND = 1000

const SENTENCES = {
  ELECTION_NOT_NEEDED: 'Leader election not needed for topic partition.',
  PREFERRED_LEADER_NOT_AVAILABLE: 'The preferred leader was not available.',
  ELIGIBLE_LEADERS_NOT_AVAILABLE: 'Eligible topic partition leaders are not available.',
} as const

/** A user asks for preferred leaders, or for any leader at the price of records. */
export function electLeaders(
  { electionType, topicPartitions }: ElectLeaders,
  image: MetadataImage,
  defaults: LeaderDefaults,
): Outcome<readonly TopicResults[]> {
  const draft = new PartitionDraft(image, defaults)
  const reply =
    topicPartitions === null
      ? [...image.topics.values()].map((topic) => electAll(draft, topic, electionType))
      : topicPartitions.map(({ topic: name, partitions }) => {
          const results = partitions.map((partition) => electNamed(draft, image, name, partition, electionType))
          return { topic: name, partitions: results }
        })
  checkRecordCount(draft.records)
  return { records: draft.records, reply }
}

/** Of everything, nobody wants to hear what was right already. */
function electAll(draft: PartitionDraft, topic: TopicImage, type: ElectionType): TopicResults {
  const results = topic.partitions.map((partition) => elect(draft, topic, partition, type))
  return { topic: topic.name, partitions: results.filter(({ error }) => error !== 'ELECTION_NOT_NEEDED') }
}

function electNamed(
  draft: PartitionDraft,
  image: MetadataImage,
  name: string,
  partition: number,
  type: ElectionType,
): PartitionResult {
  const unknown = (message: string): PartitionResult => ({ partition, error: 'UNKNOWN_TOPIC_OR_PARTITION', message })
  const topic = image.topic(name)
  if (topic === undefined) return unknown(`No such topic as ${name}`)
  const before = draft.partition(topic, partition)
  if (before === undefined) return unknown(`No such partition as ${name}-${partition}`)
  return elect(draft, topic, before, type)
}

function elect(draft: PartitionDraft, topic: TopicImage, before: PartitionImage, type: ElectionType): PartitionResult {
  const result = (error: keyof typeof SENTENCES) => ({
    partition: before.partition,
    error: error satisfies ErrorName,
    message: SENTENCES[error],
  })
  const satisfied = type === 'preferred' ? before.leader === before.replicas[0] : before.leader !== NO_LEADER
  if (satisfied) return result('ELECTION_NOT_NEEDED')
  if (draft.change(topic, before, {}, type)) return { partition: before.partition, error: 'NONE', message: null }
  return result(type === 'preferred' ? 'PREFERRED_LEADER_NOT_AVAILABLE' : 'ELIGIBLE_LEADERS_NOT_AVAILABLE')
}

export interface ElectionRound {
  readonly records: readonly MetadataRecord[]
  /** The round was full: there may be more to elect. */
  readonly isFull: boolean
}

/** auto.leader.rebalance.enable: every partition back to its first replica, where that may lead. */
export function preferredElections(image: MetadataImage, defaults: LeaderDefaults): ElectionRound {
  return round(image, defaults, image.partitionIndex.imbalanced, 'preferred', () => true)
}

/** Partitions whose topics would rather lose records than stay without a leader; a config may have come to say so. */
export function uncleanElections(image: MetadataImage, defaults: LeaderDefaults): ElectionRound {
  const allowed = (topic: TopicImage) => uncleanElectionAllowed(image, topic.name, defaults)
  return round(image, defaults, image.partitionIndex.leaderless, 'unclean', allowed)
}

function round(
  image: MetadataImage,
  defaults: LeaderDefaults,
  partitions: PartitionSet,
  election: ElectionType,
  concerns: (topic: TopicImage) => boolean,
): ElectionRound {
  const draft = new PartitionDraft(image, defaults)
  for (const [topicId, ids] of partitions.topics()) {
    const topic = image.topicById(topicId)
    if (topic === undefined || !concerns(topic)) continue
    for (const id of ids) {
      if (draft.records.length >= MAX_ELECTIONS_PER_ROUND) return { records: draft.records, isFull: true }
      const partition = topic.partitions[id]
      if (partition !== undefined) draft.change(topic, partition, {}, election)
    }
  }
  return { records: draft.records, isFull: draft.records.length >= MAX_ELECTIONS_PER_ROUND }
}
