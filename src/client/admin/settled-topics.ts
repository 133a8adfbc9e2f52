import { ErrorCode } from '../../base/errors.ts'
import { ApiKey } from '../../protocol/apis.ts'
import type { KafkaClient } from '../client.ts'
import { METADATA_VERSIONS, metadataOf } from '../metadata.ts'

const PATIENCE_MS = 5_000
const FIRST_PAUSE_MS = 10
const LONGEST_PAUSE_MS = 200

/**
 * Brokers learn what the controller did a little later: whoever goes on at once shall find the topics, with so many partitions and
 * their leaders, at each broker. Who is not there, or takes too long, is not waited for.
 */
export async function settled(client: KafkaClient, partitions: ReadonlyMap<string, number>): Promise<void> {
  if (partitions.size === 0) return
  const deadline = performance.now() + PATIENCE_MS
  const { brokers } = await client.cluster()
  await Promise.allSettled(brokers.map(({ id }) => settledAt(client, id, partitions, deadline)))
}

async function settledAt(
  client: KafkaClient,
  broker: number,
  wanted: ReadonlyMap<string, number>,
  deadline: number,
): Promise<void> {
  const topics = [...wanted.keys()].map((name) => ({ name }))
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    const answer = await client.broker(broker, {
      api: ApiKey.Metadata,
      body: { topics, allowAutoTopicCreation: false },
      ...METADATA_VERSIONS,
      timeoutMs: Math.max(1, deadline - performance.now()),
      isSingleAttempt: true,
    })
    const found = metadataOf(answer).topics
    const isSettled = [...wanted].every(([name, count]) => {
      const topic = found.get(name)
      // Any other error is no matter of time.
      if (topic === undefined || topic instanceof Error) return topic?.code !== ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
      return topic.partitions.length >= count && topic.partitions.every(({ leader }) => leader >= 0)
    })
    if (isSettled || performance.now() + pause > deadline) return
    await new Promise((resolve) => setTimeout(resolve, pause))
  }
}
