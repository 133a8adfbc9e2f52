import { ErrorCode } from '../../base/errors.ts'
import { ConfigResource, type MetadataImage } from '../../metadata/image.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  ListConfigResourcesRequest,
  ListConfigResourcesResponse,
} from '../../protocol/messages/list-config-resources.ts'
import { type Handler, handler } from '../handler.ts'

type Image = Pick<MetadataImage, 'topicsByName' | 'brokers' | 'configResources'>

const ALL_TYPES: readonly number[] = Object.values(ConfigResource)

/** Version 0 knew client metrics only (KIP-714), version 1 every kind of resource that has configs (KIP-1142). */
export function listConfigResourcesHandler({ image }: { readonly image: () => Image }): Handler {
  return handler(
    ApiKey.ListConfigResources,
    ListConfigResourcesRequest,
    ListConfigResourcesResponse,
    ({ resourceTypes }, { apiVersion }) => {
      const types = wantedTypes(resourceTypes, apiVersion)
      if (types.some((type) => !ALL_TYPES.includes(type))) {
        return { throttleTimeMs: 0, errorCode: ErrorCode.UNSUPPORTED_VERSION, configResources: [] }
      }
      const now = image()
      const configResources = [...new Set(types)].flatMap((resourceType) =>
        [...namesOf(now, resourceType)].map((resourceName) => ({ resourceName, resourceType })),
      )
      return { throttleTimeMs: 0, errorCode: 0, configResources }
    },
  )
}

function wantedTypes(asked: readonly number[], apiVersion: number): readonly number[] {
  if (apiVersion === 0) return [ConfigResource.CLIENT_METRICS]
  return asked.length === 0 ? ALL_TYPES : asked
}

/** Topics and brokers have configs as soon as they exist, the others when some were set. */
function* namesOf(image: Image, resourceType: number): Iterable<string> {
  if (resourceType === ConfigResource.TOPIC) yield* image.topicsByName.keys()
  else if (resourceType === ConfigResource.BROKER || resourceType === ConfigResource.BROKER_LOGGER) {
    for (const id of image.brokers.keys()) yield String(id)
  } else {
    for (const resource of image.configResources()) if (resource.resourceType === resourceType) yield resource.name
  }
}
