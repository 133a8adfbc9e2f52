import { ErrorCode, KafkaError } from '../../base/errors.ts'
import type { Uuid } from '../../base/ids.ts'
import type { AcknowledgeMetrics } from '../../metrics/share-metrics.ts'
import { Acknowledge, type AcknowledgedBatch } from '../../share/acknowledge.ts'
import type { ClusterView } from '../replicas.ts'
import type { SharePartitions } from './share-partitions.ts'

export interface AcknowledgedTopic {
  readonly topicId: Uuid
  readonly partitions: readonly {
    readonly partitionIndex: number
    readonly acknowledgementBatches: readonly AcknowledgedBatch[]
  }[]
}

export interface AcknowledgedPartition {
  readonly topicId: Uuid
  readonly topic: string | undefined
  readonly partition: number
  readonly errorCode: number
  readonly errorMessage: string | null
}

export interface AcknowledgeDeps {
  readonly partitions: SharePartitions
  readonly image: () => ClusterView
}

export interface AcknowledgeRequest {
  readonly groupId: string
  readonly memberId: string
  readonly topics: readonly AcknowledgedTopic[]
  readonly knowsRenew: boolean
  readonly isRenewAck: boolean
  /** Topics that the member may not read. */
  readonly denied: ReadonlySet<string>
}

/** Resolves when every partition's acknowledgements are stored, or could not be. */
export function acknowledgeAll(deps: AcknowledgeDeps, request: AcknowledgeRequest): Promise<AcknowledgedPartition[]> {
  const all = request.topics.flatMap(({ topicId, partitions }) => {
    const topic = deps.image().topicById(topicId)
    const isDenied = topic !== undefined && request.denied.has(topic.name)
    const asked = partitions.filter(({ acknowledgementBatches }) => isDenied || acknowledgementBatches.length > 0)
    return asked.map(async ({ partitionIndex: partition, acknowledgementBatches: batches }) => {
      const answer = { topicId, topic: topic?.name, partition, errorCode: ErrorCode.NONE, errorMessage: null }
      try {
        if (topic === undefined) throw new KafkaError('UNKNOWN_TOPIC_ID')
        if (!areValid(batches, request)) throw new KafkaError('INVALID_REQUEST')
        if (isDenied) throw new KafkaError('TOPIC_AUTHORIZATION_FAILED')
        if (topic.partitions[partition] === undefined) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')
        const held = deps.partitions.find(request.groupId, topicId, partition)
        if (held === undefined) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')
        await held.acknowledge(request.memberId, batches)
        count(deps.partitions.acknowledged, batches)
        return answer
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error
        return { ...answer, errorCode: error.code, errorMessage: error.detail }
      }
    })
  })
  return Promise.all(all)
}

function count(counts: AcknowledgeMetrics, batches: readonly AcknowledgedBatch[]): void {
  for (const { firstOffset, lastOffset, acknowledgeTypes: types } of batches) {
    const records = types.length === 1 ? lastOffset - firstOffset + 1 : 1
    for (const type of types) {
      if (type === Acknowledge.ACCEPT) counts.accepted += records
      else if (type === Acknowledge.RELEASE) counts.released += records
      else if (type === Acknowledge.REJECT) counts.rejected += records
      else if (type === Acknowledge.RENEW) counts.renewed += records
    }
  }
}

function areValid(batches: readonly AcknowledgedBatch[], { knowsRenew, isRenewAck }: AcknowledgeRequest): boolean {
  let previous = -1
  for (const { firstOffset, lastOffset, acknowledgeTypes: types } of batches) {
    if (firstOffset > lastOffset || firstOffset < previous || types.length === 0) return false
    if (types.length > 1 && types.length !== lastOffset - firstOffset + 1) return false
    const highest = knowsRenew ? Acknowledge.RENEW : Acknowledge.REJECT
    if (types.some((type) => type < Acknowledge.GAP || type > highest)) return false
    if (types.includes(Acknowledge.RENEW) && !isRenewAck) return false
    previous = lastOffset
  }
  return true
}

/** @throws KafkaError INVALID_REQUEST */
export function checkMember(groupId: string | null, memberId: string | null): { groupId: string; memberId: string } {
  if (groupId === null || memberId === null || memberId === '' || memberId.length > 36) {
    throw new KafkaError('INVALID_REQUEST')
  }
  return { groupId, memberId }
}
