/** All of it is what this one broker saw since it started, as far as it is kept; ISR changes are of the cluster. */

export interface IsrChange {
  readonly atMs: number
  readonly topic: string
  readonly partition: number
  readonly kind: 'shrink' | 'expand' | 'leader' | 'offline'
  readonly leader: number
  readonly leaderEpoch: number
  readonly isr: readonly number[]
  readonly before: { readonly leader: number; readonly isr: readonly number[] }
  /** Plain words. */
  readonly message: string
}

export interface IsrQuery {
  readonly topic?: string
  readonly limit?: number
}

export interface IsrAnswer {
  /** The newest first. */
  readonly changes: readonly IsrChange[]
  /** What is told begins here. */
  readonly sinceMs: number
}

export interface Latencies {
  readonly brokerId: number
  readonly apis: readonly ApiLatency[]
}

/** In ms; percentiles of the last minutes. */
export interface ApiLatency {
  /** `Produce`, `FetchConsumer`, `FetchFollower`… */
  readonly api: string
  readonly requests: number
  readonly errors: readonly { readonly code: string; readonly count: number }[]
  readonly versions: readonly { readonly version: number; readonly count: number }[]
  readonly phases: Readonly<Record<Phase, Percentiles>>
}

/** In the order in which a request goes through them; `total` is all together. */
export type Phase = 'total' | 'requestQueue' | 'local' | 'remote' | 'throttle' | 'responseQueue' | 'responseSend'

export interface Percentiles {
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly p999: number
}

export interface ConnectionsQuery {
  readonly search?: string
  readonly offset?: number
  readonly limit?: number
}

export interface ConnectionRow {
  readonly id: string
  readonly address: string
  readonly port: number
  readonly listener: string
  readonly securityProtocol: string
  readonly principal: string
  /** Of its newest request; empty: it has sent none. */
  readonly clientId: string
  readonly software: { readonly name: string; readonly version: string }
  readonly openedMs: number
  readonly idleMs: number
  readonly bytesIn: number
  readonly bytesOut: number
  readonly requests: number
}

export interface ConnectionsAnswer {
  readonly brokerId: number
  readonly connections: readonly ConnectionRow[]
  readonly total: number
}

export type RefusalKind =
  | 'unsupported-version'
  | 'unknown-api'
  | 'oversized-frame'
  | 'tls-on-plain'
  | 'plain-on-tls'
  | 'http-on-kafka'
  | 'tls-handshake'
  | 'login-failed'
  | 'login-missing'
  | 'acl-denied'
  | 'too-many-connections'
  | 'unreachable-listener'
  | 'malformed-request'
  | 'session-expired'
  | 'message-too-large'
  | 'throttled'
  | 'other'

export interface Refusal {
  /** Grows with each. */
  readonly id: number
  readonly kind: RefusalKind
  readonly firstMs: number
  readonly lastMs: number
  /** How often the same happened. */
  readonly times: number
  readonly address: string
  readonly listener?: string
  readonly principal?: string
  readonly clientId?: string
  readonly software?: string
  /** What happened, in plain words. */
  readonly message: string
  /** What to do about it. */
  readonly fix: string
  /** To be copied to a shell: the command that would allow it. */
  readonly commands: readonly string[]
  /** As the broker's log has it. */
  readonly detail: string
}

export interface RefusalsQuery {
  readonly kind?: RefusalKind
  readonly search?: string
  readonly limit?: number
}

export interface RefusalsAnswer {
  readonly brokerId: number
  /** The newest first. */
  readonly refusals: readonly Refusal[]
  readonly sinceMs: number
}
