import { AclOperation, ResourceType } from '../protocol/acl-codes.ts'

export * from '../protocol/acl-codes.ts'

const { READ, WRITE, CREATE, DELETE, ALTER, DESCRIBE, CLUSTER_ACTION, DESCRIBE_CONFIGS, ALTER_CONFIGS } = AclOperation

/** What can be done with a resource of a type: the operations that KIP-430's bits tell of. */
export const OPERATIONS: ReadonlyMap<number, readonly number[]> = new Map([
  [ResourceType.TOPIC, [READ, WRITE, CREATE, DELETE, ALTER, DESCRIBE, DESCRIBE_CONFIGS, ALTER_CONFIGS]],
  [ResourceType.GROUP, [READ, DELETE, DESCRIBE, DESCRIBE_CONFIGS, ALTER_CONFIGS]],
  [
    ResourceType.CLUSTER,
    [CREATE, ALTER, DESCRIBE, CLUSTER_ACTION, DESCRIBE_CONFIGS, ALTER_CONFIGS, AclOperation.IDEMPOTENT_WRITE],
  ],
  [ResourceType.TRANSACTIONAL_ID, [DESCRIBE, WRITE, AclOperation.TWO_PHASE_COMMIT]],
  [ResourceType.DELEGATION_TOKEN, [DESCRIBE]],
  [ResourceType.USER, [AclOperation.CREATE_TOKENS, AclOperation.DESCRIBE_TOKENS]],
])

export function operationBits(operations: readonly number[]): number {
  return operations.reduce((field, operation) => field | (1 << operation), 0)
}

const RESOURCE_TEXTS = ['Unknown', 'Any', 'Topic', 'Group', 'Cluster', 'TransactionalId', 'DelegationToken', 'User']

/** As Kafka's audit lines have it: `TransactionalId`. */
export function resourceTypeText(code: number): string {
  return RESOURCE_TEXTS[code] ?? 'Unknown'
}
