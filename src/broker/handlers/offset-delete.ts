import { ErrorCode, KafkaError } from '../../base/errors.ts'
import { ZERO_UUID } from '../../base/ids.ts'
import { ApiKey } from '../../protocol/apis.ts'
import { OffsetDeleteRequest, OffsetDeleteResponse } from '../../protocol/messages/offset-delete.ts'
import type { Access } from '../access.ts'
import { readableTopics, split } from '../authorization.ts'
import { partitionsThere, type TopicLookup, TopicOutcomes } from '../committed-topics.ts'
import type { GroupCoordinator } from '../groups.ts'
import { type Handler, handler } from '../handler.ts'

export interface OffsetDeleteDeps {
  readonly groups: Pick<GroupCoordinator, 'deleteOffsets'>
  readonly image: () => TopicLookup
  readonly access: Access
}

export function offsetDeleteHandler({ groups, image, access }: OffsetDeleteDeps): Handler {
  return handler(
    ApiKey.OffsetDelete,
    OffsetDeleteRequest,
    OffsetDeleteResponse,
    async ({ groupId, topics }, context) => {
      const outcomes = new TopicOutcomes()
      const { allowed, refused } = split(readableTopics(access, context), topics, (topic) => topic.name)
      for (const { name, partitions } of refused) {
        outcomes.fail({ name, topicId: ZERO_UUID }, partitions, 'TOPIC_AUTHORIZATION_FAILED')
      }
      const existing = allowed.flatMap(({ name, partitions }) => {
        const there = partitionsThere({ name, topicId: ZERO_UUID, partitions }, image().topic(name), outcomes)
        const indexes = there.map(({ partitionIndex }) => partitionIndex)
        return indexes.length === 0 ? [] : [{ name, partitions: indexes }]
      })
      try {
        const results = await groups.deleteOffsets({ groupId, topics: existing })
        outcomes.add(results.topics)
        return { errorCode: ErrorCode.NONE, throttleTimeMs: 0, topics: outcomes.all }
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error
        return { errorCode: error.code, throttleTimeMs: 0, topics: [] }
      }
    },
  )
}
