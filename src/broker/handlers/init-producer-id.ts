import { ErrorCode, KafkaError } from '../../base/errors.ts'
import { ApiKey } from '../../protocol/apis.ts'
import { InitProducerIdRequest, InitProducerIdResponse } from '../../protocol/messages/init-producer-id.ts'
import { type Handler, handler } from '../handler.ts'
import type { ProducerIds } from '../producer-ids.ts'

const NONE = -1

/** Ids for idempotent producers. A transactional id has no coordinator to own it yet, and the answer says so. */
export function initProducerIdHandler(deps: { readonly producerIds: ProducerIds }): Handler {
  return handler(ApiKey.InitProducerId, InitProducerIdRequest, InitProducerIdResponse, async (request) => {
    if ((request.producerId === NONE) !== (request.producerEpoch === NONE)) return failed(ErrorCode.INVALID_REQUEST)
    if (request.transactionalId === '') return failed(ErrorCode.INVALID_REQUEST)
    if (request.transactionalId !== null) return failed(ErrorCode.COORDINATOR_NOT_AVAILABLE)
    try {
      const producerId = await deps.producerIds.next()
      return { throttleTimeMs: 0, errorCode: ErrorCode.NONE, producerId, producerEpoch: 0 }
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      return failed(error.code)
    }
  })
}

function failed(errorCode: number) {
  return { throttleTimeMs: 0, errorCode, producerId: -1, producerEpoch: -1 }
}
