import { KafkaError } from '../base/errors.ts'
import { ConfigResource } from '../metadata/image.ts'
import { CLUSTER_NAME, ResourceType } from '../security/acl.ts'
import type { Access, AccessContext } from './access.ts'
import { DENIALS } from './authorization.ts'

interface Resource {
  readonly resourceType: number
  readonly resourceName: string
}

/** Configs of brokers and of their loggers are the cluster's, and so are subscriptions to clients' metrics. */
const RESOURCES = new Map<number, { readonly type: number; readonly error: keyof typeof DENIALS }>([
  [ConfigResource.TOPIC, { type: ResourceType.TOPIC, error: 'TOPIC_AUTHORIZATION_FAILED' }],
  [ConfigResource.GROUP, { type: ResourceType.GROUP, error: 'GROUP_AUTHORIZATION_FAILED' }],
  [ConfigResource.BROKER, { type: ResourceType.CLUSTER, error: 'CLUSTER_AUTHORIZATION_FAILED' }],
  [ConfigResource.BROKER_LOGGER, { type: ResourceType.CLUSTER, error: 'CLUSTER_AUTHORIZATION_FAILED' }],
  [ConfigResource.CLIENT_METRICS, { type: ResourceType.CLUSTER, error: 'CLUSTER_AUTHORIZATION_FAILED' }],
])

/** Why the operation is refused on a resource's configs; kinds that have none are refused for that, elsewhere. */
export function configDenial(
  access: Access,
  context: AccessContext,
  operation: number,
  { resourceType, resourceName }: Resource,
): KafkaError | undefined {
  const resource = RESOURCES.get(resourceType)
  if (!access.isOn || resource === undefined) return undefined
  const name = resource.type === ResourceType.CLUSTER ? CLUSTER_NAME : resourceName
  if (access.may(context, operation, resource.type, name)) return undefined
  return new KafkaError(resource.error, DENIALS[resource.error])
}

/** Of each of a request's resources; of one that stands in it twice only that is said, by others. */
export function configDenials<R extends Resource>(
  access: Access,
  context: AccessContext,
  operationFor: (resource: R) => number,
  resources: readonly R[],
): ReadonlyMap<R, KafkaError> {
  const denials = new Map<R, KafkaError>()
  if (!access.isOn) return denials
  const times = Map.groupBy(resources, ({ resourceType, resourceName }) => `${resourceType}:${resourceName}`)
  for (const [one, second] of times.values()) {
    const denial = one && !second ? configDenial(access, context, operationFor(one), one) : undefined
    if (one && denial) denials.set(one, denial)
  }
  return denials
}
