import { ApiKey } from '../../../protocol/apis.ts'
import {
  AllocateProducerIdsRequest,
  type AllocateProducerIdsRequestData,
  AllocateProducerIdsResponse,
  type AllocateProducerIdsResponseInput,
} from '../../../protocol/messages/allocate-producer-ids.ts'
import { type ControllerPort, orRefusal } from '../../admin.ts'
import { type Handler, handler } from '../../handler.ts'

export function allocateProducerIdsHandler({ controller }: { readonly controller: ControllerPort }): Handler {
  return handler(ApiKey.AllocateProducerIds, AllocateProducerIdsRequest, AllocateProducerIdsResponse, (request) =>
    orRefusal<AllocateProducerIdsResponseInput>(allocate(controller, request), ({ code }) => ({
      throttleTimeMs: 0,
      errorCode: code,
      producerIdStart: 0,
      producerIdLen: 0,
    })),
  )
}

async function allocate(controller: ControllerPort, { brokerId, brokerEpoch }: AllocateProducerIdsRequestData) {
  const { firstProducerId, size } = await controller.submit({ type: 'allocateProducerIds', brokerId, brokerEpoch })
  return { throttleTimeMs: 0, errorCode: 0, producerIdStart: firstProducerId, producerIdLen: size }
}
