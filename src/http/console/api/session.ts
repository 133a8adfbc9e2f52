export type Mechanism = 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512' | 'OAUTHBEARER'

export interface Session {
  /** Undefined: one must log in first. On a plain broker everybody is `User:ANONYMOUS`. */
  readonly principal?: string
  readonly loginRequired: boolean
  /** What one may log in with. */
  readonly mechanisms: readonly Mechanism[]
  /** The broker that serves this console. */
  readonly brokerId: number
  readonly clusterId: string
  readonly version: string
  /** ACLs are in force. */
  readonly authorizer: boolean
  /** There is a schema registry in this broker. */
  readonly schemaRegistry: boolean
}

export type LoginBody =
  | {
      readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
      readonly username: string
      readonly password: string
      /** The name and HMAC of a delegation token. */
      readonly tokenAuth?: boolean
    }
  | { readonly mechanism: 'OAUTHBEARER'; readonly token: string }
