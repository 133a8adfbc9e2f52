import type { KafkaClient } from '../../client/client.ts'
import { ApiKey } from '../../protocol/apis.ts'
import { AclOperation } from '../../security/acl.ts'
import { HttpError } from './errors.ts'

/** Whether its user may see what is of the cluster as a whole. */
export async function mayDescribeCluster(client: KafkaClient): Promise<boolean> {
  const { clusterAuthorizedOperations: bits } = await client.any({
    api: ApiKey.DescribeCluster,
    body: { includeClusterAuthorizedOperations: true, endpointType: 1, includeFencedBrokers: false },
  })
  // The least number says that they are not told.
  return bits > 0 && (bits & (1 << AclOperation.DESCRIBE)) !== 0
}

/** What only this broker knows is for those who may describe the cluster. @throws HttpError */
export async function checkMayDescribeCluster(client: KafkaClient): Promise<void> {
  if (await mayDescribeCluster(client)) return
  throw new HttpError(403, 'FORBIDDEN', 'Not authorized to describe the cluster: this page needs DESCRIBE on CLUSTER.')
}

/** Bits of Kafka's operations as their names. */
export function operationNames(bits: number): string[] {
  if (bits < 0) return []
  return Object.entries(AclOperation).flatMap(([name, code]) => ((bits & (1 << code)) !== 0 ? [name] : []))
}
