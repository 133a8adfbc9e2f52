import { ErrorCode, KafkaError } from '../../base/errors.ts'
import type { MetadataImage } from '../../metadata/image.ts'
import { isInternalTopic } from '../../metadata/topics/names.ts'
import { AclOperation, ResourceType } from '../../security/acl.ts'
import type { TopicPartition } from '../../transaction/partitions.ts'
import type { Access } from '../access.ts'
import { askedLast } from '../asked-last.ts'
import { deniedOf } from '../authorization.ts'
import type { RequestContext } from '../handler.ts'
import type { TransactionCoordinator } from './coordinator.ts'

export interface TransactionPartitions {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
  /** Only says which of them are part of the transaction. */
  readonly verifyOnly: boolean
  readonly topics: readonly { readonly name: string; readonly partitions: readonly number[] }[]
}

export interface TransactionResult {
  readonly transactionalId: string
  readonly topicResults: readonly {
    readonly name: string
    readonly resultsByPartition: readonly { readonly partitionIndex: number; readonly partitionErrorCode: number }[]
  }[]
}

export interface AddPartitionsDeps {
  readonly coordinator: Pick<TransactionCoordinator, 'addPartitions' | 'verify'>
  readonly image: () => Pick<MetadataImage, 'topic'>
  /** add.partitions.to.txn.retry.backoff.ms: so long a broker is kept waiting rather than told to ask again. */
  readonly patienceMs: number
}

/** From here on brokers ask, for many transactions at once; below, clients. */
export const BROKERS_SINCE = 4
const FENCED_SINCE = 2
const BUMPS_EPOCH = 2

/** A client's question: it may add what it may write to. */
export async function addClientsPartitions(
  deps: AddPartitionsDeps,
  access: Access,
  asked: TransactionPartitions,
  context: RequestContext,
): Promise<TransactionResult> {
  const { WRITE: operation } = AclOperation
  const { transactionalId, topics } = asked
  if (!access.may(context, operation, ResourceType.TRANSACTIONAL_ID, transactionalId)) {
    return results(asked, () => ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED)
  }
  const question = { access, context, operation, resourceType: ResourceType.TOPIC }
  const names = topics.flatMap(({ name, partitions }) => (isInternalTopic(name) ? [] : partitions.map(() => name)))
  return addToTransaction(deps, asked, context.apiVersion, deniedOf(question, names))
}

/** What one transaction of an AddPartitionsToTxn request is answered, in whatever version. */
export async function addToTransaction(
  { coordinator, image, patienceMs }: AddPartitionsDeps,
  asked: TransactionPartitions,
  apiVersion: number,
  denied: ReadonlySet<string> = NONE,
): Promise<TransactionResult> {
  const { transactionalId, producerId, producerEpoch, topics, verifyOnly } = asked
  const refused = refusals(image(), topics, apiVersion, denied)
  if (refused.size > 0) {
    return resultsOnce(asked, (at) => refused.get(keyOf(at)) ?? ErrorCode.OPERATION_NOT_ATTEMPTED)
  }
  const partitions = topics.flatMap(({ name, partitions: all }) => all.map((partition) => ({ topic: name, partition })))
  const request = { transactionalId, producerId, producerEpoch, partitions }
  try {
    if (verifyOnly) {
      const verified = await coordinator.verify(request)
      const errors = new Map(verified.map(({ errorCode, ...at }) => [keyOf(at), errorCode]))
      return resultsOnce(asked, (at) => errors.get(keyOf(at)) ?? ErrorCode.NONE)
    }
    const protocol =
      apiVersion >= BROKERS_SINCE ? { clientVersion: BUMPS_EPOCH, patienceMs } : { clientVersion: 0, patienceMs: 0 }
    await coordinator.addPartitions({ ...request, ...protocol })
    return results(asked, () => ErrorCode.NONE)
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    const code = apiVersion < FENCED_SINCE ? withoutFenced(error) : error.code
    return verifyOnly ? resultsOnce(asked, () => code) : results(asked, () => code)
  }
}

/** Clients of older versions don't know PRODUCER_FENCED. */
export function withoutFenced(error: KafkaError): number {
  return error.error === 'PRODUCER_FENCED' ? ErrorCode.INVALID_PRODUCER_EPOCH : error.code
}

const NONE: ReadonlySet<string> = new Set()

const keyOf = ({ topic, partition }: TopicPartition): string => `${partition} ${topic}`

/** One that can't be added keeps all of them out. */
function refusals(
  image: Pick<MetadataImage, 'topic'>,
  topics: TransactionPartitions['topics'],
  apiVersion: number,
  denied: ReadonlySet<string>,
): Map<string, number> {
  const refused = new Map<string, number>()
  for (const { name, partitions } of topics) {
    const forbidden = denied.has(name) || (apiVersion < BROKERS_SINCE && isInternalTopic(name))
    for (const partition of partitions) {
      const key = keyOf({ topic: name, partition })
      if (forbidden) refused.set(key, ErrorCode.TOPIC_AUTHORIZATION_FAILED)
      else if (image.topic(name)?.partitions[partition] === undefined) {
        refused.set(key, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
      }
    }
  }
  return refused
}

/** Where partitions differ each is told of once; where all are answered alike the answer repeats the request. */
function resultsOnce(asked: TransactionPartitions, codeOf: (at: TopicPartition) => number): TransactionResult {
  const topics = askedLast(
    asked.topics,
    (topic) => topic.name,
    (topic) => topic.partitions,
    (partition) => partition,
    ({ name }, partitions) => ({ name, partitions }),
  )
  return results({ ...asked, topics }, codeOf)
}

function results(
  { transactionalId, topics }: TransactionPartitions,
  codeOf: (at: TopicPartition) => number,
): TransactionResult {
  return {
    transactionalId,
    topicResults: topics.map(({ name, partitions }) => ({
      name,
      resultsByPartition: partitions.map((partition) => ({
        partitionIndex: partition,
        partitionErrorCode: codeOf({ topic: name, partition }),
      })),
    })),
  }
}
