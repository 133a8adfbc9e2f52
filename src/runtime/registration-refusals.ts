import { KafkaError } from '../base/errors.ts'

export interface RegisteringBroker {
  readonly nodeId: number
  readonly clusterId: string
}

/** Why the controller does not take this broker, and what to do about it; no full stop. */
export function describeRefusal(error: Error, { nodeId, clusterId }: RegisteringBroker): string {
  if (!(error instanceof KafkaError)) return error.message
  switch (error.error) {
    case 'INCONSISTENT_CLUSTER_ID':
      return (
        `the controllers belong to another cluster than ${clusterId}: correct the addresses of the controllers, or format ` +
        "the directories of this node with the controllers' cluster id"
      )
    case 'DUPLICATE_BROKER_REGISTRATION':
      return `another broker is registered as node ${nodeId}: stop it or give one of the two another node.id; after a crash, wait until its session ends`
    case 'STALE_BROKER_EPOCH':
      return `another process has registered as broker ${nodeId}: stop it or give one of the two another node.id`
    case 'BROKER_ID_NOT_REGISTERED':
      return `broker ${nodeId} was removed from the cluster: restart it to have it registered again`
    case 'UNSUPPORTED_VERSION':
      return "this version of the broker does not support the cluster's feature levels: run the version that the cluster runs, or upgrade it first"
    case 'REQUEST_TIMED_OUT':
      return 'no active controller answers'
    default:
      return error.message === error.error ? `the controller answers ${error.error}` : error.message
  }
}
