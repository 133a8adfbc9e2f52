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
import { type ControllerPort, orRefusal } from '../admin.ts'
import { type Handler, handler } from '../handler.ts'
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
  return resources.map(({ resourceType, resourceName }) => ({
    errorCode: error.code,
    errorMessage: error.detail,
    resourceType,
    resourceName,
  }))
}

export interface IncrementalAlterConfigsDeps {
  readonly controller: ControllerPort
  /** Of this node: they are no business of the cluster. */
  readonly loggers?: LoggerLevels
}

export function incrementalAlterConfigsHandler({ controller, loggers }: IncrementalAlterConfigsDeps): Handler {
  return handler(
    ApiKey.IncrementalAlterConfigs,
    IncrementalAlterConfigsRequest,
    IncrementalAlterConfigsResponse,
    async (request) => ({
      throttleTimeMs: 0,
      responses: await orRefusal(alter(controller, loggers, request), (error) => allRefused(request.resources, error)),
    }),
  )
}

async function alter(
  controller: ControllerPort,
  loggers: LoggerLevels | undefined,
  request: IncrementalAlterConfigsRequestData,
): Promise<ResourceResponse[]> {
  const { validateOnly } = request
  const isLogger = ({ resourceType }: { readonly resourceType: number }) =>
    loggers !== undefined && resourceType === ConfigResource.BROKER_LOGGER
  const resources = request.resources.filter((resource) => !isLogger(resource))
  const results = await controller.submit({ type: 'incrementalAlterConfigs', resources, validateOnly })
  const decided = results.map(resourceResponse)[Symbol.iterator]()
  return request.resources.map((resource) =>
    loggers !== undefined && isLogger(resource)
      ? alterLogger(loggers, resource, validateOnly)
      : present(decided.next().value, 'a result for each resource'),
  )
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
