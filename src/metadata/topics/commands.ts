import type { ErrorName } from '../../base/errors.ts'
import type { TopicId } from '../../base/ids.ts'
import type { CreatePartitionsRequestData } from '../../protocol/messages/create-partitions.ts'
import type { CreateTopicsRequestData } from '../../protocol/messages/create-topics.ts'
import type { DeleteTopicsRequestData } from '../../protocol/messages/delete-topics.ts'
import type { EffectiveConfig } from '../configs/schema.ts'

export type NewTopic = CreateTopicsRequestData['topics'][number]
export type NewPartitions = CreatePartitionsRequestData['topics'][number]
export type TopicToDelete = DeleteTopicsRequestData['topics'][number]

export interface TopicFailure {
  readonly name: string
  readonly error: Exclude<ErrorName, 'NONE'>
  readonly message: string | null
}

export interface TopicCreated {
  readonly name: string
  readonly error: 'NONE'
  readonly topicId: TopicId
  readonly numPartitions: number
  readonly replicationFactor: number
  readonly configs: readonly EffectiveConfig[]
}

export interface TopicDeletion {
  readonly name: string | null
  readonly topicId: TopicId
  readonly error: ErrorName
  readonly message: string | null
}

/** Counts partitions against a quota; throws THROTTLING_QUOTA_EXCEEDED. Soft state of whoever asks. */
export type CountMutations = (partitions: number) => void

/** What the controller can be asked about topics. `count` left out: there is no quota. */
export interface TopicCommands {
  createTopics: {
    command: { readonly topics: readonly NewTopic[]; readonly validateOnly: boolean; readonly count?: CountMutations }
    reply: readonly (TopicCreated | TopicFailure)[]
  }
  /** A topic is named by its name or by its id; the unused one is null or zero. */
  deleteTopics: {
    command: { readonly topics: readonly TopicToDelete[]; readonly count?: CountMutations }
    reply: readonly TopicDeletion[]
  }
  createPartitions: {
    command: {
      readonly topics: readonly NewPartitions[]
      readonly validateOnly: boolean
      readonly count?: CountMutations
    }
    reply: readonly { readonly name: string; readonly error: ErrorName; readonly message: string | null }[]
  }
}
