import type { SlabPool } from '../base/slab-pool.ts'
import type { Access } from '../broker/access.ts'
import type { RequestTracer } from '../broker/request-timing.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import type { Insight } from '../insight/insight.ts'
import type { Clock, Disk, Logger, Net, Random } from '../io/ports.ts'
import type { BrokerMetrics } from '../metrics/broker-metrics.ts'
import type { Peers } from '../runtime/peers.ts'
import type { EffectiveConfig } from './effective-config.ts'
import type { SaslSetup } from './sasl.ts'
import type { NodeTls } from './tls/node-tls.ts'

/** What every part of a node stands on. */
export interface World {
  readonly config: BrokerConfig
  readonly effective: EffectiveConfig
  readonly disk: Disk
  readonly clock: Clock
  readonly random: Random
  readonly net: Net
  readonly logger: Logger
  readonly peers: Peers
  /** How others log in to this node, and this node to them. */
  readonly sasl: SaslSetup
  readonly tls: NodeTls
  readonly metrics: BrokerMetrics
  /** Undefined: requests are not traced. */
  readonly trace: RequestTracer | undefined
  /** What it remembers for those who look at it. */
  readonly insight: Insight
  /** Who may do what. */
  readonly access: Access
  /** Frames are read into it and logs keep what they need of them. */
  readonly memory: SlabPool
  /** Nothing may go on: a broken invariant, a broker that can't tell the cluster what it must. */
  readonly onFatal: (error: Error) => void
}
