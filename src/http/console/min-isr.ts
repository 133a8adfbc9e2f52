import { KafkaError } from '../../base/errors.ts'
import { describeConfigsOf } from '../../client/admin/configs.ts'
import type { KafkaClient } from '../../client/client.ts'

const NAME = 'min.insync.replicas'
const MOST_TOPICS = 500

/** As far as this user may see it. */
export async function minIsrOf(client: KafkaClient, topics: readonly string[]): Promise<Map<string, number>> {
  try {
    const described = await describeConfigsOf(client, 'topic', topics.slice(0, MOST_TOPICS), [NAME])
    return new Map(
      [...described].flatMap(([topic, configs]) => {
        const value = configs instanceof Error ? undefined : configs[0]?.value
        return value == null ? [] : [[topic, Number(value)] as const]
      }),
    )
  } catch (error) {
    if (error instanceof KafkaError) return new Map()
    throw error
  }
}
