import { ErrorCode, KafkaError } from '../../base/errors.ts'
import type { AddressOf } from '../../io/host-names.ts'
import { filterQuotas, namedQuotas } from '../../metadata/client-quotas/describe.ts'
import { isIpAddress } from '../../metadata/client-quotas/ip-address.ts'
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

export interface AlterClientQuotasDeps {
  readonly controller: ControllerPort
  readonly addressOf: AddressOf
}

export function alterClientQuotasHandler(deps: AlterClientQuotasDeps): Handler {
  return handler(ApiKey.AlterClientQuotas, AlterClientQuotasRequest, AlterClientQuotasResponse, (request) =>
    orRefusal<AlterClientQuotasResponseInput>(alter(deps, request), (error) => ({
      throttleTimeMs: 0,
      entries: request.entries.map(({ entity }) => ({ errorCode: error.code, errorMessage: error.detail, entity })),
    })),
  )
}

async function alter(
  { controller, addressOf }: AlterClientQuotasDeps,
  { entries, validateOnly }: AlterClientQuotasRequestData,
): Promise<AlterClientQuotasResponseInput> {
  const hosts = await hostsAmong(entries, addressOf)
  const results = await controller.submit({ type: 'alterClientQuotas', entries, validateOnly, hosts })
  return {
    throttleTimeMs: 0,
    entries: results.map(({ entity, error, message }) => ({
      errorCode: ErrorCode[error],
      errorMessage: message,
      entity: entity.map(({ entityType, entityName }) => ({ entityType, entityName })),
    })),
  }
}

/** Names for which there is an address; the controller itself must not wait for a name server. */
async function hostsAmong(
  entries: AlterClientQuotasRequestData['entries'],
  addressOf: AddressOf,
): Promise<ReadonlySet<string>> {
  const named = entries.flatMap(({ entity }) =>
    entity.flatMap(({ entityType, entityName }) => (entityType === 'ip' && entityName ? [entityName] : [])),
  )
  const names = [...new Set(named)].filter((name) => !isIpAddress(name))
  const addresses = await Promise.all(names.map(addressOf))
  return new Set(names.filter((_, i) => addresses[i] !== undefined))
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
          values: namedQuotas(quotas),
        }))
        return { throttleTimeMs: 0, errorCode: 0, errorMessage: '', entries }
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error
        return { throttleTimeMs: 0, errorCode: error.code, errorMessage: error.detail, entries: null }
      }
    },
  )
}
