import { errorName, KafkaError } from '../base/errors.ts'
import type { Logger } from '../io/ports.ts'
import { ApiKey } from '../protocol/apis.ts'
import type { PeerClient } from './peer-types.ts'
import type { FetchState } from './replica-fetch-state.ts'

const LATEST = -1
const EARLIEST = -2

/**
 * The leader has nothing at our end: it lost more than we have (an unclean election), or deleted what would come next, and
 * the log begins anew where the leader's does.
 */
export async function findRange(
  state: FetchState,
  ask: (state: FetchState, timestamp: number) => Promise<number>,
  logger: Logger,
): Promise<void> {
  const { replica } = state
  const { topic, partition, log } = replica
  const latest = await ask(state, LATEST)
  if (!state.isCurrent) return
  if (latest < log.logEndOffset) {
    logger.warn({ topic, partition, from: log.logEndOffset, to: latest }, 'the log of the leader ends before ours')
    await replica.truncateTo(latest)
    return
  }
  const earliest = await ask(state, EARLIEST)
  if (!state.isCurrent) return
  // Its history does not know our last epoch, although it has the offset: it may soon.
  if (earliest <= log.logEndOffset) throw new KafkaError('OFFSET_OUT_OF_RANGE')
  logger.warn({ topic, partition, from: log.logEndOffset, to: earliest }, 'the log of the leader starts after ours')
  await replica.restartAt(earliest)
}

/** One offset of the leader's log, by ListOffsets as a follower. */
export async function askOffset(
  client: PeerClient,
  nodeId: number,
  timeoutMs: number,
  state: FetchState,
  timestamp: number,
): Promise<number> {
  const { topic: name, partition: partitionIndex } = state.replica
  const partitions = [{ partitionIndex, currentLeaderEpoch: state.leaderEpoch, timestamp }]
  const body = { replicaId: nodeId, isolationLevel: 0, timeoutMs, topics: [{ name, partitions }] }
  const response = await client.request({ api: ApiKey.ListOffsets, body, timeoutMs })
  const answer = response.topics[0]?.partitions[0]
  if (answer === undefined || answer.errorCode !== 0) {
    throw new KafkaError(errorName(answer?.errorCode ?? -1), 'the leader did not tell the range of its log')
  }
  return answer.offset
}
