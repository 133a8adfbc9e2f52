import { KafkaError } from '../base/errors.ts'
import type { Uuid } from '../base/ids.ts'
import type { TopicSource } from './consumer/topics.ts'
import type { TopicPartitions } from './partition-sets.ts'

/** A group whose members have epochs, as it is described. */
export interface DescribedEpochGroup<Member> {
  readonly groupId: string
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly groupState: string
  readonly groupEpoch: number
  readonly assignmentEpoch: number
  readonly assignorName: string
  readonly members: readonly Member[]
}

export interface DescribedAssignment {
  readonly topicPartitions: readonly {
    readonly topicId: Uuid
    readonly topicName: string
    readonly partitions: number[]
  }[]
}

/** Topics that are gone have no name that could be shown. */
export function named(topics: TopicSource, assignment: TopicPartitions): DescribedAssignment {
  return {
    topicPartitions: assignment.flatMap(({ topicId, partitions }) => {
      const topicName = topics.withId(topicId)?.name
      return topicName === undefined ? [] : [{ topicId, topicName, partitions: [...partitions] }]
    }),
  }
}

/** Each group as it is described; where one can't be, its own error stands in its place. */
export function describeEach<D>(
  groupIds: readonly string[],
  describe: (groupId: string) => D,
  failed: (groupId: string, errorCode: number, errorMessage: string | null) => D,
): D[] {
  return groupIds.map((groupId) => {
    try {
      return describe(groupId)
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      return failed(groupId, error.code, error.detail)
    }
  })
}
