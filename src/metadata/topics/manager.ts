import type { TopicConfigSchema } from '../configs/schema.ts'
import type { Manager } from '../manager.ts'
import type { TopicCommands } from './commands.ts'
import { createTopics, type TopicDefaults } from './create.ts'
import { deleteTopics } from './delete.ts'
import { createPartitions } from './expand.ts'

export interface TopicManagerOptions {
  readonly schema: TopicConfigSchema
  readonly defaults: TopicDefaults
}

/** Topics and their partitions: made, deleted, grown. */
export function topicManager({ schema, defaults }: TopicManagerOptions): Manager<TopicCommands> {
  return {
    createTopics: ({ topics, validateOnly }, env) => createTopics(topics, validateOnly, env, schema, defaults),
    deleteTopics: ({ topics }, { image }) => deleteTopics(topics, image),
    createPartitions: ({ topics, validateOnly }, env) => createPartitions(topics, validateOnly, env),
  }
}
