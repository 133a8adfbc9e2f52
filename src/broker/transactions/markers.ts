import { ErrorCode, type ErrorName, errorName, KafkaError } from '../../base/errors.ts'
import type { Clock } from '../../io/ports.ts'
import { endTxnBatch } from '../../record/control.ts'
import type { Marker } from '../../runtime/coordinator-host.ts'
import { OFFSETS_TOPIC } from '../groups.ts'
import type { Replica, ReplicaRegistry } from '../replicas.ts'

export interface MarkerRequest extends Marker {
  readonly topics: readonly { readonly name: string; readonly partitionIndexes: readonly number[] }[]
}

export interface MarkerResult {
  readonly producerId: number
  readonly topics: readonly {
    readonly name: string
    readonly partitions: readonly { readonly partitionIndex: number; readonly errorCode: number }[]
  }[]
}

export interface MarkerWriterDeps {
  readonly replicas: ReplicaRegistry
  /** The machines of `__consumer_offsets` are the only ones to append there: the marker goes through them. */
  readonly groups: { writeMarker(partition: number, marker: Marker): Promise<void> }
  readonly clock: Clock
  /** request.timeout.ms */
  readonly timeoutMs: number
}

/** What the machines of groups say, in words of the log. */
const AS_LOG: { readonly [E in ErrorName]?: ErrorName } = {
  NOT_COORDINATOR: 'NOT_LEADER_OR_FOLLOWER',
  COORDINATOR_LOAD_IN_PROGRESS: 'NOT_LEADER_OR_FOLLOWER',
  COORDINATOR_NOT_AVAILABLE: 'NOT_LEADER_OR_FOLLOWER',
}

/** As producer id and as epoch. */
const NOBODY = -1

/** Ends transactions on the partitions that this broker leads. */
export class MarkerWriter {
  readonly #deps: MarkerWriterDeps

  constructor(deps: MarkerWriterDeps) {
    this.#deps = deps
  }

  /** Answers when the markers are committed. */
  write({ topics, ...marker }: MarkerRequest): Promise<MarkerResult> {
    return Promise.all(
      topics.map(async ({ name, partitionIndexes }) => ({
        name,
        partitions: await Promise.all(
          partitionIndexes.map(async (partitionIndex) => ({
            partitionIndex,
            errorCode: await this.#code(name, partitionIndex, marker),
          })),
        ),
      })),
    ).then((written) => ({ producerId: marker.producerId, topics: written }))
  }

  async #code(topic: string, partition: number, marker: Marker): Promise<number> {
    try {
      const { replicas, groups } = this.#deps
      if (replicas.find(topic, partition) === undefined) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
      // Of nobody's: Kafka trips over such a marker when it makes the batch.
      if (marker.producerId === NOBODY || marker.producerEpoch === NOBODY) return ErrorCode.UNKNOWN_SERVER_ERROR
      if (topic === OFFSETS_TOPIC) await groups.writeMarker(partition, marker)
      else await this.#append(replicas.requireLeader(topic, partition), marker)
      return ErrorCode.NONE
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      return ErrorCode[AS_LOG[error.error] ?? error.error]
    }
  }

  async #append(replica: Replica, marker: Marker): Promise<void> {
    const { clock } = this.#deps
    const { producerId, producerEpoch, coordinatorEpoch, commit, transactionVersion } = marker
    const type = commit ? ('commit' as const) : ('abort' as const)
    const batch = endTxnBatch({ timestamp: clock.now(), producerId, producerEpoch, marker: { type, coordinatorEpoch } })
    replica.requireInSync()
    const info = await replica.append(batch, 'coordinator', { transactionVersion })
    await info.written
    if (replica.log.highWatermark <= info.lastOffset) await this.#committed(replica, info.lastOffset + 1)
    if (replica.isShortOfReplicas) throw new KafkaError('NOT_ENOUGH_REPLICAS_AFTER_APPEND')
  }

  async #committed(replica: Replica, endOffset: number): Promise<void> {
    const { clock, timeoutMs } = this.#deps
    const timedOut = Promise.withResolvers<never>()
    const timer = clock.after(timeoutMs, () => timedOut.reject(new KafkaError('REQUEST_TIMED_OUT')))
    try {
      await Promise.race([replica.committed(endOffset), timedOut.promise])
    } finally {
      timer.cancel()
    }
  }
}

/** What becomes of a partition whose marker was refused. */
export function afterRefusal(errorCode: number): 'done' | 'again' | 'never' {
  switch (errorName(errorCode)) {
    case 'NONE':
    case 'UNSUPPORTED_FOR_MESSAGE_FORMAT':
    case 'UNSUPPORTED_VERSION':
      return 'done'
    case 'INVALID_PRODUCER_EPOCH':
    case 'TRANSACTION_COORDINATOR_FENCED':
      return 'never'
    default:
      return 'again'
  }
}
