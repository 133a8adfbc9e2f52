import { present } from '../../base/assert.ts'
import { ErrorCode, KafkaError } from '../../base/errors.ts'
import type { ConfigOperations, ResourceResult } from '../../metadata/configs/commands.ts'
import { ConfigResource } from '../../metadata/image.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  IncrementalAlterConfigsRequest,
  type IncrementalAlterConfigsRequestData,
  IncrementalAlterConfigsResponse,
} from '../../protocol/messages/incremental-alter-configs.ts'
import { AclOperation } from '../../security/acl.ts'
import type { Access } from '../access.ts'
import { type ControllerPort, orRefusal } from '../admin.ts'
import { configDenials } from '../config-access.ts'
import { type Handler, handler, type RequestContext } from '../handler.ts'
import type { LoggerLevels } from '../logger-levels.ts'

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
  return resources.map((resource) => refusedResource(resource, error))
}

export function refusedResource(
  { resourceType, resourceName }: { readonly resourceType: number; readonly resourceName: string },
  { code: errorCode, detail: errorMessage }: KafkaError,
): ResourceResponse {
  return { errorCode, errorMessage, resourceType, resourceName }
}

export interface IncrementalAlterConfigsDeps {
  readonly controller: ControllerPort
  readonly access: Access
  /** Of this node: they are no business of the cluster. */
  readonly loggers?: LoggerLevels
}

export function incrementalAlterConfigsHandler(deps: IncrementalAlterConfigsDeps): Handler {
  return handler(
    ApiKey.IncrementalAlterConfigs,
    IncrementalAlterConfigsRequest,
    IncrementalAlterConfigsResponse,
    async (request, context) => ({
      throttleTimeMs: 0,
      responses: await orRefusal(alter(deps, request, context), (error) => allRefused(request.resources, error)),
    }),
  )
}

async function alter(
  { controller, loggers, access }: IncrementalAlterConfigsDeps,
  request: IncrementalAlterConfigsRequestData,
  context: RequestContext,
): Promise<ResourceResponse[]> {
  const { validateOnly } = request
  const isLogger = ({ resourceType }: { readonly resourceType: number }) =>
    loggers !== undefined && resourceType === ConfigResource.BROKER_LOGGER
  const { CLUSTER_ACTION, ALTER_CONFIGS } = AclOperation
  const operationFor = (resource: ConfigOperations) => (isLogger(resource) ? CLUSTER_ACTION : ALTER_CONFIGS)
  const denials = configDenials(access, context, operationFor, request.resources)
  const resources = request.resources.filter((resource) => !isLogger(resource) && !denials.has(resource))
  const results = await controller.submit({ type: 'incrementalAlterConfigs', resources, validateOnly })
  const decided = results.map(resourceResponse)[Symbol.iterator]()
  return request.resources.map((resource) => {
    const denial = denials.get(resource)
    if (denial !== undefined) return refusedResource(resource, denial)
    return loggers !== undefined && isLogger(resource)
      ? alterLogger(loggers, resource, validateOnly)
      : present(decided.next().value, 'a result for each resource')
  })
}

function alterLogger(loggers: LoggerLevels, resource: ConfigOperations, validateOnly: boolean): ResourceResponse {
  const { resourceType, resourceName, configs } = resource
  try {
    loggers.alter(resourceName, configs, validateOnly)
    return { errorCode: 0, errorMessage: null, resourceType, resourceName }
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return { errorCode: error.code, errorMessage: error.detail, resourceType, resourceName }
  }
}
