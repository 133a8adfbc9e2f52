import { ErrorCode } from '../../../base/errors.ts'
import type { IsrMember, IsrResult } from '../../../metadata/partitions/commands.ts'
import { ApiKey } from '../../../protocol/apis.ts'
import {
  AlterPartitionRequest,
  type AlterPartitionRequestData,
  AlterPartitionResponse,
  type AlterPartitionResponseInput,
} from '../../../protocol/messages/alter-partition.ts'
import { type ControllerPort, orRefusal } from '../../admin.ts'
import { type Handler, handler } from '../../handler.ts'

type WirePartition = AlterPartitionRequestData['topics'][number]['partitions'][number]

export function alterPartitionHandler({ controller }: { readonly controller: ControllerPort }): Handler {
  return handler(ApiKey.AlterPartition, AlterPartitionRequest, AlterPartitionResponse, (request, { apiVersion }) =>
    orRefusal<AlterPartitionResponseInput>(alter(controller, request, apiVersion), ({ code }) => ({
      throttleTimeMs: 0,
      errorCode: code,
      topics: [],
    })),
  )
}

async function alter(controller: ControllerPort, request: AlterPartitionRequestData, apiVersion: number) {
  // Of nothing nobody is asked who wants it.
  if (request.topics.length === 0) return { throttleTimeMs: 0, errorCode: 0, topics: [] }
  const { brokerId, brokerEpoch } = request
  const results = await controller.submit({
    type: 'alterPartition',
    brokerId,
    brokerEpoch,
    topics: request.topics.map(({ topicId, partitions }) => ({
      topicId,
      partitions: partitions.map(({ partitionIndex: partition, leaderEpoch, partitionEpoch, ...proposed }) => {
        const { leaderRecoveryState } = proposed
        return { partition, leaderEpoch, partitionEpoch, leaderRecoveryState, isr: isrOf(proposed, apiVersion) }
      }),
    })),
  })
  const topics = results.map(({ topicId, partitions }) => ({ topicId, partitions: partitions.map(resultOf) }))
  return { throttleTimeMs: 0, errorCode: 0, topics }
}

/** Epochs of the members came with v3: without them a replica that restarted meanwhile goes unnoticed. */
function isrOf(
  { newIsr, newIsrWithEpochs }: Pick<WirePartition, 'newIsr' | 'newIsrWithEpochs'>,
  apiVersion: number,
): readonly IsrMember[] {
  return apiVersion >= 3 ? newIsrWithEpochs : newIsr.map((brokerId) => ({ brokerId, brokerEpoch: -1 }))
}

function resultOf({ partition: partitionIndex, error, leader, isr, ...state }: IsrResult) {
  return { partitionIndex, errorCode: ErrorCode[error], leaderId: leader, isr: [...isr], ...state }
}
