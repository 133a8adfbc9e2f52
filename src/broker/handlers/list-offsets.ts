import { InvariantError } from '../../base/assert.ts'
import { ErrorCode, KafkaError } from '../../base/errors.ts'
import type { Logger } from '../../io/ports.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  ListOffsetsRequest,
  type ListOffsetsRequestData,
  ListOffsetsResponse,
  type ListOffsetsResponseInput,
} from '../../protocol/messages/list-offsets.ts'
import type { TimestampOffset } from '../../storage/types.ts'
import type { Access } from '../access.ts'
import { describableTopics, split } from '../authorization.ts'
import { type Handler, handler, type RequestContext } from '../handler.ts'
import type { Replica, ReplicaRegistry } from '../replicas.ts'

export interface ListOffsetsDeps {
  readonly replicas: ReplicaRegistry
  readonly logger: Logger
  readonly access: Access
}

type Asked = ListOffsetsRequestData['topics'][number]['partitions'][number]
type PartitionAnswer = ListOffsetsResponseInput['topics'][number]['partitions'][number]

const LATEST = -1
const EARLIEST = -2
const EARLIEST_LOCAL = -4
const LATEST_TIERED = -5
const EARLIEST_PENDING_UPLOAD = -6
/** The version that each special timestamp came with. */
const SPECIAL_SINCE = new Map([
  [LATEST, 1],
  [EARLIEST, 1],
  [-3, 7],
  [EARLIEST_LOCAL, 8],
  [LATEST_TIERED, 9],
  [EARLIEST_PENDING_UPLOAD, 11],
])
const CONSUMER = -1
const DEBUGGING = -2
const NOWHERE: TimestampOffset = { timestamp: -1, offset: -1, leaderEpoch: -1 }

export function listOffsetsHandler(deps: ListOffsetsDeps): Handler {
  return handler(ApiKey.ListOffsets, ListOffsetsRequest, ListOffsetsResponse, async (request, context) => {
    const { allowed, refused } = split(describableTopics(deps.access, context), request.topics, ({ name }) => name)
    const topics = await Promise.all(
      byTopic(allowed).map(async ([name, partitions]) => {
        const { once, twice } = byIndex(partitions)
        const answers = once.map((asked) =>
          request.isolationLevel !== 0 && request.isolationLevel !== 1
            ? failed(asked, ErrorCode.UNKNOWN_SERVER_ERROR)
            : twice.has(asked.partitionIndex)
              ? failed(asked, ErrorCode.INVALID_REQUEST)
              : answer(deps, request, context, name, asked),
        )
        return { name, partitions: await Promise.all(answers) }
      }),
    )
    const denied = refused.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((asked) => failed(asked, ErrorCode.TOPIC_AUTHORIZATION_FAILED)),
    }))
    return { throttleTimeMs: 0, topics: [...topics, ...denied] }
  })
}

/** A topic may stand in a request twice; what is asked for twice is found across its entries. Of nothing nothing is said. */
function byTopic(topics: readonly ListOffsetsRequestData['topics'][number][]): [string, Asked[]][] {
  const all = new Map<string, Asked[]>()
  for (const { name, partitions } of topics) {
    if (partitions.length > 0) all.set(name, [...(all.get(name) ?? []), ...partitions])
  }
  return [...all]
}

function byIndex(partitions: readonly Asked[]): { readonly once: Asked[]; readonly twice: ReadonlySet<number> } {
  const seen = new Map<number, Asked>()
  const twice = new Set<number>()
  for (const asked of partitions) {
    if (seen.has(asked.partitionIndex)) twice.add(asked.partitionIndex)
    seen.set(asked.partitionIndex, asked)
  }
  return { once: [...seen.values()], twice }
}

async function answer(
  deps: ListOffsetsDeps,
  request: ListOffsetsRequestData,
  context: RequestContext,
  topic: string,
  asked: Asked,
): Promise<PartitionAnswer> {
  if (asked.timestamp < 0 && context.apiVersion < (SPECIAL_SINCE.get(asked.timestamp) ?? Number.POSITIVE_INFINITY)) {
    return failed(asked, ErrorCode.UNSUPPORTED_VERSION)
  }
  try {
    const replica = deps.replicas.requireEpoch(topic, asked.partitionIndex, asked.currentLeaderEpoch)
    if (request.replicaId !== DEBUGGING && !replica.isLeader) throw new KafkaError('NOT_LEADER_OR_FOLLOWER')
    const found = await lookUp(replica, asked.timestamp, limitOf(replica, request))
    return { partitionIndex: asked.partitionIndex, errorCode: ErrorCode.NONE, ...(found ?? NOWHERE) }
  } catch (error) {
    if (error instanceof InvariantError) throw error
    if (error instanceof KafkaError) return failed(asked, errorFor(error, context.apiVersion))
    deps.logger.error({ err: error, topic, partition: asked.partitionIndex }, 'an offset could not be looked up')
    return failed(asked, ErrorCode.UNKNOWN_SERVER_ERROR)
  }
}

interface Limit {
  /** Offsets from here on are not for the asker. */
  readonly offset: number
  /** A new leader whose high watermark has not reached its own epoch yet does not know what is committed (KIP-207). */
  readonly lagging: boolean
}

function limitOf(replica: Replica, request: ListOffsetsRequestData): Limit {
  const { log } = replica
  if (request.replicaId !== CONSUMER) return { offset: log.writtenEndOffset, lagging: false }
  const offset = request.isolationLevel === 1 ? log.lastStableOffset : log.highWatermark
  return { offset, lagging: replica.epochStartOffset > log.highWatermark }
}

async function lookUp(replica: Replica, timestamp: number, limit: Limit): Promise<TimestampOffset | undefined> {
  switch (timestamp) {
    case LATEST:
      if (limit.lagging) throw new KafkaError('OFFSET_NOT_AVAILABLE')
      return { timestamp: -1, offset: limit.offset, leaderEpoch: replica.leaderEpoch }
    case EARLIEST:
    case EARLIEST_LOCAL:
      return replica.log.offsetForTimestamp(timestamp)
    case EARLIEST_PENDING_UPLOAD:
      return NOWHERE
    default: {
      const found = await replica.log.offsetForTimestamp(timestamp)
      if (found !== undefined && found.offset < limit.offset) return found
      if (limit.lagging) throw new KafkaError('OFFSET_NOT_AVAILABLE')
      return undefined
    }
  }
}

function errorFor(error: KafkaError, version: number): number {
  return error.error === 'OFFSET_NOT_AVAILABLE' && version < 5 ? ErrorCode.LEADER_NOT_AVAILABLE : error.code
}

function failed(asked: Asked, errorCode: number): PartitionAnswer {
  return { partitionIndex: asked.partitionIndex, errorCode }
}
