import { setTimeout as delay } from 'node:timers/promises'
import type { Target } from '../../test/support/broker.ts'
import type { Measures } from '../table.ts'
import { Client, mebibytes, type Reply, seconds, spent, start } from './client.ts'

const AT_ONCE = 500
const ASKED = 5

async function all(client: Client): Promise<Reply[]> {
  const body = { topics: null, allowAutoTopicCreation: false }
  const { topics } = await client.call('Metadata', 12, body)
  return topics.filter(
    (topic: Reply) => topic.errorCode === 0 && topic.partitions.every((p: Reply) => p.errorCode === 0),
  )
}

async function allThere(client: Client, count: number): Promise<void> {
  while ((await all(client)).length < count) await delay(100)
}

/** Every topic with its partitions, page by page, as `kafka-topics --describe` does. */
async function describeAll(client: Client): Promise<number> {
  let [count, cursor]: [number, Reply] = [0, null]
  do {
    const page: Reply = await client.call('DescribeTopicPartitions', 0, {
      topics: [],
      responsePartitionLimit: 2_000,
      cursor,
    })
    count += page.topics.length
    cursor = page.nextCursor
  } while (cursor !== null)
  return count
}

/** It may take minutes. */
async function answering(port: number): Promise<Client> {
  for (;;) {
    try {
      const client = await Client.to(port)
      await client.call('Metadata', 12, { topics: [], allowAutoTopicCreation: false })
      return client
    } catch {
      await delay(50)
    }
  }
}

/** One partition each. */
export async function manyTopics(target: Target, count: number): Promise<Measures> {
  await using broker = await start(target, {})
  const before = mebibytes(broker)
  let client = await Client.to(broker.port)
  const created = await spent(broker, async () => {
    for (let made = 0; made < count; made += AT_ONCE) {
      const topics = Array.from({ length: Math.min(AT_ONCE, count - made) }, (_, i) => {
        const name = `topic-${String(made + i).padStart(5, '0')}`
        return { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }
      })
      const answer = await client.call('CreateTopics', 7, { topics, timeoutMs: 120_000, validateOnly: false })
      const bad = answer.topics.find((topic: Reply) => topic.errorCode !== 0)
      if (bad) throw new Error(`${bad.name}: ${bad.errorCode}`)
    }
    await allThere(client, count)
  })
  const listed = await spent(broker, async () => {
    for (let i = 0; i < ASKED; i += 1) await all(client)
  })
  const described = await spent(broker, async () => {
    for (let i = 0; i < ASKED; i += 1) if ((await describeAll(client)) < count) throw new Error('topics are missing')
  })
  client.close()
  const stopping = performance.now()
  await broker.stop()
  const stopped = seconds(stopping)
  const starting = performance.now()
  broker.spawn()
  client = await answering(broker.port)
  await allThere(client, count)
  const restarted = seconds(starting)
  const after = mebibytes(broker)
  client.close()
  const label = `${count} topics`
  return {
    [`${label}: created, s`]: created.seconds,
    [`${label}: broker CPU of creating, s`]: created.cpuSeconds,
    [`${label}: listed, s`]: listed.seconds / ASKED,
    [`${label}: described, s`]: described.seconds / ASKED,
    [`${label}: memory before, MiB`]: before,
    [`${label}: memory, MiB`]: Math.max(created.mebibytes, listed.mebibytes, described.mebibytes),
    [`${label}: stopped, s`]: stopped,
    [`${label}: started again with them, s`]: restarted,
    [`${label}: memory after that, MiB`]: after,
  }
}
