import type { MetadataImage, TopicImage } from '../../metadata/image.ts'
import type { GroupTopic, TopicSource } from './topics.ts'

/** The topics of the metadata image, which is asked for anew each time. */
export function imageTopics(image: () => MetadataImage): TopicSource {
  const seen = (topic: TopicImage | undefined): GroupTopic | undefined =>
    topic && {
      id: topic.id,
      name: topic.name,
      partitions: topic.partitions.length,
      racks: (partition) =>
        (topic.partitions[partition]?.replicas ?? []).flatMap((id) => image().broker(id)?.rack ?? []),
    }
  return {
    get version() {
      return image().offset
    },
    named: (name) => seen(image().topic(name)),
    withId: (id) => seen(image().topicById(id)),
    names: () => image().topicsByName.keys(),
  }
}
