import { ErrorCode } from '../../../base/errors.ts'
import { ApiKey } from '../../../protocol/apis.ts'
import {
  AssignReplicasToDirsRequest,
  type AssignReplicasToDirsRequestData,
  AssignReplicasToDirsResponse,
  type AssignReplicasToDirsResponseInput,
} from '../../../protocol/messages/assign-replicas-to-dirs.ts'
import { type ControllerPort, orRefusal } from '../../admin.ts'
import { type Handler, handler } from '../../handler.ts'

export function assignReplicasToDirsHandler({ controller }: { readonly controller: ControllerPort }): Handler {
  return handler(ApiKey.AssignReplicasToDirs, AssignReplicasToDirsRequest, AssignReplicasToDirsResponse, (request) =>
    orRefusal<AssignReplicasToDirsResponseInput>(assign(controller, request), ({ code }) => ({
      throttleTimeMs: 0,
      errorCode: code,
      directories: [],
    })),
  )
}

async function assign(controller: ControllerPort, request: AssignReplicasToDirsRequestData) {
  const { brokerId, brokerEpoch } = request
  const results = await controller.submit({
    type: 'assignReplicasToDirs',
    brokerId,
    brokerEpoch,
    directories: request.directories.map(({ id, topics }) => ({
      id,
      topics: topics.map(({ topicId, partitions }) => ({
        topicId,
        partitions: partitions.map(({ partitionIndex }) => partitionIndex),
      })),
    })),
  })
  const directories = results.map(({ id, topics }) => ({
    id,
    topics: topics.map(({ topicId, partitions }) => ({
      topicId,
      partitions: partitions.map(({ partition, error }) => {
        return { partitionIndex: partition, errorCode: ErrorCode[error] }
      }),
    })),
  }))
  return { throttleTimeMs: 0, errorCode: 0, directories }
}
