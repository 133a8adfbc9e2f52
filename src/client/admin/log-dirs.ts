import { KafkaError } from '../../base/errors.ts'
import { ApiKey } from '../../protocol/apis.ts'
import type { KafkaClient } from '../client.ts'
import { ClientError, kafkaError } from '../client-error.ts'

export interface LogDirReplica {
  readonly topic: string
  readonly partition: number
  readonly sizeInBytes: number
  readonly offsetLag: number
  /** It is being moved here from another directory. */
  readonly isFuture: boolean
}

export interface LogDirView {
  readonly broker: number
  readonly path: string
  readonly error: KafkaError | undefined
  /** −1: not told. */
  readonly totalBytes: number
  readonly usableBytes: number
  readonly isCordoned: boolean
  readonly replicas: readonly LogDirReplica[]
}

/** Undefined: all partitions. */
export type LogDirTopics = readonly { readonly topic: string; readonly partitions: readonly number[] }[] | undefined

/** By broker; of a broker that does not say, why. */
export async function describeLogDirs(
  client: KafkaClient,
  brokers: readonly number[],
  topics?: LogDirTopics,
): Promise<Map<number, readonly LogDirView[] | Error>> {
  const asked = await Promise.all(
    brokers.map(async (broker) => [broker, await ofBroker(client, broker, topics)] as const),
  )
  return new Map(asked)
}

async function ofBroker(client: KafkaClient, broker: number, topics: LogDirTopics) {
  try {
    const { errorCode, results } = await client.broker(broker, {
      api: ApiKey.DescribeLogDirs,
      body: { topics: topics?.map(({ topic, partitions }) => ({ topic, partitions: [...partitions] })) ?? null },
    })
    if (errorCode !== 0) return kafkaError(errorCode)
    return results.map(
      (result): LogDirView => ({
        broker,
        path: result.logDir,
        error: result.errorCode === 0 ? undefined : kafkaError(result.errorCode),
        totalBytes: result.totalBytes,
        usableBytes: result.usableBytes,
        isCordoned: result.isCordoned,
        replicas: result.topics.flatMap(({ name, partitions }) =>
          partitions.map(({ partitionIndex, partitionSize, offsetLag, isFutureKey }) => ({
            topic: name,
            partition: partitionIndex,
            sizeInBytes: partitionSize,
            offsetLag,
            isFuture: isFutureKey,
          })),
        ),
      }),
    )
  } catch (error) {
    if (error instanceof KafkaError || error instanceof ClientError) return error
    throw error
  }
}
