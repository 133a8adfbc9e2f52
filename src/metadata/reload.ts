import { configKey, MetadataDelta } from './delta.ts'
import type { MetadataImage } from './image.ts'

/**
 * What may differ between two images of which one was read from a snapshot: everything that either holds. Listeners find
 * what they have to look at in the same places as after single records.
 */
export function reloadDelta(before: MetadataImage, after: MetadataImage): MetadataDelta {
  const delta = new MetadataDelta()
  delta.reloaded = true
  for (const image of [before, after]) {
    for (const id of image.brokers.keys()) delta.brokers.add(id)
    for (const id of image.controllers.keys()) delta.controllers.add(id)
    for (const name of image.features.keys()) delta.features.add(name)
    for (const { resourceType, name } of image.configResources()) {
      delta.configs.set(configKey(resourceType, name), { resourceType, name })
    }
    for (const { name } of image.scramCredentials()) delta.scramUsers.add(name)
    for (const id of image.delegationTokens.keys()) delta.tokens.add(id)
    for (const id of image.acls.keys()) delta.acls.add(id)
  }
  addTopics(delta, before, after)
  delta.clientQuotas = true
  delta.producerIds = true
  return delta
}

function addTopics(delta: MetadataDelta, before: MetadataImage, after: MetadataImage): void {
  for (const { id, name, partitions } of before.topics.values()) {
    if (after.topicById(id) === undefined) delta.deletedTopics.set(id, { id, name, partitions: partitions.length })
  }
  for (const { id, name, partitions } of after.topics.values()) {
    const topic = delta.topic(id, name)
    const known = before.topicById(id)
    topic.created = known === undefined
    for (const [index, partition] of partitions.entries()) {
      // Values never change in place: the same object is the same partition.
      if (known?.partitions[index] !== partition) topic.partitions.add(index)
    }
    if (known !== undefined && topic.partitions.size === 0) delta.topics.delete(id)
  }
}
