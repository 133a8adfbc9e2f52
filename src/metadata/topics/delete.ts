import { type ErrorName, KafkaError } from '../../base/errors.ts'
import { type TopicId, ZERO_UUID } from '../../base/ids.ts'
import type { MetadataImage } from '../image.ts'
import type { Outcome } from '../manager.ts'
import { type MetadataRecord, metadataRecord } from '../records.ts'
import type { CountMutations, TopicDeletion, TopicToDelete } from './commands.ts'
import { checkRecordCount } from './limits.ts'

/** Who is named twice, or by name and by id, is not deleted: the request does not say what it means. */
export function deleteTopics(
  topics: readonly TopicToDelete[],
  image: MetadataImage,
  count: CountMutations = () => {},
): Outcome<readonly TopicDeletion[]> {
  const { names, ids, reply } = sortOut(topics)
  const doomed = new Map<TopicId, string>()
  const ambiguous = new Set<TopicId>()
  for (const [id, times] of ids) {
    const topic = image.topicById(id)
    if (times > 1) {
      ambiguous.add(id)
      reply.push(refusal(null, id, 'INVALID_REQUEST', 'Duplicate topic id.'))
    } else if (topic === undefined) {
      reply.push(refusal(null, id, 'UNKNOWN_TOPIC_ID', 'This server does not host this topic ID.'))
    } else doomed.set(id, topic.name)
  }
  for (const [name, times] of names) {
    const topic = image.topic(name)
    if (times > 1) reply.push(refusal(name, ZERO_UUID, 'INVALID_REQUEST', 'Duplicate topic name.'))
    else if (topic === undefined) {
      const message = 'This server does not host this topic-partition.'
      reply.push(refusal(name, ZERO_UUID, 'UNKNOWN_TOPIC_OR_PARTITION', message))
    } else if (ambiguous.has(topic.id) || doomed.has(topic.id)) {
      ambiguous.add(topic.id)
      doomed.delete(topic.id)
      const message = 'The provided topic name maps to an ID that was already supplied.'
      reply.push(refusal(name, topic.id, 'INVALID_REQUEST', message))
    } else doomed.set(topic.id, name)
  }
  const records: MetadataRecord[] = []
  for (const [topicId, name] of doomed) {
    const refused = refusedBy(() => count(image.topicById(topicId)?.partitions.length ?? 0))
    if (refused !== undefined) {
      reply.push(refusal(name, topicId, refused.error, refused.detail))
      continue
    }
    records.push(metadataRecord('RemoveTopicRecord', { topicId }))
    reply.push({ name, topicId, error: 'NONE', message: null })
  }
  checkRecordCount(records)
  return { records, reply }
}

function refusedBy(work: () => void): KafkaError | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    if (error instanceof KafkaError) return error
    throw error
  }
}

interface Named {
  /** How often each was named. */
  readonly names: Map<string, number>
  readonly ids: Map<TopicId, number>
  readonly reply: TopicDeletion[]
}

function sortOut(topics: readonly TopicToDelete[]): Named {
  const named: Named = { names: new Map(), ids: new Map(), reply: [] }
  for (const { name, topicId } of topics) {
    const hasId = topicId !== ZERO_UUID
    if (name !== null && hasId) {
      const message = 'You may not specify both topic name and topic id.'
      named.reply.push(refusal(name, topicId, 'INVALID_REQUEST', message))
    } else if (name !== null) named.names.set(name, (named.names.get(name) ?? 0) + 1)
    else if (hasId) named.ids.set(topicId, (named.ids.get(topicId) ?? 0) + 1)
    else named.reply.push(refusal(null, ZERO_UUID, 'INVALID_REQUEST', 'Neither topic name nor id were specified.'))
  }
  return named
}

function refusal(name: string | null, topicId: TopicId, error: ErrorName, message: string | null): TopicDeletion {
  return { name, topicId, error, message }
}
