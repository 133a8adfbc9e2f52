import { ApiKey } from '../../protocol/apis.ts'
import {
  AlterConfigsRequest,
  type AlterConfigsRequestData,
  AlterConfigsResponse,
} from '../../protocol/messages/alter-configs.ts'
import { type ControllerPort, orRefusal } from '../admin.ts'
import { type Handler, handler } from '../handler.ts'
import { allRefused, type ResourceResponse, resourceResponse } from './incremental-alter-configs.ts'

/** The older way: whatever is not named goes back to its default. */
export function alterConfigsHandler({ controller }: { readonly controller: ControllerPort }): Handler {
  return handler(ApiKey.AlterConfigs, AlterConfigsRequest, AlterConfigsResponse, async (request) => ({
    throttleTimeMs: 0,
    responses: await orRefusal(alter(controller, request), (error) => allRefused(request.resources, error)),
  }))
}

async function alter(
  controller: ControllerPort,
  { resources, validateOnly }: AlterConfigsRequestData,
): Promise<ResourceResponse[]> {
  const results = await controller.submit({ type: 'legacyAlterConfigs', resources, validateOnly })
  return results.map(resourceResponse)
}
