import { present } from '../../base/assert.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  AlterConfigsRequest,
  type AlterConfigsRequestData,
  AlterConfigsResponse,
} from '../../protocol/messages/alter-configs.ts'
import { AclOperation } from '../../security/acl.ts'
import type { Access } from '../access.ts'
import { type ControllerPort, orRefusal } from '../admin.ts'
import { configDenials } from '../config-access.ts'
import { type Handler, handler, type RequestContext } from '../handler.ts'
import { allRefused, type ResourceResponse, refusedResource, resourceResponse } from './incremental-alter-configs.ts'

export interface AlterConfigsDeps {
  readonly controller: ControllerPort
  readonly access: Access
}

/** The older way: whatever is not named goes back to its default. */
export function alterConfigsHandler(deps: AlterConfigsDeps): Handler {
  return handler(ApiKey.AlterConfigs, AlterConfigsRequest, AlterConfigsResponse, async (request, context) => ({
    throttleTimeMs: 0,
    responses: await orRefusal(alter(deps, request, context), (error) => allRefused(request.resources, error)),
  }))
}

async function alter(
  { controller, access }: AlterConfigsDeps,
  { resources, validateOnly }: AlterConfigsRequestData,
  context: RequestContext,
): Promise<ResourceResponse[]> {
  const denials = configDenials(access, context, () => AclOperation.ALTER_CONFIGS, resources)
  const allowed = resources.filter((resource) => !denials.has(resource))
  const results = await controller.submit({ type: 'legacyAlterConfigs', resources: allowed, validateOnly })
  const decided = results.map(resourceResponse)[Symbol.iterator]()
  return resources.map((resource) => {
    const denial = denials.get(resource)
    return denial ? refusedResource(resource, denial) : present(decided.next().value, 'a result for each resource')
  })
}
