import { ErrorCode } from '../../base/errors.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  DescribeClusterRequest,
  DescribeClusterResponse,
  type DescribeClusterResponseInput,
} from '../../protocol/messages/describe-cluster.ts'
import { CLUSTER_OPERATIONS, OPERATIONS_NOT_ASKED } from '../authorized-operations.ts'
import type { Endpoints } from '../endpoints.ts'
import { type Handler, handler } from '../handler.ts'

const BROKER = 1
const CONTROLLER = 2

export interface DescribeClusterDeps {
  readonly clusterId: string
  readonly endpoints: Endpoints
}

export function describeClusterHandler({ clusterId, endpoints }: DescribeClusterDeps): Handler {
  return handler(ApiKey.DescribeCluster, DescribeClusterRequest, DescribeClusterResponse, (request, context) => {
    const { endpointType, includeFencedBrokers, includeClusterAuthorizedOperations } = request
    if (endpointType !== BROKER) return wrongEndpoint(endpointType)
    const known = endpoints.registered(context.connection)
    const alive = known.filter(({ fenced }) => !fenced)
    const shown = includeFencedBrokers ? known : alive
    return {
      throttleTimeMs: 0,
      errorCode: 0,
      endpointType: BROKER,
      clusterId,
      // Clients send what is for the controller to this one, which passes it on.
      controllerId: alive[0]?.node.id ?? -1,
      brokers: shown.map(({ node: { id, host, port, rack }, fenced }) => {
        return { brokerId: id, host, port, rack, isFenced: fenced }
      }),
      clusterAuthorizedOperations: includeClusterAuthorizedOperations ? CLUSTER_OPERATIONS : OPERATIONS_NOT_ASKED,
    }
  })
}

function wrongEndpoint(endpointType: number): DescribeClusterResponseInput {
  const known = endpointType === CONTROLLER
  return {
    throttleTimeMs: 0,
    errorCode: known ? ErrorCode.MISMATCHED_ENDPOINT_TYPE : ErrorCode.UNSUPPORTED_ENDPOINT_TYPE,
    errorMessage: known
      ? 'The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER'
      : `Unsupported endpoint type ${endpointType}`,
    clusterId: '',
    brokers: [],
  }
}
