import { ErrorCode } from '../../base/errors.ts'
import type { Clock } from '../../io/ports.ts'
import { CLUSTER_METADATA_TOPIC } from '../../metadata/topics/names.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  DescribeQuorumRequest,
  DescribeQuorumResponse,
  type DescribeQuorumResponseInput,
} from '../../protocol/messages/describe-quorum.ts'
import type { QuorumStatus } from '../../runtime/metadata-node.ts'
import { type Handler, handler } from '../handler.ts'

type PartitionResult = DescribeQuorumResponseInput['topics'][number]['partitions'][number]

export interface DescribeQuorumDeps {
  readonly metadata: { quorum(): QuorumStatus }
  readonly clock: Pick<Clock, 'now'>
}

/** The metadata log's quorum: its leader, and how far each voter has come. */
export function describeQuorumHandler({ metadata, clock }: DescribeQuorumDeps): Handler {
  return handler(ApiKey.DescribeQuorum, DescribeQuorumRequest, DescribeQuorumResponse, ({ topics }) => {
    const status = metadata.quorum()
    const known = topics.some(
      ({ topicName, partitions }) =>
        topicName === CLUSTER_METADATA_TOPIC && partitions.some(({ partitionIndex }) => partitionIndex === 0),
    )
    return {
      errorCode: 0,
      errorMessage: '',
      topics: topics.map(({ topicName, partitions }) => ({
        topicName,
        partitions: partitions.map(({ partitionIndex }) =>
          topicName === CLUSTER_METADATA_TOPIC && partitionIndex === 0
            ? quorumOf(status, clock.now())
            : unknown(partitionIndex),
        ),
      })),
      nodes: known ? status.voters.map(({ voterId, endpoints }) => ({ nodeId: voterId, listeners: endpoints })) : [],
    }
  })
}

/** A leader has caught up with itself at any moment. */
function quorumOf(status: QuorumStatus, nowMs: number): PartitionResult {
  return {
    partitionIndex: 0,
    errorCode: 0,
    errorMessage: '',
    leaderId: status.leaderId,
    leaderEpoch: status.leaderEpoch,
    highWatermark: status.highWatermark,
    currentVoters: status.voters.map(({ voterId, voterDirectoryId }) => ({
      replicaId: voterId,
      replicaDirectoryId: voterDirectoryId,
      logEndOffset: status.logEndOffset,
      lastFetchTimestamp: nowMs,
      lastCaughtUpTimestamp: nowMs,
    })),
    observers: [],
  }
}

function unknown(partitionIndex: number): PartitionResult {
  return {
    partitionIndex,
    errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
    errorMessage: 'This server does not host this topic-partition.',
    leaderId: 0,
    leaderEpoch: 0,
    highWatermark: 0,
    currentVoters: [],
    observers: [],
  }
}
