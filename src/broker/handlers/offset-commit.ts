import { type ErrorName, KafkaError } from '../../base/errors.ts'
import { ZERO_UUID } from '../../base/ids.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  OffsetCommitRequest,
  type OffsetCommitRequestData,
  OffsetCommitResponse,
} from '../../protocol/messages/offset-commit.ts'
import type { Access } from '../access.ts'
import { deniedOf, readableTopics } from '../authorization.ts'
import { type NamedTopic, partitionsThere, resolveTopic, type TopicLookup, TopicOutcomes } from '../committed-topics.ts'
import type { GroupCoordinator, NewCommit } from '../groups.ts'
import { type Handler, handler } from '../handler.ts'

/** From here on topics have ids instead of names. */
const TOPIC_IDS_SINCE = 10

export interface OffsetCommitDeps {
  readonly groups: Pick<GroupCoordinator, 'commitOffsets'>
  readonly image: () => TopicLookup
  readonly access: Access
}

export function offsetCommitHandler({ groups, image, access }: OffsetCommitDeps): Handler {
  return handler(
    ApiKey.OffsetCommit,
    OffsetCommitRequest,
    OffsetCommitResponse,
    async (request, context) => {
      const { apiVersion } = context
      const byId = apiVersion >= TOPIC_IDS_SINCE
      const outcomes = new TopicOutcomes()
      const nameOf = (asked: NamedTopic) => (byId ? resolveTopic(image(), asked, byId)?.name : asked.name)
      const denied = deniedOf(
        readableTopics(access, context),
        request.topics.flatMap((one) => nameOf(one) ?? []),
      )
      const topics = existing(request, image(), byId, outcomes, (one) => denied.has(nameOf(one) ?? ''))
      if (topics.length === 0) return { topics: outcomes.all }
      const asked = (topic: { name: string; topicId: NewCommit['topics'][0]['topicId'] }) =>
        byId ? { ...topic, name: '' } : { ...topic, topicId: ZERO_UUID }
      try {
        const results = await groups.commitOffsets({ ...request, apiVersion, topics })
        outcomes.add(results.topics.map((topic) => ({ ...asked(topic), partitions: topic.partitions })))
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error
        for (const topic of topics) outcomes.fail(asked(topic), topic.partitions, error.error)
      }
      return { topics: outcomes.all }
    },
    (request, errorCode) => ({
      topics: request.topics.map((topic) => ({
        ...topic,
        partitions: topic.partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
      })),
    }),
  )
}

/** Those of the request's partitions that there are, with their topics' names and ids; the others fail. */
function existing(
  { topics }: OffsetCommitRequestData,
  image: TopicLookup,
  byId: boolean,
  outcomes: TopicOutcomes,
  isDenied: (topic: NamedTopic) => boolean,
): NewCommit['topics'][number][] {
  const unknownTopic: ErrorName = byId ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION'
  return topics.flatMap((asked) => {
    if (isDenied(asked)) {
      outcomes.fail(asked, asked.partitions, 'TOPIC_AUTHORIZATION_FAILED')
      return []
    }
    const topic = resolveTopic(image, asked, byId)
    const partitions = partitionsThere(asked, topic, outcomes, unknownTopic)
    return topic === undefined || partitions.length === 0 ? [] : [{ name: topic.name, topicId: topic.id, partitions }]
  })
}
