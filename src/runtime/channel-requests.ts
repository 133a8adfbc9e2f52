import { errorName, KafkaError } from '../base/errors.ts'
import type { NewTopic } from '../metadata/topics/commands.ts'
import { ApiKey } from '../protocol/apis.ts'
import type { ControllerRequests } from './controller-types.ts'
import { PeerError } from './peer-types.ts'

/** As long as a client may wait for its first producer id. */
const TIMEOUT_MS = 30_000

/** Makes topics; gives what became of each. */
export async function createTopics(channel: ControllerRequests, topics: readonly NewTopic[]) {
  const body = { topics, timeoutMs: TIMEOUT_MS, validateOnly: false }
  const answer = await orKafkaError(channel.request({ api: ApiKey.CreateTopics, body, timeoutMs: TIMEOUT_MS }))
  return answer.topics.map(({ name, errorCode, errorMessage }) => {
    return { name, error: errorName(errorCode), message: errorMessage }
  })
}

/** A run of producer ids that nobody else gets. */
export async function allocateProducerIds(channel: ControllerRequests, brokerId: number, brokerEpoch: number) {
  const body = { brokerId, brokerEpoch }
  const call = { api: ApiKey.AllocateProducerIds, body, timeoutMs: TIMEOUT_MS } as const
  const { errorCode, producerIdStart, producerIdLen } = await orKafkaError(channel.request(call))
  if (errorCode !== 0) throw new KafkaError(errorName(errorCode))
  return { first: producerIdStart, count: producerIdLen }
}

/** Whoever waits behind this is a client, which tries again. */
async function orKafkaError<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    const isMissing = error instanceof PeerError || (error instanceof KafkaError && error.error === 'REQUEST_TIMED_OUT')
    throw isMissing ? new KafkaError('COORDINATOR_LOAD_IN_PROGRESS', error.message) : error
  }
}
