import { ErrorCode, KafkaError } from '../../base/errors.ts'
import { metadataVersionOf, supportsControllerRegistration } from '../../metadata/features.ts'
import type { MetadataImage } from '../../metadata/image.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  DescribeClusterRequest,
  DescribeClusterResponse,
  type DescribeClusterResponseInput,
} from '../../protocol/messages/describe-cluster.ts'
import { AclOperation } from '../../security/acl.ts'
import type { Access } from '../access.ts'
import { needs } from '../authorization.ts'
import { clusterOperations } from '../authorized-operations.ts'
import type { Endpoints } from '../endpoints.ts'
import { type Handler, handler } from '../handler.ts'

const BROKER = 1
const CONTROLLER = 2

export interface DescribeClusterDeps {
  readonly clusterId: string
  readonly endpoints: Endpoints
  readonly access: Access
}

export function describeClusterHandler({ clusterId, endpoints, access }: DescribeClusterDeps): Handler {
  return handler(ApiKey.DescribeCluster, DescribeClusterRequest, DescribeClusterResponse, (request, context) => {
    const { endpointType, includeFencedBrokers, includeClusterAuthorizedOperations } = request
    if (endpointType !== BROKER) return wrongEndpoint(BROKER, endpointType, context.apiVersion)
    const known = endpoints.registered(context.connection)
    const alive = known.filter(({ fenced }) => !fenced)
    const shown = includeFencedBrokers ? known : alive
    return {
      throttleTimeMs: 0,
      errorCode: 0,
      endpointType: BROKER,
      clusterId,
      controllerId: endpoints.any(),
      brokers: shown.map(({ node: { id, host, port, rack }, fenced }) => {
        return { brokerId: id, host, port, rack, isFenced: fenced }
      }),
      clusterAuthorizedOperations: clusterOperations(access, context, includeClusterAuthorizedOperations),
    }
  })
}

export interface DescribeControllersDeps {
  readonly clusterId: string
  readonly image: () => MetadataImage
  readonly leaderId: () => number
  readonly access: Access
}

/** What a controller's listener says: the controllers themselves (KIP-919). */
export function describeControllersHandler({ clusterId, image, leaderId, access }: DescribeControllersDeps): Handler {
  return handler(ApiKey.DescribeCluster, DescribeClusterRequest, DescribeClusterResponse, (request, context) => {
    if (!supportsControllerRegistration(metadataVersionOf(image()))) {
      throw new KafkaError(
        'UNSUPPORTED_VERSION',
        'Controllers can not be asked directly at the current metadata.version.',
      )
    }
    // More than a broker asks for.
    if (!access.mayCluster(context, AclOperation.ALTER)) return denied(needs(AclOperation.ALTER))
    const { endpointType, includeClusterAuthorizedOperations } = request
    if (endpointType !== CONTROLLER) return wrongEndpoint(CONTROLLER, endpointType, context.apiVersion)
    const brokers = [...image().controllers.values()].flatMap(({ id, endpoints }) => {
      const endpoint = endpoints.find(({ name }) => name === context.connection.listenerName)
      return endpoint ? [{ brokerId: id, host: endpoint.host, port: endpoint.port, rack: null }] : []
    })
    return {
      throttleTimeMs: 0,
      errorCode: 0,
      endpointType: CONTROLLER,
      clusterId,
      controllerId: brokers.some(({ brokerId }) => brokerId === leaderId()) ? leaderId() : -1,
      brokers,
      clusterAuthorizedOperations: clusterOperations(access, context, includeClusterAuthorizedOperations),
    }
  })
}

function denied({ code: errorCode, detail: errorMessage }: KafkaError): DescribeClusterResponseInput {
  return { throttleTimeMs: 0, errorCode, errorMessage, clusterId: '', brokers: [] }
}

const NAMES = new Map([
  [BROKER, 'BROKER'],
  [CONTROLLER, 'CONTROLLER'],
])

function wrongEndpoint(own: number, asked: number, version: number): DescribeClusterResponseInput {
  const known = NAMES.get(asked)
  const error = known === undefined ? 'UNSUPPORTED_ENDPOINT_TYPE' : 'MISMATCHED_ENDPOINT_TYPE'
  return {
    throttleTimeMs: 0,
    errorCode: ErrorCode[version === 0 ? 'INVALID_REQUEST' : error],
    errorMessage:
      known === undefined
        ? `Unsupported endpoint type ${asked}`
        : `The request was sent to an endpoint of type ${NAMES.get(own)}, but we wanted an endpoint of type ${known}`,
    clusterId: '',
    brokers: [],
  }
}
