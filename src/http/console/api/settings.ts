import type { Page } from './common.ts'

export type ConfigResource = 'topic' | 'broker' | 'group' | 'client-metrics' | 'broker-logger'

export interface ConfigsQuery {
  readonly type: ConfigResource
  /** Of brokers an id, or empty for what is set for all of them. */
  readonly name: string
}

export interface ConfigsAnswer {
  readonly type: ConfigResource
  readonly name: string
  readonly configs: readonly Config[]
}

export interface Config {
  readonly name: string
  /** null: hidden, because it is sensitive, or not set. */
  readonly value: string | null
  readonly source: ConfigSource
  readonly type: string
  readonly readOnly: boolean
  readonly sensitive: boolean
  readonly isDefault: boolean
  readonly documentation: string | null
  /** What would hold without it, the strongest first; the one that holds is the first. */
  readonly synonyms: readonly { readonly name: string; readonly value: string | null; readonly source: ConfigSource }[]
}

export type ConfigSource =
  | 'UNKNOWN'
  | 'DYNAMIC_TOPIC_CONFIG'
  | 'DYNAMIC_BROKER_CONFIG'
  | 'DYNAMIC_DEFAULT_BROKER_CONFIG'
  | 'STATIC_BROKER_CONFIG'
  | 'DEFAULT_CONFIG'
  | 'DYNAMIC_BROKER_LOGGER_CONFIG'
  | 'DYNAMIC_CLIENT_METRICS_CONFIG'
  | 'DYNAMIC_GROUP_CONFIG'

export interface AlterConfigsBody {
  readonly type: ConfigResource
  readonly name: string
  readonly changes: readonly {
    readonly name: string
    readonly operation: 'set' | 'delete' | 'append' | 'subtract'
    readonly value?: string
  }[]
  readonly validateOnly?: boolean
}

/** Names of resources that have configs of their own. */
export interface ConfigResourcesAnswer {
  readonly resources: readonly { readonly type: ConfigResource; readonly name: string }[]
}

export interface Acl {
  readonly resourceType: 'TOPIC' | 'GROUP' | 'CLUSTER' | 'TRANSACTIONAL_ID' | 'DELEGATION_TOKEN' | 'USER'
  readonly resourceName: string
  readonly patternType: 'LITERAL' | 'PREFIXED'
  readonly principal: string
  readonly host: string
  readonly operation: AclOperationName
  readonly permission: 'ALLOW' | 'DENY'
}

export type AclOperationName =
  | 'ALL'
  | 'READ'
  | 'WRITE'
  | 'CREATE'
  | 'DELETE'
  | 'ALTER'
  | 'DESCRIBE'
  | 'CLUSTER_ACTION'
  | 'DESCRIBE_CONFIGS'
  | 'ALTER_CONFIGS'
  | 'IDEMPOTENT_WRITE'
  | 'CREATE_TOKENS'
  | 'DESCRIBE_TOKENS'
  | 'TWO_PHASE_COMMIT'

/** All that are given must be met. */
export interface AclsQuery {
  readonly resourceType?: Acl['resourceType']
  readonly resourceName?: string
  /** MATCH: those that hold for the resource of that name. */
  readonly patternType?: 'ANY' | 'MATCH' | Acl['patternType']
  readonly principal?: string
  readonly host?: string
  readonly operation?: AclOperationName
  readonly permission?: Acl['permission']
  /** Each word of it is in what the ACL says: of whom, what, which resource. */
  readonly search?: string
  readonly offset?: number
  readonly limit?: number
}

export type AclsAnswer = Page<Acl>

export interface AclsBody {
  readonly acls: readonly Acl[]
}

export interface DeleteAclsAnswer {
  readonly deleted: readonly Acl[]
}

export interface UsersAnswer {
  readonly users: readonly {
    readonly name: string
    readonly credentials: readonly {
      readonly mechanism: 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
      readonly iterations: number
    }[]
  }[]
}

export interface SetUserBody {
  readonly name: string
  readonly mechanism: 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
  readonly password: string
  /** 4,096 to 16,384; 4,096 if not given. */
  readonly iterations?: number
}

export interface DeleteUserBody {
  readonly name: string
  readonly mechanism: 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
}

/** name null: the default of its kind. */
export interface QuotaEntity {
  readonly type: 'user' | 'client-id' | 'ip'
  readonly name: string | null
}

export type QuotaKey =
  | 'producer_byte_rate'
  | 'consumer_byte_rate'
  | 'request_percentage'
  | 'controller_mutation_rate'
  | 'connection_creation_rate'

export interface QuotasAnswer {
  readonly quotas: readonly {
    readonly entity: readonly QuotaEntity[]
    readonly values: Readonly<Record<string, number>>
  }[]
}

export interface AlterQuotaBody {
  readonly entity: readonly QuotaEntity[]
  /** value null: there is to be none. */
  readonly changes: readonly { readonly key: QuotaKey; readonly value: number | null }[]
  readonly validateOnly?: boolean
}
