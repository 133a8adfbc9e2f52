/** What a member may be told beside its tasks (KIP-1071). */
export const StatusCode = {
  STALE_TOPOLOGY: 0,
  MISSING_SOURCE_TOPICS: 1,
  INCORRECTLY_PARTITIONED_TOPICS: 2,
  MISSING_INTERNAL_TOPICS: 3,
  SHUTDOWN_APPLICATION: 4,
  ASSIGNMENT_DELAYED: 5,
} as const

export interface Status {
  readonly statusCode: number
  readonly statusDetail: string
}

export type TopicProblemKind = 'MISSING_SOURCE_TOPICS' | 'INCORRECTLY_PARTITIONED_TOPICS' | 'MISSING_INTERNAL_TOPICS'

/** Why the topics that there are do not allow to run a topology: no error of a request, it may be mended. */
export class TopicProblem extends Error {
  override readonly name = 'TopicProblem'
  readonly kind: TopicProblemKind

  constructor(kind: TopicProblemKind, message: string) {
    super(message)
    this.kind = kind
  }

  get status(): Status {
    return { statusCode: StatusCode[this.kind], statusDetail: this.message }
  }
}
