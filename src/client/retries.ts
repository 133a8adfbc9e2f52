import { ErrorCode } from '../base/errors.ts'
import { ApiKey, type CallKey } from '../protocol/apis.ts'
import { HandshakeFailed } from '../runtime/peer-connection.ts'
import { LoginFailed } from '../runtime/peer-login.ts'
import type { PeerError } from '../runtime/peer-types.ts'

/** Asking for them twice is as asking once. */
const REPEATABLE: ReadonlySet<CallKey> = new Set<CallKey>([
  ApiKey.Fetch,
  ApiKey.ListOffsets,
  ApiKey.Metadata,
  ApiKey.OffsetCommit,
  ApiKey.OffsetFetch,
  ApiKey.FindCoordinator,
  ApiKey.DescribeGroups,
  ApiKey.ListGroups,
  ApiKey.ApiVersions,
  ApiKey.DeleteRecords,
  ApiKey.OffsetForLeaderEpoch,
  ApiKey.DescribeAcls,
  ApiKey.CreateAcls,
  ApiKey.DescribeConfigs,
  ApiKey.DescribeLogDirs,
  ApiKey.DescribeDelegationToken,
  ApiKey.ListPartitionReassignments,
  ApiKey.DescribeClientQuotas,
  ApiKey.DescribeUserScramCredentials,
  ApiKey.DescribeQuorum,
  ApiKey.DescribeCluster,
  ApiKey.DescribeProducers,
  ApiKey.DescribeTransactions,
  ApiKey.ListTransactions,
  ApiKey.ConsumerGroupDescribe,
  ApiKey.ListConfigResources,
  ApiKey.DescribeTopicPartitions,
  ApiKey.ShareGroupDescribe,
  ApiKey.StreamsGroupDescribe,
  ApiKey.DescribeShareGroupOffsets,
])

export function isRepeatable(api: CallKey): boolean {
  return REPEATABLE.has(api)
}

/** The leader of a partition is another by now, or there is none for a moment. */
export const LEADER_MOVED: ReadonlySet<number> = new Set([
  ErrorCode.LEADER_NOT_AVAILABLE,
  ErrorCode.NOT_LEADER_OR_FOLLOWER,
  ErrorCode.REPLICA_NOT_AVAILABLE,
  ErrorCode.KAFKA_STORAGE_ERROR,
  ErrorCode.FENCED_LEADER_EPOCH,
  ErrorCode.UNKNOWN_LEADER_EPOCH,
  ErrorCode.OFFSET_NOT_AVAILABLE,
])

export const COORDINATOR_MOVED: ReadonlySet<number> = new Set([
  ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
  ErrorCode.COORDINATOR_NOT_AVAILABLE,
  ErrorCode.NOT_COORDINATOR,
])

export const CONTROLLER_MOVED: ReadonlySet<number> = new Set([ErrorCode.NOT_CONTROLLER, ErrorCode.BROKER_NOT_AVAILABLE])

export const NOTHING_MOVED: ReadonlySet<number> = new Set()

/** Another attempt would be refused alike. */
export function isRefused(error: PeerError): boolean {
  return error.cause instanceof LoginFailed || error.cause instanceof HandshakeFailed
}
