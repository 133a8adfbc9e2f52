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
    createTopics: (command, env) => createTopics(command, env, schema, defaults),
    deleteTopics: ({ topics, count }, { image }) => deleteTopics(topics, image, count),
    createPartitions: (command, env) => createPartitions(command, env),
  }
}
