import type { NetAddress } from '../io/ports.ts'
import type { CallKey, Calls } from '../protocol/apis.ts'
import type { PeerCall } from './peer-types.ts'

/** Who leads the metadata quorum, as far as this node knows. */
export interface KnownLeader {
  /** -1: nobody. */
  readonly id: number
  readonly epoch: number
  readonly endpoint: NetAddress | undefined
}

export interface ControllerCall<K extends CallKey> extends PeerCall<K> {
  /** False: one attempt, whose failure is told (`PeerError`, or an answer that says NOT_CONTROLLER). Default: true. */
  readonly retry?: boolean
}

/** To the active controller, wherever it is. */
export interface ControllerRequests {
  /**
   * Finds the active controller, and tries again where it is not, or is not reached, or says NOT_CONTROLLER. Rejects with
   * `KafkaError('REQUEST_TIMED_OUT')` when the time is over, and with `PeerError('unsupported')` at once.
   */
  request<K extends CallKey>(call: ControllerCall<K>): Promise<Calls[K]['response']>
}
