import type { Page, PageQuery, Series, TopicPartition } from './common.ts'

export type GroupKind = 'classic' | 'consumer' | 'share' | 'streams'

export interface GroupsQuery extends PageQuery {
  readonly sort?: 'group' | 'kind' | 'state' | 'members' | 'lag'
  readonly kind?: GroupKind
  readonly state?: string
}

export interface GroupRow {
  readonly group: string
  readonly kind: GroupKind
  readonly state: string
  readonly protocolType: string
  readonly coordinator: number
  /** Only of the groups of a page, or when sorted by them; undefined: not known. */
  readonly members?: number
  readonly topics?: number
  readonly lag?: number
}

export type GroupsAnswer = Page<GroupRow>

export interface Group {
  readonly group: string
  readonly kind: GroupKind
  readonly state: string
  readonly coordinator: number
  readonly protocolType: string
  /** The assignor, or the protocol that was agreed on. */
  readonly assignor: string
  /** Of consumer, share and streams groups. */
  readonly groupEpoch?: number
  readonly assignmentEpoch?: number
  readonly members: readonly GroupMember[]
  readonly partitions: readonly GroupPartition[]
  readonly lag?: number
  /** Of streams groups. */
  readonly streams?: {
    readonly topologyEpoch: number
    readonly subtopologies: readonly {
      readonly id: string
      readonly sourceTopics: readonly string[]
      readonly repartitionSinkTopics: readonly string[]
      readonly stateChangelogTopics: readonly string[]
      readonly repartitionSourceTopics: readonly string[]
    }[]
  }
  readonly warnings: readonly string[]
}

export interface GroupMember {
  readonly memberId: string
  readonly instanceId: string | null
  readonly clientId: string
  readonly host: string
  readonly rack?: string
  readonly memberEpoch?: number
  readonly subscription: readonly string[]
  readonly subscriptionPattern?: string
  readonly assignment: readonly TopicPartition[]
  /** What it is to have, where that is other than what it has. */
  readonly target?: readonly TopicPartition[]
  /** Of streams groups: `<subtopology>_<partition>`. */
  readonly tasks?: {
    readonly active: readonly string[]
    readonly standby: readonly string[]
    readonly warmup: readonly string[]
  }
  readonly processId?: string
}

export interface GroupPartition {
  readonly topic: string
  readonly partition: number
  /** Committed; of a share group the offset where its sharing starts. Undefined: none. */
  readonly offset?: number
  readonly leaderEpoch?: number
  readonly metadata?: string
  readonly startOffset?: number
  readonly endOffset?: number
  readonly lag?: number
  /** Whose it is now. */
  readonly memberId?: string
}

/** Measured as long as a console was open, for an hour at most. */
export interface GroupLagSeries {
  readonly total: Series
  readonly topics: readonly { readonly topic: string; readonly lag: Series }[]
}

export interface ResetOffsetsBody {
  readonly group: string
  /** Not given: all topics that the group has offsets for. */
  readonly topics?: readonly { readonly topic: string; readonly partitions?: readonly number[] }[]
  readonly to:
    | 'earliest'
    | 'latest'
    | { readonly timestamp: number }
    | { readonly offset: number }
    | { readonly shift: number }
    | { readonly offsets: readonly { readonly topic: string; readonly partition: number; readonly offset: number }[] }
  /** Only say what would be done. */
  readonly preview: boolean
}

export interface ResetOffsetsAnswer {
  readonly applied: boolean
  /** Why it could not be applied now: the group has members, or is of a kind whose offsets move otherwise. */
  readonly obstacle?: string
  readonly partitions: readonly {
    readonly topic: string
    readonly partition: number
    readonly current?: number
    readonly next: number
    /** Records that will be read again (more than 0) or skipped (less). */
    readonly change?: number
    readonly startOffset: number
    readonly endOffset: number
    readonly error?: { readonly code: string; readonly message: string }
  }[]
}

export interface DeleteGroupsBody {
  readonly groups: readonly string[]
}

/** The group forgets the offsets of a topic that nobody in it reads. */
export interface DeleteOffsetsBody {
  readonly group: string
  readonly topic: string
  /** Not given: all. */
  readonly partitions?: readonly number[]
}

export interface RemoveMembersBody {
  readonly group: string
  /** Not given: all. By instance id where a member has one. */
  readonly members?: readonly { readonly memberId?: string; readonly instanceId?: string }[]
  readonly reason?: string
}
