import { ErrorCode, KafkaError } from '../../base/errors.ts'
import { filterQuotas } from '../../metadata/client-quotas/describe.ts'
import type { MetadataImage } from '../../metadata/image.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  AlterClientQuotasRequest,
  type AlterClientQuotasRequestData,
  AlterClientQuotasResponse,
  type AlterClientQuotasResponseInput,
} from '../../protocol/messages/alter-client-quotas.ts'
import {
  DescribeClientQuotasRequest,
  DescribeClientQuotasResponse,
} from '../../protocol/messages/describe-client-quotas.ts'
import { type ControllerPort, orRefusal } from '../admin.ts'
import { type Handler, handler } from '../handler.ts'

export function alterClientQuotasHandler({ controller }: { readonly controller: ControllerPort }): Handler {
  return handler(ApiKey.AlterClientQuotas, AlterClientQuotasRequest, AlterClientQuotasResponse, (request) =>
    orRefusal<AlterClientQuotasResponseInput>(alter(controller, request), (error) => ({
      throttleTimeMs: 0,
      entries: request.entries.map(({ entity }) => ({ errorCode: error.code, errorMessage: error.detail, entity })),
    })),
  )
}

async function alter(
  controller: ControllerPort,
  { entries, validateOnly }: AlterClientQuotasRequestData,
): Promise<AlterClientQuotasResponseInput> {
  const results = await controller.submit({ type: 'alterClientQuotas', entries, validateOnly })
  return {
    throttleTimeMs: 0,
    entries: results.map(({ entity, error, message }) => ({
      errorCode: ErrorCode[error],
      errorMessage: message,
      entity: entity.map(({ entityType, entityName }) => ({ entityType, entityName })),
    })),
  }
}

export interface DescribeClientQuotasDeps {
  readonly image: () => Pick<MetadataImage, 'clientQuotas'>
}

export function describeClientQuotasHandler({ image }: DescribeClientQuotasDeps): Handler {
  return handler(
    ApiKey.DescribeClientQuotas,
    DescribeClientQuotasRequest,
    DescribeClientQuotasResponse,
    ({ components, strict }) => {
      try {
        const found = filterQuotas(image().clientQuotas.values(), components, strict)
        const entries = found.map(({ entity, quotas }) => ({
          entity: entity.map(({ entityType, entityName }) => ({ entityType, entityName })),
          values: [...quotas].map(([key, value]) => ({ key, value })),
        }))
        return { throttleTimeMs: 0, errorCode: 0, errorMessage: '', entries }
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error
        return { throttleTimeMs: 0, errorCode: error.code, errorMessage: error.detail, entries: null }
      }
    },
  )
}
