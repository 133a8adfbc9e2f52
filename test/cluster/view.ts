import { setTimeout as delay } from 'node:timers/promises'
import { ApiKey } from '../../src/protocol/apis.ts'
import { DescribeQuorumRequest, DescribeQuorumResponse } from '../../src/protocol/messages/describe-quorum.ts'
import { MetadataRequest, MetadataResponse } from '../../src/protocol/messages/metadata.ts'
import { RawClient } from '../support/raw-client.ts'
import { until } from '../support/wait.ts'

export interface PartitionView {
  readonly partition: number
  readonly leader: number
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
}

const METADATA = { key: ApiKey.Metadata, request: MetadataRequest, response: MetadataResponse }
const QUORUM = { key: ApiKey.DescribeQuorum, request: DescribeQuorumRequest, response: DescribeQuorumResponse }

/** What a cluster says of itself, asked at whichever of its ports answers. */
export class ClusterView {
  readonly #ports: () => readonly number[]

  constructor(ports: () => readonly number[]) {
    this.#ports = ports
  }

  async #ask<T>(question: (client: RawClient) => Promise<T | undefined>): Promise<T> {
    return until('any node to answer', async () => {
      for (const port of this.#ports()) {
        const client = await RawClient.connect(port).catch(() => undefined)
        if (client === undefined) continue
        try {
          const late = new AbortController()
          const tooLate = delay(3_000, undefined, { signal: late.signal }).catch(() => undefined)
          const answer = await Promise.race([question(client).catch(() => undefined), tooLate])
          late.abort()
          if (answer !== undefined) return answer
        } finally {
          client.close()
        }
      }
      return undefined
    })
  }

  brokers(): Promise<number[]> {
    return this.#ask(async (client) => {
      const { brokers } = await client.call(METADATA, 9, { topics: [], allowAutoTopicCreation: false })
      return brokers.map(({ nodeId }) => nodeId).sort((a, b) => a - b)
    })
  }

  partitions(topic: string): Promise<PartitionView[]> {
    return this.#ask(async (client) => {
      const { topics } = await client.call(METADATA, 9, { topics: [{ name: topic }], allowAutoTopicCreation: false })
      const [found] = topics
      if (found === undefined || found.errorCode !== 0) return undefined
      return found.partitions
        .map((each) => ({
          partition: each.partitionIndex,
          leader: each.leaderId,
          replicas: each.replicaNodes,
          isr: each.isrNodes,
        }))
        .sort((a, b) => a.partition - b.partition)
    })
  }

  /** The id of the active controller. */
  controller(): Promise<number> {
    return this.#ask(async (client) => {
      const topics = [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }]
      const answer = await client.call(QUORUM, 1, { topics })
      const found = answer.topics[0]?.partitions[0]
      return found === undefined || found.errorCode !== 0 || found.leaderId < 0 ? undefined : found.leaderId
    })
  }

  /** Waits until every partition has all its replicas in sync and a leader. */
  async whole(topic: string, timeoutMs = 120_000): Promise<PartitionView[]> {
    let last: readonly PartitionView[] = []
    const all = async () => {
      const partitions = await this.partitions(topic)
      last = partitions
      return (
        partitions.every(({ leader, isr, replicas }) => leader >= 0 && isr.length === replicas.length) && partitions
      )
    }
    return until(`every replica of ${topic} to be in sync`, all, timeoutMs).catch((error: unknown) => {
      throw new Error(`${String(error)}: ${JSON.stringify(last)}`)
    })
  }

  async joined(ids: readonly number[], timeoutMs = 120_000): Promise<void> {
    const wanted = ids.join()
    await until(`the brokers ${wanted} to be there`, async () => (await this.brokers()).join() === wanted, timeoutMs)
  }

  async leadsNothing(topic: string, id: number, timeoutMs = 120_000): Promise<void> {
    const gone = async () => (await this.partitions(topic)).every(({ leader }) => leader !== id && leader >= 0)
    await until(`${id} to lead nothing of ${topic}`, gone, timeoutMs)
  }
}
