import type { TlsIdentity, TlsRules } from '../io/tls.ts'
import type { CallKey, Calls } from '../protocol/apis.ts'
import type { PeerLink } from '../runtime/peer-link.ts'

export interface HostAndPort {
  readonly host: string
  readonly port: number
}

export interface ClientTlsOptions extends Partial<TlsIdentity>, Partial<TlsRules> {
  /** Whether the broker's certificate must name the host that was asked for; true where it is left out. */
  readonly verifiesHost?: boolean
}

export interface PasswordLogin {
  readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
  readonly username: string
  readonly password: string
  /** SCRAM: the user is a delegation token's id. */
  readonly tokenAuth?: boolean
}

export interface BearerTokenLogin {
  readonly mechanism: 'OAUTHBEARER'
  /** Asked for at each login. */
  readonly token: () => Promise<string>
}

export interface ClientSecurity {
  readonly protocol: 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL'
  readonly tls?: ClientTlsOptions
  readonly sasl?: PasswordLogin | BearerTokenLogin
}

export interface ClientOptions {
  readonly bootstrap: readonly HostAndPort[]
  readonly clientId: string
  /** For a call with all its repetitions; 30 s. */
  readonly requestTimeoutMs?: number
  /** For a connection to be made, with TLS and login; 10 s. */
  readonly connectTimeoutMs?: number
  readonly security?: ClientSecurity
  /** How brokers are spoken with, in place of `security`: for who has it ready. */
  readonly link?: PeerLink
}

export interface BrokerView extends HostAndPort {
  readonly id: number
  readonly rack: string | null
}

export interface ClusterView {
  readonly clusterId: string
  readonly brokers: readonly BrokerView[]
  /** The broker that takes what is for the controller; −1: none is known. */
  readonly controllerId: number
}

export interface PartitionView {
  readonly partition: number
  /** −1: none. */
  readonly leader: number
  readonly leaderEpoch: number
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
  readonly offlineReplicas: readonly number[]
}

export interface TopicView {
  readonly name: string
  readonly topicId: string
  readonly isInternal: boolean
  /** By number. */
  readonly partitions: readonly PartitionView[]
}

export type CoordinatorType = 'group' | 'transaction' | 'share'

export interface ClientCall<K extends CallKey> {
  /** `ApiKey.ListGroups`… */
  readonly api: K
  /** A function where the body depends on the version that is spoken. */
  readonly body: Calls[K]['request'] | ((version: number) => Calls[K]['request'])
  readonly minVersion?: number
  readonly maxVersion?: number
  /** With all repetitions; the client's where it is left out. */
  readonly timeoutMs?: number
  /** The code within an answer by which it is asked again elsewhere; where left out, the answer's own `errorCode`. */
  readonly errorOf?: (answer: Calls[K]['response']) => number
  /** Whether it may be sent again though it may have been carried out; where left out, the API decides. */
  readonly isRepeatable?: boolean
  /** Whoever calls tries again, where that is needed. */
  readonly isSingleAttempt?: boolean
  /** Nothing comes back (Produce with acks 0). */
  readonly isUnanswered?: boolean
  /** Calls of another purpose do not wait for each other's answers. */
  readonly purpose?: string
}

export type Answer<K extends CallKey> = Calls[K]['response']
