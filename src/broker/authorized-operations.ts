import { AclOperation, CLUSTER_NAME, ResourceType } from '../security/acl.ts'
import type { Access, AccessContext } from './access.ts'

/** In answers to those who did not ask. */
export const OPERATIONS_NOT_ASKED = -2147483648

/** What may be done with the cluster, a bit each (KIP-430): whoever may not describe it is told of none. */
export function clusterOperations(access: Access, context: AccessContext, isAsked: boolean): number {
  if (!isAsked) return OPERATIONS_NOT_ASKED
  if (!access.mayCluster(context, AclOperation.DESCRIBE)) return 0
  return access.operations(context, ResourceType.CLUSTER, CLUSTER_NAME)
}
