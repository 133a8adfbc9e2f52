import { ErrorCode, KafkaError } from '../../base/errors.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  InitProducerIdRequest,
  type InitProducerIdRequestData,
  InitProducerIdResponse,
} from '../../protocol/messages/init-producer-id.ts'
import { type Handler, handler } from '../handler.ts'
import type { ProducerIds } from '../producer-ids.ts'
import { withoutFenced } from '../transactions/add-partitions.ts'
import type { TransactionCoordinator } from '../transactions/coordinator.ts'
import { writesEnd } from '../transactions/under-way.ts'

const NONE = -1
const FENCED_SINCE = 4

export interface InitProducerIdDeps {
  /** For idempotent producers: any broker gives them out. */
  readonly producerIds: Pick<ProducerIds, 'next'>
  readonly coordinator: Pick<TransactionCoordinator, 'init'>
}

export function initProducerIdHandler(deps: InitProducerIdDeps): Handler {
  return handler(
    ApiKey.InitProducerId,
    InitProducerIdRequest,
    InitProducerIdResponse,
    async (request, { apiVersion, connection }) => {
      if ((request.producerId === NONE) !== (request.producerEpoch === NONE)) return failed(ErrorCode.INVALID_REQUEST)
      try {
        if (request.transactionalId !== null) {
          const before = writesEnd(connection)
          if (before !== undefined) await before
          return { throttleTimeMs: 0, ...(await init(deps, request, request.transactionalId)) }
        }
        const producerId = await deps.producerIds.next()
        return { throttleTimeMs: 0, errorCode: ErrorCode.NONE, producerId, producerEpoch: 0 }
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error
        return failed(apiVersion < FENCED_SINCE ? withoutFenced(error) : error.code)
      }
    },
  )
}

function init({ coordinator }: InitProducerIdDeps, request: InitProducerIdRequestData, transactionalId: string) {
  const { transactionTimeoutMs: timeoutMs, producerId, producerEpoch, enable2Pc, keepPreparedTxn } = request
  const expected = producerId === NONE ? undefined : { producerId, producerEpoch }
  return coordinator.init({ transactionalId, timeoutMs, expected, enable2Pc, keepPrepared: keepPreparedTxn })
}

function failed(errorCode: number) {
  return { throttleTimeMs: 0, errorCode, producerId: -1, producerEpoch: -1 }
}
