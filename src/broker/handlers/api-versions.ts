import { ErrorCode } from '../../base/errors.ts'
import { type Api, ApiKey, servedVersions } from '../../protocol/apis.ts'
import {
  ApiVersionsRequest,
  ApiVersionsResponse,
  type ApiVersionsResponseInput,
} from '../../protocol/messages/api-versions.ts'
import type { ApiVersionsHandler } from '../dispatch.ts'
import { handler } from '../handler.ts'

export interface SupportedFeature {
  readonly name: string
  readonly minVersion: number
  readonly maxVersion: number
}

/** The features that this broker can serve, and the levels that the cluster finalized. */
export interface FeaturesView {
  readonly supported: readonly SupportedFeature[]
  /** -1: not known yet. */
  readonly finalizedEpoch: number
  readonly finalized: Iterable<readonly [name: string, level: number]>
}

/** KIP-511: letters, digits, dots and dashes, with a letter or digit at both ends. */
const SOFTWARE_TEXT = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/
/** librdkafka before 2.x compresses only where Produce v0 is listed (KAFKA-18659), though 0 to 2 are refused. */
const PRODUCE_LISTED_FROM = 0

/** `apis`: of every handler that is registered, ApiVersions itself included. */
export function apiVersionsHandler(deps: {
  readonly apis: () => readonly Api[]
  readonly features: () => FeaturesView
}): ApiVersionsHandler {
  let keys: ReturnType<typeof listed> | undefined
  const apiKeys = () => {
    keys ??= listed(deps.apis())
    return keys
  }
  const served = handler(ApiKey.ApiVersions, ApiVersionsRequest, ApiVersionsResponse, (request, context) => {
    if (context.apiVersion >= 3) {
      const { clientSoftwareName: name, clientSoftwareVersion: version } = request
      if (!SOFTWARE_TEXT.test(name) || !SOFTWARE_TEXT.test(version))
        return { errorCode: ErrorCode.INVALID_REQUEST, apiKeys: [] }
      context.connection.clientSoftwareName = name
      context.connection.clientSoftwareVersion = version
    }
    return answer(apiKeys(), deps.features(), context.apiVersion)
  })
  // As Kafka: the client learns which versions of ApiVersions it may ask in, and then asks again.
  const own = () => apiKeys().filter(({ apiKey }) => apiKey === ApiKey.ApiVersions)
  return { ...served, unsupported: () => ({ errorCode: ErrorCode.UNSUPPORTED_VERSION, apiKeys: own() }) }
}

function listed(apis: readonly Api[]) {
  return [...apis]
    .sort((a, b) => a.key - b.key)
    .map((api) => {
      const { min, max } = servedVersions(api)
      return { apiKey: api.key, minVersion: api.key === ApiKey.Produce ? PRODUCE_LISTED_FROM : min, maxVersion: max }
    })
}

function answer(apiKeys: ReturnType<typeof listed>, features: FeaturesView, version: number): ApiVersionsResponseInput {
  // A feature whose lowest version is 0 can't be read by clients of v3 (KAFKA-17011).
  const supported = features.supported.filter((feature) => version >= 4 || feature.minVersion > 0)
  return {
    errorCode: ErrorCode.NONE,
    apiKeys,
    supportedFeatures: supported,
    finalizedFeaturesEpoch: features.finalizedEpoch,
    finalizedFeatures: Array.from(features.finalized, ([name, level]) => ({
      name,
      maxVersionLevel: level,
      minVersionLevel: level,
    })),
  }
}
