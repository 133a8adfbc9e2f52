import { KafkaError } from '../../base/errors.ts'
import type { TopicPartition } from '../../base/ids.ts'
import { ApiKey } from '../../protocol/apis.ts'
import type { KafkaClient } from '../client.ts'
import { ClientError, kafkaError, throwIfError } from '../client-error.ts'
import { askLeaders, byTopic, type PartitionResult } from '../partitions.ts'

export interface ListedTransaction {
  readonly transactionalId: string
  readonly producerId: number
  readonly state: string
  readonly coordinator: number
}

export interface TransactionFilter {
  readonly states?: readonly string[]
  readonly producerIds?: readonly number[]
  /** Only those that are open for longer, in ms. */
  readonly longerThanMs?: number
}

/** Of all coordinators; `failures`: brokers that did not say. */
export async function listTransactions(
  client: KafkaClient,
  { states = [], producerIds = [], longerThanMs }: TransactionFilter = {},
): Promise<{ readonly transactions: ListedTransaction[]; readonly failures: ReadonlyMap<number, Error> }> {
  const { brokers } = await client.cluster()
  const failures = new Map<number, Error>()
  const found = await Promise.all(
    brokers.map(async ({ id }) => {
      try {
        const answer = await client.broker(id, {
          api: ApiKey.ListTransactions,
          body: {
            stateFilters: [...states],
            producerIdFilters: [...producerIds],
            ...(longerThanMs !== undefined && { durationFilter: longerThanMs }),
          },
        })
        throwIfError(answer)
        return answer.transactionStates.map(({ transactionalId, producerId, transactionState }) => ({
          transactionalId,
          producerId,
          state: transactionState,
          coordinator: id,
        }))
      } catch (error) {
        if (!(error instanceof KafkaError || error instanceof ClientError)) throw error
        failures.set(id, error)
        return []
      }
    }),
  )
  if (failures.size > 0 && failures.size === brokers.length) throw [...failures.values()][0]
  return { transactions: found.flat(), failures }
}

export interface TransactionView {
  readonly transactionalId: string
  readonly state: string
  readonly coordinator: number
  readonly producerId: number
  readonly producerEpoch: number
  readonly timeoutMs: number
  /** −1: none is open. */
  readonly startedMs: number
  readonly partitions: readonly TopicPartition[]
}

/** @throws KafkaError */
export async function describeTransaction(client: KafkaClient, transactionalId: string): Promise<TransactionView> {
  const { transactionStates } = await client.coordinator('transaction', transactionalId, {
    api: ApiKey.DescribeTransactions,
    body: { transactionalIds: [transactionalId] },
    errorOf: (answer) => answer.transactionStates[0]?.errorCode ?? 0,
  })
  const [state] = transactionStates
  if (state === undefined) throw kafkaError(-1)
  if (state.errorCode !== 0) throw kafkaError(state.errorCode, null, transactionalId)
  return {
    transactionalId,
    state: state.transactionState,
    coordinator: await client.coordinatorOf('transaction', transactionalId),
    producerId: state.producerId,
    producerEpoch: state.producerEpoch,
    timeoutMs: state.transactionTimeoutMs,
    startedMs: state.transactionStartTimeMs,
    partitions: state.topics.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition }))),
  }
}

export interface ProducerView {
  readonly producerId: number
  readonly producerEpoch: number
  readonly lastSequence: number
  readonly lastTimestamp: number
  readonly coordinatorEpoch: number
  /** −1: it has no transaction open here. */
  readonly transactionStartOffset: number
}

/** Producers of which the leaders know something still. */
export function describeProducers(
  client: KafkaClient,
  partitions: readonly TopicPartition[],
): Promise<PartitionResult<ProducerView[]>[]> {
  return askLeaders(client, partitions, async (broker, mine) => {
    const { topics } = await client.broker(broker, {
      api: ApiKey.DescribeProducers,
      isSingleAttempt: true,
      body: {
        topics: [...byTopic(mine)].map(([name, of]) => ({
          name,
          partitionIndexes: of.map(({ partition }) => partition),
        })),
      },
    })
    return topics.flatMap(({ name, partitions: told }) =>
      told.map(({ partitionIndex, errorCode, errorMessage, activeProducers }) => ({
        topic: name,
        partition: partitionIndex,
        errorCode,
        errorMessage,
        value: activeProducers.map(({ currentTxnStartOffset, ...producer }) => ({
          ...producer,
          transactionStartOffset: currentTxnStartOffset,
        })),
      })),
    )
  })
}

/** Ends the transaction that began at the offset, in this one partition: what a coordinator that forgot it can't. @throws KafkaError */
export async function abortTransaction(
  client: KafkaClient,
  { topic, partition }: TopicPartition,
  startOffset: number,
): Promise<void> {
  const [described] = await describeProducers(client, [{ topic, partition }])
  const producers = described?.result ?? []
  if (producers instanceof Error) throw producers
  const found = producers.find(({ transactionStartOffset }) => transactionStartOffset === startOffset)
  if (found === undefined) {
    const message = `No transaction that is open in ${topic}-${partition} began at ${startOffset}.`
    throw new KafkaError('INVALID_REQUEST', message)
  }
  const { producerId, producerEpoch, coordinatorEpoch } = found
  await client
    .leader(topic, partition, {
      api: ApiKey.WriteTxnMarkers,
      body: {
        markers: [
          {
            producerId,
            producerEpoch,
            transactionResult: false,
            topics: [{ name: topic, partitionIndexes: [partition] }],
            // As Kafka's tool: a partition that has seen no marker yet takes any coordinator's.
            coordinatorEpoch: Math.max(0, coordinatorEpoch),
            transactionVersion: 0,
          },
        ],
      },
      errorOf: ({ markers }) => markers[0]?.topics[0]?.partitions[0]?.errorCode ?? 0,
    })
    .then(({ markers }) => {
      const errorCode = markers[0]?.topics[0]?.partitions[0]?.errorCode ?? 0
      if (errorCode !== 0) throw kafkaError(errorCode)
    })
}

const PATIENCE_MS = 10_000
const PAUSE_MS = 100
const FENCE_TIMEOUT_MS = 60_000

/** Whoever has the id is fenced, and what it has open is aborted. @throws KafkaError */
export async function terminateTransaction(client: KafkaClient, transactionalId: string): Promise<void> {
  for (const deadline = performance.now() + PATIENCE_MS; ; ) {
    const { errorCode } = await client.coordinator('transaction', transactionalId, {
      api: ApiKey.InitProducerId,
      body: { transactionalId, transactionTimeoutMs: FENCE_TIMEOUT_MS },
    })
    if (errorCode === 0) return
    const error = kafkaError(errorCode, null, transactionalId)
    // The abort of what was open is under way.
    if (error.error !== 'CONCURRENT_TRANSACTIONS' || performance.now() > deadline) throw error
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
}
