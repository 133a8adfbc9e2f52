import { ErrorCode } from '../../base/errors.ts'
import { CLUSTER_METADATA_TOPIC } from '../../metadata/topics/names.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  DescribeQuorumRequest,
  type DescribeQuorumRequestData,
  DescribeQuorumResponse,
  type DescribeQuorumResponseInput,
} from '../../protocol/messages/describe-quorum.ts'
import type { QuorumDescription, ReplicaStatus } from '../../raft/types.ts'
import type { QuorumStatus } from '../../runtime/metadata-node.ts'
import { type Handler, handler } from '../handler.ts'

type PartitionResult = DescribeQuorumResponseInput['topics'][number]['partitions'][number]

export interface DescribeQuorumDeps {
  readonly metadata: {
    quorum(): Pick<QuorumStatus, 'voters'>
    /** Undefined: this node does not lead. */
    describeQuorum(): QuorumDescription | undefined
  }
}

/** The metadata log's quorum: its leader, and how far each voter and each observer has come. Only the leader knows. */
export function describeQuorumHandler({ metadata }: DescribeQuorumDeps): Handler {
  return handler(ApiKey.DescribeQuorum, DescribeQuorumRequest, DescribeQuorumResponse, ({ topics }) => {
    if (!asksForQuorum(topics)) {
      const unknown = topics.map(({ topicName, partitions }) => ({
        topicName,
        partitions: partitions.map(({ partitionIndex }) => failed(partitionIndex, 'UNKNOWN_TOPIC_OR_PARTITION')),
      }))
      return { errorCode: 0, errorMessage: '', topics: unknown, nodes: [] }
    }
    const described = metadata.describeQuorum()
    const partition = described === undefined ? failed(0, 'NOT_LEADER_OR_FOLLOWER') : quorumOf(described)
    const { voters } = metadata.quorum()
    return {
      errorCode: 0,
      errorMessage: '',
      topics: [{ topicName: CLUSTER_METADATA_TOPIC, partitions: [partition] }],
      nodes:
        described === undefined
          ? []
          : voters.map(({ voterId, endpoints }) => ({ nodeId: voterId, listeners: endpoints })),
    }
  })
}

/** Anything but the one partition there is makes the whole request unknown. */
function asksForQuorum(topics: DescribeQuorumRequestData['topics']): boolean {
  const [topic] = topics
  return (
    topics.length === 1 &&
    topic?.topicName === CLUSTER_METADATA_TOPIC &&
    topic.partitions.length === 1 &&
    topic.partitions[0]?.partitionIndex === 0
  )
}

function quorumOf(described: QuorumDescription): PartitionResult {
  return {
    partitionIndex: 0,
    errorCode: 0,
    errorMessage: '',
    leaderId: described.leaderId,
    leaderEpoch: described.epoch,
    highWatermark: described.highWatermark,
    currentVoters: described.voters.map(replicaState),
    observers: described.observers.map(replicaState),
  }
}

function replicaState({ replica, logEndOffset, lastFetchMs, lastCaughtUpMs }: ReplicaStatus) {
  return {
    replicaId: replica.id,
    replicaDirectoryId: replica.directoryId,
    logEndOffset,
    lastFetchTimestamp: lastFetchMs,
    lastCaughtUpTimestamp: lastCaughtUpMs,
  }
}

const SENTENCES = {
  UNKNOWN_TOPIC_OR_PARTITION: 'This server does not host this topic-partition.',
  NOT_LEADER_OR_FOLLOWER:
    'For requests intended only for the leader, this error indicates that the broker is not the current leader. ' +
    'For requests intended for any replica, this error indicates that the broker is not a replica of the topic partition.',
} as const

function failed(partitionIndex: number, error: keyof typeof SENTENCES): PartitionResult {
  return {
    partitionIndex,
    errorCode: ErrorCode[error],
    errorMessage: SENTENCES[error],
    leaderId: 0,
    leaderEpoch: 0,
    highWatermark: 0,
    currentVoters: [],
    observers: [],
  }
}
