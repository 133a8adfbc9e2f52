import { ErrorCode, KafkaError } from '../../../base/errors.ts'
import { METADATA_TOPIC_ID, type Uuid, ZERO_UUID } from '../../../base/ids.ts'
import { CLUSTER_METADATA_TOPIC } from '../../../metadata/topics/names.ts'
import type { LeaderHint } from '../../../raft/messages.ts'
import type { ReplicaKey } from '../../../raft/types.ts'
import type { RaftMember } from '../../../runtime/raft-answer.ts'
import type { RequestContext } from '../../handler.ts'

export interface QuorumDeps {
  readonly clusterId: string
  readonly quorum: RaftMember
}

/** Requests that name no cluster are taken as meant for this one. */
export function isForeign(clusterId: string | null, deps: QuorumDeps): boolean {
  return clusterId !== null && clusterId !== deps.clusterId
}

type Topics<P> = readonly { readonly topicName: string; readonly partitions: readonly P[] }[]

/** The one partition there is; undefined where anything else is asked for. */
function partitionOf<P extends { readonly partitionIndex: number }>(topics: Topics<P>): P | undefined {
  const [topic] = topics
  const [partition] = topic?.partitions ?? []
  const isMetadata = topics.length === 1 && topic?.topicName === CLUSTER_METADATA_TOPIC
  return isMetadata && topic?.partitions.length === 1 && partition?.partitionIndex === 0 ? partition : undefined
}

/** A request about the one partition, as the machine answers it; a refusal as a whole names no partition. */
export async function answerPartition<P extends { readonly partitionIndex: number }, R extends LeaderHint, A>(
  request: { readonly clusterId: string | null; readonly topics: Topics<P> },
  deps: QuorumDeps,
  context: RequestContext,
  ask: (asked: P) => Promise<{ readonly reply: R }>,
  answerOf: (reply: R) => A,
) {
  if (isForeign(request.clusterId, deps)) return { errorCode: ErrorCode.INCONSISTENT_CLUSTER_ID, topics: [] }
  const asked = partitionOf(request.topics)
  if (asked === undefined) return { errorCode: ErrorCode.INVALID_REQUEST, topics: [] }
  try {
    const { reply } = await ask(asked)
    const partition = { partitionIndex: 0, ...answerOf(reply) }
    return {
      errorCode: 0,
      topics: [{ topicName: CLUSTER_METADATA_TOPIC, partitions: [partition] }],
      nodeEndpoints: endpointsFor(reply, context, 1),
    }
  } catch (error) {
    return { errorCode: unavailableCode(error), topics: [] }
  }
}

/** Whom a request means; undefined where its version, or its sender, does not say. */
export function voterKey(id: number, directoryId: Uuid): ReplicaKey | undefined {
  return id < 0 ? undefined : { id, directoryId }
}

/** In the answer to a request that was taken: its leader as far as this node knows. */
export function leaderOf(hint: LeaderHint): { errorCode: number; leaderId: number; leaderEpoch: number } {
  return { errorCode: ErrorCode[hint.error], leaderId: hint.leaderId, leaderEpoch: hint.epoch }
}

/** Where the leader is on the listener that was asked; nothing before `sinceVersion`. */
export function endpointsFor(hint: LeaderHint, context: RequestContext, sinceVersion: number) {
  const endpoint = hint.leaderEndpoints.find(({ name }) => name === context.connection.listenerName)
  if (context.apiVersion < sinceVersion || hint.leaderId < 0 || endpoint === undefined) return []
  return [{ nodeId: hint.leaderId, host: endpoint.host, port: endpoint.port }]
}

/** The code where this node takes no part in its quorum at present. */
export function unavailableCode(error: unknown): number {
  if (error instanceof KafkaError) return error.code
  throw error
}

/** Requests name the metadata topic by its id from the version on that has ids. */
export function isMetadataTopic(topic: { readonly topic: string; readonly topicId: Uuid }): boolean {
  return topic.topicId === METADATA_TOPIC_ID || (topic.topicId === ZERO_UUID && topic.topic === CLUSTER_METADATA_TOPIC)
}
