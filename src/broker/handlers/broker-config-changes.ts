import { ErrorCode, KafkaError } from '../../base/errors.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  AlterConfigsRequest,
  AlterConfigsResponse,
  type AlterConfigsResponseData,
} from '../../protocol/messages/alter-configs.ts'
import {
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from '../../protocol/messages/incremental-alter-configs.ts'
import { AclOperation } from '../../security/acl.ts'
import type { Access } from '../access.ts'
import { type PreprocessDeps, preprocessIncremental, preprocessReplacement, type Settled } from '../config-changes.ts'
import { type ForwardingDeps, forward, forwardRest } from '../forwarding.ts'
import { type Answer, CLOSE_CONNECTION, type Handler, handler, type RequestContext } from '../handler.ts'
import { allRefused, type ResourceResponse } from './incremental-alter-configs.ts'

export interface BrokerConfigChangesDeps extends PreprocessDeps, ForwardingDeps {
  readonly access: Access
}

interface Resource {
  readonly resourceType: number
  readonly resourceName: string
}

/** As a broker serves them: it settles what only it can know, and the controller decides about the rest. */
export function brokerConfigChangeHandlers(deps: BrokerConfigChangesDeps): Handler[] {
  return [
    handler(
      ApiKey.IncrementalAlterConfigs,
      IncrementalAlterConfigsRequest,
      IncrementalAlterConfigsResponse,
      (request, context) => {
        const { resources, validateOnly } = request
        const mayAlter = () => deps.access.mayCluster(context, AclOperation.ALTER_CONFIGS)
        return answer(request, preprocessIncremental(deps, resources, validateOnly, mayAlter), context, deps)
      },
    ),
    handler(ApiKey.AlterConfigs, AlterConfigsRequest, AlterConfigsResponse, (request, context) =>
      answer(request, preprocessReplacement(deps, request.resources), context, deps),
    ),
  ]
}

async function answer<R extends Resource>(
  request: { readonly resources: readonly R[] },
  settled: readonly Settled[],
  context: RequestContext,
  deps: ForwardingDeps,
): Promise<Answer<{ throttleTimeMs: number; responses: ResourceResponse[] }>> {
  const { resources } = request
  const rest = resources.filter((_, at) => settled[at] === undefined)
  let throttleTimeMs = 0
  const decided = new Map<string, ResourceResponse>()
  try {
    if (rest.length === resources.length) return await forward(context, deps)
    if (rest.length > 0) {
      const value = await forwardRest<AlterConfigsResponseData>({ ...request, resources: rest }, context, deps)
      if (value === CLOSE_CONNECTION) return CLOSE_CONNECTION
      throttleTimeMs = value.throttleTimeMs
      for (const one of value.responses) decided.set(keyOf(one), one)
    }
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    for (const one of allRefused(rest, error)) decided.set(keyOf(one), one)
  }
  const responses = resources.map((resource, at) => {
    const outcome = settled[at]
    if (outcome === undefined) {
      return decided.get(keyOf(resource)) ?? response(resource, ErrorCode.UNKNOWN_SERVER_ERROR, null)
    }
    return response(resource, outcome.refusal?.code ?? 0, outcome.refusal?.detail ?? null)
  })
  return { throttleTimeMs, responses }
}

function keyOf({ resourceType, resourceName }: Resource): string {
  return `${resourceType}:${resourceName}`
}

function response(
  { resourceType, resourceName }: Resource,
  errorCode: number,
  errorMessage: string | null,
): ResourceResponse {
  return { errorCode, errorMessage, resourceType, resourceName }
}
