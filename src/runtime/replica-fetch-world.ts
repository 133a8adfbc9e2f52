import type { SlabPool } from '../base/slab-pool.ts'
import type { Clock, Logger, NetAddress } from '../io/ports.ts'
import type { PeerClient } from './peer-types.ts'

export interface FetcherSettings {
  /** replica.fetch.max.bytes */
  readonly partitionMaxBytes: number
  /** replica.fetch.response.max.bytes */
  readonly responseMaxBytes: number
  /** replica.fetch.wait.max.ms */
  readonly maxWaitMs: number
  /** replica.fetch.min.bytes */
  readonly minBytes: number
  /** replica.fetch.backoff.ms: the longest pause after a failure; the first one is short. */
  readonly backoffMs: number
  /** replica.socket.timeout.ms */
  readonly requestTimeoutMs: number
}

/** follower.replication.throttled.rate and .replicas */
export interface FollowerQuota {
  isThrottled(topic: string, partition: number): boolean
  isExceeded(): boolean
  record(bytes: number): void
}

export interface FetcherWorld {
  readonly nodeId: number
  readonly brokerEpoch: () => number
  /** Where other brokers reach a broker; undefined: it is not there. */
  readonly addressOf: (broker: number) => NetAddress | undefined
  readonly connect: (address: NetAddress, purpose: string) => PeerClient
  /** Of the answers; logs retain what they keep. */
  readonly memory?: Pick<SlabPool, 'release'>
  readonly clock: Clock
  readonly logger: Logger
  readonly settings: FetcherSettings
  readonly quota: FollowerQuota
  /** The connection to a leader broke, and a leader answers again. */
  readonly onLeaderLost: (leader: number) => void
  readonly onLeaderFound: (leader: number) => void
  /** Everything is lost that was not expected to be. */
  readonly onFatal: (error: unknown) => void
}
