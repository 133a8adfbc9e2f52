import { ErrorCode, type KafkaError } from '../../base/errors.ts'
import type { ResourceResult } from '../../metadata/configs/commands.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  IncrementalAlterConfigsRequest,
  type IncrementalAlterConfigsRequestData,
  IncrementalAlterConfigsResponse,
} from '../../protocol/messages/incremental-alter-configs.ts'
import { type ControllerPort, orRefusal } from '../admin.ts'
import { type Handler, handler } from '../handler.ts'

export interface ResourceResponse {
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly resourceType: number
  readonly resourceName: string
}

export function resourceResponse({ resourceType, resourceName, error, message }: ResourceResult): ResourceResponse {
  return { errorCode: ErrorCode[error], errorMessage: message, resourceType, resourceName }
}

/** Every resource of a request that was refused as a whole. */
export function allRefused(
  resources: readonly { readonly resourceType: number; readonly resourceName: string }[],
  error: KafkaError,
): ResourceResponse[] {
  return resources.map(({ resourceType, resourceName }) => ({
    errorCode: error.code,
    errorMessage: error.detail,
    resourceType,
    resourceName,
  }))
}

export function incrementalAlterConfigsHandler({ controller }: { readonly controller: ControllerPort }): Handler {
  return handler(
    ApiKey.IncrementalAlterConfigs,
    IncrementalAlterConfigsRequest,
    IncrementalAlterConfigsResponse,
    async (request) => ({
      throttleTimeMs: 0,
      responses: await orRefusal(alter(controller, request), (error) => allRefused(request.resources, error)),
    }),
  )
}

async function alter(
  controller: ControllerPort,
  { resources, validateOnly }: IncrementalAlterConfigsRequestData,
): Promise<ResourceResponse[]> {
  const results = await controller.submit({ type: 'incrementalAlterConfigs', resources, validateOnly })
  return results.map(resourceResponse)
}
